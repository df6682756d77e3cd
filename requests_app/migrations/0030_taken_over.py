"""Requests that were closed in the earlier system, taken over as history."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('areas', '0001_initial'),
        ('requests_app', '0029_as_soon_as_possible'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='servicerequest',
            name='first_state',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='servicerequest',
            name='state_edges',
        ),
        migrations.AlterField(
            model_name='importrow',
            name='state',
            field=models.CharField(choices=[('new', 'Will be added'), ('past', 'Will be taken over as closed'), ('known', 'Already there'), ('bad', 'Cannot be added'), ('added', 'Added'), ('taken', 'Taken over as closed'), ('undone', 'Undone'), ('kept', 'Kept: somebody has worked on it')], default='new', max_length=6),
        ),
        migrations.AlterField(
            model_name='servicerequest',
            name='outcome',
            field=models.CharField(blank=True, choices=[('', 'None yet'), ('solved', 'Solved'), ('partly', 'Partly solved'), ('unsolved', 'Not solved'), ('unrated', 'Closed without a rating'), ('import_undone', 'Import undone'), ('taken_over', 'Closed in the earlier system')], default='', max_length=14, verbose_name='outcome'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerequest',
            trigger=pgtrigger.compiler.Trigger(name='first_state', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state NOT IN ('closed', 'submitted'))", func='\n                RAISE EXCEPTION \'a row of % cannot start as "%"\', TG_TABLE_NAME, NEW.state\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'first_state\';\n            ', hash='298ed9089c64d78a31c6754473ed2a7c3e3dfadd', operation='INSERT', pgid='pgtrigger_first_state_233fc', table='requests_app_servicerequest', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerequest',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || ':' || NEW.state) NOT IN ('accepted:cancelled', 'accepted:in_service', 'accepted:offered', 'accepted:submitted', 'closed:cancelled', 'closed:submitted', 'completed:closed', 'completed:submitted', 'in_service:cancelled', 'in_service:completed', 'in_service:offered', 'in_service:submitted', 'merged:cancelled', 'merged:completed', 'merged:rejected', 'merged:submitted', 'offered:accepted', 'offered:cancelled', 'offered:in_service', 'offered:submitted', 'referred:cancelled', 'referred:completed', 'referred:submitted', 'rejected:submitted', 'submitted:cancelled', 'submitted:merged', 'submitted:offered', 'submitted:referred', 'submitted:rejected'))", func='\n                RAISE EXCEPTION \'no edge from "%" to "%" in %\', OLD.state, NEW.state, TG_TABLE_NAME\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'state_edges\';\n            ', hash='162a61790dde970a8a2054ac0d406fd9e8bb6bba', operation='UPDATE OF "state"', pgid='pgtrigger_state_edges_c4151', table='requests_app_servicerequest', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='servicerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'taken_over'), _negated=True), models.Q(('accepted_at', None), ('dispatched_at', None), ('round', 1), ('state', 'closed')), _connector='OR'), name='request_taken_over_stays_closed'),
        ),
    ]
