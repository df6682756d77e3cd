"""Another set of indexes for the queue: confidential requests are counted apart, the others from the index alone."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built and dropped beside the running desks

    dependencies = [("requests_app", "0008_confidential")]

    operations = [
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), fields=['district_id', 'act_by', 'id'], include=('state', 'needs_triage', 'beneficiary', 'confidential'), name='request_queue_district'),
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), fields=['street_id', 'act_by', 'id'], include=('state', 'needs_triage', 'beneficiary', 'confidential'), name='request_queue_street'),
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), fields=['community_id', 'act_by', 'id'], include=('state', 'needs_triage', 'beneficiary', 'confidential'), name='request_queue_community'),
        ),
        AddIndexConcurrently(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(models.Q(('state__in', ['cancelled', 'closed', 'rejected']), _negated=True), ('confidential', True)), fields=['district_id', 'act_by'], name='request_queue_confidential'),
        ),
        RemoveIndexConcurrently(
            model_name='servicerequest',
            name='request_open_district',
        ),
        RemoveIndexConcurrently(
            model_name='servicerequest',
            name='request_open_street',
        ),
        RemoveIndexConcurrently(
            model_name='servicerequest',
            name='request_open_community',
        ),
        RemoveIndexConcurrently(
            model_name='servicerequest',
            name='request_confidential',
        ),
    ]
