"""The best plan, by min-cost flow.

The network: request > (group of overlapping tasks > day > week of one volunteer) > volunteer > sink. A request sends
one unit a slot and never two to one volunteer; it can also send them past the volunteers, at a price above that of any
whole plan, times its urgency: serving always wins. From a volunteer to the sink lead as many arcs as tasks he can take,
each as dear as that further task is (never falling, so the flow fills the cheap ones first). Through a group goes one
unit, through a day or a week as many as its limit has room for: days lie in weeks, so all of it stays one network.

Groups hold most overlaps (overlaps.groups), and then one flow is the optimum. Choosing among overlapping tasks for
many volunteers at once is hard in general (interval scheduling with a cost by machine), so what is left is branched
on: the flow is a lower bound; where its plan has two tasks that overlap, either the one or the other is closed to
that volunteer, the better bound first. The first plan without a clash is the optimum. When that would take more than
`most_solves` flows, the dearer arc of every clash is closed and the flow solved again until no clash is left (each
round closes an arc, so it ends), and what that has left open is filled; such a plan says what it is at most away
from the best one.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from requests_app.planning import greedy
from requests_app.planning.overlaps import clashes
from requests_app.planning.problem import Flags, Ground, Ints, Problem, Solution, ground
from requests_app.planning.residual import Flow, serves_most
from requests_app.planning.tree import Tree, tree

MOST_SOLVES = 200
ARCS_TO_BRANCH_OVER = 5_000_000  # in all flows together: some ten seconds
LOW_PRICE = 10  # times the dearest task: enough where everybody can be served without long detours
MOST_ARCS = 6_000_000  # about 170 bytes each in the solver


class Unsolvable(Exception):
    """The solver could not run on this problem: it is not installed here, or the numbers are too large for it."""


def solve(problem: Problem, *, most_solves: int | None = None, most_arcs: int = MOST_ARCS) -> Solution:
    """Returns the plan of least objective, the same for the same problem whatever the order of its arcs was.

    `most_solves` is how many flows branching may take (by default what the size of the problem allows). Falls back to
    the greedy plan, which says so, without the solver or above `most_arcs`. Raises Contradiction.
    """
    given = ground(problem)
    try:
        if len(problem.requests) > most_arcs:
            raise Unsolvable(f"more than {most_arcs:,} candidate pairs")
        if most_solves is None:
            most_solves = min(MOST_SOLVES, ARCS_TO_BRANCH_OVER // max(len(problem.requests), 1))
        return _Search(problem, given).run(most_solves)
    except Unsolvable as trouble:
        return greedy.solve(problem, str(trouble))


class _Search:
    """Flows over one problem, with more and more arcs closed."""

    def __init__(self, problem: Problem, given: Ground) -> None:
        self.problem, self.given, self.solves = problem, given, 0

    def run(self, most_solves: int) -> Solution:
        """Returns the best plan, or after about `most_solves` flows the repaired one."""
        closed: frozenset[int] = frozenset()
        seen = {closed}
        arcs = self._flow(closed)
        open_nodes = [(self.problem.objective(arcs), 0, closed, arcs)]
        while True:
            bound, _, closed, arcs = open_nodes[0]
            pairs = clashes(self.problem, arcs)
            if not pairs:
                return self._solution(arcs, bound)
            if self.solves + 2 * len(pairs) > most_solves:
                return self._solution(self._repaired(closed, arcs), bound)
            heapq.heappop(open_nodes)
            for arc in pairs[0]:
                further = closed | {arc}
                if further not in seen:
                    seen.add(further)
                    arcs = self._flow(further)
                    heapq.heappush(open_nodes, (self.problem.objective(arcs), len(seen), further, arcs))

    def _repaired(self, closed: frozenset[int], arcs: Ints) -> Ints:
        while pairs := clashes(self.problem, arcs):
            costs = self.problem.costs
            closed |= {max(pair, key=lambda arc: (int(costs[arc]), arc)) for pair in pairs}
            arcs = self._flow(closed)
        return greedy.filled(self.problem, self.given, arcs)  # what closing more than needed has left open

    def _solution(self, arcs: Ints, bound: tuple[int, int]) -> Solution:
        problem = self.problem
        return Solution(arcs, problem.unserved(arcs), problem.objective(arcs), bound, "flow", self.solves)

    def _flow(self, closed: frozenset[int]) -> Ints:
        """Returns the arcs of the best plan without the `closed` ones, its pins among them; it may have clashes."""
        self.solves += 1
        may = self.given.open.copy()
        may[list(closed)] = False
        flowing = _flow(self.problem, self.given, may)
        return np.sort(np.concatenate([self.given.pinned, flowing]))


def _flow(problem: Problem, given: Ground, may: Flags) -> Ints:
    """Returns which arcs of those that `may` be taken carry the cheapest flow. Raises Unsolvable.

    The solver takes half as long again at the price that settles everything as at a low one, and a flow that is the
    cheapest at one price and leaves open no more than any other is the cheapest at every higher price, too: the low
    one is tried first.
    """
    free = np.flatnonzero(may)
    choices = np.bincount(problem.requests[free], minlength=len(given.slots))
    slots = np.minimum(given.slots, choices)  # the others stay open whatever the plan
    dearest = int(problem.costs[free].max(initial=0)) + max(problem.steps, default=0)
    tasks = int(min(slots.sum(), given.capacities.sum()))
    full = dearest * tasks + 1  # more than any whole plan
    low = LOW_PRICE * dearest + 1
    paths = tree(problem, given, free)
    if low < full:
        taken = _flow_at(low, problem, given, free, slots, paths)
        left = slots - np.bincount(problem.requests[free[taken]], minlength=len(slots))
        if serves_most(Flow(problem.requests[free], taken, paths), left, problem.urgencies):
            return free[taken]
    return free[_flow_at(full, problem, given, free, slots, paths)]


def _flow_at(price: int, problem: Problem, given: Ground, free: Ints, slots: Ints, paths: Tree) -> Flags:
    """Returns which of the `free` arcs carry the cheapest flow when a slot left open costs `price`."""
    solver = _solver()
    first, sink = len(slots), len(slots) + len(paths.rooms)
    taken = _add(solver, problem.requests[free], paths.heads + first, 1, problem.costs[free])
    inner = np.flatnonzero(paths.above >= 0)
    _add(solver, inner + first, paths.above[inner] + first, paths.rooms[inner], 0)
    wanting = np.flatnonzero(slots)
    _add(solver, wanting, sink, slots[wanting], problem.urgencies[wanting] * price)
    _add_tasks(solver, problem, given, sink)
    solver.set_nodes_supplies(np.append(wanting, sink), np.append(slots[wanting], -slots.sum()))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise Unsolvable(f"the solver said {status.name}")
    return np.asarray(solver.flows(taken) > 0)


def _add_tasks(solver: Any, problem: Problem, given: Ground, sink: int) -> None:
    """Adds the arcs from the volunteers to the sink: one a task that costs differently from the next."""
    steps = problem.steps or (0,)
    last = len(steps) - 1
    full = given.loads + given.capacities
    for level, cost in enumerate(steps):
        most = np.full_like(full, 1) if level < last else full - np.maximum(given.loads, last)
        at = np.flatnonzero(
            (given.loads <= level if level < last else most > 0) & (level < full) & (most > 0)
        )
        _add(solver, at + len(given.slots), sink, most[at], cost)


def _add(solver: Any, tails: Ints, heads: Ints | int, capacities: Ints | int, costs: Ints | int) -> Any:
    """Adds arcs in bulk, numbers standing for columns of them; returns their places in the solver."""
    columns = [
        np.ascontiguousarray(np.broadcast_to(np.asarray(column, kind), np.shape(tails)))
        for column, kind in ((tails, np.int32), (heads, np.int32), (capacities, np.int64), (costs, np.int64))
    ]
    return solver.add_arcs_with_capacity_and_unit_cost(*columns)


def _solver() -> Any:
    """Returns a new solver; loaded only here, since only who plans needs it in memory. Raises Unsolvable."""
    try:
        from ortools.graph.python import min_cost_flow
    except ImportError as missing:
        raise Unsolvable("OR-tools is not installed here") from missing
    return min_cost_flow.SimpleMinCostFlow()
