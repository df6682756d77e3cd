"""Responsible units, and what was referred to them: matters that are not volunteer work."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from civic.lib import clock
from civic.worktime.clocks import Clock
from requests_app.enums import ReferralState, UnitKind, UnitResult
from requests_app.models.request import ServiceRequest


class Unit(models.Model):
    """An office that answers for something in an area: it takes referred requests of that area and all below it.

    The `backstop` of a district gets what was returned twice, and cannot return it.
    Rule: DOMAIN.md section 3 (first-receiver duty).
    """

    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    kind = models.CharField(_("kind"), max_length=12, choices=UnitKind.choices, default=UnitKind.BUREAU)
    contact_phone = models.CharField(_("phone"), max_length=32, blank=True)
    backstop = models.BooleanField(
        _("last instance"),
        default=False,
        help_text=_("Gets what was returned twice in this area, and cannot return it."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("responsible unit")
        verbose_name_plural = _("responsible units")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], name="unit_name_once"),
            # Fact: there is one last instance, or none, in an area.
            models.UniqueConstraint(
                fields=["area"],
                condition=Q(backstop=True, active=True),
                name="unit_backstop_once",
                violation_error_message=_("This area has a last instance already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name if _in_chinese() else self.name_en or self.name


class UnitMember(models.Model):
    """Somebody who answers for a unit. They also hold the role "unit" in its area, which makes them staff."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="members", verbose_name=_("responsible unit"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="unit_members", verbose_name=_("user")
    )

    class Meta:
        verbose_name = _("member of a unit")
        verbose_name_plural = _("members of units")
        constraints = [models.UniqueConstraint(fields=["unit", "user"], name="unit_member_once")]

    def __str__(self) -> str:
        return f"{self.unit} · {self.user}"


class AnswerClass(models.Model):
    """How soon a unit has to answer: data that a district edits; a retired one is not chosen any more."""

    code = models.SlugField(_("code"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)
    clock = models.CharField(_("clock"), max_length=16, choices=Clock.choices)
    amount = models.FloatField(_("hours or days"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("answer class")
        verbose_name_plural = _("answer classes")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="answer_class_positive"),
        ]

    def __str__(self) -> str:
        return self.name if _in_chinese() else self.name_en


class Referral(models.Model):
    """A request in the hands of a unit: a part of the request, one open at most. What the desk wrote to the unit
    and what the unit answered are texts beside the history (CaseText). `assisting` are ids of other units."""

    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        related_name="referrals",
        db_index=False,
        verbose_name=_("service request"),
    )
    round = models.PositiveSmallIntegerField(_("round"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="referrals", db_index=False, verbose_name=_("lead unit")
    )
    assisting = ArrayField(
        models.BigIntegerField(), default=list, blank=True, verbose_name=_("assisting units")
    )
    answer_class = models.ForeignKey(
        AnswerClass, models.PROTECT, related_name="+", db_index=False, verbose_name=_("answer class")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ReferralState.choices, default=ReferralState.OPEN
    )
    result = models.CharField(_("result"), max_length=10, choices=UnitResult.choices, blank=True, default="")
    referred_at = models.DateTimeField(_("referred on"))
    due_at = models.DateTimeField(_("answer due"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            # Fact: a request lies with one lead unit.
            models.UniqueConstraint(fields=["request"], condition=Q(state="open"), name="referral_open_once"),
        ]
        indexes = [
            # Serves a request's parts, every round.
            models.Index(fields=["request", "round"], name="referral_by_request"),
            # Serve the unit's page: what waits for it, the most urgent first; and what it answered, the newest first.
            models.Index(
                fields=["unit", "due_at", "id"], condition=Q(state="open"), name="referral_open_unit"
            ),
            GinIndex(fields=["assisting"], condition=Q(state="open"), name="referral_open_assisting"),
            models.Index(fields=["unit", "-ended_at"], name="referral_ended_unit"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def tone(self) -> str:
        """ "red" over time, "warn" within the day, else "gray"."""
        left = self.due_at - clock.now()
        if left <= timedelta(0):
            return "red"
        return "warn" if left <= timedelta(days=1) else "gray"


def _in_chinese() -> bool:
    return (translation.get_language() or "zh").startswith("zh")
