"""How long the database works for one page when 100,000 requests lie behind it, and when 10,000,000 do.

The demo city, copied as `load_demo --size city` copies it, with fewer volunteers. In this process, after a first round
to warm up: the sum over all statements of one call, from sending a statement until its rows are here; beside it how
long the database's process had a processor meanwhile (Linux, same machine), which other work there does not lengthen.
Goals: PERFORMANCE.md.
"""

from __future__ import annotations

import math
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test import Client

from civic.accounts.models import User
from civic.lib import clock, keyset
from insight.demo import accounts, load, plan
from insight.demo.bulk import load as bulk
from requests_app.models import Assignment, ServiceRequest

NAME = "history"
# requests, volunteers, open requests, and how many of the copies are taken over from an earlier system
SIZES = ((100_000, 20_000, 246, 0), (10_000_000, 300_000, 24_600, 9_800_000))
CALLS, TIMES = 200, 2  # each call so often, the quickest counts: what else runs on the machine is not ours
GOAL_MS = 10.0
DESKS = ("qinghe-desk", "liuxi-desk", "wenhua-desk", "jinyuan-desk", "liuxi-street-desk")
LIST = "/api/v1/service-requests/?page_size=50"
Call = tuple[str, str]  # who asks, for what
Databases = Callable[[], AbstractContextManager[str]]


@dataclass
class Answer:
    """What one kind of call took in the database, in milliseconds by number of requests; `slowest` statements."""

    what: str
    goal_ms: float
    taken: dict[int, list[float]] = field(default_factory=dict)
    worked: dict[int, list[float]] = field(default_factory=dict)
    slowest: Counter[str] = field(default_factory=Counter)

    def p95(self, requests: int) -> float:
        """Returns the milliseconds within which 95 of 100 calls are answered."""
        return _p95(self.taken[requests])

    @property
    def met(self) -> bool:
        return all(self.p95(requests) < self.goal_ms for requests in self.taken)


def measure(copies: Databases) -> list[Answer]:
    """Returns what the calls took at each size; every size is a copy of the small city in the database at hand."""
    began = time.monotonic()
    with transaction.atomic():
        bulk.leave_room(max(requests for requests, *_more in SIZES))
        load.load(plan.SMALL, until=clock.now())
    sys.stderr.write(f"· the small city: {time.monotonic() - began:.0f} s\n")
    answers: dict[str, Answer] = {}
    for requests, volunteers, open_requests, past in SIZES:
        connection.close()
        with copies() as url:
            own, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], url.rpartition("/")[2]
            try:
                _grow(requests, volunteers, open_requests, past)
                _ask(requests, answers)
            finally:
                connection.close()
                connection.settings_dict["NAME"] = own
    return list(answers.values())


def _grow(requests: int, volunteers: int, open_requests: int, past: int) -> None:
    began = time.monotonic()
    told = [0.0]

    def report(share: float) -> None:
        if share >= told[0]:
            told[0] = share + 0.05
            sys.stderr.write(f"  {share:4.0%} {time.monotonic() - began:5.0f} s\n")

    with transaction.atomic():
        bulk.multiply(
            volunteers=volunteers,
            requests=requests,
            open_requests=open_requests,
            past=past,
            report=report,
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE requests_app_servicerequest")  # as autovacuum would have by then
    found = ServiceRequest.objects.count()
    sys.stderr.write(f"· {found:,} requests: {time.monotonic() - began:.0f} s\n")


def _ask(requests: int, answers: dict[str, Answer]) -> None:
    for what, calls, goal, signed_in in (
        ("list of 50, first page", _first_pages("", "&ordering=created_at"), GOAL_MS, False),
        ("list of 50, open only", _first_pages("&state=open", "&ordering=due_at"), GOAL_MS, False),
        ("list of 50, deep page", _deep_pages(), GOAL_MS, False),
        ("detail", _details(), GOAL_MS, False),
        ("queue fragment", _queues(), GOAL_MS, True),
    ):
        answer = answers.setdefault(what, Answer(what, goal))
        answer.slowest = Counter()
        _call(calls[: max(1, len(calls) // 4)], signed_in, Counter())  # warm
        answer.taken[requests], answer.worked[requests] = _call(calls, signed_in, answer.slowest)
        worked = _p95(answer.worked[requests])
        sys.stderr.write(
            f"· {what} at {requests:,}: {answer.p95(requests):.2f} ms, {worked:.2f} of processor\n"
        )
        if answer.p95(requests) >= goal:
            for statement, spent in answer.slowest.most_common(3):
                sys.stderr.write(f"    {spent / len(calls) / TIMES:.1f} ms a call: {statement}\n")


def _call(calls: Sequence[Call], signed_in: bool, slowest: Counter[str]) -> tuple[list[float], list[float]]:
    """Returns the milliseconds the database took for each call, and those it had a processor."""
    clients = {name: _client(name, signed_in) for name in {who for who, _path in calls}}
    taken, worked = [], []
    for who, path in calls:
        best = [_ms(clients[who], path, slowest) for _time in range(TIMES)]
        taken.append(min(took for took, _work in best))
        worked.append(min(work for _took, work in best))
    return taken, worked


def _ms(client: Client, path: str, slowest: Counter[str]) -> tuple[float, float]:
    spent, before = 0.0, _processor_ms()

    def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal spent
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = (time.perf_counter() - began) * 1000
            spent += took
            slowest[_shape(sql)] += took

    with connection.execute_wrapper(timed):
        response = client.get(path)
    if response.status_code != 200:
        raise SystemExit(f"{path} answered {response.status_code}")
    return spent, _processor_ms() - before


def _processor_ms() -> float:
    """Returns how long the process behind our connection has had a processor so far, nan where nobody can say."""
    connection.ensure_connection()
    try:
        told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    except OSError:
        return math.nan
    return int(told.split()[0]) / 1_000_000


def _p95(taken: Sequence[float]) -> float:
    in_order = sorted(taken)
    return in_order[int(len(in_order) * 0.95)]


def _client(name: str, signed_in: bool) -> Client:
    if not signed_in:
        return Client(headers={"Authorization": f"Token {accounts.token(name)}"})
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def _shape(statement: str) -> str:
    return re.sub(r"SELECT .{60,}? FROM ", "SELECT … FROM ", re.sub(r"\s+", " ", str(statement)))[:400]


def _first_pages(*more: str) -> list[Call]:
    return [(DESKS[at % len(DESKS)], LIST + more[at // len(DESKS) % len(more)]) for at in range(CALLS)]


def _deep_pages() -> list[Call]:
    """Returns pages that begin anywhere in the past."""
    drawn = random.Random(1)
    least, most = _ids()
    made = []
    for at in range(CALLS):
        edge = ServiceRequest.objects.filter(pk__lte=drawn.randint(least, most))
        cursor = keyset.page(edge.values("id"), order=("-id",), size=1).next or ""
        made.append((DESKS[at % len(DESKS)], f"{LIST}&cursor={cursor}"))
    return made


def _details() -> list[Call]:
    """Returns requests of all times that somebody has served."""
    drawn = random.Random(2)
    last = Assignment.objects.order_by("-pk").values_list("pk", flat=True)[0]
    made: list[Call] = []
    while len(made) < CALLS:
        line = (
            Assignment.objects.select_related("request")
            .filter(pk__gte=drawn.randint(1, last))
            .order_by("pk")[0]
        )
        if line.request.confidential or not line.request.district_id:
            continue
        who = "qinghe-desk" if line.request.area.code.startswith("379901") else "liuxi-desk"
        made.append((who, f"/api/v1/service-requests/{line.request_id}/"))
    return made


def _queues() -> list[Call]:
    return [(DESKS[at % len(DESKS)], "/desk/queue/") for at in range(CALLS)]


def _ids() -> tuple[int, int]:
    ordered = ServiceRequest.objects.order_by("pk").values_list("pk", flat=True)
    return ordered[0], ordered.reverse()[0]


def markdown(answers: Sequence[Answer]) -> str:
    """Returns the table of what the calls took at each size, and how much more at the largest than at the smallest."""
    sizes = [requests for requests, *_more in SIZES]
    head = "".join(f" p95 ms at {size:,} | median | p95 of processor |" for size in sizes)
    lines = [f"| database time of |{head} times | goal |", "|---|" + "---|---|---|" * len(sizes) + "---|---|"]
    for each in answers:
        cells = "".join(
            f" {each.p95(size):.2f} | {statistics.median(each.taken[size]):.2f} | {_p95(each.worked[size]):.2f} |"
            for size in sizes
        )
        times = each.p95(sizes[-1]) / max(each.p95(sizes[0]), 0.01)
        missed = "" if each.met else " MISSED"
        lines.append(f"| {each.what} |{cells} {times:.1f} | < {each.goal_ms:.0f}{missed} |")
    return "\n".join(lines) + "\n"
