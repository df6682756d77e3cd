"""How long it takes to find the candidates for a request among a million volunteers: the database alone, and the API.

A volunteer lives anywhere in 50 x 50 km; requests come from anywhere too, half of them for a common skill, some for
a rare one, the rest for none. A past of offers, services and promises is behind them. Goals: PERFORMANCE.md.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import crowd, data, load
from requests_app import matching, reference
from requests_app.models import Category, ServiceRequest
from volunteers.models import Skill

PEOPLE, PAST, ASKED = 1_000_000, 100_000, 100
LAND = crowd.Land(data.SOUTH, data.WEST, 0.45, 0.54)
LIMIT = 20
DATABASE_GOAL_MS, ENDPOINT_GOAL_MS = 10.0, 60.0


@dataclass(frozen=True)
class Latency:
    """The time within which 95 of 100 are answered, and the median, in milliseconds."""

    what: str
    p95_ms: float
    median_ms: float
    goal_ms: float

    @property
    def met(self) -> bool:
        return self.p95_ms < self.goal_ms


def measure(
    scene: data.Scene, port: int, wanted: Callable[[str], bool], people: int = PEOPLE
) -> list[Latency]:
    """Returns the latencies of candidates, when wanted; the crowd stays in the database afterwards."""
    if not wanted("candidates"):
        return []
    began = time.monotonic()
    requests = _requests(scene)
    _gather(scene, requests, people)
    sys.stderr.write(f"· {people:,} volunteers and their past: {time.monotonic() - began:.0f} s\n")
    staff = {"Authorization": f"Token {scene.dispatcher_key}"}
    paths = [
        load.raw("GET", f"/api/v1/service-requests/{pk}/candidates/?limit={LIMIT}", headers=staff)
        for pk in requests
    ]
    _database(requests)  # warm
    in_database = _database(requests)
    seconds = 10.0
    load.run(port, load.Prepared(paths, repeat=True), connections=1, seconds=seconds / 2)
    outcome = load.run(port, load.Prepared(paths, repeat=True), connections=1, seconds=seconds)
    if set(outcome.statuses) != {200}:
        raise SystemExit(f"candidates answered {dict(outcome.statuses)}")
    return [
        _latency(f"candidates among {people:,}: database", in_database, DATABASE_GOAL_MS),
        Latency(
            f"candidates among {people:,}: endpoint",
            outcome.percentile_ms(0.95),
            outcome.percentile_ms(0.5),
            ENDPOINT_GOAL_MS,
        ),
    ]


def _requests(scene: data.Scene) -> list[int]:
    """Spreads requests over the land and the kinds of help; returns their ids."""
    drawn = random.Random(1)
    kinds = {c.code: c.pk for c in Category.objects.all()}
    skilled = [c.pk for c in Category.objects.exclude(skills=[])]
    found = list(ServiceRequest.objects.order_by("-pk").values_list("pk", flat=True)[:ASKED])
    for at, pk in enumerate(found):
        place = (LAND.south + drawn.random() * LAND.height, LAND.west + drawn.random() * LAND.width)
        kind = kinds["errand"] if at % 2 else skilled[at // 2 % len(skilled)]
        ServiceRequest.objects.filter(pk=pk).update(lat=place[0], lon=place[1], category_id=kind)
    return found


def _gather(scene: data.Scene, requests: Sequence[int], people: int) -> None:
    rare = Skill.objects.get(code="law").pk
    common = list(Skill.objects.exclude(pk=rare).values_list("pk", flat=True))
    crowd.gather(scene.district, LAND, people, common=common, rare=rare)
    sys.stderr.write(f"· {people:,} volunteers written\n")
    past = list(ServiceRequest.objects.exclude(pk__in=requests).values_list("pk", flat=True))
    crowd.live(past, min(PAST, people))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would have by the time somebody asks


def _database(requests: Sequence[int]) -> list[float]:
    """Returns the milliseconds that each request's statements take, sent again as they are."""
    reference.snapshot()
    taken = []
    for request in ServiceRequest.objects.filter(pk__in=requests):
        with CaptureQueriesContext(connection) as run:
            matching.candidates(request, limit=LIMIT)
        taken.append(sum(_ms(each["sql"]) for each in run.captured_queries))
    return taken


def _ms(statement: str) -> float:
    """Returns how long `statement` and its rows take over this connection."""
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(statement)
        cursor.fetchall()
        return (time.perf_counter() - began) * 1000


def _latency(what: str, taken: list[float], goal_ms: float) -> Latency:
    in_order = sorted(taken)
    return Latency(what, in_order[int(len(in_order) * 0.95)], statistics.median(in_order), goal_ms)


def markdown(latencies: Sequence[Latency]) -> str:
    """Returns the table of the latencies."""
    return "| what | p95 ms | median ms | goal |\n|---|---|---|---|\n" + "".join(
        f"| {each.what} | {each.p95_ms:.1f} | {each.median_ms:.1f} | < {each.goal_ms:.0f}"
        f"{'' if each.met else ' MISSED'} |\n"
        for each in latencies
    )
