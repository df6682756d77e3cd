"""The referral under way: reading it, ending it, and what follows from how often it was returned."""

from civic.cases.change import Change
from civic.worktime.clocks import Clock
from requests_app.effects import clocks
from requests_app.enums import ReferralState, Step
from requests_app.models import AnswerClass, Referral, ServiceRequest, Unit
from requests_app.reference import Rule

OVERDUE = "answer_overdue"  # the timer of the limit


def open_one(request: ServiceRequest) -> Referral | None:
    """Returns the open referral of the request with its units and class, or None."""
    found = Referral.objects.filter(request=request, state=ReferralState.OPEN)
    return found.select_related("unit", "answer_class").first()


def bounces(request: ServiceRequest) -> int:
    """Returns how often units returned the request in this round."""
    returned = ReferralState.RETURNED
    return Referral.objects.filter(request=request, round=request.round, state=returned).count()


def first_receiver(request: ServiceRequest) -> Unit | None:
    """Returns the unit the request was referred to first in this round, which coordinates it until it is answered.

    Rule: DOMAIN.md section 3 (first-receiver duty 首接负责).
    """
    found = Referral.objects.filter(request=request, round=request.round).select_related("unit")
    first = found.order_by("pk").first()
    return first.unit if first else None


def backstop(request: ServiceRequest) -> Unit | None:
    """Returns the last instance of the request's district, None where none is set up."""
    if request.district_id is None:
        return None
    return Unit.objects.filter(area_id=request.district_id, backstop=True, active=True).first()


def hand_to(
    change: Change, unit: Unit, limit: AnswerClass, *, assisting: list[int] | None = None
) -> Referral:
    """Puts the request into the hands of `unit`; its limit runs from now."""
    request = change.case
    by_class = Rule(0, Clock(limit.clock), limit.amount)
    answer_by = clocks.start_answer(request, limit.code, by_class, change.at)
    made = Referral(
        request=request,
        round=request.round,
        unit=unit,
        assisting=assisting or [],
        answer_class=limit,
        referred_at=change.at,
        due_at=answer_by,
    )
    change.add(made, unit=unit.pk, assisting=made.assisting, answer_class=limit.code)
    change.set_timer(OVERDUE, answer_by, part_id=made.pk)
    return made


def follow_clock(change: Change) -> None:
    """Keeps the referral's limit where the clock of the answer has moved to."""
    found, clock = open_one(change.case), clocks.of(change.case, Step.ANSWER)
    if found is None or clock is None:
        return
    Referral.objects.filter(pk=found.pk).update(due_at=clock.due_at)
    if clock.due_at > change.at:
        change.set_timer(OVERDUE, clock.due_at, part_id=found.pk)


def end(change: Change, to: str, **fields: str) -> Referral | None:
    """Ends the open referral, if there is one, and its limit; returns it."""
    found = open_one(change.case)
    if found is not None:
        change.move(found, to, ended_at=change.at, **fields)
        change.void_timers(OVERDUE, part_id=found.pk)
    return found
