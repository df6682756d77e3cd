"""The measures of script/bench: what is sent, what it is compared with, and the goal of each."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import backlog, data, goma, load, matching, messages, plan, register, timers, weighing
from benchmarks.run import medians

ACCEPTS = 3000
PLACED_A_SECOND = 3000  # at most, to prepare


@dataclass(frozen=True)
class Line:
    """One row of the table; `goal` is the least `naked_ratio`, or None where none is set."""

    what: str
    product: float
    bare: float
    ratio: float
    naked: float
    naked_ratio: float
    p95_ms: float
    queries: int | str
    goal: float | None

    @property
    def met(self) -> bool:
        return self.goal is None or self.naked_ratio >= self.goal


class Table:
    """Takes the measures in turn and keeps their lines."""

    def __init__(
        self, scene: data.Scene, port: int, seconds: float, pairs: int, connections: int, only: str = ""
    ) -> None:
        self.scene, self.port, self.seconds, self.only = scene, port, seconds, only
        self.pairs, self.connections = pairs, connections
        self.lines: list[Line] = []
        self.rates: list[messages.Rate] = []
        self.late: list[timers.Lateness] = []
        self.plans: list[plan.Made] = []
        self.backlogs: list[backlog.Planned] = []
        self.online: list[goma.Online] = []
        self.latencies: list[matching.Latency] = []
        self.registers: list[register.Taken] = []
        self.weighed: list[weighing.Weighed] = []
        self._numbers = iter(range(10**9))

    def measure(self) -> bool:
        """Takes every measure whose name holds `only`; returns whether all their goals are met."""
        staff = {"Authorization": f"Token {self.scene.dispatcher_key}"}
        district, newest = self.scene.district.pk, data.newest()
        for what, path, bare, headers in (
            ("list of 50", "/api/v1/service-requests/?page_size=50", f"rows/{district}/", staff),
            ("detail", f"/api/v1/service-requests/{newest}/", f"row/{newest}/", staff),
            (
                "queue fragment (HTML)",
                "/desk/queue/",
                f"queue/{district}/",
                {"Cookie": f"sessionid={self.scene.session}"},
            ),
        ):
            if self._wanted(what):
                queries = self._queries(path, headers)
                sides = [self._getting(f"/{side}/{bare}", {}) for side in ("bare", "naked")]
                self._compare(what, self._getting(path, headers), sides, 0.35, 200, queries)
        if self._wanted("place a request"):
            sides = [partial(self._inserting, side) for side in ("bare", "naked")]
            self._compare("place a request", self._place, sides, 0.25, 201, self._place_queries())
        if self._wanted("accept"):
            self._accept()
        self.rates = messages.measure(self.scene, self.seconds * self.pairs, self._wanted)
        rates, self.late = timers.measure(self.scene, self._wanted)
        self.rates += rates
        self.plans = plan.measure(self._wanted)
        if self._wanted(goma.NAME):
            self.online = [goma.measure(os.environ.get("GOMA_TRACES", ""))]
        if self.only == "backlog":  # takes longer than all the others together
            self.backlogs = backlog.measure(self.scene)
        if self.only == "weighing":  # its requests stay behind, too
            self.weighed = [weighing.measure(self.scene)]
        self.registers = register.measure(self.scene, self._wanted)
        # Last, because a million volunteers stay behind.
        self.latencies = matching.measure(self.scene, self.port, self._wanted)
        every = [
            *self.lines,
            *self.rates,
            *self.late,
            *self.plans,
            *self.online,
            *self.backlogs,
            *self.registers,
            *self.weighed,
            *self.latencies,
        ]
        return all(each.met for each in every)

    def _wanted(self, what: str) -> bool:
        return self.only in what

    def _compare(
        self,
        what: str,
        product: Callable[[], load.Prepared],
        others: Sequence[Callable[[], load.Prepared]],
        goal: float | None,
        status: int,
        queries: int | str,
    ) -> None:
        slow: list[float] = []

        def ours() -> float:
            outcome = self._run(product(), status)
            slow.append(outcome.percentile_ms(0.95))
            return outcome.per_second

        sides = [ours, *(partial(self._rate, other, status) for other in others)]
        medians(1, sides)  # warm
        slow.clear()
        rates, ratios = medians(self.pairs, sides)
        p95 = sorted(slow)[len(slow) // 2]
        self._keep(Line(what, rates[0], rates[1], ratios[1], rates[2], ratios[2], p95, queries, goal))

    def _rate(self, supply: Callable[[], load.Prepared], status: int) -> float:
        return self._run(supply(), status).per_second

    def _accept(self) -> None:
        supply = load.Prepared(data.accepts(self.scene, ACCEPTS), repeat=False)
        ours = self._run(supply, 200, seconds=120)
        sides = [partial(self._rate, partial(self._inserting, side), 201) for side in ("bare", "naked")]
        rates, _ = medians(3, sides)
        what, each = f"accept ({data.SLOTS} volunteers a request)", ours.per_second
        p95 = ours.percentile_ms(0.95)
        self._keep(Line(what, each, rates[0], each / rates[0], rates[1], each / rates[1], p95, "-", None))

    def _keep(self, line: Line) -> None:
        self.lines.append(line)
        sys.stderr.write(f"· {line.what}: {line.naked_ratio:.0%} of naked\n")

    def _run(
        self, supply: load.Prepared, status: int | None, *, seconds: float | None = None
    ) -> load.Outcome:
        outcome = load.run(self.port, supply, connections=self.connections, seconds=seconds or self.seconds)
        if status is not None and set(outcome.statuses) != {status}:
            raise SystemExit(f"expected {status} only, got {dict(outcome.statuses)}")
        return outcome

    def _place(self) -> load.Prepared:
        """Returns more than a slice can send, made beforehand so that the generator's work is not ours."""
        enough = int(PLACED_A_SECOND * self.seconds)
        return load.Prepared([self.scene.placing(next(self._numbers)) for _ in range(enough)], repeat=False)

    def _inserting(self, side: str) -> load.Prepared:
        return load.Prepared([load.raw("POST", f"/{side}/insert/", body=self.scene.wish(1))], repeat=True)

    def _getting(self, path: str, headers: dict[str, str]) -> Callable[[], load.Prepared]:
        return lambda: load.Prepared([load.raw("GET", path, headers=headers)], repeat=True)

    def _queries(self, path: str, headers: dict[str, str]) -> int:
        client = Client(headers={name: value for name, value in headers.items() if name != "Cookie"})
        if "Cookie" in headers:
            client.cookies["sessionid"] = self.scene.session
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        return len(queries)

    def _place_queries(self) -> int:
        client = Client(headers={"Authorization": f"Token {self.scene.resident_keys[0]}"})

        def place(key: str) -> None:
            client.post(
                "/api/v1/service-requests/",
                self.scene.wish(0),
                content_type="application/json",
                headers={"Idempotency-Key": key},
            )

        place("count-1")
        with CaptureQueriesContext(connection) as queries:
            place("count-2")
        return len(queries)

    def markdown(self) -> str:
        """Returns the table of what is compared, and that of what has a rate of its own."""
        own = "| what | a second | goal |\n|---|---|---|\n" + "".join(
            f"| {rate.what} | {rate.per_second:,.0f} |"
            f" {f'>= {rate.goal:,.0f}' if rate.goal else '-'}{'' if rate.met else ' MISSED'} |\n"
            for rate in self.rates
        )
        late = "| what | seconds | goal |\n|---|---|---|\n" + "".join(
            f"| {each.what} | {each.seconds:.1f} | < {timers.LATE_GOAL_S:.0f}{'' if each.met else ' MISSED'} |\n"
            for each in self.late
        )
        plans = plan.markdown(self.plans)
        answers = matching.markdown(self.latencies)
        tables = (
            (self._compared(), self.lines),
            (own, self.rates),
            (late, self.late),
            (plans, self.plans),
            *((each.markdown(), each) for each in self.online),
            (backlog.markdown(self.backlogs), self.backlogs),
            (register.markdown(self.registers), self.registers),
            (weighing.markdown(self.weighed), self.weighed),
            (answers, self.latencies),
        )
        return "\n".join(table for table, rows in tables if rows)

    def _compared(self) -> str:
        head = (
            "| what | product/s | bare/s | ratio | naked/s | ratio | goal | p95 ms | queries |\n"
            "|---|---|---|---|---|---|---|---|---|\n"
        )
        return head + "".join(
            f"| {line.what} | {line.product:,.0f} | {line.bare:,.0f} | {line.ratio:.0%} |"
            f" {line.naked:,.0f} | {line.naked_ratio:.0%} |"
            f" {f'>= {line.goal:.0%}' if line.goal else '-'}{'' if line.met else ' MISSED'} |"
            f" {line.p95_ms:.1f} | {line.queries} |\n"
            for line in self.lines
        )
