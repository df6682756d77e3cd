"""Keys that are older than the first role of their owner end: the trigger of 0007 was not there to end them.

Backwards they stay as they are: a key once ended is not to be trusted again.
"""

from django.db import migrations

END = """
    UPDATE accounts_apitoken token SET revoked_at = now()
      FROM (SELECT user_id, min(pgh_created_at) AS at FROM accounts_membershipevent
             WHERE pgh_label = 'insert' GROUP BY user_id) first_role
     WHERE token.user_id = first_role.user_id AND token.created_at < first_role.at AND token.revoked_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_staff_begin_without_keys")]

    operations = [migrations.RunSQL(END, migrations.RunSQL.noop)]
