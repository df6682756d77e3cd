"""The stand-in for the solver: the most urgent first, then the cheapest arc that still fits. Not the best plan."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from requests_app.planning.problem import Ground, Ints, Problem, Solution, ground


def solve(problem: Problem, because: str) -> Solution:
    """Returns a plan that keeps everything `problem` says, and about 6 % dearer than the best (PERFORMANCE).

    Its bound is what no plan can be better than at all: everything served for nothing. Raises Contradiction.
    """
    given = ground(problem)
    arcs = filled(problem, given, given.pinned)
    return Solution(arcs, problem.unserved(arcs), problem.objective(arcs), (0, 0), "greedy", because=because)


def filled(problem: Problem, given: Ground, arcs: Ints) -> Ints:
    """Returns `arcs`, a plan that keeps every rule, and what more of the open arcs fits beside them."""
    slots = problem.unserved(arcs).tolist()
    capacities = (
        problem.capacities - np.bincount(problem.volunteers[arcs], minlength=len(given.loads))
    ).tolist()
    rooms, within = (problem.limits.rooms - problem.limited(arcs)).tolist(), problem.limits.within.tolist()
    taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
    begins, ends = problem.begins.tolist(), problem.ends.tolist()
    for arc in arcs.tolist():
        request, volunteer = problem.pair(arc)
        if begins[request] < ends[request]:
            taken[volunteer].append((begins[request], ends[request]))
    left = given.open.copy()
    left[arcs] = False
    free = np.flatnonzero(left & (np.array(slots, np.int64)[problem.requests] > 0))
    order = free[np.lexsort((free, problem.costs[free], -problem.urgencies[problem.requests[free]]))]
    chosen = arcs.tolist()
    for arc, request, volunteer in zip(
        order.tolist(), problem.requests[order].tolist(), problem.volunteers[order].tolist(), strict=True
    ):
        if not slots[request] or not capacities[volunteer]:
            continue
        limits, limit = [], int(problem.limits.narrowest[arc])
        while limit >= 0:
            limits.append(limit)
            limit = within[limit]
        if not all(rooms[each] for each in limits):
            continue
        begin, end = begins[request], ends[request]
        if begin < end:
            if any(begin < other_end and other_begin < end for other_begin, other_end in taken[volunteer]):
                continue
            taken[volunteer].append((begin, end))
        slots[request] -= 1
        capacities[volunteer] -= 1
        for each in limits:
            rooms[each] -= 1
        chosen.append(arc)
    return np.sort(np.array(chosen, np.int64))
