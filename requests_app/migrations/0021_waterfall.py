import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0020_code_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Waterfall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='round')),
                ('state', models.CharField(choices=[('open', 'Going on'), ('closed', 'Ended')], default='open', max_length=10, verbose_name='state')),
                ('width', models.PositiveSmallIntegerField(default=2, verbose_name='asked at a time')),
                ('minutes', models.PositiveSmallIntegerField(null=True, verbose_name='minutes to answer')),
                ('opened_at', models.DateTimeField(verbose_name='begun')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('ended', models.CharField(blank=True, choices=[('', 'Going on'), ('filled', 'Every slot has somebody'), ('nobody', 'Nobody left to ask'), ('stopped', 'Stopped')], max_length=8, verbose_name='why it ended')),
                ('opened_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='begun by')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waterfalls', to='requests_app.servicerequest', verbose_name='service request')),
            ],
            options={
                'verbose_name': 'waterfall',
                'verbose_name_plural': 'waterfalls',
            },
        ),
        migrations.AddField(
            model_name='offer',
            name='waterfall',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='requests_app.waterfall', verbose_name='waterfall'),
        ),
        migrations.AddConstraint(
            model_name='waterfall',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('request',), name='waterfall_open_once'),
        ),
        migrations.AddConstraint(
            model_name='waterfall',
            constraint=models.CheckConstraint(condition=models.Q(('width__gte', 1), ('width__lte', 5)), name='waterfall_width'),
        ),
        migrations.AddConstraint(
            model_name='waterfall',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('ended', ''), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state', 'closed'), models.Q(('ended', ''), _negated=True)), _connector='OR'), name='waterfall_ends_for_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waterfall',
            trigger=pgtrigger.compiler.Trigger(name='first_state', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state NOT IN ('open'))", func='\n                RAISE EXCEPTION \'a row of % cannot start as "%"\', TG_TABLE_NAME, NEW.state\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'first_state\';\n            ', hash='1319b8ed9c1ad90ac973edbc064d1cc92208256f', operation='INSERT', pgid='pgtrigger_first_state_37859', table='requests_app_waterfall', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waterfall',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state || ':' || NEW.state) NOT IN ('open:closed'))", func='\n                RAISE EXCEPTION \'no edge from "%" to "%" in %\', OLD.state, NEW.state, TG_TABLE_NAME\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'state_edges\';\n            ', hash='086731793f8b9fa09ad0f27d4a0c8eeba24e5593', operation='UPDATE OF "state"', pgid='pgtrigger_state_edges_8b5e1', table='requests_app_waterfall', when='BEFORE')),
        ),
    ]
