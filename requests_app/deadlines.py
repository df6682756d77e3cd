"""The clocks of a request as arithmetic: when each step is due, and why.

A clock runs its limit from when the step began; while the request is paused it stands. Nothing is ever taken off
a rest: the deadline always follows anew from beginning, limit, pauses and calendar, so that a day entered late
moves it the same way whenever it comes. They stand in the column `clocks` of the request:
{"steps": {step: {...}}, "pauses": [[from, to or null], ...]}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from civic.worktime import clocks
from civic.worktime.clocks import Clock
from civic.worktime.days import Calendar

Pause = tuple[datetime, datetime | None]
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class StepClock:
    """One step's clock. `rule` is the row of the limit (0: built in, or set by hand); `mark` counts what has rung.

    `set_to` is a deadline that people agreed on (an extension): it holds from `started_at` on, whatever the rule
    and the calendar say. `first_due_at` is the deadline as it first was.
    """

    rule: int
    clock: Clock
    amount: float
    started_at: datetime
    due_at: datetime
    first_due_at: datetime
    set_to: datetime | None = None
    mark: int = 0

    @classmethod
    def begin(
        cls,
        rule: int,
        clock: Clock,
        amount: float,
        start: datetime,
        *,
        calendar: Calendar,
        pauses: Sequence[Pause] = (),
    ) -> StepClock:
        """Returns a clock that runs from `start`."""
        made = cls(rule, clock, amount, start, start, start)
        due = made._due(pauses, calendar)
        return replace(made, due_at=due, first_due_at=due)

    def again(self, pauses: Sequence[Pause], calendar: Calendar) -> StepClock:
        """Returns the clock with its deadline worked out anew."""
        return replace(self, due_at=self._due(pauses, calendar))

    def moved_to(self, at: datetime, due: datetime, calendar: Calendar) -> StepClock:
        """Returns the clock with the deadline `due`, set by hand at the moment `at`; what rang may ring again."""
        run = clocks.between(at, due, self.clock, calendar=calendar)
        amount = clocks.in_units(self.clock, run)
        return replace(self, rule=0, amount=amount, started_at=at, due_at=due, set_to=due, mark=0)

    def half_time(self, pauses: Sequence[Pause], calendar: Calendar) -> datetime:
        """Returns the moment at which half of the limit has run."""
        return self.part_run(0.5, pauses, calendar)

    def part_run(self, part: float, pauses: Sequence[Pause], calendar: Calendar) -> datetime:
        """Returns the moment at which `part` (0 to 1) of the limit has run."""
        moment = clocks.add(self.started_at, self.clock, self.amount * part, calendar=calendar)
        return self._held_up(moment, pauses, calendar)

    def hour_before(self, calendar: Calendar) -> datetime:
        """Returns one work hour before the deadline; on the clock that always runs, one hour."""
        ticking = self.clock if self.clock == Clock.URGENT_HOURS else Clock.WORK_HOURS
        return clocks.add(self.due_at, ticking, -HOUR, calendar=calendar)

    def left(self, at: datetime, calendar: Calendar) -> timedelta:
        """Returns how much of the limit is left at `at`, in the clock's own time; negative when overdue."""
        return clocks.between(at, self.due_at, self.clock, calendar=calendar)

    def _due(self, pauses: Sequence[Pause], calendar: Calendar) -> datetime:
        due = self.set_to or clocks.add(self.started_at, self.clock, self.amount, calendar=calendar)
        return self._held_up(due, pauses, calendar)

    def _held_up(self, moment: datetime, pauses: Sequence[Pause], calendar: Calendar) -> datetime:
        """Returns `moment` moved by every pause that has ended since the clock began: what was left runs on."""
        for since, until in pauses:
            if until is None or until <= self.started_at:
                continue
            stood = max(since, self.started_at)
            rest = clocks.between(stood, moment, self.clock, calendar=calendar)
            moment = clocks.add(until, self.clock, rest, calendar=calendar)
        return moment


def read(stored: Mapping[str, Any]) -> tuple[dict[str, StepClock], list[Pause]]:
    """Returns (clocks by step, pauses) from the column of a request."""
    steps = {name: _clock(line) for name, line in stored.get("steps", {}).items()}
    pauses = [
        (_moment(since), _moment(until) if until else None) for since, until in stored.get("pauses", [])
    ]
    return steps, pauses


def written(steps: Mapping[str, StepClock], pauses: Sequence[Pause]) -> dict[str, Any]:
    """Returns the column of a request: always a new object, so that the write door sees the change."""
    return {
        "steps": {name: _line(clock) for name, clock in steps.items()},
        "pauses": [[since.isoformat(), until.isoformat() if until else None] for since, until in pauses],
    }


def marked(stored: Mapping[str, Any], step: str, mark: int) -> dict[str, Any]:
    """Returns the column of a request with the mark of one clock set: a new object, all else of it as it was."""
    steps = stored["steps"]
    return {**stored, "steps": {**steps, step: {**steps[step], "mark": mark}}}


def _clock(line: Mapping[str, Any]) -> StepClock:
    due = _moment(line["due"])
    return StepClock(
        rule=line["rule"],
        clock=_CLOCKS[line["clock"]],
        amount=line["amount"],
        started_at=_moment(line["from"]),
        due_at=due,
        first_due_at=_moment(line["first"]) if "first" in line else due,
        set_to=_moment(line["set_to"]) if "set_to" in line else None,
        mark=line.get("mark", 0),
    )


def _line(clock: StepClock) -> dict[str, Any]:
    line: dict[str, Any] = {
        "rule": clock.rule,
        "clock": clock.clock._value_,
        "amount": clock.amount,
        "from": clock.started_at.isoformat(),
        "due": clock.due_at.isoformat(),
    }
    if clock.first_due_at != clock.due_at:
        line["first"] = clock.first_due_at.isoformat()
    if clock.set_to is not None:
        line["set_to"] = clock.set_to.isoformat()
    if clock.mark:
        line["mark"] = clock.mark
    return line


_moment = datetime.fromisoformat
_CLOCKS = {clock.value: clock for clock in Clock}
