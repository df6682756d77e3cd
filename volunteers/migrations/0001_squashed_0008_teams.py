"""All the steps before in one, for new installations; others have taken them one by one."""

import civic.accounts.fields
import civic.lib.clock
import civic.lib.fields
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.math
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('volunteers', '0001_initial'),
        ('volunteers', '0002_volunteers_leave'),
        ('volunteers', '0003_eligible_near'),
        ('volunteers', '0004_profile'),
        ('volunteers', '0005_idle_timers'),
        ('volunteers', '0006_register_imports'),
        ('volunteers', '0007_calendar_feed'),
        ('volunteers', '0008_teams'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('areas', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='QualificationKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_en', models.CharField(max_length=60, verbose_name='English name')),
                ('expires', models.BooleanField(default=True, help_text='Then a date has to be given.', verbose_name='runs out')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
            ],
            options={
                'verbose_name': 'kind of qualification',
                'verbose_name_plural': 'kinds of qualification',
                'ordering': ['position', 'pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='qualificationkind',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_qualificationkindevent" ("code", "expires", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (NEW."code", NEW."expires", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."retired_at"); RETURN NULL;', hash='b75b08db8ece3cfe5f2473c4a3c05dd98a2f303c', operation='INSERT', pgid='pgtrigger_insert_insert_3e790', table='volunteers_qualificationkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='qualificationkind',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "volunteers_qualificationkindevent" ("code", "expires", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (NEW."code", NEW."expires", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."retired_at"); RETURN NULL;', hash='f7a856d3bc2b59fb6f51b2ac5bbf3ec3ecb11cec', operation='UPDATE', pgid='pgtrigger_update_update_29afb', table='volunteers_qualificationkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='qualificationkind',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_qualificationkindevent" ("code", "expires", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (OLD."code", OLD."expires", OLD."id", OLD."name", OLD."name_en", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."retired_at"); RETURN NULL;', hash='b7bbf6c6fa9456bdc37c8ea89719354d7de4ee9b', operation='DELETE', pgid='pgtrigger_delete_delete_1cc5c', table='volunteers_qualificationkind', when='AFTER')),
        ),
        migrations.CreateModel(
            name='QualificationKindEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='volunteers.qualificationkind')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_en', models.CharField(max_length=60, verbose_name='English name')),
                ('expires', models.BooleanField(default=True, help_text='Then a date has to be given.', verbose_name='runs out')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='qualificationkindevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3a6f29426a16f59e0e143a12dad62f342d79dca4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_16b86', table='volunteers_qualificationkindevent', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='RegisterImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='imported by')),
                ('file_name', models.CharField(max_length=200, verbose_name='file name')),
                ('state', models.CharField(choices=[('reading', 'Being read'), ('preview', 'Preview'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('undoing', 'Being undone'), ('undone', 'Undone')], default='reading', max_length=10, verbose_name='state')),
                ('headers', models.JSONField(default=list, verbose_name='headings')),
                ('columns', models.JSONField(default=dict, verbose_name='columns')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='rows done')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                ('created_at', models.DateTimeField(verbose_name='uploaded')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished on')),
                ('enter_as', models.CharField(choices=[('approved', 'Approved: they can be asked at once'), ('applied', 'Waiting for approval: staff decide about each')], max_length=16, verbose_name='they come in as')),
                ('insured_until', models.DateField(null=True, verbose_name='insured until')),
                ('vetted', models.BooleanField(default=False, verbose_name='vetted')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_en', models.CharField(max_length=60, verbose_name='English name')),
            ],
            options={
                'verbose_name': 'skill',
                'verbose_name_plural': 'skills',
                'ordering': ['pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_skillevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='201fcaa1bf297230a12f2bacb4e8481de6ba5dfa', operation='INSERT', pgid='pgtrigger_insert_insert_ff284', table='volunteers_skill', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "volunteers_skillevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='642afca0673a7cc17b310ba911c27e1a3aa90ec5', operation='UPDATE', pgid='pgtrigger_update_update_5754c', table='volunteers_skill', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_skillevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", OLD."name_en", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='ccc898ba8123bf42563cc1ceef0330cc9630f883', operation='DELETE', pgid='pgtrigger_delete_delete_f6ce6', table='volunteers_skill', when='AFTER')),
        ),
        migrations.CreateModel(
            name='SkillEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='volunteers.skill')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_en', models.CharField(max_length=60, verbose_name='English name')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skillevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e610cbe57f67e7480f33e9b5228f4bf8708e481f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_fd391', table='volunteers_skillevent', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=255, unique=True)),
                ('depth', models.PositiveIntegerField()),
                ('numchild', models.PositiveIntegerField(default=0)),
                ('state', models.CharField(max_length=16, verbose_name='state')),
                ('version', models.PositiveIntegerField(default=0, verbose_name='version')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('tier', models.CharField(choices=[('corps', 'Corps'), ('team', 'Team'), ('squad', 'Squad')], max_length=8, verbose_name='tier')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('city_id', models.BigIntegerField(editable=False, null=True)),
                ('district_id', models.BigIntegerField(editable=False, null=True)),
                ('street_id', models.BigIntegerField(editable=False, null=True)),
                ('community_id', models.BigIntegerField(editable=False, null=True)),
                ('grid_id', models.BigIntegerField(editable=False, null=True)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, default=list, size=None, verbose_name='kinds')),
                ('about', models.CharField(blank=True, max_length=200, verbose_name='about')),
                ('founded_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='founded')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'indexes': [models.Index(fields=['district_id', 'path'], name='team_by_district')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('depth', 1), ('tier', 'corps')), models.Q(('depth', 2), ('tier', 'team')), models.Q(('depth', 3), ('tier', 'squad')), _connector='OR'), name='team_tier_is_depth'), models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('area', 'name'), name='team_name_once')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='first_state', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state NOT IN ('active'))", func='\n                RAISE EXCEPTION \'a row of % cannot start as "%"\', TG_TABLE_NAME, NEW.state\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'first_state\';\n            ', hash='a969bee073c218e89473a1765f0180b6d189916f', operation='INSERT', pgid='pgtrigger_first_state_92b37', table='volunteers_team', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || ':' || NEW.state) NOT IN ('active:dissolved'))", func='\n                RAISE EXCEPTION \'no edge from "%" to "%" in %\', OLD.state, NEW.state, TG_TABLE_NAME\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'state_edges\';\n            ', hash='03412635deacfbfc88001349f34f42af95bc783f', operation='UPDATE OF "state"', pgid='pgtrigger_state_edges_b0641', table='volunteers_team', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='version_is_history', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF EXISTS (\n                SELECT 1 FROM volunteers_team WHERE id = NEW.id AND version IS DISTINCT FROM (\n                    SELECT max(seq) FROM cases_caseevent WHERE kind = 'team' AND case_id = NEW.id\n                )\n            ) THEN\n                RAISE EXCEPTION 'team % stands at a version that is not the end of its history', NEW.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'version_is_history';\n            END IF;\n            RETURN NULL;\n        ", hash='a3ce464073a94d79ecb3cdb8be2dbe9936fa82ee', operation='INSERT OR UPDATE', pgid='pgtrigger_version_is_history_6641d', table='volunteers_team', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.CreateModel(
            name='TeamKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_en', models.CharField(max_length=60, verbose_name='English name')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
            ],
            options={
                'verbose_name': 'kind of team',
                'verbose_name_plural': 'kinds of teams',
                'ordering': ['position', 'pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teamkind',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_teamkindevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (NEW."code", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."retired_at"); RETURN NULL;', hash='ce5dd6a7866c4228eea06765b362ba7de008a459', operation='INSERT', pgid='pgtrigger_insert_insert_58f1e', table='volunteers_teamkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teamkind',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "volunteers_teamkindevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (NEW."code", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."retired_at"); RETURN NULL;', hash='50dbbf0ece59a3a04f9c15b52ac739d42764fe87', operation='UPDATE', pgid='pgtrigger_update_update_ff81b', table='volunteers_teamkind', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teamkind',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_teamkindevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (OLD."code", OLD."id", OLD."name", OLD."name_en", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."retired_at"); RETURN NULL;', hash='cf356f64a6563fc134725948bc807f1f7454a9de', operation='DELETE', pgid='pgtrigger_delete_delete_fa967', table='volunteers_teamkind', when='AFTER')),
        ),
        migrations.CreateModel(
            name='TeamKindEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='volunteers.teamkind')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_en', models.CharField(max_length=60, verbose_name='English name')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teamkindevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7644feb5cc43060bba2a4764d622dff5ada2f3ab', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_72176', table='volunteers_teamkindevent', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Volunteer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=16, verbose_name='state')),
                ('version', models.PositiveIntegerField(default=0, verbose_name='version')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='volunteer', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('number', models.CharField(max_length=16, unique=True, verbose_name='volunteer number')),
                ('skills', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, default=list, size=None, verbose_name='skills')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('city_id', models.BigIntegerField(editable=False, null=True)),
                ('district_id', models.BigIntegerField(editable=False, null=True)),
                ('street_id', models.BigIntegerField(editable=False, null=True)),
                ('community_id', models.BigIntegerField(editable=False, null=True)),
                ('grid_id', models.BigIntegerField(editable=False, null=True)),
                ('lat', models.FloatField(blank=True, null=True, verbose_name='latitude')),
                ('lon', models.FloatField(blank=True, null=True, verbose_name='longitude')),
                ('active', models.BooleanField(default=True, verbose_name='takes offers')),
                ('vetted_at', models.DateTimeField(blank=True, null=True, verbose_name='vetted')),
                ('insured_until', models.DateField(blank=True, null=True, verbose_name='insured until')),
                ('birth_date', models.DateField(blank=True, null=True, verbose_name='birth date')),
                ('about', models.CharField(blank=True, max_length=200, verbose_name='about')),
                ('applied_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='applied')),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('mandarin', 'Mandarin'), ('local', 'The local dialect'), ('cantonese', 'Cantonese'), ('wu', 'Wu (Shanghai, Suzhou)'), ('min', 'Min (Fujian, Chaoshan)'), ('hakka', 'Hakka'), ('sign', 'Sign language'), ('english', 'English')], max_length=12), blank=True, db_default=[], default=list, size=None, verbose_name='languages')),
                ('radius_m', models.PositiveIntegerField(blank=True, null=True, verbose_name='radius in metres')),
                ('daily_limit', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='services a day at most')),
                ('weekly_limit', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='services a week at most')),
                ('wanted', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, db_default=[], default=list, size=None, verbose_name='kinds liked')),
                ('unwanted', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, db_default=[], default=list, size=None, verbose_name='kinds not wanted')),
                ('guardian_agreed_at', models.DateTimeField(blank=True, null=True, verbose_name='guardian agreed')),
                ('pledge_version', models.CharField(blank=True, db_default='', default='', max_length=16, verbose_name='version of the pledge')),
                ('asked_idle_at', models.DateTimeField(blank=True, null=True, verbose_name='asked whether they stay')),
                ('pledged_at', models.DateTimeField(blank=True, null=True, verbose_name='pledged')),
            ],
            options={
                'verbose_name': 'volunteer',
                'verbose_name_plural': 'volunteers',
                'indexes': [django.contrib.postgres.indexes.GistIndex(models.Func(models.F('lon'), django.db.models.functions.math.Degrees(models.Func(django.db.models.functions.math.Tan(django.db.models.functions.math.Radians('lat')), function='asinh', output_field=models.FloatField())), function='point', output_field=models.FloatField()), django.contrib.postgres.indexes.OpClass(models.F('skills'), name='gist__intbig_ops'), condition=models.Q(('active', True), ('lat__isnull', False), ('lon__isnull', False), ('state', 'approved')), name='volunteer_eligible_near'), models.Index(condition=models.Q(('active', True), ('lat', None), ('state', 'approved')), fields=['community_id'], name='volunteer_eligible_no_point'), models.Index(condition=models.Q(('active', True), ('state', 'approved')), fields=['district_id'], name='volunteer_eligible_district'), models.Index(fields=['district_id', 'id'], name='volunteer_by_district')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='volunteer',
            trigger=pgtrigger.compiler.Trigger(name='first_state', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state NOT IN ('applied'))", func='\n                RAISE EXCEPTION \'a row of % cannot start as "%"\', TG_TABLE_NAME, NEW.state\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'first_state\';\n            ', hash='81b6e8702934271c9a26ac7fd3f77ff7e87a04e3', operation='INSERT', pgid='pgtrigger_first_state_923a0', table='volunteers_volunteer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='volunteer',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || ':' || NEW.state) NOT IN ('applied:approved', 'applied:asked_back', 'applied:left', 'applied:refused', 'approved:lapsed', 'approved:left', 'approved:suspended', 'asked_back:applied', 'asked_back:approved', 'asked_back:left', 'asked_back:refused', 'lapsed:approved', 'lapsed:left', 'lapsed:suspended', 'suspended:approved', 'suspended:left'))", func='\n                RAISE EXCEPTION \'no edge from "%" to "%" in %\', OLD.state, NEW.state, TG_TABLE_NAME\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'state_edges\';\n            ', hash='e0b91c2c0e67d7d44a3bf7bfe8bbc0dde5861324', operation='UPDATE OF "state"', pgid='pgtrigger_state_edges_f387a', table='volunteers_volunteer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='volunteer',
            trigger=pgtrigger.compiler.Trigger(name='version_is_history', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF EXISTS (\n                SELECT 1 FROM volunteers_volunteer WHERE id = NEW.id AND version IS DISTINCT FROM (\n                    SELECT max(seq) FROM cases_caseevent WHERE kind = 'volunteer' AND case_id = NEW.id\n                )\n            ) THEN\n                RAISE EXCEPTION 'volunteer % stands at a version that is not the end of its history', NEW.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'version_is_history';\n            END IF;\n            RETURN NULL;\n        ", hash='3c97cd0faad368f40955371c71a91df24f5ccc37', operation='INSERT OR UPDATE', pgid='pgtrigger_version_is_history_568f9', table='volunteers_volunteer', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.CreateModel(
            name='AvailableHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='volunteers.volunteer', verbose_name='volunteer')),
                ('weekday', models.PositiveSmallIntegerField(verbose_name='weekday')),
                ('starts', models.PositiveSmallIntegerField(verbose_name='from')),
                ('ends', models.PositiveSmallIntegerField(verbose_name='until')),
            ],
            options={
                'verbose_name': 'hours of the week',
                'verbose_name_plural': 'hours of the week',
                'constraints': [models.UniqueConstraint(fields=('volunteer', 'weekday', 'starts'), name='available_hours_once'), models.CheckConstraint(condition=models.Q(('ends__lte', 1440), ('starts__lt', models.F('ends')), ('weekday__range', (1, 7))), name='available_hours_in_a_day')],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feed', to='volunteers.volunteer', verbose_name='volunteer')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('made_at', models.DateTimeField(default=civic.lib.clock.now, editable=False, verbose_name='made')),
                ('read_at', models.DateTimeField(editable=False, null=True, verbose_name='last fetched')),
            ],
            options={
                'verbose_name': 'calendar feed',
                'verbose_name_plural': 'calendar feeds',
            },
        ),
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='volunteers.volunteer', verbose_name='volunteer')),
                ('subject_kind', models.CharField(max_length=16, verbose_name='kind of record')),
                ('subject_id', models.BigIntegerField(verbose_name='record')),
                ('during', django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name='period')),
                ('active', models.BooleanField(default=True, verbose_name='in force')),
            ],
            options={
                'verbose_name': 'promised time',
                'verbose_name_plural': 'promised times',
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('active', True)), expressions=[('volunteer', '='), ('during', '&&')], name='commitment_no_overlap'), models.UniqueConstraint(condition=models.Q(('active', True)), fields=('subject_kind', 'subject_id'), name='commitment_subject_once')],
            },
        ),
        migrations.CreateModel(
            name='DayOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='days_off', to='volunteers.volunteer', verbose_name='volunteer')),
                ('first', models.DateField(verbose_name='first day')),
                ('last', models.DateField(verbose_name='last day')),
            ],
            options={
                'verbose_name': 'days off',
                'verbose_name_plural': 'days off',
                'indexes': [models.Index(fields=['volunteer', 'last'], name='days_off_by_volunteer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('first__lte', models.F('last'))), name='days_off_in_order')],
            },
        ),
        migrations.CreateModel(
            name='ExtraHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extra_hours', to='volunteers.volunteer', verbose_name='volunteer')),
                ('day', models.DateField(verbose_name='day')),
                ('starts', models.PositiveSmallIntegerField(verbose_name='from')),
                ('ends', models.PositiveSmallIntegerField(verbose_name='until')),
            ],
            options={
                'verbose_name': 'extra hours',
                'verbose_name_plural': 'extra hours',
                'constraints': [models.UniqueConstraint(fields=('volunteer', 'day', 'starts'), name='extra_hours_once'), models.CheckConstraint(condition=models.Q(('ends__lte', 1440), ('starts__lt', models.F('ends'))), name='extra_hours_in_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Papers',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='papers', to='volunteers.volunteer', verbose_name='volunteer')),
                ('id_number', civic.lib.fields.EncryptedTextField(blank=True, default='', verbose_name='ID number')),
                ('id_number_hash', civic.accounts.fields.KeyedHashField(editable=False, max_length=64, null=True, source='id_number', unique=True, verbose_name='ID number hash')),
                ('guardian_name', models.CharField(blank=True, default='', max_length=80, verbose_name="guardian's name")),
                ('guardian_phone', civic.lib.fields.EncryptedTextField(blank=True, default='', verbose_name="guardian's phone")),
            ],
            options={
                'verbose_name': 'papers',
                'verbose_name_plural': 'papers',
            },
        ),
        migrations.CreateModel(
            name='RegisterRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('key', models.CharField(blank=True, max_length=64)),
                ('notes', models.JSONField(default=list)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='volunteers.registerimport')),
                ('cells', civic.lib.fields.EncryptedListField()),
                ('state', models.CharField(choices=[('new', 'Will be registered'), ('fill', 'Will be completed'), ('known', 'Already there'), ('bad', 'Cannot be added'), ('added', 'Registered'), ('filled', 'Completed'), ('undone', 'Undone'), ('kept', 'Kept: somebody has worked on it')], default='new', max_length=6)),
                ('id_key', models.CharField(blank=True, default='', max_length=64)),
                ('volunteer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='volunteers.volunteer')),
                ('version', models.PositiveIntegerField(null=True)),
                ('made_account', models.BooleanField(default=False)),
                ('filled', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
            ],
            options={
                'indexes': [models.Index(fields=['batch', 'key'], name='register_row_by_key'), models.Index(fields=['batch', 'state', 'number'], name='register_row_next')],
                'constraints': [models.UniqueConstraint(fields=('batch', 'number'), name='register_row_once')],
            },
        ),
        migrations.CreateModel(
            name='ServiceRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='volunteers.volunteer', verbose_name='volunteer')),
                ('source_kind', models.CharField(max_length=16, verbose_name='kind of record')),
                ('source_id', models.BigIntegerField(verbose_name='record')),
                ('entry', models.CharField(choices=[('service', 'Service'), ('reversal', 'Reversal')], default='service', max_length=10, verbose_name='kind of entry')),
                ('minutes', models.IntegerField(verbose_name='minutes')),
                ('started_at', models.DateTimeField(verbose_name='began')),
                ('ended_at', models.DateTimeField(verbose_name='ended')),
                ('content', models.CharField(max_length=200, verbose_name='content')),
                ('area', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('recorded_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='written')),
            ],
            options={
                'verbose_name': 'service record',
                'verbose_name_plural': 'service records',
                'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id', 'entry'), name='service_record_once')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerecord',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1ee685f430e313a1a307ba2aefa747c5f1a610bf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_275fa', table='volunteers_servicerecord', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerecord',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'This table is append-only.';", hash='d0561ca808f941bd2343b07a0d2f72895bc93eb4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_5ebf0', table='volunteers_servicerecord', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='RecordConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='confirmation', to='volunteers.servicerecord', verbose_name='service record')),
                ('how', models.CharField(choices=[('rating', "The resident's rating"), ('call_back', 'A call-back by staff')], max_length=10, verbose_name='way of confirming')),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                ('at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='time')),
            ],
            options={
                'verbose_name': 'confirmation of hours',
                'verbose_name_plural': 'confirmations of hours',
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recordconfirmation',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b355f1aa72e97ed4c4d983b2b0d6daae9d767ecf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_fd5f8', table='volunteers_recordconfirmation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recordconfirmation',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'This table is append-only.';", hash='8640a47e1859acf1ee0babf3a8640303cb7d6c01', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1d1dc', table='volunteers_recordconfirmation', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='TeamMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='volunteers.team', verbose_name='team')),
                ('volunteer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='volunteers.volunteer', verbose_name='volunteer')),
                ('state', models.CharField(choices=[('applied', 'Waiting for an answer'), ('member', 'Member'), ('refused', 'Not accepted'), ('withdrawn', 'Application taken back'), ('left', 'Left'), ('removed', 'Removed'), ('dissolved', 'Ended with the team')], default='applied', max_length=10, verbose_name='state')),
                ('role', models.CharField(choices=[('member', 'Member'), ('leader', 'Leader')], default='member', max_length=8, verbose_name='role')),
                ('applied_at', models.DateTimeField(verbose_name='applied')),
                ('joined_at', models.DateTimeField(null=True, verbose_name='joined')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
            ],
            options={
                'verbose_name': 'team membership',
                'verbose_name_plural': 'team memberships',
                'indexes': [models.Index(condition=models.Q(('state__in', ['applied', 'member'])), fields=['volunteer', 'state'], name='team_membership_mine')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['applied', 'member'])), fields=('team', 'volunteer'), name='team_membership_once'), models.CheckConstraint(condition=models.Q(('role', 'member'), ('state', 'member'), _connector='OR'), name='team_leader_is_member')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammembership',
            trigger=pgtrigger.compiler.Trigger(name='first_state', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state NOT IN ('applied'))", func='\n                RAISE EXCEPTION \'a row of % cannot start as "%"\', TG_TABLE_NAME, NEW.state\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'first_state\';\n            ', hash='e69020a42dda7512e1c604cffbf072c67a647b15', operation='INSERT', pgid='pgtrigger_first_state_fa81b', table='volunteers_teammembership', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammembership',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || ':' || NEW.state) NOT IN ('applied:dissolved', 'applied:member', 'applied:refused', 'applied:withdrawn', 'member:dissolved', 'member:left', 'member:removed'))", func='\n                RAISE EXCEPTION \'no edge from "%" to "%" in %\', OLD.state, NEW.state, TG_TABLE_NAME\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'state_edges\';\n            ', hash='34748b2043de4603b97c3f4e26e764136f48998b', operation='UPDATE OF "state"', pgid='pgtrigger_state_edges_eed0d', table='volunteers_teammembership', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='VolunteerTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='areas.area', verbose_name='area')),
                ('id_number', models.CharField(choices=[('never', 'Not asked for'), ('optional', 'May be given'), ('required', 'Needed before approval')], default='optional', max_length=8, verbose_name='ID number')),
                ('radius_m', models.PositiveIntegerField(blank=True, help_text='For who named none of their own; empty: they are asked however far it is.', null=True, validators=[django.core.validators.MinValueValidator(200), django.core.validators.MaxValueValidator(100000)], verbose_name='radius in metres')),
            ],
            options={
                'verbose_name': 'terms for volunteers',
                'verbose_name_plural': 'terms for volunteers',
                'constraints': [models.UniqueConstraint(fields=('area',), name='volunteer_terms_once', nulls_distinct=False, violation_error_message='There are terms for this area already.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='volunteerterms',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_volunteertermsevent" ("area_id", "id", "id_number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "radius_m") VALUES (NEW."area_id", NEW."id", NEW."id_number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."radius_m"); RETURN NULL;', hash='4a4273fbbf76539aa7f87edcfd71eb796bb7f523', operation='INSERT', pgid='pgtrigger_insert_insert_8f248', table='volunteers_volunteerterms', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='volunteerterms',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "volunteers_volunteertermsevent" ("area_id", "id", "id_number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "radius_m") VALUES (NEW."area_id", NEW."id", NEW."id_number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."radius_m"); RETURN NULL;', hash='6d71b32ea0ca6eb9898e28a0d54b5cdc81435d6b', operation='UPDATE', pgid='pgtrigger_update_update_d8dc3', table='volunteers_volunteerterms', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='volunteerterms',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_volunteertermsevent" ("area_id", "id", "id_number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "radius_m") VALUES (OLD."area_id", OLD."id", OLD."id_number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."radius_m"); RETURN NULL;', hash='56a7027c34c58de256261ab63fdd778b029f2c28', operation='DELETE', pgid='pgtrigger_delete_delete_c1c0d', table='volunteers_volunteerterms', when='AFTER')),
        ),
        migrations.CreateModel(
            name='VolunteerTermsEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='volunteers.volunteerterms')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('area', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='areas.area', verbose_name='area')),
                ('id_number', models.CharField(choices=[('never', 'Not asked for'), ('optional', 'May be given'), ('required', 'Needed before approval')], default='optional', max_length=8, verbose_name='ID number')),
                ('radius_m', models.PositiveIntegerField(blank=True, help_text='For who named none of their own; empty: they are asked however far it is.', null=True, validators=[django.core.validators.MinValueValidator(200), django.core.validators.MaxValueValidator(100000)], verbose_name='radius in metres')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='volunteertermsevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='54186db2bd7b992a0f2c47089ffc947086b0dd03', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_caf5e', table='volunteers_volunteertermsevent', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Qualification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='qualifications', to='volunteers.volunteer', verbose_name='volunteer')),
                ('kind', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='volunteers.qualificationkind', verbose_name='kind')),
                ('number', civic.lib.fields.EncryptedTextField(blank=True, default='', verbose_name='number')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('added_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='added')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='checked')),
                ('checked_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by')),
            ],
            options={
                'verbose_name': 'qualification',
                'verbose_name_plural': 'qualifications',
                'constraints': [models.UniqueConstraint(fields=('volunteer', 'kind'), name='qualification_once'), models.CheckConstraint(condition=models.Q(models.Q(('checked_at', None), ('checked_by', None)), models.Q(('checked_at__isnull', False), ('checked_by__isnull', False)), _connector='OR'), name='qualification_checked_by_somebody')],
            },
        ),
    ]
