"""What a batch plan is asked for and what it answers, as plain columns of numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Pair = tuple[int, int]  # a request and a volunteer, by their places in the columns of the problem


class Contradiction(ValueError):
    """The plan asked for cannot exist; `pairs` names the pins that stand in each other's way."""

    def __init__(self, reason: str, pairs: Iterable[Pair] = ()) -> None:
        super().__init__(reason)
        self.pairs = tuple(pairs)


class Limits(NamedTuple):
    """How many of some of a volunteer's arcs may be taken at most, as those of one day, or of one week.

    By limit: `people`, whose it is; `rooms`, arcs at most; `within`, the wider limit that it lies in, or -1. By arc:
    `narrowest`, the limit that it counts in first, or -1. Each limit lies in one other or in none, so that a plan that
    keeps them is still a flow.
    """

    people: Ints
    rooms: Ints
    within: Ints
    narrowest: Ints


@dataclass(frozen=True, eq=False)
class Problem:
    """What a plan has to keep; make one with `Problem.of`, which sorts the arcs and checks all of it.

    By request: `slots` (volunteers wanted), `begins` and `ends` (any unit of time; no time where they are equal),
    `urgencies` (what one slot left open weighs). By volunteer: `capacities` (further tasks at most), `loads` (tasks
    already had). By arc, in the order of (request, volunteer): `requests`, `volunteers`, `costs`.
    `steps[n]` is what giving a volunteer the task after `n` others costs on top, never falling, its last repeated.
    `limits` bound some of a volunteer's tasks below his capacity.
    """

    slots: Ints
    capacities: Ints
    requests: Ints
    volunteers: Ints
    costs: Ints
    begins: Ints
    ends: Ints
    urgencies: Ints
    loads: Ints
    limits: Limits
    steps: tuple[int, ...] = ()
    pins: tuple[Pair, ...] = ()
    forbidden: tuple[Pair, ...] = ()

    @classmethod
    def of(
        cls,
        slots: Sequence[int] | Ints,
        capacities: Sequence[int] | Ints,
        arcs: Sequence[tuple[int, int, int]] | tuple[Ints, Ints, Ints],
        *,
        times: tuple[Sequence[int] | Ints, Sequence[int] | Ints] | None = None,
        urgencies: Sequence[int] | Ints | None = None,
        loads: Sequence[int] | Ints | None = None,
        limits: Limits | None = None,
        steps: Sequence[int] = (),
        pins: Collection[Pair] = (),
        forbidden: Collection[Pair] = (),
    ) -> Problem:
        """Returns the problem of `arcs`: (request, volunteer, cost) each, or three columns of those; `limits` are over
        the arcs in the order given.

        Raises ValueError for numbers that mean nothing: negative ones, places outside the columns, an arc twice.
        """
        wanted, most = _column(slots), _column(capacities)
        none = np.zeros(len(wanted), np.int64)
        if isinstance(arcs, tuple) and len(arcs) == 3 and isinstance(arcs[0], np.ndarray):
            requests, volunteers, costs = (_column(each) for each in arcs)
        else:
            rows = np.asarray(arcs, np.int64).reshape(-1, 3)
            requests, volunteers, costs = (rows[:, at] for at in range(3))
        _check_places(requests, volunteers, len(wanted), len(most))
        keys = requests * max(len(most), 1) + volunteers
        order = np.argsort(keys, kind="stable")
        if (np.diff(keys[order]) == 0).any():
            raise ValueError("an arc is given twice")
        if limits is None:
            nothing = np.zeros(0, np.int64)
            limits = Limits(nothing, nothing, nothing, np.full(len(order), -1))
        made = cls(
            slots=wanted,
            capacities=most,
            requests=requests[order],
            volunteers=volunteers[order],
            costs=costs[order],
            begins=_column(times[0]) if times else none,
            ends=_column(times[1]) if times else none,
            urgencies=_column(urgencies) if urgencies is not None else none + 1,
            loads=_column(loads) if loads is not None else np.zeros(len(most), np.int64),
            limits=limits._replace(narrowest=limits.narrowest[order]),
            steps=tuple(int(step) for step in steps),
            pins=tuple(sorted(set(pins))),
            forbidden=tuple(sorted(set(forbidden))),
        )
        made._check()
        return made

    def _check(self) -> None:
        columns = (self.slots, self.capacities, self.costs, self.loads, self.urgencies - 1)
        if any((column < 0).any() for column in columns):
            raise ValueError("slots, capacities, costs and loads are never negative, urgencies at least 1")
        if len(self.begins) != len(self.slots) or len(self.ends) != len(self.slots):
            raise ValueError("as many times as requests")
        if len(self.urgencies) != len(self.slots) or len(self.loads) != len(self.capacities):
            raise ValueError("as many urgencies as requests, as many loads as volunteers")
        if (self.ends < self.begins).any():
            raise ValueError("no request ends before it begins")
        if list(self.steps) != sorted(self.steps) or any(step < 0 for step in self.steps):
            raise ValueError("the cost of a further task never falls and is never negative")
        self._check_limits()

    def _check_limits(self) -> None:
        people, rooms, within, narrowest = self.limits
        _check_places(narrowest[narrowest >= 0], within[within >= 0], len(people), len(people))
        limited, inner = np.flatnonzero(narrowest >= 0), np.flatnonzero(within >= 0)
        if (rooms < 0).any() or (within[inner] <= inner).any():
            raise ValueError("no limit is negative, and the wider one comes after those in it")
        if (people[narrowest[limited]] != self.volunteers[limited]).any() or (
            people[within[inner]] != people[inner]
        ).any():
            raise ValueError("a limit holds for the arcs of one volunteer")

    def arc(self, pair: Pair) -> int | None:
        """Returns the place of the arc from a request to a volunteer, or None where there is none."""
        first, last = np.searchsorted(self.requests, [pair[0], pair[0] + 1])
        at = int(first + np.searchsorted(self.volunteers[first:last], pair[1]))
        return at if at < last and self.volunteers[at] == pair[1] else None

    def pair(self, arc: int) -> Pair:
        """Returns the request and the volunteer of an arc."""
        return int(self.requests[arc]), int(self.volunteers[arc])

    def cost(self, arcs: Ints) -> int:
        """Returns what the plan of `arcs` costs: its arcs, and its volunteers' further tasks."""
        given = np.bincount(self.volunteers[arcs], minlength=len(self.capacities))
        further = self._steps_up_to(self.loads + given) - self._steps_up_to(self.loads)
        return int(self.costs[arcs].sum() + further.sum())

    def _steps_up_to(self, tasks: Ints) -> Ints:
        if not self.steps:
            return np.zeros_like(tasks)
        sums = np.concatenate([[0], np.cumsum(self.steps)])
        most = len(self.steps)
        return np.asarray(
            sums[np.minimum(tasks, most)] + np.maximum(tasks - most, 0) * self.steps[-1], np.int64
        )

    def unserved(self, arcs: Ints) -> Ints:
        """Returns how many slots of each request the plan of `arcs` leaves open."""
        return np.asarray(self.slots - np.bincount(self.requests[arcs], minlength=len(self.slots)), np.int64)

    def limited(self, arcs: Ints) -> Ints:
        """Returns how many of `arcs` each limit holds."""
        return counted(self.limits.narrowest[arcs], self.limits.within)

    def objective(self, arcs: Ints) -> tuple[int, int]:
        """Returns (open slots weighed by urgency, cost): less of the first is better at any cost."""
        return int((self.unserved(arcs) * self.urgencies).sum()), self.cost(arcs)


@dataclass(frozen=True, eq=False)
class Solution:
    """A plan: the places of its arcs in the problem, and how sure it is.

    `method` is "flow", or "greedy" where the solver could not run (`because` says why). `exact` means that no plan is
    better; otherwise none is better than `bound`, which is in the terms of `objective`.
    """

    arcs: Ints
    unserved: Ints
    objective: tuple[int, int]
    bound: tuple[int, int]
    method: str
    solves: int = 0
    because: str = ""

    @property
    def exact(self) -> bool:
        return self.objective == self.bound


@dataclass(frozen=True, eq=False)
class Ground:
    """What is left to decide once the pins are taken as given."""

    pinned: Ints  # arcs
    open: Flags  # by arc: may still be taken
    slots: Ints
    capacities: Ints
    loads: Ints
    rooms: Ints  # by limit


def ground(problem: Problem) -> Ground:
    """Returns what the pins and the forbidden pairs of `problem` leave open.

    An arc that overlaps in time with a pin of its volunteer is closed. Raises Contradiction for a pin without an arc
    or forbidden at once, and for pins that together are more than a request wants or a volunteer can.
    """
    may = np.ones(len(problem.requests), np.bool_)
    for pair in problem.forbidden:
        arc = problem.arc(pair)
        if arc is not None:
            may[arc] = False
    arcs: list[int] = []
    for pair in problem.pins:
        arc = problem.arc(pair)
        if arc is None or not may[arc]:
            raise Contradiction("a pinned pair is forbidden or no candidate", [pair])
        arcs.append(arc)
    pinned = np.array(arcs, np.int64)
    slots, capacities = problem.unserved(pinned), problem.capacities.copy()
    np.subtract.at(capacities, problem.volunteers[pinned], 1)
    for left, side in ((slots, 0), (capacities, 1)):
        over = set(np.flatnonzero(left < 0).tolist())
        if over:
            raise Contradiction(
                "more pins than a request wants or a volunteer can",
                [pair for pair in problem.pins if pair[side] in over],
            )
    rooms = problem.limits.rooms - problem.limited(pinned)
    for limit in np.flatnonzero(rooms < 0).tolist():
        inside = [at for at, arc in enumerate(arcs) if problem.limited(pinned[at : at + 1])[limit]]
        raise Contradiction("more pins than a limit has room for", [problem.pins[at] for at in inside])
    may[pinned] = False
    _close_overlapping(problem, pinned, may)
    given = np.bincount(problem.volunteers[pinned], minlength=len(capacities))
    return Ground(pinned, may, slots, capacities, problem.loads + given, rooms)


def _close_overlapping(problem: Problem, pinned: Ints, may: Flags) -> None:
    for arc in pinned.tolist():
        request, volunteer = problem.pair(arc)
        begin, end = int(problem.begins[request]), int(problem.ends[request])
        if begin == end:
            continue
        same = np.flatnonzero(problem.volunteers == volunteer)
        begins, ends = problem.begins[problem.requests[same]], problem.ends[problem.requests[same]]
        overlapping = same[(begins < ends) & (begins < end) & (begin < ends) & (same != arc)]
        both = np.intersect1d(overlapping, pinned)
        if len(both):
            raise Contradiction(
                "two pins of one volunteer overlap", [problem.pair(arc), problem.pair(int(both[0]))]
            )
        may[overlapping] = False


def counted(nodes: Ints, above: Ints) -> Ints:
    """Returns how many of `nodes` (-1: none) lie at or beneath each node of a forest, of which `above` is the parent of
    each or -1."""
    found = np.zeros_like(above)
    while len(nodes := nodes[nodes >= 0]):
        found += np.bincount(nodes, minlength=len(above))
        nodes = above[nodes]
    return found


def _column(values: Sequence[int] | Ints) -> Ints:
    return np.asarray(values, np.int64).reshape(-1)


def _check_places(requests: Ints, volunteers: Ints, most_requests: int, most_volunteers: int) -> None:
    for places, most in ((requests, most_requests), (volunteers, most_volunteers)):
        if len(places) and (places.min() < 0 or places.max() >= most):
            raise ValueError("an arc leads outside the requests or the volunteers")
