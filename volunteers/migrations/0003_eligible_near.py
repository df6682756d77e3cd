"""The indexes matching looks for the nearest in, built beside the running service.

A concurrent build waits for transactions under way and blocks nobody while it does, so it may wait longer than the
three seconds the application's connections allow for a lock.
"""

import django.contrib.postgres.indexes
import django.db.models.functions.math
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('areas', '0001_initial'),  # creates the extension intarray
        ('volunteers', '0002_volunteers_leave'),
    ]

    operations = [
        migrations.RunSQL('SET lock_timeout = 0', 'RESET lock_timeout'),
        AddIndexConcurrently(
            model_name='volunteer',
            index=django.contrib.postgres.indexes.GistIndex(models.Func(models.F('lon'), django.db.models.functions.math.Degrees(models.Func(django.db.models.functions.math.Tan(django.db.models.functions.math.Radians('lat')), function='asinh', output_field=models.FloatField())), function='point', output_field=models.FloatField()), django.contrib.postgres.indexes.OpClass(models.F('skills'), name='gist__intbig_ops'), condition=models.Q(('active', True), ('lat__isnull', False), ('lon__isnull', False), ('state', 'approved')), name='volunteer_eligible_near'),
        ),
        AddIndexConcurrently(
            model_name='volunteer',
            index=models.Index(condition=models.Q(('active', True), ('lat', None), ('state', 'approved')), fields=['community_id'], name='volunteer_eligible_no_point'),
        ),
        migrations.RunSQL('RESET lock_timeout', 'SET lock_timeout = 0'),
    ]
