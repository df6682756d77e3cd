"""What a volunteer's tasks run through: groups of overlapping ones, the limits of a day and a week, himself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from requests_app.planning.overlaps import groups
from requests_app.planning.problem import Ground, Ints, Problem


class Tree(NamedTuple):
    """The nodes beneath and with the volunteers: `people` of those first, then the limits, then the groups.

    By node: `rooms`, how many tasks go through it at most, and `above`, where it leads (a volunteer's -1). By arc:
    `heads`, the node that it leads to.
    """

    people: int
    rooms: Ints
    above: Ints
    heads: Ints


def tree(problem: Problem, given: Ground, free: Ints) -> Tree:
    """Returns the tree of the `free` arcs."""
    limits, people = problem.limits, len(given.capacities)
    narrowest = limits.narrowest[free]
    heads = np.where(narrowest >= 0, people + narrowest, problem.volunteers[free])
    # One task alone cannot overlap, be it all that somebody takes or all of a day.
    several = given.capacities[problem.volunteers[free]] > 1
    limited = np.flatnonzero(narrowest >= 0)
    several[limited] &= given.rooms[narrowest[limited]] > 1
    group = np.full(len(free), -1, np.int64)
    group[several], count = groups(problem, free[several], heads[several])
    grouped = group >= 0
    beyond = np.zeros(count, np.int64)
    beyond[group[grouped]] = heads[grouped]
    return Tree(
        people,
        np.concatenate([given.capacities, given.rooms, np.ones(count, np.int64)]),
        np.concatenate(
            [
                np.full(people, -1, np.int64),
                np.where(limits.within >= 0, people + limits.within, limits.people),
                beyond,
            ]
        ),
        np.where(grouped, people + len(given.rooms) + group, heads),
    )
