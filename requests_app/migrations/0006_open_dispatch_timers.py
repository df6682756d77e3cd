"""Timers of an overdue dispatch, written before there were chains, ring as the chain's own."""

from django.db import migrations

RENAME = "UPDATE cases_timer SET name = %s, part_id = %s WHERE name = %s AND fired_at IS NULL AND voided_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0005_time"), ("cases", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [(RENAME, ["overdue", 2, "dispatch_overdue"])], [(RENAME, ["dispatch_overdue", 0, "overdue"])]
        ),
    ]
