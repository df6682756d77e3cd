"""The parts of the round under way: reading them, ending them, and the state that follows from them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from civic.cases.change import Change
from requests_app import messages
from requests_app.effects import clocks, escalating, rounds
from requests_app.enums import (
    ACTIVE,
    FINAL,
    OTHERS,
    AssignmentState,
    OfferState,
    PoolState,
    RequestState,
    WaterfallEnd,
    WaterfallState,
)
from requests_app.models import Assignment, Offer, Pool, ServiceRequest, TeamOffer, Waterfall
from volunteers import commitments, ledger

DISPATCHED = frozenset(
    {RequestState.OFFERED, RequestState.REFERRED}
)  # every way from the desk leads through these
SERVING = (AssignmentState.ACCEPTED, AssignmentState.IN_SERVICE)
DONE_BY = {"unit_reply": "request.answered"}  # else a volunteer did it
MOST_MINUTES = 24 * 60  # a check-out that was forgotten earns no days


def assignments(request: ServiceRequest) -> QuerySet[Assignment]:
    """Returns the assignments of the request's current round."""
    return Assignment.objects.filter(request=request, round=request.round).order_by("pk")


def active(request: ServiceRequest) -> QuerySet[Assignment]:
    """Returns the active assignments (accepted, in service, completed) of the current round."""
    return assignments(request).filter(state__in=ACTIVE)


def open_offers(request: ServiceRequest) -> QuerySet[Offer]:
    """Returns the open offers of the current round."""
    return Offer.objects.filter(request=request, round=request.round, state=OfferState.OPEN).order_by("pk")


def open_team_offers(request: ServiceRequest) -> QuerySet[TeamOffer]:
    """Returns the open offers to teams of the current round."""
    found = TeamOffer.objects.filter(request=request, round=request.round, state=OfferState.OPEN)
    return found.order_by("pk")


def open_pool(request: ServiceRequest) -> Pool | None:
    """Returns the open pool of the request, or None."""
    return Pool.objects.filter(request=request, round=request.round, state=PoolState.OPEN).first()


def open_waterfall(request: ServiceRequest) -> Waterfall | None:
    """Returns the waterfall that is going on, or None."""
    return Waterfall.objects.filter(request=request, round=request.round, state=WaterfallState.OPEN).first()


def compute(request: ServiceRequest) -> str:
    """Returns the state that follows from the parts of the current round: the one place that knows.

    A waterfall that goes on has an open offer (waterfalls.go_on), which counts for it.
    """
    states = list(active(request).values_list("state", flat=True))
    asking = (
        open_offers(request).exists() or open_pool(request) is not None or open_team_offers(request).exists()
    )
    if AssignmentState.IN_SERVICE in states or AssignmentState.COMPLETED in states:
        still = AssignmentState.ACCEPTED in states or AssignmentState.IN_SERVICE in states
        return RequestState.IN_SERVICE if still or asking else RequestState.COMPLETED
    if len(states) >= request.needed:
        return RequestState.ACCEPTED
    if states or asking:
        return RequestState.OFFERED
    # A unit, or the request it is joined to, has it or is done with it: no part of its own says so.
    stays = request.state in OTHERS or request.state == RequestState.COMPLETED
    return request.state if stays else RequestState.SUBMITTED


def settle(change: Change) -> None:
    """Keeps what is derived from the state: the next deadline, when it closed, the timers of waiting."""
    request, source, target = change.case, change.case.state, str(change.target)
    if target == RequestState.SUBMITTED and target != source:
        rounds.wait_for_dispatch(change)
    escalating.follow(change, target)
    request.act_by = clocks.next_due(request, target)
    if target == source:
        return
    if source == RequestState.SUBMITTED:
        change.void_timers("auto_dispatch")  # whoever took it up has it from now on, also when it comes back
    if target in DISPATCHED and request.dispatched_at is None:
        request.dispatched_at = change.at
    if target in FINAL:
        request.closed_at = change.at
    elif source in FINAL:
        request.closed_at, request.exempt_reason = None, ""  # what goes on counts again
    if source == RequestState.COMPLETED:
        change.void_timers("rate_1d", "rate_3d", "auto_close")
    if target == RequestState.COMPLETED:
        change.set_timer("rate_1d", change.at + timedelta(days=1))
        change.set_timer("rate_3d", change.at + timedelta(days=3))
        change.set_timer("auto_close", change.at + timedelta(days=7))
        messages.to_resident(change, DONE_BY.get(change.row.verb, "request.completed"))


def withdraw_offers(change: Change, *, offers: QuerySet[Offer] | None = None, tell: bool = True) -> None:
    """Withdraws the open offers of the round (or the given ones), each person told once."""
    for offer in (offers if offers is not None else open_offers(change.case)).select_related("volunteer"):
        change.move(offer, OfferState.WITHDRAWN, answered_at=change.at)
        change.void_timers("expire_offer", part_id=offer.pk)
        if tell:
            messages.to_volunteer(change, "offer.withdrawn", offer.volunteer)


def withdraw_team_offers(
    change: Change, *, offers: QuerySet[TeamOffer] | None = None, tell: bool = True
) -> None:
    """Withdraws the open offers to teams of the round (or the given ones), the leaders told once."""
    found = offers if offers is not None else open_team_offers(change.case)
    for offer in found.select_related("team"):
        change.move(offer, OfferState.WITHDRAWN, answered_at=change.at)
        change.void_timers("expire_team_offer", part_id=offer.pk)
        if tell:
            messages.to_leaders(change, "team.offer_withdrawn", offer.team)


def close_pool(change: Change) -> None:
    """Closes the open pool of the request, if there is one."""
    pool = open_pool(change.case)
    if pool is not None:
        change.move(pool, PoolState.CLOSED)
        change.void_timers("close_pool", part_id=pool.pk)


def close_waterfall(change: Change, ended: str = WaterfallEnd.STOPPED) -> None:
    """Ends the waterfall of the request, if one is going on; its open offers stay as they are."""
    waterfall = open_waterfall(change.case)
    if waterfall is not None:
        change.move(waterfall, WaterfallState.CLOSED, closed_at=change.at, ended=ended)


def stop_asking(change: Change, ended: str = WaterfallEnd.STOPPED) -> None:
    """Withdraws every open offer, also those to teams, closes the pool and ends the waterfall."""
    withdraw_offers(change)
    withdraw_team_offers(change)
    close_pool(change)
    close_waterfall(change, ended)


def stop_when_full(change: Change) -> None:
    """Withdraws the remaining offers and the pool once every slot has somebody."""
    if active(change.case).count() >= change.case.needed:
        stop_asking(change, WaterfallEnd.FILLED)


def end_assignment(change: Change, assignment: Assignment, to: str, **fields: Any) -> None:
    """Ends an assignment before its completion: minutes served become a pending record, the time is freed."""
    if assignment.state == AssignmentState.IN_SERVICE:
        assignment.minutes = elapsed_minutes(assignment, change)
        fields["minutes"] = assignment.minutes
        record_service(change, assignment, assignment.minutes, ended_at=change.at)
    change.move(assignment, to, ended_at=change.at, confirm_by=None, **fields)
    commitments.free(assignment.pk)
    change.void_timers(*ASSIGNMENT_TIMERS, part_id=assignment.pk)
    request = change.case
    if request.start_proposed and not active(request).exists():  # the proposal leaves with who made it
        request.agreed_start, request.start_proposed = None, False


def release(change: Change, assignment: Assignment, *, tell: bool = True) -> None:
    """Releases one person from the request and tells them."""
    end_assignment(change, assignment, AssignmentState.RELEASED)
    if tell:
        messages.to_volunteer(change, "task.released", assignment.volunteer)


def end_round(change: Change) -> None:
    """Ends the round: offers withdrawn, pool closed, people released and told once, timers voided."""
    told = set()
    for assignment in active(change.case).filter(state__in=SERVING).select_related("volunteer"):
        if assignment.volunteer.user_id != change.actor.pk:
            told.add(assignment.volunteer_id)
        release(change, assignment, tell=assignment.volunteer_id in told)
    stop_asking(change)
    change.void_timers()


def elapsed_minutes(assignment: Assignment, change: Change) -> int:
    """Returns the minutes since check-in, rounded up, a day at most: the most that can be served."""
    assert assignment.checked_in_at is not None
    return minutes_since(assignment.checked_in_at, change.at)


def minutes_since(checked_in_at: datetime, now: datetime) -> int:
    """Returns the minutes between the two, rounded up: 1 to MOST_MINUTES."""
    seconds = (now - checked_in_at).total_seconds()
    return min(MOST_MINUTES, max(1, int(-(-seconds // 60))))


def record_service(change: Change, assignment: Assignment, minutes: int, *, ended_at: datetime) -> None:
    """Writes the pending service record of an assignment; once an assignment, by the ledger's constraint.

    `ended_at` is when the service ended, which a phone without network may have told later than it was.
    """
    request = change.case
    assert assignment.checked_in_at is not None
    ledger.record(
        volunteer=assignment.volunteer,
        source_id=assignment.pk,
        minutes=minutes,
        started_at=assignment.checked_in_at,
        ended_at=ended_at,
        content=request.public_summary or request.category.summary,
        area_id=request.area_id,
        at=change.at,
    )


ASSIGNMENT_TIMERS = ("start_24h", "start_2h", "late_check_in", "long_service", "lapse")
