"""The clocks of a request: which run, since when, and when each step is due.

| step | runs from | until |
|---|---|---|
| dispatch | it waits for dispatch (again) | somebody is asked |
| answer | it is referred | the unit answers |
| accept | somebody is asked | every slot has somebody |
| start | the agreed start | somebody has checked in |
| finish | the round begins | the service is completed |
"""

from collections.abc import Mapping
from datetime import datetime

from civic.worktime import calendar as calendars
from civic.worktime.days import Calendar
from requests_app import deadlines, reference
from requests_app.deadlines import StepClock
from requests_app.enums import RequestState, Step
from requests_app.models import ServiceRequest
from requests_app.reference import Rule

# Which step a request stands in; completed and ended ones wait for nobody of ours.
STEP_OF: dict[str, Step] = {
    RequestState.SUBMITTED: Step.DISPATCH,
    RequestState.OFFERED: Step.ACCEPT,
    RequestState.ACCEPTED: Step.START,
    RequestState.IN_SERVICE: Step.FINISH,
    RequestState.REFERRED: Step.ANSWER,
}
CAN_WAIT = frozenset(STEP_OF) - {RequestState.IN_SERVICE}  # the states in which a request can be paused


def calendar_of(request: ServiceRequest) -> Calendar:
    """Returns the work calendar of the place of `request`."""
    return calendars.for_area(request.area_id)


def of(request: ServiceRequest, step: str) -> StepClock | None:
    """Returns the clock of `step`, None while it has not begun in this round."""
    return deadlines.read(request.clocks)[0].get(step)


def start(request: ServiceRequest, *steps: Step, at: datetime) -> None:
    """Begins the clocks of `steps` at `at`, in place of former ones, by the rules that hold now."""
    rules = {
        step: reference.rule(step, request.category_id, request.urgency, request.area_id) for step in steps
    }
    _begin(request, rules, at)


def start_answer(request: ServiceRequest, answer_class: str, limit: Rule, at: datetime) -> datetime:
    """Begins the clock of the unit's answer by the rules, or by the answer class's own `limit`; returns when it
    is due."""
    rule = reference.rule(
        Step.ANSWER, request.category_id, request.urgency, request.area_id, answer_class, limit
    )
    return _begin(request, {Step.ANSWER: rule}, at)[Step.ANSWER].due_at


def _begin(request: ServiceRequest, rules: Mapping[Step, Rule], at: datetime) -> dict[str, StepClock]:
    found, pauses = deadlines.read(request.clocks)
    calendar = calendar_of(request)
    for step, rule in rules.items():
        found[step] = StepClock.begin(rule.pk, rule.clock, rule.amount, at, calendar=calendar, pauses=pauses)
    keep(request, found, pauses)
    return found


def restart(request: ServiceRequest) -> None:
    """Sets every clock anew from when it began, after category, urgency or area were changed."""
    for step, clock in deadlines.read(request.clocks)[0].items():
        if clock.set_to is None and step != Step.ANSWER:  # its answer class was chosen for it
            start(request, Step(step), at=clock.started_at)


def put(request: ServiceRequest, step: str, clock: StepClock) -> None:
    """Keeps `clock` as the one of `step`."""
    found, pauses = deadlines.read(request.clocks)
    keep(request, found | {step: clock}, pauses)


def stop(request: ServiceRequest, at: datetime) -> None:
    """The request is paused: every clock stands."""
    found, pauses = deadlines.read(request.clocks)
    keep(request, found, [*pauses, (at, None)])


def go_on(request: ServiceRequest, at: datetime) -> None:
    """The pause has ended: every deadline moves, what was left of the limit runs on."""
    pauses = deadlines.read(request.clocks)[1]
    _with_pauses(request, request.state, [(since, until or at) for since, until in pauses])


def _with_pauses(request: ServiceRequest, state: str, pauses: list[deadlines.Pause]) -> None:
    """Keeps the pauses, and the deadlines of the clocks that run in `state` as they follow from them."""
    found, calendar, running = deadlines.read(request.clocks)[0], calendar_of(request), _running(state)
    moved = {name: clock.again(pauses, calendar) for name, clock in found.items() if name in running}
    keep(request, found | moved, pauses)


def stand_again(request: ServiceRequest, state: str) -> None:
    """The end of the last pause is taken back with the step that led out of `state`: the clocks stand as there."""
    pauses = deadlines.read(request.clocks)[1]
    _with_pauses(request, state, [*pauses[:-1], (pauses[-1][0], None)])


def never_stopped(request: ServiceRequest) -> None:
    """The last pause is taken back: the clocks run as if it had not been."""
    _with_pauses(request, request.state, deadlines.read(request.clocks)[1][:-1])


def recalculated(request: ServiceRequest) -> dict[str, StepClock]:
    """Returns the running clocks whose deadline the present calendar puts elsewhere, by step."""
    found, pauses = deadlines.read(request.clocks)
    calendar, running = calendar_of(request), _running(request.state)
    again = {name: clock.again(pauses, calendar) for name, clock in found.items() if name in running}
    return {name: clock for name, clock in again.items() if clock.due_at != found[name].due_at}


def _running(state: str) -> set[str]:
    """Returns the steps not done in `state`: a deadline that was kept or missed stays where it was."""
    step = STEP_OF.get(state)
    return {step, Step.FINISH} if step is not None else set()


def next_due(request: ServiceRequest, state: str) -> datetime:
    """Returns when the next step of a request in `state` is due, or its pause ends: what the queue sorts by."""
    if request.paused_until is not None:
        return request.paused_until
    step = STEP_OF.get(state, Step.FINISH)
    if step == Step.DISPATCH:
        return request.dispatch_due_at
    clock = of(request, step)
    return clock.due_at if clock is not None else request.due_at


def keep(request: ServiceRequest, found: dict[str, StepClock], pauses: list[deadlines.Pause]) -> None:
    """Writes the clocks and pauses of `request`, and the deadlines that follow from them."""
    request.clocks = deadlines.written(found, pauses)
    if Step.DISPATCH in found:
        request.dispatch_due_at = found[Step.DISPATCH].due_at
    if Step.FINISH in found:
        request.due_at = found[Step.FINISH].due_at
