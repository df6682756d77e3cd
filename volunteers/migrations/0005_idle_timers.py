"""Who is approved already is watched too: the year begins anew, spread over the days so that not all are asked at once."""

from django.db import migrations

WATCH = """
    INSERT INTO cases_timer (kind, case_id, name, part_id, round, generation, due_at, run_at, attempts, last_error)
    SELECT 'volunteer', id, 'idle', 0, 1, 0, due, due, 0, ''
      FROM (SELECT id, now() + (30 + id % 335) * interval '1 day' AS due
              FROM volunteers_volunteer WHERE state = 'approved') approved
        ON CONFLICT DO NOTHING
"""
FORGET = "DELETE FROM cases_timer WHERE kind = 'volunteer' AND name IN ('idle', 'unheard')"


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0004_profile"), ("cases", "0001_initial")]

    operations = [migrations.RunSQL(WATCH, FORGET)]
