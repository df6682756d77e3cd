"""Volunteers: who they are, what they can do, where from, and within which bounds they want to be asked."""

from datetime import date
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex, OpClass
from django.db import models
from django.db.models import F, FloatField, Func, Q
from django.db.models.functions import Degrees, Radians, Tan
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from civic.cases.models import Case
from civic.lib import clock
from volunteers.enums import Spoken, VolunteerState

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
    keywords = models.TextField(
        _("words that suggest it"),
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "One a line or with commas, in any language. They suggest this skill at the desk as long as nothing has "
            "been learned from closed requests."
        ),
    )

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name if (translation.get_language() or "zh").startswith("zh") else self.name_en


class Volunteer(Case):
    """A person who offers help: skills, home point and standing. The number is public, never an ID number.

    What somebody leaves empty bounds nothing: no radius is the one of the area (VolunteerTerms), no limit is none, no
    hours are all hours (AvailableHours).
    """

    kind: ClassVar[str] = "volunteer"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="volunteer", verbose_name=_("user")
    )
    number = models.CharField(_("volunteer number"), max_length=16, unique=True)
    skills = ArrayField(models.IntegerField(), default=list, blank=True, verbose_name=_("skills"))
    # Ids of ServiceClass: the fields in which they would like to serve.
    service_classes = ArrayField(
        models.IntegerField(), default=list, db_default=[], blank=True, verbose_name=_("service classes")
    )
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
    languages = ArrayField(
        models.CharField(max_length=12, choices=Spoken.choices),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("languages"),
    )
    radius_m = models.PositiveIntegerField(_("radius in metres"), null=True, blank=True)
    daily_limit = models.PositiveSmallIntegerField(_("services a day at most"), null=True, blank=True)
    weekly_limit = models.PositiveSmallIntegerField(_("services a week at most"), null=True, blank=True)
    # Ids of categories, which stand in a higher layer and are never deleted.
    wanted = ArrayField(
        models.IntegerField(), default=list, db_default=[], blank=True, verbose_name=_("kinds liked")
    )
    unwanted = ArrayField(
        models.IntegerField(), default=list, db_default=[], blank=True, verbose_name=_("kinds not wanted")
    )
    guardian_agreed_at = models.DateTimeField(_("guardian agreed"), null=True, blank=True)
    pledge_version = models.CharField(
        _("version of the pledge"), max_length=16, blank=True, default="", db_default=""
    )
    # Asked after a year without a sign, and not answered yet.
    asked_idle_at = models.DateTimeField(_("asked whether they stay"), null=True, blank=True)
    pledged_at = models.DateTimeField(_("pledged"), null=True, blank=True)

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

    def age_on(self, day: date) -> int | None:
        """Returns the age in years on `day`, None while the birth date is unknown."""
        born = self.birth_date
        return (
            None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        )

    @property
    def state_label(self) -> str | Promise:
        """The state in words."""
        return VolunteerState(self.state).label

    @property
    def is_approved(self) -> bool:
        return self.state == VolunteerState.APPROVED
