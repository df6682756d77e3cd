"""Indexes for lists of ten million requests, and areas as trailing keys of the small ones."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built and dropped beside the running desks

    dependencies = [
        ('areas', '0001_initial'),
        ('requests_app', '0025_team_offers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        RemoveIndexConcurrently(
            model_name='servicerequest',
            name='request_call_back_wanted',
        ),
        RemoveIndexConcurrently(
            model_name='servicerequest',
            name='request_closed_unrated',
        ),
        RemoveIndexConcurrently(
            model_name='servicerequest',
            name='request_queue_confidential',
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), fields=['-id', 'district_id', 'street_id', 'community_id'], name='request_open_by_age'),
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), fields=['due_at', 'id', 'district_id', 'street_id', 'community_id'], name='request_open_by_due'),
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('call_back_wanted', True)), fields=['act_by', 'id', 'district_id', 'street_id', 'community_id', 'confidential'], name='request_call_back_wanted'),
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('outcome', 'unrated'), ('state', 'closed')), fields=['closed_at', 'district_id', 'street_id', 'community_id', 'confidential'], include=('call_back_wanted',), name='request_unrated'),
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), ('confidential', True)), fields=['act_by', 'district_id', 'street_id', 'community_id'], name='request_queue_confidential'),
        ),
    ]
