"""What rings while a step takes its time: at half time, an hour before, when it is due, and then level by level.

Each clock has a chain of timers of which one is open at a time: when it rings, the next is written. The chain ends
when the step is done; when staff act on an overdue one, the next level waits once more as long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from civic.areas.models import Area
from civic.cases.change import Change
from civic.cases.clocks import LASTING
from civic.cases.models import CaseEvent
from civic.worktime import clocks as work_clocks
from requests_app import access, deadlines, messages, reference
from requests_app.deadlines import StepClock
from requests_app.effects import clocks, referred
from requests_app.enums import RequestState, Step
from requests_app.models import ServiceRequest
from requests_app.wordings_of_time import step_words

HALF, HOUR, DUE = 1, 2, 3  # marks of a clock; from 4 on: so many levels up
CHAIN: Final = ("half_time", "hour_before", "overdue", "climb")
NUMBER: dict[str, int] = {Step.ANSWER: 1, Step.DISPATCH: 2, Step.ACCEPT: 3, Step.START: 4, Step.FINISH: 5}
STEP_BY_NUMBER = {number: step for step, number in NUMBER.items()}
TEMPLATES = {"half_time": "desk.half_time", "hour_before": "desk.hour_left", "overdue": "desk.overdue"}
# What counts as acting on an overdue step that is not yet done.
ACTS = frozenset({"amend", "offer", "withdraw_offer", "close_staffing", "reassign"})
STAFF = frozenset({"dispatcher", "unit"})


def follow(change: Change, target: str) -> None:
    """Keeps the clocks in step with the state the request goes to: begins its step's, and sets what rings next."""
    request, source = change.case, change.case.state
    step = clocks.STEP_OF.get(target)
    moved = target != source
    if step == Step.START:
        moved = _agree_start(request) or moved
    elif step == Step.ANSWER:  # begun by the referral, perhaps to another unit
        answer = clocks.of(request, step)
        moved = moved or (answer is not None and answer.started_at == change.at)
    elif moved and step == Step.ACCEPT:
        clocks.start(request, step, at=change.at)
    if moved:
        change.void_timers(*CHAIN)
        plan(change, target)
    elif step is not None and change.role in STAFF and change.row.verb in ACTS:
        _wait_once_more(change, step)
    if request.paused_at is not None:
        _hold(change, ended=target not in clocks.CAN_WAIT)


def _hold(change: Change, *, ended: bool) -> None:
    """A paused request: no timer but the one that ends the pause, and of what is proposed meanwhile. Where it cannot
    wait any more the pause is over."""
    request = change.case
    stays = LASTING if ended else LASTING | {"resume"}
    change.void_timers(*(name for name in change.workflow.timers if name not in stays))
    if ended:
        clocks.go_on(request, change.at)
        request.paused_at = request.paused_until = None
        request.pause_reason = ""


def plan(change: Change, state: str) -> None:
    """Sets the next timer of every clock that presses somebody in `state`."""
    step = clocks.STEP_OF.get(state)
    if step is None:
        return
    _plan(change, step, state)
    if step in {Step.ACCEPT, Step.START, Step.ANSWER} and not _is_agreed_later(change.case, state):
        _plan(change, Step.FINISH, state)


def plan_again(change: Change) -> None:
    """After deadlines have moved: what rang for a moment that now lies ahead rings again."""
    request = change.case
    change.void_timers(*CHAIN)
    steps, pauses = deadlines.read(request.clocks)
    for step, clock in steps.items():
        mark = clock.mark
        while mark > _floor(step, request.state) and mark > HALF:
            at = _moment(request, step, clock, mark, pauses)
            if at is not None and at <= change.at:
                break
            mark -= 1
        if mark != clock.mark:
            clocks.put(request, step, replace(clock, mark=mark))
    if request.state == RequestState.REFERRED:
        referred.follow_clock(change)
    plan(change, request.state)


def ring(change: Change) -> None:
    """A timer of a chain rang: whoever must act is told, above their level once it is overdue; the next is set."""
    request, timer = change.case, change.facts["timer"]
    step = STEP_BY_NUMBER[timer.part_id]
    steps, pauses = deadlines.read(request.clocks)
    clock = steps.get(step)
    climbs = timer.name == "climb"
    levels = max(clock.mark, DUE) - DUE + 1 if clock is not None and climbs else 0
    above = must_act(request)
    area, people = above[levels] if levels < len(above) else (None, [])
    if step == Step.ANSWER and not climbs:
        area, people = None, messages.members_of_units(request)
    told = [each for each in people if not climbs or each not in _told_before(change, step)]
    due = clock.due_at if clock is not None else clocks.next_due(request, request.state)
    words = {"step": step_words(step), "due": due}
    template = (
        "unit.reminded" if step == Step.ANSWER and not climbs else TEMPLATES.get(timer.name, "desk.climbed")
    )
    messages.to_staff(change, template, told, **words)
    change.record(timer=timer.name, step=step, told=told, level=area.level if area else "")
    if clock is not None:
        mark = DUE + levels if climbs else CHAIN.index(timer.name) + 1
        request.clocks = deadlines.marked(request.clocks, step, mark)
        steps[step] = replace(clock, mark=mark)
        _plan_of(change, step, request.state, steps, pauses)


def must_act(request: ServiceRequest) -> Sequence[tuple[Area, list[int]]]:
    """Returns (area, user ids) of who must act, the nearest first, then level by level up to the district."""
    return access.desks_above(request)


def _agree_start(request: ServiceRequest) -> bool:
    """Lets the clock of the start begin at the agreed start; returns whether it did not before."""
    clock, agreed = clocks.of(request, Step.START), request.agreed_start
    if agreed is None or (clock is not None and clock.started_at == agreed):
        return False
    clocks.start(request, Step.START, at=agreed)
    return True


def _is_agreed_later(request: ServiceRequest, state: str) -> bool:
    """Whether the resident agreed on a start after the time for finishing: nobody is pressed before it then."""
    agreed = request.agreed_start
    return state == RequestState.ACCEPTED and agreed is not None and agreed >= request.due_at


def _floor(step: str, state: str) -> int:
    """Returns the mark after which the chain begins: nobody is pressed at half time of the whole who has accepted or is
    at work. The clock of the start runs from the agreed start on; before it volunteers are reminded by timers of
    their own (effects.offering)."""
    on_the_way = state in {RequestState.ACCEPTED, RequestState.IN_SERVICE}
    return HALF if step == Step.FINISH and on_the_way else 0


def _plan(change: Change, step: str, state: str) -> None:
    _plan_of(change, step, state, *deadlines.read(change.case.clocks))


def _plan_of(
    change: Change, step: str, state: str, steps: Mapping[str, StepClock], pauses: list[deadlines.Pause]
) -> None:
    request, clock = change.case, steps.get(step)
    if clock is None:
        return
    mark = max(clock.mark, _floor(step, state))
    while (mark := mark + 1) <= DUE:
        at = _moment(request, step, clock, mark, pauses)
        told_otherwise = mark == DUE and step == Step.ANSWER  # unit and desk, by the timer of the referral
        if at is not None and not told_otherwise and (mark == DUE or at > change.at):
            break
    else:
        if mark - DUE >= len(must_act(request)):
            return  # nobody stands above
        at = _moment(request, step, clock, mark, pauses)
    assert at is not None
    change.set_timer(CHAIN[min(mark, DUE + 1) - 1], max(at, change.at), part_id=NUMBER[step])


def _moment(
    request: ServiceRequest, step: str, clock: StepClock, mark: int, pauses: list[deadlines.Pause]
) -> datetime | None:
    """Returns when `mark` of the clock is reached; None for an hour before that would come before a half time that
    has not rung."""
    if mark == HALF:
        return clock.half_time(pauses, clocks.calendar_of(request))
    if mark == HOUR:
        calendar = clocks.calendar_of(request)
        before = clock.hour_before(calendar)
        rang = clock.mark >= HALF
        return before if rang or before > clock.half_time(pauses, calendar) else None
    if mark == DUE:
        return clock.due_at
    return _up(request, clock.due_at, mark - DUE)


def _up(request: ServiceRequest, since: datetime, levels: int) -> datetime:
    """Returns when so many levels have been climbed since `since`."""
    rule = reference.rule(Step.CLIMB, request.category_id, request.urgency, request.area_id)
    return work_clocks.add(since, rule.clock, rule.amount * levels, calendar=clocks.calendar_of(request))


def _wait_once_more(change: Change, step: str) -> None:
    """Somebody acts on what is overdue: the next level is told only if nothing has come of it in as long again."""
    clock = clocks.of(change.case, step)
    if clock is None or clock.mark < DUE:
        return
    up = clock.mark - DUE + 1
    if up < len(must_act(change.case)):
        at = max(_up(change.case, clock.due_at, up), _up(change.case, change.at, 1))
        change.set_timer("climb", at, part_id=NUMBER[step])


def _told_before(change: Change, step: str) -> set[int]:
    """Returns who was told before in this round that this step is late or will be."""
    request = change.case
    rang = CaseEvent.objects.filter(
        kind=request.kind, case_id=request.pk, round=request.round, verb="remind", facts__step=step
    )
    return {each for told in rang.values_list("facts__told", flat=True) for each in told or ()}
