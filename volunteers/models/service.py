"""The time volunteers have promised, and the ledger of what they served."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from civic.lib import clock
from civic.lib.append_only import APPEND_ONLY
from volunteers.enums import ConfirmedBy, Entry
from volunteers.models.volunteer import Volunteer


class Commitment(models.Model):
    """A promise of time. The database refuses two that overlap, whatever they are for."""

    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="commitments", verbose_name=_("volunteer")
    )
    subject_kind = models.CharField(_("kind of record"), max_length=16)
    subject_id = models.BigIntegerField(_("record"))
    during = DateTimeRangeField(_("period"))
    active = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name = _("promised time")
        verbose_name_plural = _("promised times")
        constraints = [
            # Serves the busy-then filter of matching; fact: nobody is promised twice for the same minute.
            ExclusionConstraint(
                name="commitment_no_overlap",
                expressions=[("volunteer", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(active=True),
            ),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=Q(active=True),
                name="commitment_subject_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class ServiceRecord(models.Model):
    """A line of the ledger of service time: minutes from check-in to check-out, travel excluded.

    Append-only; counts once a confirmation stands beside it. Rule: 民政部令67 art. 7-10 (what is recorded).
    """

    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="records", verbose_name=_("volunteer")
    )
    source_kind = models.CharField(_("kind of record"), max_length=16)
    source_id = models.BigIntegerField(_("record"))
    entry = models.CharField(_("kind of entry"), max_length=10, choices=Entry.choices, default=Entry.SERVICE)
    minutes = models.IntegerField(_("minutes"))
    started_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"))
    content = models.CharField(_("content"), max_length=200)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False, verbose_name=_("area"))
    recorded_at = models.DateTimeField(_("written"), default=clock.now)

    class Meta:
        verbose_name = _("service record")
        verbose_name_plural = _("service records")
        constraints = [
            models.UniqueConstraint(fields=["source_kind", "source_id", "entry"], name="service_record_once"),
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class RecordConfirmation(models.Model):
    """What made a service record count; append-only, one a record."""

    record = models.OneToOneField(
        ServiceRecord, models.PROTECT, related_name="confirmation", verbose_name=_("service record")
    )
    how = models.CharField(_("way of confirming"), max_length=10, choices=ConfirmedBy.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("done by")
    )
    at = models.DateTimeField(_("time"), default=clock.now)

    class Meta:
        verbose_name = _("confirmation of hours")
        verbose_name_plural = _("confirmations of hours")
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
