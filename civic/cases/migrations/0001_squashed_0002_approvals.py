"""All the steps before in one, for new installations; others have taken them one by one."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('cases', '0001_initial'),
        ('cases', '0002_approvals'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16, verbose_name='kind of case')),
                ('case_id', models.BigIntegerField(verbose_name='number of the case')),
                ('seq', models.PositiveIntegerField(verbose_name='number of the line')),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='round')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                ('actor_role', models.CharField(max_length=24, verbose_name='role')),
                ('verb', models.CharField(max_length=24, verbose_name='act')),
                ('from_state', models.CharField(blank=True, max_length=16, verbose_name='state before')),
                ('to_state', models.CharField(max_length=16, verbose_name='state after')),
                ('reason_code', models.CharField(blank=True, max_length=40, verbose_name='reason')),
                ('facts', models.JSONField(blank=True, default=dict, verbose_name='details')),
            ],
            options={
                'verbose_name': 'history event',
                'verbose_name_plural': 'history events',
                'constraints': [models.UniqueConstraint(fields=('kind', 'case_id', 'seq'), name='case_event_seq_once')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='caseevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='65b17c5dc231aae95e4a5d286bcd92a634f3ebd3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_320b9', table='cases_caseevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='caseevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'This table is append-only.';", hash='2d0d978cb067fc1272602fed9018a00fb23fbfcc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_78c5e', table='cases_caseevent', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='CaseText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('case_id', models.BigIntegerField()),
                ('seq', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=32)),
                ('body', models.TextField(blank=True)),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'case_id', 'seq', 'name'), name='case_text_once')],
            },
        ),
        migrations.CreateModel(
            name='OnceKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.CharField(max_length=64)),
                ('path', models.CharField(max_length=120)),
                ('key_hash', models.CharField(max_length=64)),
                ('body_hash', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('reference', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner', 'path', 'key_hash'), name='once_key_once')],
            },
        ),
        migrations.CreateModel(
            name='Timer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16, verbose_name='kind of case')),
                ('case_id', models.BigIntegerField(verbose_name='number of the case')),
                ('name', models.CharField(max_length=24, verbose_name='name')),
                ('part_id', models.BigIntegerField(default=0, verbose_name='number of the part')),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='round')),
                ('generation', models.PositiveSmallIntegerField(default=0, verbose_name='generation')),
                ('due_at', models.DateTimeField(verbose_name='due time')),
                ('run_at', models.DateTimeField(verbose_name='next attempt')),
                ('fired_at', models.DateTimeField(blank=True, null=True, verbose_name='fired on')),
                ('voided_at', models.DateTimeField(blank=True, null=True, verbose_name='voided on')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
            ],
            options={
                'verbose_name': 'timer',
                'verbose_name_plural': 'timers',
                'indexes': [models.Index(condition=models.Q(('fired_at__isnull', True), ('voided_at__isnull', True)), fields=['kind', 'run_at'], name='timer_open_due')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'case_id', 'name', 'part_id', 'round', 'generation'), name='timer_once'), models.CheckConstraint(condition=models.Q(('fired_at__isnull', True), ('voided_at__isnull', True), _connector='OR'), name='timer_fired_or_voided')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16, verbose_name='kind of case')),
                ('case_id', models.BigIntegerField(verbose_name='number of the case')),
                ('verb', models.CharField(max_length=24, verbose_name='act')),
                ('facts', models.JSONField(blank=True, default=dict, verbose_name='details')),
                ('seq', models.PositiveIntegerField(verbose_name='number of the line')),
                ('state', models.CharField(choices=[('open', 'Waiting for approval'), ('approved', 'Approved'), ('refused', 'Refused'), ('expired', 'Ran out'), ('withdrawn', 'Withdrawn')], default='open', max_length=10, verbose_name='state')),
                ('proposer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('role', models.CharField(max_length=24, verbose_name='role')),
                ('membership', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership', verbose_name='membership')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed on')),
                ('expires_at', models.DateTimeField(verbose_name='runs out on')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided on')),
                ('decider', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('decider_membership', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership', verbose_name='membership')),
            ],
            options={
                'verbose_name': 'approval',
                'verbose_name_plural': 'approvals',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('kind', 'case_id', 'verb'), name='approval_open_once'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'refused']), _negated=True), models.Q(('decided_at__isnull', False), ('decider__isnull', False), models.Q(('decider', models.F('proposer')), _negated=True)), _connector='OR'), name='approval_by_another_person')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approval',
            trigger=pgtrigger.compiler.Trigger(name='first_state', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state NOT IN ('open'))", func='\n                RAISE EXCEPTION \'a row of % cannot start as "%"\', TG_TABLE_NAME, NEW.state\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'first_state\';\n            ', hash='0766d7066b256b872345ddc7b66a9cf2307cf6b0', operation='INSERT', pgid='pgtrigger_first_state_30943', table='cases_approval', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approval',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || ':' || NEW.state) NOT IN ('open:approved', 'open:expired', 'open:refused', 'open:withdrawn'))", func='\n                RAISE EXCEPTION \'no edge from "%" to "%" in %\', OLD.state, NEW.state, TG_TABLE_NAME\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'state_edges\';\n            ', hash='b4332a256bacc658315398117ffd4f59432d9d56', operation='UPDATE OF "state"', pgid='pgtrigger_state_edges_cefe1', table='cases_approval', when='BEFORE')),
        ),
    ]
