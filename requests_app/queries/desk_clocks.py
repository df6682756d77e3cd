"""Why each clock of a request stands where it stands: which limit, since when, how long it stood, who was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.accounts.models import User
from civic.cases.models import CaseEvent
from civic.lib import clock, spoken
from civic.worktime.clocks import Clock
from requests_app import deadlines
from requests_app.deadlines import Pause, StepClock
from requests_app.effects.clocks import STEP_OF
from requests_app.enums import Step
from requests_app.models import ServiceRequest, TimeLimit
from requests_app.queries.history_time import rang_briefly, step_label
from requests_app.queries.parts_shown import Happened

LIMITS: dict[str, Promise] = {
    Clock.URGENT_HOURS: gettext_lazy("%(n)s hours, day and night"),
    Clock.WORK_HOURS: gettext_lazy("%(n)s work hours"),
    Clock.WORK_DAYS: gettext_lazy("%(n)s work days"),
    Clock.CALENDAR_DAYS: gettext_lazy("%(n)s calendar days"),
}


@dataclass(frozen=True)
class Told:
    """One reminder: when, what rang, and whom it reached."""

    at: datetime
    words: str
    names: str


@dataclass(frozen=True)
class Line:
    """One clock in words. `original` is None where the deadline never moved."""

    code: str
    step: str
    limit: str
    rule: str
    started_at: datetime
    due_at: datetime
    original: datetime | None
    stood: str
    runs: bool
    is_held: bool
    is_late: bool
    told: list[Told]


def lines(request: ServiceRequest) -> list[Line]:
    """Returns the clocks of `request`, the present step's first; those of steps that are done come last. Three
    queries at most."""
    steps, pauses = deadlines.read(request.clocks)
    rules = _rules(steps)
    told = _told(request)
    present = STEP_OF.get(request.state)
    running = {present, Step.FINISH} if present is not None else set()
    found = [
        _line(step, each, pauses, rules, told.get(step, []), runs=step in running)
        for step, each in steps.items()
    ]
    order = list(Step)
    return sorted(found, key=lambda line: (not line.runs, line.code != present, order.index(Step(line.code))))


def _line(
    step: str,
    each: StepClock,
    pauses: list[Pause],
    rules: dict[int, str],
    told: list[Told],
    *,
    runs: bool,
) -> Line:
    paused = bool(pauses) and pauses[-1][1] is None
    return Line(
        code=step,
        step=step_label(step),
        limit=_limit(each),
        rule=rules.get(each.rule) or _without_rule(step, each),
        started_at=each.started_at,
        due_at=each.due_at,
        original=each.first_due_at if each.first_due_at != each.due_at else None,
        stood=_stood(each, pauses),
        runs=runs and not paused,
        is_held=runs and paused,
        is_late=runs and not paused and each.due_at <= clock.now(),
        told=told,
    )


def _limit(each: StepClock) -> str:
    if each.set_to is not None:
        return _("extended by approval")
    return str(LIMITS[each.clock]) % {"n": f"{each.amount:g}"}


def _without_rule(step: str, each: StepClock) -> str:
    if each.set_to is not None:
        return ""
    return _("answer class of the referral") if step == Step.ANSWER else _("built-in limit")


def _stood(each: StepClock, pauses: list[Pause]) -> str:
    """Returns how long the clock stood still in pauses, "" for never."""
    total = timedelta()
    for since, until in pauses:
        total += max(timedelta(), (until or clock.now()) - max(since, each.started_at))
    minutes = total // timedelta(minutes=1)
    return spoken.hours(minutes) if minutes else ""


def _rules(steps: dict[str, StepClock]) -> dict[int, str]:
    wanted = {each.rule for each in steps.values() if each.rule}
    found = TimeLimit.objects.filter(pk__in=wanted).select_related("category", "area") if wanted else []
    return {limit.pk: limit.holds_for for limit in found}


def _told(request: ServiceRequest) -> dict[str, list[Told]]:
    rang = CaseEvent.objects.filter(
        kind=request.kind,
        case_id=request.pk,
        round=request.round,
        verb__in=["remind", "urge"],
        facts__has_key="told",
    ).order_by("seq")
    events = list(rang)
    ids: set[Any] = {each for event in events for each in event.facts["told"]}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    present = STEP_OF.get(request.state, Step.FINISH)
    found: dict[str, list[Told]] = {}
    for event in events:
        who = _(", ").join(names.get(each, "") for each in event.facts["told"])
        words = rang_briefly(Happened(event, "", event.facts, {}))
        found.setdefault(event.facts.get("step", present), []).append(Told(event.at, words, who))
    return found
