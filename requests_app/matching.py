"""Who can be asked: the hard rules of eligibility, and a first ranking by distance and skill.

Candidates come from one indexed query over the district's approved volunteers; every named part of a score
is in [0, 1] and shown to whoever dispatches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cos, Power, Radians
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from civic.lib import clock
from civic.lib.geo import distance_m, rounded_distance_m
from requests_app import reference
from requests_app.enums import ACTIVE, AssignmentState, OfferState
from requests_app.models import Assignment, Block, Offer, ServiceRequest
from volunteers.models import Commitment, Volunteer

FAR_M = 5000.0
WEIGHTS = {"distance": 0.4, "skill": 0.3, "familiar": 0.15, "balance": 0.15}


@dataclass(frozen=True)
class Candidate:
    """A volunteer who can be asked: the score, its named parts, and the reasons in words."""

    volunteer: Volunteer
    score: float
    parts: dict[str, float]
    distance_m: int | None
    reasons: list[str | Promise] = field(default_factory=list)


def window(request: ServiceRequest, start: datetime | None = None) -> tuple[datetime, datetime] | None:
    """Returns the time the service would take up, or None while the start is open."""
    begins = start or request.agreed_start or request.preferred_start
    if begins is None:
        return None
    return begins, begins + timedelta(minutes=request.expected_minutes)


def eligible(request: ServiceRequest, start: datetime | None = None) -> QuerySet[Volunteer]:
    """Returns the volunteers of the request's district whom the hard rules allow to be asked for it."""
    category = reference.snapshot().by_id[request.category_id]
    found = Volunteer.objects.filter(state="approved", active=True, district_id=request.district_id)
    found = found.exclude(user_id__in=[pk for pk in (request.beneficiary_id, request.proxy_id) if pk])
    hashes = [h for h in (request.beneficiary_phone_hash, request.contact_phone_hash) if h]
    if hashes:
        found = found.exclude(user__phone_hash__in=hashes)
    if category.needs_vetting:
        found = found.filter(vetted_at__isnull=False)
    if category.needs_insurance:
        then = start or request.agreed_start or request.preferred_start or clock.now()
        found = found.filter(insured_until__gte=timezone.localdate(then))
    found = found.exclude(Exists(Block.objects.filter(blocked_with(request), volunteer=OuterRef("pk"))))
    found = found.exclude(
        Exists(
            Offer.objects.filter(request=request, round=request.round, volunteer=OuterRef("pk")).filter(
                Q(state=OfferState.OPEN) | Q(state=OfferState.DECLINED)
            )
        )
    ).exclude(
        Exists(
            Assignment.objects.filter(request=request, round=request.round, volunteer=OuterRef("pk")).filter(
                Q(state__in=ACTIVE) | Q(state=AssignmentState.NO_SHOW) | Q(state=AssignmentState.GIVEN_UP)
            )
        )
    )
    times = window(request, start)
    if times is not None:
        busy = Commitment.objects.filter(volunteer=OuterRef("pk"), active=True, during__overlap=times)
        found = found.exclude(Exists(busy))
    return found


def is_insured(volunteer: Volunteer, at: datetime) -> bool:
    """Whether the insurance of `volunteer` covers the day of `at`, as days are counted here."""
    return volunteer.insured_until is not None and volunteer.insured_until >= timezone.localdate(at)


def blocked_with(request: ServiceRequest) -> Q:
    """Returns the filter for blocks between volunteers and this request's beneficiary."""
    found = Q(pk__in=[])
    if request.beneficiary_id:
        found |= Q(resident_id=request.beneficiary_id)
    if request.beneficiary_phone_hash:
        found |= Q(phone_hash=request.beneficiary_phone_hash)
    return found


def candidates(request: ServiceRequest, limit: int = 20) -> list[Candidate]:
    """Returns the best `limit` candidates, the best first; ties break by volunteer number."""
    category = reference.snapshot().by_id[request.category_id]
    since = clock.now() - timedelta(days=30)
    pool = eligible(request).select_related("user")
    if request.lat is not None and request.lon is not None:
        pool = pool.annotate(_near=_squared_degrees(request.lat, request.lon)).order_by(
            F("_near").asc(nulls_last=True), "pk"
        )
    else:
        pool = pool.order_by("pk")
    nearest = list(pool[: max(limit * 5, 100)])
    ids = [volunteer.pk for volunteer in nearest]
    recent = _counts(Assignment.objects.filter(accepted_at__gte=since), ids)
    met = _counts(
        Assignment.objects.filter(
            state=AssignmentState.COMPLETED, request__beneficiary_id=request.beneficiary_id
        )
        if request.beneficiary_id
        else Assignment.objects.none(),
        ids,
    )
    ranked = [
        _rate(request, volunteer, set(category.skills), recent.get(volunteer.pk, 0), met.get(volunteer.pk, 0))
        for volunteer in nearest
    ]
    ranked.sort(key=lambda found: (-found.score, found.volunteer.number))
    return ranked[:limit]


def _squared_degrees(lat: float, lon: float) -> object:
    """An expression that orders by distance, good within a city; null for who has given no point."""
    north = Power(F("lat") - Value(lat), 2)
    east = Power((F("lon") - Value(lon)) * Cos(Radians(Value(lat))), 2)
    return north + east


def _counts(assignments: QuerySet[Assignment], ids: list[int]) -> dict[int, int]:
    rows = assignments.filter(volunteer_id__in=ids).values("volunteer_id").annotate(n=Count("pk"))
    return {row["volunteer_id"]: row["n"] for row in rows}


def _rate(
    request: ServiceRequest, volunteer: Volunteer, wanted: set[int], recent: int, met: int
) -> Candidate:
    reasons: list[str | Promise] = []
    away = None
    if None not in (request.lat, request.lon, volunteer.lat, volunteer.lon):
        away = rounded_distance_m(distance_m(request.lat, request.lon, volunteer.lat, volunteer.lon))  # type: ignore[arg-type]
    same_community = request.community_id is not None and request.community_id == volunteer.community_id
    near = max(0.0, 1 - away / FAR_M) if away is not None else (0.6 if same_community else 0.3)
    has = wanted & set(volunteer.skills)
    skill = len(has) / len(wanted) if wanted else 1.0
    if same_community:
        reasons.append(_("Same community"))
    if wanted and skill == 1.0:
        reasons.append(_("Has the skills"))
    if met:
        reasons.append(_("Has helped this resident before"))
    if not recent:
        reasons.append(_("Not asked lately"))
    parts = {
        "distance": round(near, 3),
        "skill": round(skill, 3),
        "familiar": min(1.0, met / 2),
        "balance": round(1 / (1 + recent / 3), 3),
    }
    score = sum(WEIGHTS[name] * value for name, value in parts.items())
    return Candidate(volunteer, round(score, 3), parts, away, reasons)
