"""Running things at once, and switching the guards off to prove that a test would notice.

Each race is run twice: without row lock and constraints, where everybody reads before anybody writes and the
damage must show; and as the product is, where it must not.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from civic.areas import queries as areas
from civic.cases import door, timers
from civic.cases.change import Change
from civic.lib.errors import DomainError
from tests import cast_copies, emptying
from tests.cast import Cast
from tests.faults.conftest import plant  # noqa: F401  # the real programs, for the tests over HTTP
from tests.faults.plant import until

GUARDED = (
    "requests_app_servicerequest",
    "requests_app_assignment",
    "requests_app_offer",
    "requests_app_pool",
    "requests_app_waterfall",
    "requests_app_teamoffer",
    "volunteers_team",
    "volunteers_teammembership",
    "cases_approval",
)  # tables whose triggers hold the edges
THREADS = 40  # how many act at the same moment; the rest of a crowd follows as places come free
WAIT_S = 20

GuardsOff = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def crowd(cast_pattern: cast_copies.Pattern[Cast], transactional_db: None) -> Cast:
    """The cast, committed, so that every thread sees it."""
    areas.forget()
    return cast_pattern.copy()


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Runs `calls` at once, each on a database connection of its own; returns results and DomainErrors in order."""
    start = threading.Barrier(min(len(calls), THREADS))

    def run(number: int, call: Callable[[], Any]) -> Any:
        try:
            if number < THREADS:
                start.wait(WAIT_S)
            return call()
        except DomainError as error:
            return error
        except OperationalError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return [done.result(WAIT_S * 3) for done in [pool.submit(run, *pair) for pair in enumerate(calls)]]


def overlapping(first: Callable[[], Any], second: Callable[[], Any]) -> None:
    """Runs two calls in two transactions, the second begun before the first has ended.

    The first ends when the second is through, or waits for it. What the second raises is raised here.
    """
    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        first()
        other = pool.submit(_apart, second)
        until(lambda: other.done() or _is_waited_for(), "the second neither ends nor waits")
    other.result(WAIT_S)


def _apart(call: Callable[[], Any]) -> None:
    try:
        call()
    finally:
        connection.close()


def _is_waited_for() -> bool:
    """Whether another connection waits for a lock of this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def refused(results: list[Any]) -> list[DomainError]:
    """Returns the refusals among results."""
    return [each for each in results if isinstance(each, DomainError)]


@pytest.fixture
def guards_off(crowd: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardsOff]:
    """Gives a context in which the write door takes no lock, waits until `readers` have read, and the named
    constraints are gone; afterwards the tables are emptied and the constraints stand again. With `choosing`, those who
    have chosen whom to ask wait for one another once more before they write it."""
    dropped: list[tuple[str, str, str]] = []

    @contextmanager
    def off(*constraints: str, readers: int = 2, choosing: bool = False) -> Iterator[None]:
        _triggers("DISABLE")
        for name in ("case_event_seq_once", "timer_once", *constraints):
            dropped.append(_drop(name))
        everybody_has_read = threading.Barrier(readers)
        everybody_has_chosen = threading.Barrier(readers if choosing else 1)
        add = Change.add

        def look_without_lock(case: Any) -> Any:
            found = type(case)._default_manager.get(pk=case.pk)
            everybody_has_read.wait(WAIT_S)
            return found

        read_cases = timers._cases

        def look_at_several(*given: Any) -> Any:
            found = read_cases(*given)
            everybody_has_read.wait(WAIT_S)
            return found

        def add_with_the_others(change: Change, part: Any, **recorded: Any) -> None:
            everybody_has_chosen.wait(WAIT_S)
            add(change, part, **recorded)

        with monkeypatch.context() as patch:
            patch.setattr(door, "_lock", look_without_lock)
            patch.setattr(Change, "add", add_with_the_others)
            patch.setattr(timers, "_cases", look_at_several)
            yield

    yield off
    emptying.empty()
    _triggers("ENABLE")
    with connection.cursor() as cursor:
        for table, name, definition in dropped:
            is_index = definition.startswith("CREATE")
            cursor.execute(
                definition if is_index else f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
            )


def _triggers(how: str) -> None:
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} {how} TRIGGER USER")


def _drop(name: str) -> tuple[str, str, str]:
    """Drops a constraint or unique index; returns its table, name and definition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
            [name],
        )
        row = cursor.fetchone()
        if row:
            cursor.execute(f"ALTER TABLE {row[0]} DROP CONSTRAINT {name}")
            return row[0], name, row[1]
        cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE indexname = %s", [name])
        table, definition = cursor.fetchone()
        cursor.execute(f"DROP INDEX {name}")
        return table, name, definition
