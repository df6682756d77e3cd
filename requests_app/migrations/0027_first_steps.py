"""When a request was first dispatched and first accepted, which the rates looked up in its parts before."""

from django.db import migrations, models

STEP = 20_000  # requests written in one transaction
FILL = """
UPDATE requests_app_servicerequest r
   SET dispatched_at = LEAST(
           (SELECT min(made_at) FROM requests_app_offer WHERE request_id = r.id),
           (SELECT min(made_at) FROM requests_app_teamoffer WHERE request_id = r.id),
           (SELECT min(opened_at) FROM requests_app_pool WHERE request_id = r.id),
           (SELECT min(referred_at) FROM requests_app_referral WHERE request_id = r.id)),
       accepted_at = (SELECT min(accepted_at) FROM requests_app_assignment WHERE request_id = r.id)
 WHERE r.id BETWEEN %s AND %s AND r.dispatched_at IS NULL
"""


def fill(apps, schema_editor):
    """Fills them for the requests there are, some at a time; what is cut off goes on where it was."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute('SELECT min(id), max(id) FROM requests_app_servicerequest')
        first, last = cursor.fetchone()
        for start in range(first or 0, (last or -1) + 1, STEP):
            cursor.execute(FILL, [start, start + STEP - 1])


class Migration(migrations.Migration):
    atomic = False  # no lock outlasts a part of the filling

    dependencies = [('requests_app', '0026_long_histories')]

    operations = [
        migrations.AddField(
            model_name='servicerequest',
            name='dispatched_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='first dispatched'),
        ),
        migrations.AddField(
            model_name='servicerequest',
            name='accepted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='first accepted'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
