"""The parts of a request: offers, the open pool, assignments in slots."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.enums import (
    ACTIVE,
    AssignmentState,
    CheckInBy,
    OfferState,
    OfferVia,
    PoolState,
    WaterfallEnd,
    WaterfallState,
)
from requests_app.models.never_pooled import NO_POOL_WHILE_CONFIDENTIAL
from requests_app.models.request import ServiceRequest
from requests_app.models.team_offers import TeamOffer
from volunteers.models import Volunteer

MOST_AT_ONCE, USUALLY_AT_ONCE = 5, 2  # how many a waterfall asks at a time


class Waterfall(models.Model):
    """A request put to its best candidates one after another, `width` at a time: whoever declines or lets the time run
    out makes room for the next. While it is open one of its offers is, so that the offers alone make the state.

    `minutes` is how long each has to answer, null for the usual time. Nobody opened it: a rule did (AutoDispatchRule).
    """

    request = models.ForeignKey(
        ServiceRequest, models.PROTECT, related_name="waterfalls", verbose_name=_("service request")
    )
    round = models.PositiveSmallIntegerField(_("round"))
    state = models.CharField(
        _("state"), max_length=10, choices=WaterfallState.choices, default=WaterfallState.OPEN
    )
    width = models.PositiveSmallIntegerField(_("asked at a time"), default=USUALLY_AT_ONCE)
    minutes = models.PositiveSmallIntegerField(_("minutes to answer"), null=True)
    opened_at = models.DateTimeField(_("begun"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("begun by"),
    )
    closed_at = models.DateTimeField(_("ended"), null=True)
    ended = models.CharField(_("why it ended"), max_length=8, choices=WaterfallEnd.choices, blank=True)

    class Meta:
        verbose_name = _("waterfall")
        verbose_name_plural = _("waterfalls")
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(state="open"), name="waterfall_open_once"
            ),
            models.CheckConstraint(
                condition=Q(width__gte=1, width__lte=MOST_AT_ONCE), name="waterfall_width"
            ),
            # Fact: what has ended says when and why.
            models.CheckConstraint(
                condition=Q(state="open", ended="", closed_at=None)
                | Q(state="closed", closed_at__isnull=False) & ~Q(ended=""),
                name="waterfall_ends_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_automatic(self) -> bool:
        """Whether a rule opened it."""
        return self.opened_by_id is None


class Offer(models.Model):
    """A request put to one volunteer, on the terms (time and place) it then had."""

    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        related_name="offers",
        db_index=False,
        verbose_name=_("service request"),
    )
    round = models.PositiveSmallIntegerField(_("round"))
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="offers", db_index=False, verbose_name=_("volunteer")
    )
    state = models.CharField(_("state"), max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    via = models.CharField(_("way"), max_length=6, choices=OfferVia.choices, default=OfferVia.DIRECT)
    terms = models.PositiveSmallIntegerField(_("version of time and place"))
    expires_at = models.DateTimeField(_("open until"), null=True)
    made_at = models.DateTimeField(_("offered on"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("offered by"),
    )
    answered_at = models.DateTimeField(_("answered on"), null=True)
    reason_code = models.CharField(_("reason"), max_length=20, blank=True)
    score = models.FloatField(_("score"), null=True)
    reasons = models.JSONField(_("reasons"), default=dict, blank=True)  # the volunteer's; see Considered
    waterfall = models.ForeignKey(
        Waterfall,
        models.PROTECT,
        null=True,
        related_name="offers",
        db_index=False,  # found among the offers of the request's round
        verbose_name=_("waterfall"),
    )
    team_offer = models.ForeignKey(
        TeamOffer,
        models.PROTECT,
        null=True,
        related_name="named",
        db_index=False,  # found among the offers of the request's round
        verbose_name=_("offer to a team"),
    )

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            # Fact: one open offer a person and request; serves the volunteer's own lookup.
            models.UniqueConstraint(
                fields=["request", "volunteer"], condition=Q(state="open"), name="offer_open_once"
            ),
        ]
        indexes = [
            # Serves the parts of a request's current round.
            models.Index(fields=["request", "round", "volunteer"], name="offer_by_request"),
            # Serves the volunteer's page: own open offers, soonest to expire first.
            models.Index(
                fields=["volunteer", "expires_at"], condition=Q(state="open"), name="offer_mine_open"
            ),
            # Serves acceptance statistics of a volunteer.
            models.Index(fields=["volunteer", "-made_at"], name="offer_by_volunteer"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Pool(models.Model):
    """A request open to every eligible volunteer of its district until `closes_at`; the first win."""

    request = models.ForeignKey(
        ServiceRequest, models.PROTECT, related_name="pools", verbose_name=_("service request")
    )
    round = models.PositiveSmallIntegerField(_("round"))
    state = models.CharField(_("state"), max_length=10, choices=PoolState.choices, default=PoolState.OPEN)
    district_id = models.BigIntegerField(_("number of the district"), null=True)
    opened_at = models.DateTimeField(_("opened on"))
    closes_at = models.DateTimeField(_("closes on"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("opened by"),
    )

    class Meta:
        verbose_name = _("open pool")
        verbose_name_plural = _("open pools")
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(state="open"), name="pool_open_once"),
        ]
        indexes = [
            # Serves "pool near me".
            models.Index(
                fields=["district_id", "closes_at"], condition=Q(state="open"), name="pool_open_district"
            ),
        ]
        triggers = [NO_POOL_WHILE_CONFIDENTIAL]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Assignment(models.Model):
    """One volunteer in one slot of one round, with a life of its own."""

    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        related_name="assignments",
        db_index=False,
        verbose_name=_("service request"),
    )
    round = models.PositiveSmallIntegerField(_("round"))
    slot = models.PositiveSmallIntegerField(_("slot"))
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="assignments", db_index=False, verbose_name=_("volunteer")
    )
    offer = models.OneToOneField(Offer, models.PROTECT, related_name="assignment", verbose_name=_("offer"))
    state = models.CharField(
        _("state"), max_length=10, choices=AssignmentState.choices, default=AssignmentState.ACCEPTED
    )
    accepted_at = models.DateTimeField(_("accepted on"))
    agreed_start = models.DateTimeField(_("agreed start"))
    expected_minutes = models.PositiveSmallIntegerField(_("expected minutes"))
    confirm_by = models.DateTimeField(_("to be confirmed by"), null=True)
    checked_in_at = models.DateTimeField(_("checked in on"), null=True)
    check_in_by = models.CharField(
        _("way of checking in"), max_length=8, choices=CheckInBy.choices, blank=True
    )
    check_in_distance_m = models.PositiveIntegerField(_("metres from the place"), null=True)
    completed_at = models.DateTimeField(_("checked out on"), null=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    end_reason = models.CharField(_("reason"), max_length=20, blank=True)
    notice_minutes = models.IntegerField(
        _("minutes of notice"), null=True
    )  # before the agreed start; negative: after it
    excused = models.BooleanField(_("excused"), default=False)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            # Facts: one active person a slot, one active slot a person, in each round.
            models.UniqueConstraint(
                fields=["request", "round", "slot"],
                condition=Q(state__in=sorted(ACTIVE)),
                name="assignment_slot_once",
            ),
            models.UniqueConstraint(
                fields=["request", "round", "volunteer"],
                condition=Q(state__in=sorted(ACTIVE)),
                name="assignment_volunteer_once",
            ),
        ]
        indexes = [
            # Serves a request's parts, every round.
            models.Index(fields=["request", "round"], name="assignment_by_request"),
            # Serves the sweep that forgets where people checked in; holds only what is still known.
            models.Index(
                fields=["checked_in_at"],
                condition=Q(check_in_distance_m__isnull=False),
                name="assignment_place_known",
            ),
            # Serves the board of a day.
            models.Index(fields=["agreed_start"], name="assignment_by_start"),
            # Serves a volunteer's tasks and record, the newest first.
            models.Index(fields=["volunteer", "-agreed_start"], name="assignment_by_volunteer"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE
