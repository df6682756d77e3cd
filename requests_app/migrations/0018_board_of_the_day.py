"""An index for the board of a day: the assignments that begin on it. Built without stopping writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('requests_app', '0017_plans'),
    ]

    operations = [
        migrations.RunSQL('SET lock_timeout = 0', 'RESET lock_timeout'),
        AddIndexConcurrently(
            model_name='assignment',
            index=models.Index(fields=['agreed_start'], name='assignment_by_start'),
        ),
        migrations.RunSQL('RESET lock_timeout', 'SET lock_timeout = 0'),
    ]
