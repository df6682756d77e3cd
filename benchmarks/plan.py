"""Batch plans of a whole backlog: seconds, memory, and whether an exact solver of another kind finds the same cost.

Requests and volunteers lie evenly in a square of ten kilometres; the arcs lead to the nearest fifty, found here by
a grid of cells, and cost metres. Each plan is made in a process of its own, so that its memory is its own; the time
is that of `Problem.of` and `flow.solve`, without finding the arcs and without starting Python.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from requests_app.planning import flow
from requests_app.planning.problem import Ints, Problem

SIDE_M = 10_000
CANDIDATES = 50
MEMORY_GOAL_MB = 1500
SIZES = ((10_000, 50_000, 5.0), (50_000, 80_000, 15.0))  # requests, volunteers, seconds at most


@dataclass(frozen=True)
class Made:
    """What making one plan took; `best` is the cost by the other solver, or None where there is none installed."""

    requests: int
    volunteers: int
    seconds: float
    cpu_s: float
    memory_mb: float
    unserved: int
    cost: int
    best: int | None
    exact: bool
    goal_s: float

    @property
    def what(self) -> str:
        return f"plan {self.requests:,} x {self.volunteers:,}, {CANDIDATES} candidates each"

    @property
    def met(self) -> bool:
        right = self.exact and self.best in (None, self.cost)
        return right and self.seconds < self.goal_s and self.memory_mb < MEMORY_GOAL_MB


def measure(wanted: Callable[[str], bool]) -> list[Made]:
    """Returns the plans of both sizes, when wanted."""
    if not wanted("plan"):
        return []
    made = []
    for requests, volunteers, goal in SIZES:
        command = [sys.executable, "-m", "benchmarks.plan", str(requests), str(volunteers)]
        plan = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        made.append(Made(**json.loads(plan.stdout), goal_s=goal))
        sys.stderr.write(f"· {made[-1].what}: {made[-1].seconds:.1f} s\n")
    return made


def markdown(plans: list[Made]) -> str:
    """Returns the table of the plans made."""
    head = (
        "| what | seconds | of processor | goal | MB | goal | served | cost | by the other solver |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "".join(
        f"| {plan.what} | {plan.seconds:.1f} | {plan.cpu_s:.1f} | < {plan.goal_s:.0f} | {plan.memory_mb:,.0f} |"
        f" < {MEMORY_GOAL_MB:,} | {plan.requests - plan.unserved:,} | {plan.cost:,} |"
        f" {'not installed' if plan.best is None else f'{plan.best:,}'}{'' if plan.met else ' MISSED'} |\n"
        for plan in plans
    )


def arcs(requests: int, volunteers: int, seed: int = 1) -> tuple[Ints, Ints, Ints]:
    """Returns (requests, volunteers, metres) of every request's nearest volunteers, exactly, near the edges too."""
    chance = np.random.default_rng(seed)
    wishes, people = (chance.random((count, 2)) * SIDE_M for count in (requests, volunteers))
    cells = max(1, int((volunteers / CANDIDATES) ** 0.5))
    width = SIDE_M / cells
    members: dict[tuple[int, int], list[int]] = {}
    for at, (x, y) in enumerate((people // width).astype(int).tolist()):
        members.setdefault((x, y), []).append(at)
    most = min(CANDIDATES, volunteers)
    who, far = np.empty((requests, most), np.int64), np.empty((requests, most), np.int64)
    for at, (x, y) in enumerate(wishes.tolist()):
        column, row, ring = int(x // width), int(y // width), 1
        while True:
            around = [(column + i, row + j) for i in range(-ring, ring + 1) for j in range(-ring, ring + 1)]
            near = np.array([each for cell in around for each in members.get(cell, ())], np.int64)
            away = np.hypot(people[near, 0] - x, people[near, 1] - y)
            # Within `ring` cells' width of the point nobody has been left out.
            if ring > cells or (away <= ring * width).sum() >= most:
                break
            ring += 1
        best = np.argsort(away, kind="stable")[:most]
        who[at], far[at] = near[best], np.round(away[best])
    return np.repeat(np.arange(requests, dtype=np.int64), most), who.ravel(), far.ravel()


def other_cost(problem: Problem) -> int | None:
    """Returns the cost of the best plan of one task each by scipy's Jonker-Volgenant, None without scipy."""
    try:
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching
    except ImportError:
        return None
    count, people = len(problem.slots), len(problem.capacities)
    alone = np.arange(count)
    price = (int(problem.costs.max()) + 1) * (count + 1)
    # Each request may also stay alone with a stand-in of its own; one is added since a cost of 0 would be no arc.
    costs = np.concatenate([problem.costs + 1.0, np.full(count, float(price))])
    rows = np.concatenate([problem.requests, alone])
    columns = np.concatenate([problem.volunteers, people + alone])
    table = csr_array((costs, (rows, columns)), shape=(count, people + count))
    chosen = table[min_weight_full_bipartite_matching(table)]
    return int(chosen[chosen < price].sum()) - int((chosen < price).sum())


def plan(requests: int, volunteers: int) -> dict[str, Any]:
    """Returns what making one plan took, as `Made` takes it."""
    columns = arcs(requests, volunteers)
    began, used = time.perf_counter(), time.process_time()
    problem = Problem.of([1] * requests, [1] * volunteers, columns)
    solution = flow.solve(problem)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "requests": requests,
        "volunteers": volunteers,
        "seconds": seconds,
        "cpu_s": cpu_s,
        "memory_mb": memory_mb,
        "unserved": int(solution.unserved.sum()),
        "cost": solution.objective[1],
        "exact": solution.exact,
        "best": other_cost(problem),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(plan(int(sys.argv[1]), int(sys.argv[2]))))
