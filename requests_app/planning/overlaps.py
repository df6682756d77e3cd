"""Tasks of one volunteer that overlap in time: groups of which one at most can be taken, and pairs that clash.

Times are half open: what ends at nine does not overlap with what begins at nine.
"""

from __future__ import annotations

import numpy as np

from requests_app.planning.problem import Flags, Ints, Problem


def groups(problem: Problem, arcs: Ints, nodes: Ints) -> tuple[Ints, int]:
    """Returns for each of `arcs` its group or -1, and how many groups there are; `nodes` says for each where it leads,
    to a volunteer or to a limit of his.

    All arcs of a group lead to one node and share a moment, so that one of them at most can be taken. Groups are cut
    at the earliest end among a node's arcs not yet in one; every two arcs that overlap share a group when the tasks
    lie in common shifts, and some do not when they are staggered or of two days. Groups of one arc are left out.
    """
    found = np.full(len(arcs), -1, np.int64)
    begins, ends = problem.begins[problem.requests[arcs]], problem.ends[problem.requests[arcs]]
    left = np.flatnonzero(begins < ends)
    left = left[np.lexsort((ends[left], nodes[left]))]
    count = 0
    while len(left):
        first = np.concatenate([[True], nodes[left[1:]] != nodes[left[:-1]]])
        run = np.cumsum(first) - 1
        inside = begins[left] < ends[left[first]][run]
        sizes = np.bincount(run[inside])
        numbers = np.cumsum(sizes > 1) - 1 + count
        several = inside & (sizes[run] > 1)
        found[left[several]] = numbers[run[several]]
        count += int((sizes > 1).sum())
        left = left[~inside]
    return found, count


def clashes(problem: Problem, arcs: Ints) -> list[tuple[int, int]]:
    """Returns pairs among `arcs` of one volunteer that overlap: at least one for each volunteer who has any."""
    requests = problem.requests[arcs]
    timed = problem.begins[requests] < problem.ends[requests]
    chosen = arcs[timed]
    requests = problem.requests[chosen]
    order = np.lexsort((chosen, problem.begins[requests], problem.volunteers[chosen]))
    chosen, requests = chosen[order], requests[order]
    volunteers = problem.volunteers[chosen]
    clash: Flags = (volunteers[1:] == volunteers[:-1]) & (
        problem.begins[requests[1:]] < problem.ends[requests[:-1]]
    )
    at = np.flatnonzero(clash)
    return list(zip(chosen[at].tolist(), chosen[at + 1].tolist(), strict=True))
