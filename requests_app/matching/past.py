"""What a request's candidates have done before: three statements for all of them, however many there are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, IntegerField, Max, OuterRef, Q, Subquery, Value

from requests_app.enums import ACTIVE, AssignmentState, OfferState, OfferVia, Solved
from requests_app.matching.given import among
from requests_app.matching.scores import Past
from requests_app.models import Assignment, Offer, Rating, ServiceRequest

REMEMBERED = timedelta(days=365)
LATELY = timedelta(days=30)
LATE_MINUTES = 24 * 60  # a give-up with less notice than the reminder of the day before
BAD_STARS = 2  # and fewer
REQUESTS_BACK, MOST_KNOWN = 20, 10  # of a resident, in which those are looked for who know each other
Facts = dict[str, Any]
ANSWERED = (OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED)


def of(request: ServiceRequest, ids: Sequence[int], now: datetime) -> dict[int, Past]:
    """Returns the past of the volunteers `ids` as far as it bears on `request`, by id."""
    known, met = facts_of(ids, now), meetings([request], ids)
    return {pk: Past(**known[pk], **met.get((request.pk, pk), {})) for pk in ids}


def facts_of(ids: Collection[int], now: datetime) -> dict[int, Facts]:
    """Returns what is known of the volunteers `ids` whatever the request: fields of Past by id; two statements."""
    known: dict[int, Facts] = {pk: {} for pk in ids}
    since = now - REMEMBERED
    theirs = _of(ids)
    asked = Offer.objects.filter(theirs, made_at__gte=since, via=OfferVia.DIRECT, state__in=ANSWERED)
    answers: Any = asked.values("volunteer_id").annotate(
        asked=Count("pk"), accepted=Count("pk", filter=Q(state=OfferState.ACCEPTED))
    )
    given_up = Q(state=AssignmentState.GIVEN_UP, notice_minutes__lt=LATE_MINUTES)
    served: Any = (
        Assignment.objects.filter(theirs, agreed_start__gte=since)
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
    return known


def acquainted(request: ServiceRequest) -> list[int]:
    """Returns the ids of the MOST_KNOWN volunteers who served the resident of `request` last, in the newest
    REQUESTS_BACK requests; one statement, and none for a request that names nobody.
    """
    whose = {"beneficiary": request.beneficiary_id, "beneficiary_phone_hash": request.beneficiary_phone_hash}
    by_either = [
        ServiceRequest.objects.filter(**{name: value}).order_by("-pk").values("pk")[:REQUESTS_BACK]
        for name, value in whose.items()
        if value
    ]
    if not by_either:
        return []
    theirs = by_either[0].union(*by_either[1:])
    met = Assignment.objects.filter(request__in=theirs, state=AssignmentState.COMPLETED)
    last = met.values("volunteer_id").annotate(last=Max("completed_at")).order_by("-last", "volunteer_id")
    return list(last.values_list("volunteer_id", flat=True)[:MOST_KNOWN])


def meetings(requests: Iterable[ServiceRequest], ids: Collection[int]) -> dict[tuple[int, int], Facts]:
    """Returns how often each of `ids` served the resident of each request, and how it was taken: the fields `good`
    and `bad` of Past by (request, volunteer); one statement. What was not solved, with no stars given, is neither.
    """
    by_resident: dict[Any, list[int]] = defaultdict(list)
    by_phone: dict[str, list[int]] = defaultdict(list)
    for each in requests:
        if each.beneficiary_id:
            by_resident[each.beneficiary_id].append(each.pk)
        if each.beneficiary_phone_hash:
            by_phone[each.beneficiary_phone_hash].append(each.pk)
    resident = Q(request__beneficiary_id__in=by_resident) | Q(request__beneficiary_phone_hash__in=by_phone)
    answers = Rating.objects.filter(request=OuterRef("request"), round=OuterRef("round"))
    met = Assignment.objects.filter(resident, _of(ids), state=AssignmentState.COMPLETED)
    lines = met.annotate(
        stars=Subquery(answers.values("stars")[:1]), solved=Subquery(answers.values("solved")[:1])
    ).values_list(
        "volunteer_id", "request__beneficiary_id", "request__beneficiary_phone_hash", "stars", "solved"
    )
    found: dict[tuple[int, int], Facts] = defaultdict(Counter)
    for volunteer, beneficiary, phone, stars, solved in lines:
        if stars is None and solved == Solved.NO:
            continue
        side = "bad" if stars is not None and stars <= BAD_STARS else "good"
        for request in {*by_resident.get(beneficiary, ()), *by_phone.get(phone, ())}:
            found[request, volunteer][side] += 1
    return found


def _of(ids: Collection[int]) -> Q:
    return among("volunteer_id", Value(list(ids), output_field=ArrayField(IntegerField())))
