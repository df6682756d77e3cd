"""Batch plans: who could be asked for which request of a whole backlog, to be looked at before anybody is asked."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.areas.models import Area
from requests_app.models.request import ServiceRequest
from volunteers.models import Volunteer

KEPT = timedelta(days=30)  # then a plan is history, and the history is with the requests
MOST_TRIES = 3  # workers that may die over one plan


class PlanState(models.TextChoices):
    COMPUTING = "computing", _("Being computed")
    READY = "ready", pgettext_lazy("plan", "Ready")
    FAILED = "failed", pgettext_lazy("plan", "Failed")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", pgettext_lazy("plan", "Applied")
    PARTLY = "partly_applied", _("Partly applied")
    DISCARDED = "discarded", _("Discarded")


BUSY = (PlanState.COMPUTING, PlanState.APPLYING)
OVER = (PlanState.APPLIED, PlanState.DISCARDED)


class LineState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    QUEUED = "queued", _("About to be asked")
    APPLIED = "applied", pgettext_lazy("line of a plan", "Asked")
    CONFLICT = "conflict", _("Not possible any more")
    LEFT = "left", _("Left over")
    ASIDE = "aside", pgettext_lazy("line of a plan", "Kept for the next plan")  # for its pin or ban only


class LeftBecause(models.TextChoices):
    NOBODY = "nobody", _("Nobody fits: busy, asked already, or without skill, vetting or insurance")
    TAKEN = "taken", _("Whoever fits is needed more elsewhere")
    PASSED = "passed", _("The wished time has passed: agree on a new one first")


class LineNews(models.TextChoices):
    NEW = "new", pgettext_lazy("line of a plan", "New")  # nobody was proposed for it before
    CHANGED = "changed", pgettext_lazy("line of a plan", "Changed")


class Plan(models.Model):
    """One plan for the backlog of `area`. `parameters` are {"categories": [codes], "most_each": tasks a person}.

    While it is being computed a worker holds it until `lease_until`, in its try number `tries`; a worker that dies
    leaves both behind, and the next one takes the plan up. `outcome` is what the solver said (plans.jobs writes it);
    `pressed_at` is when somebody last had people of it asked.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("applied by")
    )
    made_at = models.DateTimeField(_("made on"))
    computed_at = models.DateTimeField(_("computed on"), null=True)
    pressed_at = models.DateTimeField(_("last applied on"), null=True)
    state = models.CharField(
        _("state"), max_length=14, choices=PlanState.choices, default=PlanState.COMPUTING
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    total = models.PositiveIntegerField(_("requests"), default=0)
    done = models.PositiveIntegerField(_("requests looked at"), default=0)
    served = models.PositiveIntegerField(_("slots served"), default=0)
    left_over = models.PositiveIntegerField(_("slots left over"), default=0)
    proven = models.BooleanField(_("proven to be the best"), default=False)
    outcome = models.JSONField(_("outcome"), default=dict)
    lease_until = models.DateTimeField(_("held until"), null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            # Fact: two who press at the same time make one plan.
            models.UniqueConstraint(
                fields=["area"], condition=Q(state="computing"), name="plan_computed_once"
            ),
        ]
        indexes = [
            # Serves the sweeper: plans with work left; there are few.
            models.Index(fields=["id"], condition=Q(state__in=["computing", "applying"]), name="plan_busy"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_busy(self) -> bool:
        """Whether a background job is at work on it."""
        return self.state in BUSY

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be done with it."""
        return self.state in OVER

    @property
    def categories(self) -> list[str]:
        """The codes of the categories it is for; empty for all of them."""
        return list(self.parameters.get("categories", []))

    @property
    def most_each(self) -> int:
        """How many tasks it gives one person at most."""
        return int(self.parameters.get("most_each", 1))


class PlanLine(models.Model):
    """A request and a volunteer in a plan; without volunteer, a request that is left over, and `left_because`.

    `alternatives` are [volunteer, score, distance in metres or null] of the next best. `version` is that of the
    request the plan has seen, `start` the one the offer would name. `news` is how computing the plan again made it
    differ from what was proposed before. `applied_at` is when its volunteer was asked, or could not be.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="lines", db_index=False)
    request = models.ForeignKey(
        ServiceRequest, models.PROTECT, related_name="+", verbose_name=_("service request")
    )
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, null=True, related_name="+", verbose_name=_("volunteer")
    )
    state = models.CharField(_("state"), max_length=8, choices=LineState.choices)
    pinned = models.BooleanField(_("pinned"), default=False)
    forbidden = models.BooleanField(_("not this pair"), default=False)
    news = models.CharField(_("since the plan before"), max_length=7, choices=LineNews.choices, blank=True)
    version = models.PositiveIntegerField(_("version"), default=0)
    start = models.DateTimeField(_("start"), null=True)
    slots_left = models.PositiveSmallIntegerField(_("slots left over"), default=0)
    left_because = models.CharField(_("why left over"), max_length=8, choices=LeftBecause.choices, blank=True)
    score = models.FloatField(_("score"), null=True)
    parts = models.JSONField(_("parts of the score"), default=dict)
    shares = models.JSONField(_("shares of the parts"), default=dict)
    reasons = models.JSONField(_("reasons"), default=list)
    distance_m = models.PositiveIntegerField(_("distance in metres"), null=True)
    alternatives: Any = models.JSONField(_("alternatives"), default=list)
    refusal_code = models.CharField(_("code of the conflict"), max_length=32, blank=True)
    refusal = models.CharField(_("conflict"), max_length=300, blank=True)
    applied_at = models.DateTimeField(_("asked on"), null=True)

    class Meta:
        verbose_name = _("line of a plan")
        verbose_name_plural = _("lines of plans")
        constraints = [
            # Fact: a plan proposes a pair once; serves one pair's pin or ban. What was applied is history.
            models.UniqueConstraint(
                fields=["plan", "request", "volunteer"],
                condition=~Q(state="applied"),
                nulls_distinct=False,
                name="plan_line_once",
            ),
            # Fact: a pair is not wanted and unwanted at once.
            models.CheckConstraint(
                condition=Q(pinned=False) | Q(forbidden=False), name="plan_line_pin_or_ban"
            ),
            # Fact: only what is left over has nobody.
            models.CheckConstraint(
                condition=Q(state="left", volunteer=None) | (~Q(state="left") & Q(volunteer__isnull=False)),
                name="plan_line_has_somebody",
            ),
        ]
        indexes = [
            # Serves the page of a plan, its counts and the job that applies it.
            models.Index(fields=["plan", "state", "id"], name="plan_line_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def can_be_applied(self) -> bool:
        """Whether its volunteer can be asked as things stand in the plan; a busy request can be tried again."""
        fresh = self.state == LineState.PROPOSED and not self.forbidden
        return fresh or (self.state == LineState.CONFLICT and self.refusal_code == "busy")
