"""How many an open pool tells, and how often anybody is told, by area."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('areas', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('requests_app', '0030_taken_over'),
    ]

    operations = [
        migrations.CreateModel(
            name='PoolNotices',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('per_place', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MaxValueValidator(200)], verbose_name='told for each free place')),
                ('most', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(200)], verbose_name='told at most')),
                ('per_week', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='notices for one person in 7 days')),
            ],
            options={
                'verbose_name': 'notices of open pools',
                'verbose_name_plural': 'notices of open pools',
            },
        ),
        migrations.CreateModel(
            name='PoolNoticesEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('per_place', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MaxValueValidator(200)], verbose_name='told for each free place')),
                ('most', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(200)], verbose_name='told at most')),
                ('per_week', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='notices for one person in 7 days')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='poolnotices',
            name='area',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='areas.area', verbose_name='area'),
        ),
        migrations.AddField(
            model_name='poolnoticesevent',
            name='area',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='areas.area', verbose_name='area'),
        ),
        migrations.AddField(
            model_name='poolnoticesevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='poolnoticesevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='requests_app.poolnotices'),
        ),
        migrations.AddConstraint(
            model_name='poolnotices',
            constraint=models.UniqueConstraint(fields=('area',), name='pool_notices_once', nulls_distinct=False, violation_error_message='This area has its own numbers already.'),
        ),
        migrations.AddConstraint(
            model_name='poolnotices',
            constraint=models.CheckConstraint(condition=models.Q(('most__lte', 200), ('per_place__lte', 200), ('per_week__lte', 50)), name='pool_notices_bounded'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolnotices',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_poolnoticesevent" ("area_id", "id", "most", "per_place", "per_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."area_id", NEW."id", NEW."most", NEW."per_place", NEW."per_week", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='71a477885823bc1fa662558c48181b7200e1f8e8', operation='INSERT', pgid='pgtrigger_insert_insert_56ff3', table='requests_app_poolnotices', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolnotices',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "requests_app_poolnoticesevent" ("area_id", "id", "most", "per_place", "per_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."area_id", NEW."id", NEW."most", NEW."per_place", NEW."per_week", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='e47584f88906b40706df9c1c553e71a28c155cb6', operation='UPDATE', pgid='pgtrigger_update_update_c5365', table='requests_app_poolnotices', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolnotices',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_poolnoticesevent" ("area_id", "id", "most", "per_place", "per_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."area_id", OLD."id", OLD."most", OLD."per_place", OLD."per_week", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='441baf994600eae6cd78ae415dc58c5a06eefb38', operation='DELETE', pgid='pgtrigger_delete_delete_519dd', table='requests_app_poolnotices', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolnoticesevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3d4b9a7968fae0a67647dbe9b73ba1527ecc5a84', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_082ce', table='requests_app_poolnoticesevent', when='BEFORE')),
        ),
    ]
