"""All the steps before in one, for new installations; others have taken them one by one."""

import civic.lib.clock
import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('worktime', '0001_initial'),
        ('worktime', '0002_work_hours'),
    ]

    dependencies = [
        ('areas', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarPass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stamp', models.UUIDField(unique=True)),
                ('started_at', models.DateTimeField(verbose_name='begun')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('cursor', models.BigIntegerField(default=0, verbose_name='reached')),
                ('moved', models.PositiveIntegerField(default=0, verbose_name='moved')),
                ('again', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
            ],
            options={
                'verbose_name': 'recalculation',
                'verbose_name_plural': 'recalculations',
            },
        ),
        migrations.CreateModel(
            name='CalendarStamp',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('stamp', models.UUIDField(default=uuid.uuid4)),
                ('changed_at', models.DateTimeField(default=civic.lib.clock.now)),
            ],
            options={
                'verbose_name': 'calendar stamp',
                'verbose_name_plural': 'calendar stamps',
            },
        ),
        migrations.CreateModel(
            name='DayOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('day', models.DateField(verbose_name='day')),
                ('is_workday', models.BooleanField(verbose_name='is worked')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'exceptional day',
                'verbose_name_plural': 'exceptional days',
                'ordering': ['day', 'area_id'],
                'constraints': [models.UniqueConstraint(fields=('area', 'day'), name='worktime_one_override_a_day', nulls_distinct=False, violation_error_message='This day is already entered for this area.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dayoverride',
            trigger=pgtrigger.compiler.Trigger(name='new_stamp', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO worktime_calendarstamp (id, stamp, changed_at) VALUES (1, gen_random_uuid(), clock_timestamp())\n    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp, changed_at = EXCLUDED.changed_at;\n    RETURN NULL;\n', hash='6c48548733e392a8ce5b4d79faea4bc828d0f627', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE OR TRUNCATE', pgid='pgtrigger_new_stamp_69bb2', table='worktime_dayoverride', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dayoverride',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "worktime_dayoverrideevent" ("area_id", "day", "id", "is_workday", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."area_id", NEW."day", NEW."id", NEW."is_workday", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='713f0a823a30638f59ae5c4a2880c46180162e6b', operation='INSERT', pgid='pgtrigger_insert_insert_b4f1b', table='worktime_dayoverride', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dayoverride',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "worktime_dayoverrideevent" ("area_id", "day", "id", "is_workday", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."area_id", NEW."day", NEW."id", NEW."is_workday", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='32350d503588ea2982643a6be8d4e800ba4253a6', operation='UPDATE', pgid='pgtrigger_update_update_eea58', table='worktime_dayoverride', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dayoverride',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "worktime_dayoverrideevent" ("area_id", "day", "id", "is_workday", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."area_id", OLD."day", OLD."id", OLD."is_workday", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='1afc82fb9b02e1eacdf4ed6737af732b050eb106', operation='DELETE', pgid='pgtrigger_delete_delete_ebefb', table='worktime_dayoverride', when='AFTER')),
        ),
        migrations.CreateModel(
            name='DayOverrideEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='worktime.dayoverride')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('area', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='areas.area', verbose_name='area')),
                ('day', models.DateField(verbose_name='day')),
                ('is_workday', models.BooleanField(verbose_name='is worked')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dayoverrideevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='523cd0d60130b85cd78600b7a8b2754182a2d864', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_27334', table='worktime_dayoverrideevent', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='WorkHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('morning_from', models.TimeField(verbose_name='morning from')),
                ('morning_until', models.TimeField(verbose_name='morning until')),
                ('afternoon_from', models.TimeField(verbose_name='afternoon from')),
                ('afternoon_until', models.TimeField(verbose_name='afternoon until')),
            ],
            options={
                'verbose_name': 'work hours',
                'verbose_name_plural': 'work hours',
                'constraints': [models.UniqueConstraint(fields=('area',), name='worktime_hours_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('morning_from__lt', models.F('morning_until')), ('morning_until__lte', models.F('afternoon_from')), ('afternoon_from__lt', models.F('afternoon_until'))), name='worktime_hours_in_order', violation_error_message='The hours must follow each other: morning, then afternoon.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workhours',
            trigger=pgtrigger.compiler.Trigger(name='new_stamp', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO worktime_calendarstamp (id, stamp, changed_at) VALUES (1, gen_random_uuid(), clock_timestamp())\n    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp, changed_at = EXCLUDED.changed_at;\n    RETURN NULL;\n', hash='bc31823a31a53851ebb85ee685ef9926310985cf', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE OR TRUNCATE', pgid='pgtrigger_new_stamp_5a64b', table='worktime_workhours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workhours',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "worktime_workhoursevent" ("afternoon_from", "afternoon_until", "area_id", "id", "morning_from", "morning_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."afternoon_from", NEW."afternoon_until", NEW."area_id", NEW."id", NEW."morning_from", NEW."morning_until", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='5ea4f7821097076c31235b37da4cb0e2a30b9350', operation='INSERT', pgid='pgtrigger_insert_insert_2c46e', table='worktime_workhours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workhours',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "worktime_workhoursevent" ("afternoon_from", "afternoon_until", "area_id", "id", "morning_from", "morning_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."afternoon_from", NEW."afternoon_until", NEW."area_id", NEW."id", NEW."morning_from", NEW."morning_until", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='5fc93a2ea0b0a2b4dc70d6a83ea83039a069446f', operation='UPDATE', pgid='pgtrigger_update_update_fa92e', table='worktime_workhours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workhours',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "worktime_workhoursevent" ("afternoon_from", "afternoon_until", "area_id", "id", "morning_from", "morning_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."afternoon_from", OLD."afternoon_until", OLD."area_id", OLD."id", OLD."morning_from", OLD."morning_until", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='87d9f4bba010266ec17ec269f694435bde42c671', operation='DELETE', pgid='pgtrigger_delete_delete_afecc', table='worktime_workhours', when='AFTER')),
        ),
        migrations.CreateModel(
            name='WorkHoursEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='worktime.workhours')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('area', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='areas.area', verbose_name='area')),
                ('morning_from', models.TimeField(verbose_name='morning from')),
                ('morning_until', models.TimeField(verbose_name='morning until')),
                ('afternoon_from', models.TimeField(verbose_name='afternoon from')),
                ('afternoon_until', models.TimeField(verbose_name='afternoon until')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workhoursevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e62616dd3f79b4ef69dfb676c3132e65e31e4b58', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3da53', table='worktime_workhoursevent', when='BEFORE')),
        ),
    ]
