"""Imports that failed, of every kind, for the operations page."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from civic.areas import queries as areas
from civic.areas import scope
from civic.imports.importer import Importer
from civic.imports.models import ImportState
from civic.lib import clock
from civic.lib.health import Check, Measured, Trouble

SHOWN_FOR = timedelta(days=7)
LISTED = 50
_watched: list[Importer[Any]] = []


def watch(importer: Importer[Any]) -> None:
    """Counts the failures of `importer` from now on."""
    _watched.append(importer)


def failed_imports() -> Measured:
    """Imports of the last days whose file could not be read, and those given up on the way."""
    count, troubles = 0, list[Trouble]()
    for importer in _watched:
        found = importer.batches._default_manager.filter(
            state=ImportState.FAILED, created_at__gte=clock.now() - SHOWN_FOR
        )
        count += found.count()
        troubles += [
            Trouble(
                f"{batch.file_name}: {batch.last_error}",
                batch._meta.label_lower,
                batch.pk,
                scope.of(area) if (area := areas.by_id(batch.area_id)) else None,
            )
            for batch in found.order_by("-pk")[:LISTED]
        ]
    return Measured(count, troubles=tuple(troubles[:LISTED]))


FAILED_IMPORTS = Check(
    "failed_imports",
    _("Failed imports of the last week"),
    failed_imports,
    _("The import's page says what is wrong with the file; whoever sent it can correct and send it again."),
    attention=0,
)
