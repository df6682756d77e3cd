"""Kinds of teams are called what they are, service classes, and volunteers choose theirs."""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('volunteers', '0009_skill_keywords'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='teamkind',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='teamkind',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='teamkind',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='teamkindevent',
            name='append_only',
        ),
        migrations.RenameModel(
            old_name='TeamKind',
            new_name='ServiceClass',
        ),
        migrations.RenameModel(
            old_name='TeamKindEvent',
            new_name='ServiceClassEvent',
        ),
        migrations.RenameField(model_name='team', old_name='kinds', new_name='service_classes'),
        migrations.AlterField(
            model_name='team',
            name='service_classes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, default=list, size=None, verbose_name='service classes'),
        ),
        migrations.AlterModelOptions(
            name='serviceclass',
            options={'ordering': ['position', 'pk'], 'verbose_name': 'service class', 'verbose_name_plural': 'service classes'},
        ),
        migrations.AddField(
            model_name='volunteer',
            name='service_classes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, db_default=[], default=list, size=None, verbose_name='service classes'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceclass',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_serviceclassevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (NEW."code", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."retired_at"); RETURN NULL;', hash='9fa0645b373a1c8112003220e332f61a9710392a', operation='INSERT', pgid='pgtrigger_insert_insert_a8b7b', table='volunteers_serviceclass', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceclass',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "volunteers_serviceclassevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (NEW."code", NEW."id", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."retired_at"); RETURN NULL;', hash='d1d64acb22e09e9d4e00c877f4aadf1fd7e65cdd', operation='UPDATE', pgid='pgtrigger_update_update_8c39e', table='volunteers_serviceclass', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceclass',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_serviceclassevent" ("code", "id", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "retired_at") VALUES (OLD."code", OLD."id", OLD."name", OLD."name_en", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."retired_at"); RETURN NULL;', hash='4d324e171513c14e1e1a04542211d7c7a29f4e31', operation='DELETE', pgid='pgtrigger_delete_delete_953db', table='volunteers_serviceclass', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceclassevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8fd442f333157c1b09256c87d895f8330b602809', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9163c', table='volunteers_serviceclassevent', when='BEFORE')),
        ),
    ]
