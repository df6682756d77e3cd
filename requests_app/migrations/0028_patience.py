"""How long requests may wait for a rule of auto-dispatch, so that several are matched together."""

import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('areas', '0001_initial'),
        ('requests_app', '0027_first_steps'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='autodispatchrule',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='autodispatchrule',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='autodispatchrule',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='autodispatchrule',
            name='patience',
            field=models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(90)], verbose_name='may wait (percent of its time)'),
        ),
        migrations.AddField(
            model_name='autodispatchruleevent',
            name='patience',
            field=models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(90)], verbose_name='may wait (percent of its time)'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchrule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_autodispatchruleevent" ("area_id", "category_id", "id", "on", "patience", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "width") VALUES (NEW."area_id", NEW."category_id", NEW."id", NEW."on", NEW."patience", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."width"); RETURN NULL;', hash='b8054cdd88f7b6eeb6ece510d29cb632a5748482', operation='INSERT', pgid='pgtrigger_insert_insert_b3e98', table='requests_app_autodispatchrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "requests_app_autodispatchruleevent" ("area_id", "category_id", "id", "on", "patience", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "width") VALUES (NEW."area_id", NEW."category_id", NEW."id", NEW."on", NEW."patience", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."width"); RETURN NULL;', hash='cf047eba65170523fdef7172d21be5123981951d', operation='UPDATE', pgid='pgtrigger_update_update_3fe9c', table='requests_app_autodispatchrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='autodispatchrule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "requests_app_autodispatchruleevent" ("area_id", "category_id", "id", "on", "patience", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "width") VALUES (OLD."area_id", OLD."category_id", OLD."id", OLD."on", OLD."patience", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."width"); RETURN NULL;', hash='179662d3f0c3878e88c2dae5977648c8522c13ca', operation='DELETE', pgid='pgtrigger_delete_delete_17399', table='requests_app_autodispatchrule', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='autodispatchrule',
            constraint=models.CheckConstraint(condition=models.Q(('patience__gte', 0), ('patience__lte', 90)), name='auto_dispatch_patience'),
        ),
    ]
