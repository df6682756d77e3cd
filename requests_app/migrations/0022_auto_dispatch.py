import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('areas', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('requests_app', '0021_waterfall'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AutoDispatchRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.BooleanField(default=False, verbose_name='on')),
                ('width', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='asked at a time')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='requests_app.category', verbose_name='category')),
            ],
            options={
                'verbose_name': 'rule of auto-dispatch',
                'verbose_name_plural': 'rules of auto-dispatch',
            },
        ),
        migrations.CreateModel(
            name='AutoDispatchRuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('on', models.BooleanField(default=False, verbose_name='on')),
                ('width', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='asked at a time')),
                ('area', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='areas.area', verbose_name='area')),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='requests_app.category', verbose_name='category')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='requests_app.autodispatchrule')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AutoDispatchStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='stopped by')),
            ],
            options={
                'verbose_name': 'stop of auto-dispatch',
                'verbose_name_plural': 'stops of auto-dispatch',
            },
        ),
        migrations.CreateModel(
            name='AutoDispatchStopEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('at', models.DateTimeField(verbose_name='time')),
                ('area', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='areas.area', verbose_name='area')),
                ('by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='stopped by')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='requests_app.autodispatchstop')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='autodispatchrule',
            constraint=models.UniqueConstraint(fields=('area', 'category'), name='auto_dispatch_rule_once', nulls_distinct=False, violation_error_message='There is a rule for this area and category already.'),
        ),
        migrations.AddConstraint(
            model_name='autodispatchrule',
            constraint=models.CheckConstraint(condition=models.Q(('width__gte', 1), ('width__lte', 5)), name='auto_dispatch_width'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchrule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_autodispatchruleevent" ("area_id", "category_id", "id", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "width") VALUES (NEW."area_id", NEW."category_id", NEW."id", NEW."on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."width"); RETURN NULL;', hash='70a4c9fc68b2db04096adddffa976d1d04a072dc', operation='INSERT', pgid='pgtrigger_insert_insert_b3e98', table='requests_app_autodispatchrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "requests_app_autodispatchruleevent" ("area_id", "category_id", "id", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "width") VALUES (NEW."area_id", NEW."category_id", NEW."id", NEW."on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."width"); RETURN NULL;', hash='875d275301bbbd1e27893213b9e07e612a4af3c3', operation='UPDATE', pgid='pgtrigger_update_update_3fe9c', table='requests_app_autodispatchrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchrule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_autodispatchruleevent" ("area_id", "category_id", "id", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "width") VALUES (OLD."area_id", OLD."category_id", OLD."id", OLD."on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."width"); RETURN NULL;', hash='fdb2533cd05611332e7afa467c0f4d32d0b91858', operation='DELETE', pgid='pgtrigger_delete_delete_17399', table='requests_app_autodispatchrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchruleevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9a284099ad8ed2736655a687c3e4dbd1caac3254', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3118a', table='requests_app_autodispatchruleevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='autodispatchstop',
            constraint=models.UniqueConstraint(fields=('area',), name='auto_dispatch_stop_once', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchstop',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_autodispatchstopevent" ("area_id", "at", "by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."area_id", NEW."at", NEW."by_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='f058ee4056daf0754e369e3c69df0e88057a5c5a', operation='INSERT', pgid='pgtrigger_insert_insert_7fab2', table='requests_app_autodispatchstop', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchstop',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_autodispatchstopevent" ("area_id", "at", "by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."area_id", OLD."at", OLD."by_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='cd3cd3101ae44e82c301e204dc478cdb290472c8', operation='DELETE', pgid='pgtrigger_delete_delete_a88ff', table='requests_app_autodispatchstop', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchstopevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='37371e1dbebf25fcb8fedd285cc2d72f314c2561', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ac012', table='requests_app_autodispatchstopevent', when='BEFORE')),
        ),
    ]
