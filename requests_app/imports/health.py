"""Imports that failed, for the operations page."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from civic.areas import queries as areas
from civic.areas import scope
from civic.lib import clock
from civic.lib.health import Check, Measured, Trouble
from requests_app.models import ImportBatch, ImportState

SHOWN_FOR = timedelta(days=7)
LISTED = 50


def failed_imports() -> Measured:
    """Imports of the last days whose file could not be read, and those given up on the way."""
    found = ImportBatch.objects.filter(state=ImportState.FAILED, created_at__gte=clock.now() - SHOWN_FOR)
    newest = found.order_by("-pk")[:LISTED]
    troubles = tuple(
        Trouble(
            f"{batch.file_name}: {batch.last_error}",
            batch._meta.label_lower,
            batch.pk,
            scope.of(area) if (area := areas.by_id(batch.area_id)) else None,
        )
        for batch in newest
    )
    return Measured(found.count(), troubles=troubles)


FAILED_IMPORTS = Check(
    "failed_imports",
    _("Failed imports of the last week"),
    failed_imports,
    _("The import's page says what is wrong with the file; whoever sent it can correct and send it again."),
    attention=0,
)
