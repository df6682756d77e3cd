from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('areas', '0001_initial'),
        ('requests_app', '0019_saved_views'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Reminders change no indexed column: with room on its page such a version of a row needs no new index entries
        #. Rows already there keep their place until they are written again.
        migrations.RunSQL(
            "ALTER TABLE requests_app_servicerequest SET (fillfactor = 70)",
            "ALTER TABLE requests_app_servicerequest RESET (fillfactor)",
        ),
        migrations.AlterField(
            model_name='servicerequest',
            name='code',
            field=models.CharField(max_length=24, verbose_name='code'),
        ),
        migrations.AddConstraint(
            model_name='servicerequest',
            constraint=models.UniqueConstraint(fields=('code',), name='request_code_once'),
        ),
    ]
