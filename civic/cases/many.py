"""The write door for very many cases at once: what `door` does to one, in a few statements for a portion.

For registers that are taken in whole. Same table, same history, same triggers; guards and effects are not run, so the
caller holds every case to what the guards ask for, and does what the effects would do. Nobody is told anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from civic.accounts.models import User
from civic.cases import clocks, registry
from civic.cases.models import Case
from civic.lib import copying
from civic.lib.errors import IllegalTransition
from civic.lib.rows import quoted


@dataclass(frozen=True)
class Step:
    """Who takes a step on many cases, in which role, when; `facts` go into every history event."""

    actor: User
    role: str
    at: datetime
    facts: Mapping[str, Any]


def open_many(one: Case, names: Sequence[str], rows: Sequence[Sequence[Any]], verb: str, step: Step) -> None:
    """Inserts new cases in the state that `verb` opens them in with their first history event, each as the unsaved
    `one` but for the fields `names`, of which `rows` hold the values; the first is the key, drawn already.

    Within the caller's transaction.
    """
    if not rows:
        return
    assert names[0] == "id"
    one.state, one.version = registry.workflow_of(one).opened_by(verb), 1
    copying.insert_like(one, names, rows)
    _append(one, [row[0] for row in rows], verb, "", step)


def move_many(
    one: Case,
    keys: Sequence[int],
    verb: str,
    step: Step,
    *,
    due: Mapping[str, Sequence[datetime]] | None = None,
) -> None:
    """Takes `verb` on the cases `keys`, which the caller has opened in this transaction and which stand where `one`
    stands, and moves that, too; `due` sets timers, one time for each case.

    Raises IllegalTransition when the table has no such row for the role from that state with one target.
    """
    if not keys:
        return
    workflow, source = registry.workflow_of(one), one.state
    row = workflow.row(verb, source)
    if row is None or step.role not in row.roles or not isinstance(row.target, str):
        raise IllegalTransition()
    one.state, one.version = row.target, one.version + 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quoted(one._meta.db_table)} SET state = %s, version = %s WHERE id = ANY(%s)",
            [one.state, one.version, list(keys)],
        )
    _append(one, keys, verb, source, step)
    for name, moments in (due or {}).items():
        assert name in workflow.timers
        timers = [
            (one.kind, key, name, 0, 1, 0, moment, moment, 0, "")
            for key, moment in zip(keys, moments, strict=True)
        ]
        copying.copy("cases_timer", clocks.COLUMNS, timers)


def _append(one: Case, keys: Sequence[int], verb: str, source: str, step: Step) -> None:
    """Writes the history event of the step by which the cases `keys` have come where `one` stands."""
    same = {
        "kind": one.kind,
        "seq": one.version,
        "round": 1,
        "at": step.at,
        "actor_id": step.actor.pk,
        "actor_role": step.role,
        "verb": verb,
        "from_state": source,
        "to_state": one.state,
        "reason_code": "",
        "facts": dict(step.facts),
    }
    copying.copy("cases_caseevent", ["case_id"], [(key,) for key in keys], same=same)
