"""Matching people who come one by one, without knowing who comes next: wait for the last moment, then match all.

Somebody who is here is matched only when he is about to leave (his time ends, or the task's): then the best matching
of everybody here at that moment is found, and only his own pair of it is fixed. Everybody else stays free for who is
still to come. Nothing is ever decided by what has not arrived, and nobody who is here is matched later than his time.

`patience` is the share of his time that somebody lets pass before he wants a pair: 1 is the last moment, 0 whoever is
free on arrival. From then on he takes the first pair that the best matching of a moment gives him. A desk pays for a
better match with waiting, and this number is where it says how much.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from requests_app.planning import flow
from requests_app.planning.problem import Problem

ARRIVES, IS_DUE, LEAVES = range(
    3
)  # in this order at one moment: who comes as another leaves can still meet him
GRAIN = 10_000  # values are compared to this part of one
Pair = tuple[int, int]  # a task and a volunteer


@dataclass(frozen=True)
class Stay:
    """From when to when somebody can be matched, both ends included."""

    begin: float
    end: float


@dataclass(frozen=True)
class Match:
    """A task given to a volunteer at a moment, by their places."""

    task: int
    volunteer: int
    at: float
    value: float


def match(
    tasks: Sequence[Stay],
    volunteers: Sequence[Stay],
    value: Callable[[int, int], float],
    *,
    patience: float = 1.0,
) -> list[Match]:
    """Returns what is matched, in time order; `value` of (task, volunteer) is above 0 where they fit.

    `value` is only asked for two who are both here. Each side is matched once at most.
    """
    events = []
    for side, stays in enumerate((tasks, volunteers)):
        for place, stay in enumerate(stays):
            due = stay.begin + patience * (stay.end - stay.begin)
            moments = ((stay.begin, ARRIVES), (due, IS_DUE), (stay.end, LEAVES))
            events += [(at, what, side, place) for at, what in moments]
    desk = _Desk(value)
    for at, what, side, place in sorted(events):
        if what == ARRIVES:
            desk.arrive(side, place)
        elif what == IS_DUE:
            desk.due[side].add(place)
        if what == LEAVES:
            desk.leave(side, place)
        elif patience < 1 or what == IS_DUE:
            desk.settle(at)
    return desk.matches


class _Desk:
    """Who is here, what each pair of them is worth, and what has been matched."""

    def __init__(self, value: Callable[[int, int], float]) -> None:
        self.value = value
        self.here: tuple[set[int], set[int]] = (set(), set())
        self.due: tuple[set[int], set[int]] = (set(), set())
        self.worth: dict[tuple[int, int], float] = {}
        self.matches: list[Match] = []

    def arrive(self, side: int, place: int) -> None:
        self.here[side].add(place)
        for other in self.here[1 - side]:
            pair = (place, other) if side == 0 else (other, place)
            worth = self.value(*pair)
            if worth > 0:
                self.worth[pair] = worth

    def leave(self, side: int, place: int) -> None:
        self.here[side].discard(place)
        self.due[side].discard(place)
        for pair in [pair for pair in self.worth if pair[side] == place]:
            del self.worth[pair]

    def settle(self, at: float) -> None:
        """Fixes those pairs of the best matching of this moment in which one is due."""
        for task, volunteer in settled(self.worth, *self.due):
            self.matches.append(Match(task, volunteer, at, self.worth[task, volunteer]))
            self.leave(0, task)
            self.leave(1, volunteer)


def settled(
    worth: Mapping[Pair, float],
    tasks: Collection[int],
    volunteers: Collection[int] = (),
    *,
    slots: Mapping[int, int] | None = None,
) -> list[Pair]:
    """Returns those pairs of the best matching of all in `worth` in which one of `tasks` or `volunteers` is due.

    `worth` says what each pair that fits is worth, above 0; the best matching is worth most, whoever stays without. A
    volunteer takes one task, a task one volunteer or as many as its `slots`.
    """

    def is_due(pair: Pair) -> bool:
        return pair[0] in tasks or pair[1] in volunteers

    return [pair for pair in _best(worth, slots or {}) if is_due(pair)] if any(map(is_due, worth)) else []


def _best(worth: Mapping[Pair, float], slots: Mapping[int, int]) -> list[Pair]:
    """Returns the matching of most value, whoever stays without."""
    tasks = sorted({task for task, _ in worth})
    volunteers = sorted({volunteer for _, volunteer in worth})
    place = {task: at for at, task in enumerate(tasks)}, {each: at for at, each in enumerate(volunteers)}
    most = round(max(worth.values()) * GRAIN)
    arcs = [
        (place[0][task], place[1][volunteer], most - round(value * GRAIN))
        for (task, volunteer), value in worth.items()
    ]
    # Staying without is allowed and worth nothing: each slot has a stand-in of its own beside the volunteers.
    wanted = [slots.get(task, 1) for task in tasks]
    slots_of = [at for at, count in enumerate(wanted) for _ in range(count)]
    arcs += [(at, len(volunteers) + stand_in, most) for stand_in, at in enumerate(slots_of)]
    problem = Problem.of(wanted, [1] * (len(volunteers) + len(slots_of)), arcs)
    pairs = (problem.pair(arc) for arc in flow.solve(problem).arcs.tolist())
    return [(tasks[task], volunteers[who]) for task, who in pairs if who < len(volunteers)]


def offline_optimum(
    tasks: Sequence[Stay], volunteers: Sequence[Stay], value: Callable[[int, int], float]
) -> float:
    """Returns the most that anybody could have reached who knew all arrivals beforehand."""
    worth = {
        (at, who): value(at, who)
        for at, task in enumerate(tasks)
        for who, stay in enumerate(volunteers)
        if stay.begin <= task.end and task.begin <= stay.end and value(at, who) > 0
    }
    return sum(worth[pair] for pair in _best(worth, {})) if worth else 0.0
