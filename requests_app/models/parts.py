"""The parts of a request: offers, the open pool, assignments in slots."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.enums import ACTIVE, AssignmentState, CheckInBy, OfferState, OfferVia, PoolState
from requests_app.models.request import ServiceRequest
from volunteers.models import Volunteer


class Offer(models.Model):
    """A request put to one volunteer, on the terms (time and place) it then had."""

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="offers", db_index=False)
    round = models.PositiveSmallIntegerField()
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="offers", db_index=False)
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    via = models.CharField(max_length=6, choices=OfferVia.choices, default=OfferVia.DIRECT)
    terms = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    reason_code = models.CharField(max_length=20, blank=True)
    score = models.FloatField(null=True)
    reasons = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("offer")
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


class Pool(models.Model):
    """A request open to every eligible volunteer of its district until `closes_at`; the first win."""

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="pools")
    round = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=PoolState.choices, default=PoolState.OPEN)
    district_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("open pool")
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(state="open"), name="pool_open_once"),
        ]
        indexes = [
            # Serves "pool near me".
            models.Index(
                fields=["district_id", "closes_at"], condition=Q(state="open"), name="pool_open_district"
            ),
        ]


class Assignment(models.Model):
    """One volunteer in one slot of one round, with a life of its own."""

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="assignments", db_index=False)
    round = models.PositiveSmallIntegerField()
    slot = models.PositiveSmallIntegerField()
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="assignments", db_index=False)
    offer = models.OneToOneField(Offer, models.PROTECT, related_name="assignment")
    state = models.CharField(max_length=10, choices=AssignmentState.choices, default=AssignmentState.ACCEPTED)
    accepted_at = models.DateTimeField()
    agreed_start = models.DateTimeField()
    expected_minutes = models.PositiveSmallIntegerField()
    confirm_by = models.DateTimeField(null=True)
    checked_in_at = models.DateTimeField(null=True)
    check_in_by = models.CharField(max_length=8, choices=CheckInBy.choices, blank=True)
    check_in_distance_m = models.PositiveIntegerField(null=True)
    completed_at = models.DateTimeField(null=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, blank=True)
    notice_minutes = models.IntegerField(null=True)  # before the agreed start; negative: after it
    excused = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("assignment")
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
            # Serves a volunteer's tasks and record, the newest first.
            models.Index(fields=["volunteer", "-agreed_start"], name="assignment_by_volunteer"),
        ]

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE
