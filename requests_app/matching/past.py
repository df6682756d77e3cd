"""What a request's candidates have done before: three statements for all of them, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery

from requests_app.enums import ACTIVE, AssignmentState, OfferState, OfferVia
from requests_app.matching.scores import Past
from requests_app.models import Assignment, Offer, Rating, ServiceRequest

REMEMBERED = timedelta(days=365)
LATELY = timedelta(days=30)
LATE_MINUTES = 24 * 60  # a give-up with less notice than the reminder of the day before
BAD_STARS = 2  # and fewer
ANSWERED = (OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED)


def of(request: ServiceRequest, ids: Sequence[int], now: datetime) -> dict[int, Past]:
    """Returns the past of the volunteers `ids` as far as it bears on `request`, by id."""
    known: dict[int, dict[str, Any]] = {pk: {} for pk in ids}
    since = now - REMEMBERED
    asked = Offer.objects.filter(
        volunteer_id__in=ids, made_at__gte=since, via=OfferVia.DIRECT, state__in=ANSWERED
    )
    answers: Any = asked.values("volunteer_id").annotate(
        asked=Count("pk"), accepted=Count("pk", filter=Q(state=OfferState.ACCEPTED))
    )
    given_up = Q(state=AssignmentState.GIVEN_UP, notice_minutes__lt=LATE_MINUTES)
    served: Any = (
        Assignment.objects.filter(volunteer_id__in=ids, agreed_start__gte=since)
        .values("volunteer_id")
        .annotate(
            kept=Count("pk", filter=Q(state=AssignmentState.COMPLETED)),
            no_shows=Count("pk", filter=Q(state=AssignmentState.NO_SHOW, excused=False)),
            late_give_ups=Count("pk", filter=given_up & Q(excused=False)),
            recent=Count("pk", filter=Q(state__in=sorted(ACTIVE), accepted_at__gte=now - LATELY)),
            last_served_at=Max("completed_at"),
        )
    )
    for row in (*answers, *served):
        known[row.pop("volunteer_id")] |= row
    for pk, stars in _met(request, ids):
        side = "bad" if stars is not None and stars <= BAD_STARS else "good"
        known[pk][side] = known[pk].get(side, 0) + 1
    return {pk: Past(**facts) for pk, facts in known.items()}


def _met(request: ServiceRequest, ids: Sequence[int]) -> Sequence[tuple[int, int | None]]:
    """Returns (volunteer, stars) of every service for this resident that was carried out."""
    resident = Q(pk__in=[])
    if request.beneficiary_id:
        resident |= Q(request__beneficiary_id=request.beneficiary_id)
    if request.beneficiary_phone_hash:
        resident |= Q(request__beneficiary_phone_hash=request.beneficiary_phone_hash)
    stars = Rating.objects.filter(request=OuterRef("request"), round=OuterRef("round")).values("stars")[:1]
    met = Assignment.objects.filter(resident, volunteer_id__in=ids, state=AssignmentState.COMPLETED)
    return list(met.annotate(rated=Subquery(stars)).values_list("volunteer_id", "rated"))
