"""Who was told of a pool, among those who were considered: columns, and indexes built without stopping writers."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

TABLE = 'requests_app_considered'
TOLD = models.Q(('asked', True), ('pool__isnull', False))
NO_LIMIT, USUAL_LIMIT = 'SET lock_timeout = 0', 'RESET lock_timeout'


def _replace_index(columns):
    """Returns the statements that put a unique index on `columns` in the place of considered_once: built beside it."""
    return [
        f'CREATE UNIQUE INDEX CONCURRENTLY considered_once_new ON {TABLE} {columns}',
        USUAL_LIMIT,
        f'ALTER TABLE {TABLE} DROP CONSTRAINT considered_once,'
        ' ADD CONSTRAINT considered_once UNIQUE USING INDEX considered_once_new',
        NO_LIMIT,
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('requests_app', '0031_pool_notices')]

    operations = [
        migrations.AddField(
            model_name='considered',
            name='passed_over',
            field=models.CharField(
                blank=True,
                choices=[
                    ('week', 'Has had the notices of a week'),
                    ('unwanted', 'Wants no notices of open pools'),
                ],
                default='',
                max_length=8,
                verbose_name='why they were not told',
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        f'ALTER TABLE {TABLE} ADD COLUMN pool_id bigint NULL',
                        f'ALTER TABLE {TABLE} ADD CONSTRAINT considered_pool_fk FOREIGN KEY (pool_id)'
                        ' REFERENCES requests_app_pool (id) DEFERRABLE INITIALLY DEFERRED NOT VALID',
                        f'ALTER TABLE {TABLE} VALIDATE CONSTRAINT considered_pool_fk',
                    ],
                    f'ALTER TABLE {TABLE} DROP COLUMN pool_id',
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name='considered',
                    name='pool',
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name='+',
                        to='requests_app.pool',
                        verbose_name='open pool',
                    ),
                ),
            ],
        ),
        migrations.RunSQL(NO_LIMIT, USUAL_LIMIT),
        AddIndexConcurrently(
            model_name='considered',
            index=models.Index(condition=TOLD, fields=['volunteer', 'at'], name='considered_told'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f'CREATE UNIQUE INDEX CONCURRENTLY told_once ON {TABLE} (request_id, round, volunteer_id)'
                    ' WHERE asked AND pool_id IS NOT NULL',
                    'DROP INDEX CONCURRENTLY told_once',
                ),
                migrations.RunSQL(
                    _replace_index('(request_id, seq, volunteer_id, pool_id) NULLS NOT DISTINCT'),
                    _replace_index('(request_id, seq, volunteer_id)'),
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name='considered',
                    constraint=models.UniqueConstraint(
                        condition=TOLD, fields=('request', 'round', 'volunteer'), name='told_once'
                    ),
                ),
                migrations.RemoveConstraint(model_name='considered', name='considered_once'),
                migrations.AddConstraint(
                    model_name='considered',
                    constraint=models.UniqueConstraint(
                        fields=('request', 'seq', 'volunteer', 'pool'),
                        name='considered_once',
                        nulls_distinct=False,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(USUAL_LIMIT, NO_LIMIT),
    ]
