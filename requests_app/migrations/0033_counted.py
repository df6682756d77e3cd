"""An index over what figures and rates count, without the history of an earlier system."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built beside the running desks

    dependencies = [("requests_app", "0032_told_of_pools")]

    operations = [
        AddIndexConcurrently(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(("outcome__in", ["import_undone", "taken_over"]), _negated=True),
                fields=["placed_at"],
                name="request_counted",
            ),
        ),
    ]
