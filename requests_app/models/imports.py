"""A backlog file on its way in: the file's batch and its rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from civic.imports.models import Batch, ImportState, Row, RowState
from requests_app.models.reference import Category

__all__ = ["BacklogRowState", "ImportBatch", "ImportRow", "ImportState"]


class BacklogRowState(models.TextChoices):
    """What becomes of a row: the states of every import, and taking over what was closed in the earlier system."""

    NEW = RowState.NEW.value, _("Will be added")
    PAST = "past", _("Will be taken over as closed")
    KNOWN = RowState.KNOWN.value, _("Already there")
    BAD = RowState.BAD.value, _("Cannot be added")
    ADDED = RowState.ADDED.value, _("Added")
    TAKEN = "taken", _("Taken over as closed")
    UNDONE = RowState.UNDONE.value, _("Undone")
    KEPT = RowState.KEPT.value, _("Kept: somebody has worked on it")


class ImportBatch(Batch):
    """One uploaded backlog, and the kind of help that is assumed where it names none."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"))


class ImportRow(Row):
    """One request of the file."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    cells = models.JSONField()
    state = models.CharField(max_length=6, choices=BacklogRowState.choices, default=BacklogRowState.NEW)
    request = models.ForeignKey("requests_app.ServiceRequest", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["key"], name="import_row_by_key"),  # serves "seen before?"
            models.Index(fields=["batch", "state", "number"], name="import_row_next"),  # serves the job
        ]
