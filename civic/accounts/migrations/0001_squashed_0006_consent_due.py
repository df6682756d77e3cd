"""All the steps before in one, for new installations; others have taken them one by one."""

import civic.accounts.fields
import civic.lib.clock
import civic.lib.fields
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_access_log_capacity'),
        ('accounts', '0003_role_of_units'),
        ('accounts', '0004_history_without_home_area'),
        ('accounts', '0005_spare_counts'),
        ('accounts', '0006_consent_due'),
    ]

    dependencies = [
        ('areas', '0001_initial'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('phone', civic.lib.fields.EncryptedTextField(blank=True, default='', verbose_name='phone')),
                ('phone_hash', civic.accounts.fields.KeyedHashField(editable=False, max_length=64, null=True, source='phone', unique=True, verbose_name='phone hash')),
                ('email', civic.lib.fields.EncryptedTextField(blank=True, default='', verbose_name='e-mail')),
                ('name', models.CharField(blank=True, default='', max_length=80, verbose_name='name')),
                ('language', models.CharField(blank=True, default='', max_length=10, verbose_name='language')),
                ('elder_mode', models.BooleanField(default=False, verbose_name='elder mode')),
                ('home_area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='home area')),
                ('is_staff', models.BooleanField(default=False, help_text='Signs in with a password and a second factor.', verbose_name='staff')),
                ('is_active', models.BooleanField(default=True, help_text='Switch off instead of deleting an account.', verbose_name='active')),
                ('consent_due', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='has to be asked')),
                ('date_joined', models.DateTimeField(default=civic.lib.clock.now, editable=False, verbose_name='joined on')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func='INSERT INTO "accounts_userevent" ("is_active", "is_staff", "is_superuser", "language", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."username"); RETURN NULL;', hash='1f767af6b0ed56d944eccd0ff998e125fc03963d', operation='UPDATE', pgid='pgtrigger_update_update_0e890', table='accounts_user', when='AFTER')),
        ),
        migrations.CreateModel(
            name='AccessLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reader')),
                ('subject_kind', models.CharField(max_length=40, verbose_name='kind of record')),
                ('subject_id', models.BigIntegerField(verbose_name='record')),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='fields')),
                ('purpose', models.CharField(max_length=200, verbose_name='purpose')),
                ('role', models.CharField(blank=True, choices=[('admin', 'Administrator'), ('dispatcher', 'Dispatcher'), ('proxy', 'Proxy'), ('auditor', 'Auditor'), ('unit', 'Responsible unit')], default='', max_length=20, verbose_name='role')),
                ('area', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='time')),
            ],
            options={
                'verbose_name': 'access log entry',
                'verbose_name_plural': 'access log',
                'indexes': [models.Index(fields=['subject_kind', 'subject_id', '-at'], name='accounts_accesslog_subject'), models.Index(fields=['user', '-at'], name='accounts_accesslog_user')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accesslog',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='290a5f1b76c7728ab89ca14d001042c77867e8b3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_36f4b', table='accounts_accesslog', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accesslog',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'This table is append-only.';", hash='32a1142f4abdaa355731ac953a3f42e9b02cadef', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_01654', table='accounts_accesslog', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='AccessNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='note', to='accounts.accesslog', verbose_name='entry')),
                ('words', models.CharField(max_length=200, verbose_name='words')),
            ],
            options={
                'verbose_name': 'note in the access log',
                'verbose_name_plural': 'notes in the access log',
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('name', models.CharField(blank=True, default='', max_length=60, verbose_name='name')),
                ('prefix', models.CharField(editable=False, max_length=8, verbose_name='begins with')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=civic.lib.clock.now, editable=False, verbose_name='created')),
                ('last_used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked on')),
            ],
            options={
                'verbose_name': 'API token',
                'verbose_name_plural': 'API tokens',
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('purpose', models.CharField(choices=[('terms', 'Terms of use and privacy notice'), ('sensitive', 'Health, disability or other sensitive details'), ('minor', 'Details of a child under 14, given by the guardian'), ('public_name', 'Name and photo shown to the resident being helped')], max_length=40, verbose_name='purpose')),
                ('version', models.CharField(max_length=20, verbose_name='version')),
                ('given_at', models.DateTimeField(default=civic.lib.clock.now, verbose_name='given on')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn on')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('user', 'purpose', 'version'), name='accounts_consent_in_force_once')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('role', models.CharField(choices=[('admin', 'Administrator'), ('dispatcher', 'Dispatcher'), ('proxy', 'Proxy'), ('auditor', 'Auditor'), ('unit', 'Responsible unit')], max_length=20, verbose_name='role')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area', verbose_name='area')),
                ('valid_from', models.DateTimeField(default=civic.lib.clock.now, verbose_name='valid from')),
                ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'indexes': [models.Index(fields=['area', 'role'], name='accounts_membership_area_role')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_until', None)), fields=('user', 'role', 'area'), name='accounts_membership_open_once'), models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='accounts_membership_ends_after_start', violation_error_message='The end must come after the beginning.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='holder_is_staff', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    UPDATE accounts_user SET is_staff = true WHERE id = NEW.user_id AND NOT is_staff;\n    RETURN NEW;\n', hash='bbad9d7f3b3062790e9e33ad1838ae283d5d6ff3', operation='INSERT OR UPDATE OF "user_id"', pgid='pgtrigger_holder_is_staff_d28d6', table='accounts_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_membershipevent" ("area_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id", "valid_from", "valid_until") VALUES (NEW."area_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."user_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='5f62bcc79e7bada12b552b06dfdaebee6f3d5017', operation='INSERT', pgid='pgtrigger_insert_insert_fc05a', table='accounts_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_membershipevent" ("area_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id", "valid_from", "valid_until") VALUES (NEW."area_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."user_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='185a13ebe8feb3e7da27ab732e0b7e549e8936a6', operation='UPDATE', pgid='pgtrigger_update_update_20ab5', table='accounts_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_membershipevent" ("area_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id", "valid_from", "valid_until") VALUES (OLD."area_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."user_id", OLD."valid_from", OLD."valid_until"); RETURN NULL;', hash='883017df2ab1968c42c0d5223881591e63ef01db', operation='DELETE', pgid='pgtrigger_delete_delete_19a8f', table='accounts_membership', when='AFTER')),
        ),
        migrations.CreateModel(
            name='MembershipEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='accounts.membership')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('role', models.CharField(choices=[('admin', 'Administrator'), ('dispatcher', 'Dispatcher'), ('proxy', 'Proxy'), ('auditor', 'Auditor'), ('unit', 'Responsible unit')], max_length=20, verbose_name='role')),
                ('area', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='areas.area', verbose_name='area')),
                ('valid_from', models.DateTimeField(default=civic.lib.clock.now, verbose_name='valid from')),
                ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membershipevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'This table is append-only.';", hash='d78c5fd0fed9ddd8f199dc8edd154dca0bc07ac5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e0b4c', table='accounts_membershipevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membershipevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e1f05704110766345bef638c18be4307af995a77', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9ee6c', table='accounts_membershipevent', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='SpareCount',
            fields=[
                ('key_hash', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='key hash')),
                ('value', models.JSONField(verbose_name='value')),
                ('ends_at', models.DateTimeField(verbose_name='ends')),
            ],
            options={
                'verbose_name': 'spare count',
                'verbose_name_plural': 'spare counts',
                'indexes': [models.Index(fields=['ends_at'], name='accounts_sparecount_ends')],
            },
        ),
        migrations.CreateModel(
            name='UserEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='username_language_is_staff_is_active_is_superuser_events', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('language', models.CharField(blank=True, default='', max_length=10, verbose_name='language')),
                ('is_staff', models.BooleanField(default=False, help_text='Signs in with a password and a second factor.', verbose_name='staff')),
                ('is_active', models.BooleanField(default=True, help_text='Switch off instead of deleting an account.', verbose_name='active')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'This table is append-only.';", hash='cd744d7fe11eccb14f45f0380f4cd453434dc62c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_bcf41', table='accounts_userevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9e9498e73f6fbdf2642fb33fa14189f1ad2382c8', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_45b21', table='accounts_userevent', when='BEFORE')),
        ),
    ]
