"""The write door for very many cases at once: what `door` does to one, in a few statements for a portion.

For registers that are taken in whole. Same table, same history, same triggers; guards and effects are not run, so the
caller holds every case to what the guards ask for, and does what the effects would do. Nobody is told anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from civic.accounts.models import User
from civic.cases import clocks, registry
from civic.cases.door import EVENT
from civic.cases.models import Case
from civic.lib import copying
from civic.lib.errors import IllegalTransition
from civic.lib.rows import quoted


def open_many(
    cases: Sequence[Case], *, actor: User, role: str, verb: str, at: datetime, facts: Mapping[str, Any]
) -> None:
    """Inserts new cases, whose keys are drawn already, in the initial state with their first history event.

    Within the caller's transaction. `facts` go into every event.
    """
    if not cases:
        return
    workflow = registry.workflow_of(cases[0])
    for case in cases:
        case.state, case.version = workflow.initial, 1
    copying.insert(cases)
    _append(cases, actor=actor, role=role, verb=verb, source="", at=at, facts=facts)


def move_many(
    cases: Sequence[Case],
    verb: str,
    *,
    actor: User,
    role: str,
    at: datetime,
    facts: Mapping[str, Any],
    due: Mapping[str, Sequence[datetime]] | None = None,
) -> None:
    """Takes `verb` on cases that the caller has opened in this transaction; `due` sets timers, one time for each case.

    Raises IllegalTransition when the table has no such row for `role` from their state with one target.
    """
    if not cases:
        return
    workflow = registry.workflow_of(cases[0])
    [source] = {case.state for case in cases}
    row = workflow.row(verb, source)
    if row is None or role not in row.roles or not isinstance(row.target, str):
        raise IllegalTransition()
    for case in cases:
        case.state, case.version = row.target, case.version + 1
    table = quoted(type(cases[0])._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET state = %s, version = version + 1 WHERE id = ANY(%s)",
            [row.target, [case.pk for case in cases]],
        )
    _append(cases, actor=actor, role=role, verb=verb, source=source, at=at, facts=facts)
    for name, moments in (due or {}).items():
        assert name in workflow.timers
        timers = [
            (case.kind, case.pk, name, 0, 1, 0, moment, moment, 0, "")
            for case, moment in zip(cases, moments, strict=True)
        ]
        copying.copy("cases_timer", clocks.COLUMNS, timers)


def _append(
    cases: Sequence[Case],
    *,
    actor: User,
    role: str,
    verb: str,
    source: str,
    at: datetime,
    facts: Mapping[str, Any],
) -> None:
    """Writes the history event of a step that each of the cases has just taken."""
    told = dict(facts)
    events = [
        (case.kind, case.pk, case.version, 1, at, actor.pk, role, verb, source, case.state, "", told)
        for case in cases
    ]
    copying.copy("cases_caseevent", EVENT, events)
