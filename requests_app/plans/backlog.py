"""The backlog a plan is made for: which requests, how many people each still needs, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from civic.areas import queries as areas
from requests_app import access, matching, reference
from requests_app.enums import ACTIVE, OfferState, PoolState, RequestState
from requests_app.models import Assignment, Offer, Plan, Pool, ServiceRequest

DISPATCHABLE = (RequestState.SUBMITTED, RequestState.OFFERED)
# All that a plan wants to know of a request: neither words nor phones.
LOOKED_AT = (
    *("code", "version", "round", "urgency", "language", "speaks", "needed", "expected_minutes"),
    *("category_id", "skills", "area_id", "district_id", "community_id", "lat", "lon"),
    *("beneficiary_id", "beneficiary_phone_hash", "proxy_id", "contact_phone_hash"),
    *("agreed_start", "preferred_start", "preferred_end", "due_at", "act_by"),
)


@dataclass(frozen=True)
class Wish:
    """One request of the backlog. `start` is what an offer would name, None while the time is open; `begins` and
    `ends` (seconds) are equal then, so that nothing overlaps. `passed`: no offer can be made before a new time."""

    request: ServiceRequest
    slots: int
    start: datetime | None
    begins: int
    ends: int
    passed: bool


def backlog(plan: Plan, now: datetime) -> list[Wish]:
    """Returns what waits in the area of `plan` and whom nobody is asked for yet, the most pressing first.

    Left out: what is confidential, paused or open to the pool, and what its maker does not dispatch.
    """
    area = areas.fresh_if_unknown(plan.area_id).by_id[plan.area_id]
    found = access.dispatched_by(plan.made_by).filter(
        **{f"{area.level}_id": area.pk}, state__in=DISPATCHABLE, paused_at=None, district_id__isnull=False
    )
    if plan.categories:
        codes = reference.snapshot().by_code
        found = found.filter(category_id__in=[codes[code].pk for code in plan.categories if code in codes])
    pools = Pool.objects.filter(request=OuterRef("pk"), state=PoolState.OPEN)
    found = found.filter(~Exists(pools)).annotate(
        taken=_count(Assignment.objects.filter(state__in=sorted(ACTIVE))),
        asked=_count(Offer.objects.filter(state=OfferState.OPEN)),
    )
    found = found.filter(needed__gt=F("taken") + F("asked")).only(*LOOKED_AT).order_by("act_by", "pk")
    return [_wish(each, now) for each in found.iterator(chunk_size=2000)]


def _count(parts: QuerySet[Any]) -> Coalesce:
    mine = parts.filter(request=OuterRef("pk"), round=OuterRef("round")).order_by().values("request")
    return Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def _wish(request: Any, now: datetime) -> Wish:
    slots = request.needed - request.taken - request.asked
    if request.agreed_start is not None:
        start, passed = request.agreed_start, request.agreed_start <= now
    else:
        start = request.preferred_start
        start = start if start is not None and start > now else None
        passed = start is None and (request.preferred_end or request.due_at) <= now
    times = matching.window(request, start) if start is not None else None
    # Whole seconds, outwards: what ends within the second in which the next begins would overlap.
    begins, ends = (floor(times[0].timestamp()), ceil(times[1].timestamp())) if times else (0, 0)
    return Wish(request, slots, start, begins, ends, passed)


def numbers(wishes: Sequence[Wish]) -> tuple[list[int], list[int], list[int]]:
    """Returns slots, begins and ends of `wishes` as columns."""
    return [w.slots for w in wishes], [w.begins for w in wishes], [w.ends for w in wishes]
