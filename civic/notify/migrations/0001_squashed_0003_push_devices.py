"""All the steps before in one, for new installations; others have taken them one by one."""

import civic.accounts.fields
import civic.lib.clock
import civic.lib.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('notify', '0001_initial'),
        ('notify', '0002_wordings_receipts_preferences'),
        ('notify', '0003_push_devices'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('usersessions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='name')),
                ('at', models.DateTimeField(verbose_name='last seen')),
                ('facts', models.JSONField(default=dict, verbose_name='facts')),
            ],
            options={
                'verbose_name': 'heartbeat',
                'verbose_name_plural': 'heartbeats',
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dedupe_key', models.CharField(max_length=200, verbose_name='dedupe key')),
                ('event', models.CharField(max_length=64, verbose_name='event')),
                ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recipient')),
                ('phone', civic.lib.fields.EncryptedTextField(blank=True, default='', verbose_name='phone')),
                ('phone_hash', civic.accounts.fields.KeyedHashField(editable=False, max_length=64, null=True, source='phone', verbose_name='phone hash')),
                ('email', civic.lib.fields.EncryptedTextField(blank=True, default='', verbose_name='e-mail')),
                ('channel', models.CharField(choices=[('in_app', 'In the app'), ('sms', 'Text message'), ('email', 'E-mail'), ('web_push', 'Notification')], max_length=12, verbose_name='channel')),
                ('template', models.CharField(max_length=64, verbose_name='template')),
                ('params', models.JSONField(default=dict, verbose_name='parameters')),
                ('subject_kind', models.CharField(blank=True, default='', max_length=40, verbose_name='about')),
                ('subject_id', models.BigIntegerField(blank=True, null=True, verbose_name='record')),
                ('language', models.CharField(blank=True, default='', max_length=10, verbose_name='language')),
                ('urgent', models.BooleanField(default=False, verbose_name='urgent')),
                ('not_before', models.DateTimeField(blank=True, null=True, verbose_name='not before')),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('dead', 'Failed'), ('skipped', 'Not sent')], default='pending', max_length=8, verbose_name='state')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('next_attempt_at', models.DateTimeField(verbose_name='next attempt')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='held until')),
                ('last_error', models.TextField(blank=True, default='', verbose_name='last error')),
                ('created_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='written')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'permissions': [('replay_message', 'Can send dead messages again')],
                'indexes': [models.Index(condition=models.Q(('state__in', ('pending', 'sending'))), fields=['urgent', 'next_attempt_at', 'id'], name='notify_message_undelivered'), models.Index(condition=models.Q(('state', 'dead')), fields=['-id'], name='notify_message_dead'), models.Index(condition=models.Q(('channel', 'in_app')), fields=['user', '-id'], name='notify_message_inbox'), models.Index(condition=models.Q(('channel', 'in_app'), ('read_at', None)), fields=['user', 'sent_at'], name='notify_message_unread'), models.Index(condition=models.Q(('phone_hash', None), _negated=True), fields=['phone_hash', '-id'], name='notify_message_phone')],
                'constraints': [models.UniqueConstraint(fields=('dedupe_key',), name='notify_message_once'), models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state', 'sending')), models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until', None)), _connector='OR'), name='notify_message_lease_while_sending'), models.CheckConstraint(condition=models.Q(('email', ''), ('phone', ''), ('user', None), _negated=True), name='notify_message_has_recipient')],
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                ('kind', models.CharField(max_length=24, verbose_name='kind')),
                ('channel', models.CharField(choices=[('in_app', 'In the app'), ('sms', 'Text message'), ('email', 'E-mail'), ('web_push', 'Notification')], max_length=12, verbose_name='channel')),
                ('choice', models.CharField(choices=[('now', 'At once'), ('digest', 'Together, in the morning'), ('off', 'Not this way')], max_length=8, verbose_name='choice')),
                ('changed_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'preference',
                'verbose_name_plural': 'preferences',
                'indexes': [models.Index(fields=['channel', 'choice', 'user'], name='notify_preference_chosen')],
                'constraints': [models.UniqueConstraint(fields=('user', 'kind', 'channel'), name='notify_preference_once')],
            },
        ),
        migrations.CreateModel(
            name='PushDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='usersessions.usersession', verbose_name='signed in')),
                ('endpoint', civic.lib.fields.EncryptedTextField(verbose_name='endpoint')),
                ('endpoint_hash', civic.accounts.fields.KeyedHashField(editable=False, max_length=64, source='endpoint', verbose_name='endpoint hash')),
                ('p256dh', civic.lib.fields.EncryptedTextField(verbose_name='public key')),
                ('auth', civic.lib.fields.EncryptedTextField(verbose_name='shared secret')),
                ('created_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='since')),
                ('last_success_at', models.DateTimeField(blank=True, null=True, verbose_name='last reached')),
            ],
            options={
                'verbose_name': 'device that takes notifications',
                'verbose_name_plural': 'devices that take notifications',
                'constraints': [models.UniqueConstraint(fields=('endpoint_hash',), name='notify_pushdevice_once')],
            },
        ),
        migrations.CreateModel(
            name='SmsReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='notify.message', verbose_name='message')),
                ('phone_hash', models.CharField(max_length=64, verbose_name='phone hash')),
                ('provider_id', models.CharField(blank=True, default='', max_length=64, verbose_name="gateway's number")),
                ('sms_code', models.CharField(max_length=64, verbose_name="gateway's template")),
                ('parts', models.PositiveSmallIntegerField(verbose_name='parts')),
                ('handed_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='handed over')),
                ('state', models.CharField(choices=[('handed', 'Handed over'), ('arrived', 'Arrived'), ('failed', 'Did not arrive')], default='handed', max_length=8, verbose_name='state')),
                ('reported_at', models.DateTimeField(blank=True, null=True, verbose_name='reported')),
                ('error', models.CharField(blank=True, default='', max_length=200, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'text message receipt',
                'verbose_name_plural': 'text message receipts',
                'indexes': [models.Index(fields=['phone_hash', 'handed_at'], name='notify_smsreceipt_budget'), models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='notify_smsreceipt_provider')],
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('template', models.CharField(max_length=64, verbose_name='template')),
                ('channel', models.CharField(choices=[('in_app', 'In the app'), ('sms', 'Text message'), ('email', 'E-mail'), ('web_push', 'Notification')], max_length=12, verbose_name='channel')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('zh', models.TextField(blank=True, default='', verbose_name='Chinese text')),
                ('en', models.TextField(blank=True, default='', verbose_name='English text')),
                ('title_zh', models.CharField(blank=True, default='', max_length=80, verbose_name='Chinese title')),
                ('title_en', models.CharField(blank=True, default='', max_length=80, verbose_name='English title')),
                ('sms_code', models.CharField(blank=True, default='', max_length=64, verbose_name="gateway's code, Chinese")),
                ('sms_code_en', models.CharField(blank=True, default='', max_length=64, verbose_name="gateway's code, English")),
                ('in_use_from', models.DateTimeField(blank=True, null=True, verbose_name='in use from')),
                ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('written_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='written')),
            ],
            options={
                'verbose_name': 'wording',
                'verbose_name_plural': 'wordings',
                'constraints': [models.UniqueConstraint(fields=('template', 'channel', 'version'), name='notify_wording_version'), models.CheckConstraint(condition=models.Q(('channel', 'sms'), ('in_use_from__isnull', False), ('sms_code', ''), _negated=True), name='notify_wording_sms_needs_code')],
            },
        ),
    ]
