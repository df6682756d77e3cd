"""A file on its way in: what the tables of its batch and of its rows have in common in every app."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.areas.models import Area

UNSTARTED_KEPT = timedelta(days=7)  # the rows hold names and numbers of people whom nobody is going to help


class ImportState(models.TextChoices):
    READING = "reading", _("Being read")
    PREVIEW = "preview", _("Preview")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", pgettext_lazy("import", "Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


BUSY = frozenset({ImportState.READING, ImportState.RUNNING, ImportState.UNDOING})


class RowState(models.TextChoices):
    """What becomes of a row; an app may know more (its values are at most six letters long)."""

    NEW = "new", _("Will be added")
    KNOWN = "known", _("Already there")
    BAD = "bad", _("Cannot be added")
    ADDED = "added", _("Added")
    UNDONE = "undone", _("Undone")
    KEPT = "kept", _("Kept: somebody has worked on it")


class Batch(models.Model):
    """One uploaded file: how its columns are read, what is assumed where they are silent, how far it got.

    `columns` maps what a row can say (Importer.targets) to the number of a column of the file.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("imported by")
    )
    file_name = models.CharField(_("file name"), max_length=200)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.READING
    )
    headers = models.JSONField(_("headings"), default=list)
    columns = models.JSONField(_("columns"), default=dict)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("uploaded"))
    finished_at = models.DateTimeField(_("finished on"), null=True)

    class Meta:
        abstract = True
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_busy(self) -> bool:
        """Whether a background job is at work on it."""
        return self.state in BUSY

    @property
    def kept_until(self) -> datetime:
        """When it is forgotten unless it is started before."""
        return self.created_at + UNSTARTED_KEPT


class Row(models.Model):
    """One row of the file as read, and what became of it. The key makes a second import add nothing.

    A table of rows has besides: `batch`, `cells` (a list of texts) and `state` (RowState, or more than that).
    """

    number = models.PositiveIntegerField()  # in the file, the first row of data being 2
    key = models.CharField(max_length=64, blank=True)
    notes = models.JSONField(default=list)  # why it cannot be added, or what was assumed

    class Meta:
        abstract = True
