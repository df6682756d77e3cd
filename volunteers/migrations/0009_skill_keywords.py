"""The words that suggest a skill."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('volunteers', '0001_squashed_0008_teams'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='skill',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='skill',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='skill',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='skill',
            name='keywords',
            field=models.TextField(blank=True, db_default='', default='', help_text='One a line or with commas, in any language. They suggest this skill at the desk as long as nothing has been learned from closed requests.', verbose_name='words that suggest it'),
        ),
        migrations.AddField(
            model_name='skillevent',
            name='keywords',
            field=models.TextField(blank=True, db_default='', default='', help_text='One a line or with commas, in any language. They suggest this skill at the desk as long as nothing has been learned from closed requests.', verbose_name='words that suggest it'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_skillevent" ("code", "id", "keywords", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."keywords", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='ab4912af2ee927adf80bdd0f047ee2b8cab613a2', operation='INSERT', pgid='pgtrigger_insert_insert_ff284', table='volunteers_skill', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "volunteers_skillevent" ("code", "id", "keywords", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."keywords", NEW."name", NEW."name_en", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='c06096ecd51c54ca80f50986ba24ef3618ab06c6', operation='UPDATE', pgid='pgtrigger_update_update_5754c', table='volunteers_skill', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "volunteers_skillevent" ("code", "id", "keywords", "name", "name_en", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."keywords", OLD."name", OLD."name_en", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='47a4dc03a2255c3b4eb2d625c41b1a882d94209a', operation='DELETE', pgid='pgtrigger_delete_delete_f6ce6', table='volunteers_skill', when='AFTER')),
        ),
    ]
