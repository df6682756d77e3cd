from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('areas', '0001_initial'),
        ('requests_app', '0025_team_offers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='servicerequest',
            name='request_call_back_wanted',
        ),
        migrations.RemoveIndex(
            model_name='servicerequest',
            name='request_closed_unrated',
        ),
        migrations.RemoveIndex(
            model_name='servicerequest',
            name='request_queue_confidential',
        ),
        migrations.AddIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), fields=['-id', 'district_id', 'street_id', 'community_id'], name='request_open_by_age'),
        ),
        migrations.AddIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), fields=['due_at', 'id', 'district_id', 'street_id', 'community_id'], name='request_open_by_due'),
        ),
        migrations.AddIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('call_back_wanted', True)), fields=['act_by', 'id', 'district_id', 'street_id', 'community_id', 'confidential'], name='request_call_back_wanted'),
        ),
        migrations.AddIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('outcome', 'unrated'), ('state', 'closed')), fields=['closed_at', 'district_id', 'street_id', 'community_id', 'confidential'], include=('call_back_wanted',), name='request_unrated'),
        ),
        migrations.AddIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), ('confidential', True)), fields=['act_by', 'district_id', 'street_id', 'community_id'], name='request_queue_confidential'),
        ),
    ]
