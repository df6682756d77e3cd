"""The timers of one case while a change is under way: read at most once, written with its history.

Whoever holds one of these holds the lock of the case, so what was read stays true until it is written.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from civic.lib.rows import Statement, Write, execute, inserting

COLUMNS = (
    "kind", "case_id", "name", "part_id", "round", "generation", "due_at", "run_at", "attempts", "last_error",
)  # fmt: skip

VOID = "UPDATE cases_timer SET voided_at = %s WHERE id = ANY(%s) AND fired_at IS NULL AND voided_at IS NULL"
Key = tuple[str, int, int]  # name, part_id, round
KnownTimer = tuple[int, str, int, int, int, bool]  # id, name, part_id, round, generation, open
LASTING = frozenset({"expire_proposal"})  # not of a round: voided by name only


READ = """
    SELECT case_id, id, name, part_id, round, generation, fired_at IS NULL AND voided_at IS NULL
    FROM cases_timer WHERE kind = %s AND case_id = ANY(%s)
"""


def read(kind: str, case_ids: Sequence[int]) -> Mapping[int, list[KnownTimer]]:
    """Returns every timer that the cases of `kind` have had, by case; none for one that never had any."""
    found: defaultdict[int, list[KnownTimer]] = defaultdict(list)
    with connection.cursor() as cursor:
        execute(cursor, READ, [kind, list(case_ids)])
        for case_id, *timer in cursor.fetchall():
            found[case_id].append(tuple(timer))
    return found


VOIDED = """
    SELECT name, part_id, due_at FROM cases_timer
    WHERE kind = %s AND case_id = %s AND voided_at = %s AND name <> ALL(%s)
"""


class Clocks:
    """Sets, moves and voids the timers of `case`; nothing reaches the database before its `writes` run."""

    def __init__(self, case: Any, names: frozenset[str], at: datetime, *, is_new: bool) -> None:
        self._case, self._names, self._at = case, names, at
        self._new: dict[Key, tuple[int, datetime]] = {}
        self._void: set[int] = set()
        self._known: list[KnownTimer] | None = [] if is_new else None

    def set(self, name: str, due_at: datetime, *, part_id: int = 0) -> None:
        """Sets the timer `name` of the present round, in place of an open one; raises KeyError for a strange name."""
        if name not in self._names:
            raise KeyError(f"{self._case.kind} has no timer {name}")
        key = (name, part_id, getattr(self._case, "round", 1))
        generation = 0
        for pk, *same, last, is_open in self._read():
            if tuple(same) == key:
                generation = max(generation, last + 1)
                if is_open:
                    self._void.add(pk)
        self._new[key] = (generation, due_at)

    def void(self, *names: str, part_id: int | None = None) -> None:
        """Voids the open timers of the case, in any round: all but the LASTING, or those of the names and part."""

        def meant(name: str, part: int) -> bool:
            named = name in names if names else name not in LASTING
            return named and (part_id is None or part == part_id)

        self._new = {key: new for key, new in self._new.items() if not meant(key[0], key[1])}
        self._void |= {
            pk for pk, name, part, _turn, _last, is_open in self._read() if is_open and meant(name, part)
        }

    def again(self, voided_at: datetime) -> None:
        """Sets what a step voided at that moment as it was, in place of all but the LASTING: the step is taken back."""
        self.void()
        with connection.cursor() as cursor:
            execute(cursor, VOIDED, [self._case.kind, self._case.pk, voided_at, sorted(LASTING)])
            for name, part, due_at in cursor.fetchall():
                self.set(name, due_at, part_id=part)

    def is_set(self, name: str) -> bool:
        """Whether the timer `name` of the case is open, in any round and for any part."""
        return any(is_open and known == name for _pk, known, *_rest, is_open in self._read())

    def writes(self) -> list[Write]:
        """Returns what writes everything that was set and voided."""
        new = [
            (self._case.kind, self._case.pk, name, part, turn, generation, due, due, 0, "")
            for (name, part, turn), (generation, due) in self._new.items()
        ]
        voiding = [Statement(VOID, [self._at, sorted(self._void)])] if self._void else []
        return [*voiding, *inserting("cases_timer", COLUMNS, new)]

    def know(self, timers: Iterable[KnownTimer]) -> None:
        """Takes what the caller has read for several cases at once."""
        self._known = list(timers)

    def _read(self) -> list[KnownTimer]:
        if self._known is None:
            self._known = read(self._case.kind, [self._case.pk])[self._case.pk]
        return self._known
