"""How many due timers a second two workers fire, and how late the last of very many due at once are.

Every timer is the first reminder of a request that nobody has dispatched: it takes effect through the same verb, with
history, message and the next timer of its chain. Two processes sweep as workers do (sweeper.py).
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from benchmarks import data
from benchmarks.messages import Rate
from requests_app.actions import Placement, place_request

WORKERS = 2
AT_ONCE = 100_000
GOAL = 2000
LATE_GOAL_S = 15.0
GIVE_UP_S = 120.0  # what has not been fired by then counts as this late


@dataclass(frozen=True)
class Lateness:
    """How late 95 of 100 timers were at most, of those due at one moment."""

    what: str
    seconds: float

    @property
    def met(self) -> bool:
        return self.seconds < LATE_GOAL_S


@dataclass(frozen=True)
class Run:
    """What two workers did to timers that were all due at one moment."""

    fired: int
    seconds: float
    cpu_s: float
    p95_s: float


def measure(
    scene: data.Scene, wanted: Callable[[str], bool], at_once: int = AT_ONCE
) -> tuple[list[Rate], list[Lateness]]:
    """Returns the rate and the lateness of `at_once` timers due at one moment, when wanted."""
    if not wanted("timers"):
        return [], []
    requests = _requests(scene, at_once)
    run = _fire(requests)
    _check_once(requests, run)
    sys.stderr.write(
        f"· timers: {run.fired:,} in {run.seconds:.0f} s, {run.cpu_s / run.fired * 1e3:.2f} ms of processor each"
        " beside PostgreSQL's\n"
    )
    return (
        [Rate(f"timers fired, {WORKERS} workers", run.fired / run.seconds, GOAL)],
        [Lateness(f"lateness of timers, p95 of {at_once:,} due at once", run.p95_s)],
    )


def _requests(scene: data.Scene, count: int) -> tuple[int, int]:
    """Places a request and copies it `count` times with its history and its timer; returns (first, last) id."""
    wish = Placement(category="errand", title="帮忙取药", area=scene.district.pk)
    model = place_request(actor=scene.dispatcher, wish=wish).pk
    with connection.cursor() as cursor:
        with transaction.atomic():
            code = {"code": "'B' || lpad((id + n)::text, 12, '0')"}
            _copy(cursor, "requests_app_servicerequest", "id", "true", model, count, code)
            for table in ("cases_caseevent", "cases_timer"):
                _copy(cursor, table, "case_id", "kind = 'request'", model, count, {})
            cursor.execute("SELECT setval('requests_app_servicerequest_id_seq', %s)", [model + count])
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would have between their placing and now
    return model + 1, model + count


def _copy(
    cursor: Any, table: str, key: str, where: str, model: int, count: int, other: dict[str, str]
) -> None:
    """Copies the rows whose `key` is `model` for the ids after it; `other` names columns that differ."""
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    columns = [name for (name,) in cursor.fetchall() if name != "id" or key == "id"]
    values = ", ".join({key: f"{key} + n", **other}.get(name, name) for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {values} FROM {table}, generate_series(1, %s) n WHERE {key} = %s AND {where}",
        [count, model],
    )


def _fire(requests: tuple[int, int]) -> Run:
    """Lets the workers begin together with all timers just due; returns what they did until none was left."""
    command = [sys.executable, "-m", "benchmarks.sweeper", str(GIVE_UP_S)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdout is not None
        if worker.stdout.readline() != "ready\n":
            raise SystemExit("a sweeper could not begin")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_timer SET due_at = now(), run_at = now() WHERE kind = 'request' AND case_id BETWEEN %s AND %s"
            " RETURNING due_at",
            requests,
        )
        due: datetime = cursor.fetchone()[0]
    for worker in workers:  # all of them, before the first is waited for
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    used = [float(worker.communicate()[0]) for worker in workers]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(fired_at), extract(epoch FROM max(fired_at) - %s), percentile_disc(0.95) WITHIN GROUP"
            " (ORDER BY extract(epoch FROM coalesce(fired_at, %s) - %s))"
            " FROM cases_timer WHERE kind = 'request' AND case_id BETWEEN %s AND %s AND due_at = %s",
            [due, due + timedelta(seconds=GIVE_UP_S), due, *requests, due],
        )
        fired, seconds, p95 = cursor.fetchone()
    return Run(fired, float(seconds), sum(used), float(p95))


def _check_once(requests: tuple[int, int], run: Run) -> None:
    """Raises SystemExit unless every timer fired has left one line of history and one message, and none more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT case_id) FROM cases_caseevent"
            " WHERE kind = 'request' AND verb = 'remind' AND case_id BETWEEN %s AND %s",
            requests,
        )
        lines, cases = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM notify_message WHERE template = 'desk.half_time' AND subject_kind = 'request'"
            " AND subject_id BETWEEN %s AND %s",
            requests,
        )
        (messages,) = cursor.fetchone()
    if not run.fired == lines == cases == messages:
        raise SystemExit(f"{run.fired} timers fired, {lines} lines of {cases} requests, {messages} messages")
