"""Volunteers, the time they have promised, and the ledger of what they served."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex, OpClass
from django.db import models
from django.db.models import F, FloatField, Func, Q
from django.db.models.functions import Degrees, Radians, Tan
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from civic.cases.models import Case
from civic.lib import clock
from civic.lib.append_only import APPEND_ONLY
from volunteers.enums import ConfirmedBy, Entry, VolunteerState

# The home point on Mercator's map, in degrees of the equator: true in all directions around one place, so that the
# nearest on the map are the nearest on the ground (requests_app.matching.nearest checks it to the metre).
HOME = Func(
    F("lon"),
    Degrees(Func(Tan(Radians("lat")), function="asinh", output_field=FloatField())),
    function="point",
    output_field=FloatField(),
)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class Skill(models.Model):
    """Something a request may need and a volunteer may be able to do."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name if (translation.get_language() or "zh").startswith("zh") else self.name_en


class Volunteer(Case):
    """A person who offers help: skills, home point and standing. The number is public, never an ID number."""

    kind: ClassVar[str] = "volunteer"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="volunteer", verbose_name=_("user")
    )
    number = models.CharField(_("volunteer number"), max_length=16, unique=True)
    skills = ArrayField(models.IntegerField(), default=list, blank=True, verbose_name=_("skills"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    city_id = models.BigIntegerField(null=True, editable=False)
    district_id = models.BigIntegerField(null=True, editable=False)
    street_id = models.BigIntegerField(null=True, editable=False)
    community_id = models.BigIntegerField(null=True, editable=False)
    grid_id = models.BigIntegerField(null=True, editable=False)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    active = models.BooleanField(_("takes offers"), default=True)
    vetted_at = models.DateTimeField(_("vetted"), null=True, blank=True)
    insured_until = models.DateField(_("insured until"), null=True, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    about = models.CharField(_("about"), max_length=200, blank=True)
    applied_at = models.DateTimeField(_("applied"), default=clock.now)

    class Meta:
        verbose_name = _("volunteer")
        verbose_name_plural = _("volunteers")
        indexes = [
            # Serves matching.nearest: the nearest who can be asked, with one of the skills.
            GistIndex(
                HOME,
                OpClass(F("skills"), name="gist__intbig_ops"),
                condition=Q(state="approved", active=True, lat__isnull=False, lon__isnull=False),
                name="volunteer_eligible_near",
            ),
            # Serves matching.nearest: those of a community who gave no point.
            models.Index(
                fields=["community_id"],
                condition=Q(state="approved", active=True, lat=None),
                name="volunteer_eligible_no_point",
            ),
            # Serves matching.candidates in a small district: who of it can be asked.
            models.Index(
                fields=["district_id"],
                condition=Q(state="approved", active=True),
                name="volunteer_eligible_district",
            ),
            # Serves the list of those waiting for approval.
            models.Index(fields=["district_id", "id"], name="volunteer_by_district"),
        ]

    def __str__(self) -> str:
        return f"{self.user.name} {self.number}"

    @property
    def is_approved(self) -> bool:
        return self.state == VolunteerState.APPROVED


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
