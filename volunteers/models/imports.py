"""A register of volunteers on its way in: the file's batch and its rows."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.imports.models import Batch, Row, RowState
from civic.lib.fields import EncryptedListField
from volunteers.enums import VolunteerState
from volunteers.models.volunteer import Volunteer


class RegisterRowState(models.TextChoices):
    """What becomes of a row: the states of every import, and completing what is known of somebody already."""

    NEW = RowState.NEW.value, _("Will be registered")
    FILL = "fill", _("Will be completed")
    KNOWN = RowState.KNOWN.value, _("Already there")
    BAD = RowState.BAD.value, _("Cannot be added")
    ADDED = RowState.ADDED.value, pgettext_lazy("row of a register", "Registered")
    FILLED = "filled", _("Completed")
    UNDONE = RowState.UNDONE.value, _("Undone")
    KEPT = RowState.KEPT.value, _("Kept: somebody has worked on it")


class RegisterImport(Batch):
    """One uploaded register, and what is assumed where it is silent."""

    ENTER_AS: ClassVar = [
        (VolunteerState.APPROVED.value, _("Approved: they can be asked at once")),
        (VolunteerState.APPLIED.value, _("Waiting for approval: staff decide about each")),
    ]

    enter_as = models.CharField(_("they come in as"), max_length=16, choices=ENTER_AS)
    insured_until = models.DateField(_("insured until"), null=True)
    vetted = models.BooleanField(_("vetted"), default=False)


class RegisterRow(Row):
    """One person of the file. The cells hold ID numbers and are encrypted; the key is the keyed hash of the phone."""

    batch = models.ForeignKey(RegisterImport, models.CASCADE, related_name="rows")
    cells = EncryptedListField()
    state = models.CharField(max_length=6, choices=RegisterRowState.choices, default=RegisterRowState.NEW)
    id_key = models.CharField(max_length=64, blank=True, default="")  # keyed hash of the ID number
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, null=True, related_name="+")
    # As the import left the volunteer: whoever stands elsewhere has been touched since.
    version = models.PositiveIntegerField(null=True)
    made_account = models.BooleanField(default=False)
    filled = ArrayField(models.CharField(max_length=20), default=list)  # what was completed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="register_row_once"),
        ]
        indexes = [
            models.Index(fields=["batch", "key"], name="register_row_by_key"),  # serves "twice in the file?"
            models.Index(fields=["batch", "state", "number"], name="register_row_next"),  # serves the job
        ]
