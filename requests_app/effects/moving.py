"""Deadlines that move: by a decision of people, or because the work calendar has changed."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import IllegalTransition
from requests_app.effects import automatic, clocks, escalating
from requests_app.enums import Step


def move_deadline(change: Change, step: Step, to: datetime) -> None:
    """Moves the deadline of `step` to `to`, whatever the rule says; what rang before may ring again.

    The original deadline stays beside it and in every rate. For verbs such as an extension, which check `to`.
    Raises IllegalTransition when that clock does not run.
    """
    request = change.case
    clock = clocks.of(request, step)
    if clock is None:
        raise IllegalTransition(_("This clock is not running."))
    clocks.put(request, step, clock.moved_to(change.at, to, clocks.calendar_of(request)))
    escalating.plan_again(change)


def recalculate(change: Change) -> None:
    """The calendar has changed: every deadline that it puts elsewhere moves, with its reminders.

    Raises IllegalTransition when none does, so that nothing is written twice for one change.
    """
    request = change.case
    moved = clocks.recalculated(request)
    if not moved:
        raise IllegalTransition(_("No deadline moves."))
    lines = []
    for step, clock in moved.items():
        before = clocks.of(request, step)
        assert before is not None
        lines.append(_moved(step, before.due_at, clock.due_at))
        clocks.put(request, step, clock)
    change.record(moved=lines)
    escalating.plan_again(change)
    automatic.plan_again(change)


def _moved(step: str, before: datetime, after: datetime) -> dict[str, Any]:
    return {"step": str(step), "from": before.isoformat(), "to": after.isoformat()}
