"""What other weights would have changed: the dispatches of the past put in order again, from what was kept of them.

Everything here is arithmetic on columns of numbers, one line for each candidate considered then. Whom nobody
considered then is not in it, and a part of a score is what it was: how a choice would have changed later loads is not
played through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from requests_app.matching.scores import DIGITS, HALF_WAY_M, PARTS, lot, shares

ASKED = 3  # so many are asked one after another before a request counts as unserved
BUSIEST = 0.1  # of the volunteers
NEAREST_PART, FARTHEST_PART = 1.0, 0.001  # a part of 0 would be infinitely far away


class Line(NamedTuple):
    """One candidate of one dispatch. `parts` are in the order of scores.PARTS."""

    request: int
    seq: int
    volunteer: int
    number: str
    code: str
    area: int
    newcomer: bool
    parts: tuple[float, ...]


class Answers(NamedTuple):
    """How many minutes people took to say yes, and to say no or let the time run out; None: nobody did."""

    yes: float | None
    no: float | None


@dataclass(frozen=True)
class Figures:
    """What a set of weights comes to; shares are from 0 to 1, None where there is nothing to tell from."""

    distance_m: float  # of the first choice, in the middle
    minutes: float | None  # expected, until one of the first ASKED says yes
    unserved: float  # expected share of which none of the first ASKED says yes
    top_share: float  # of the first choices, that goes to the busiest tenth
    gini: float  # 0: everybody equally often, 1: all of it one person
    newcomers: float  # share of the first choices

    def bounded(self) -> bool:
        """Whether every share lies from 0 to 1."""
        found = [
            getattr(self, each.name) for each in fields(self) if each.name not in {"distance_m", "minutes"}
        ]
        return all(0 <= value <= 1 for value in found)


@dataclass(frozen=True)
class Outcome:
    """The dispatches looked at, what both sets of weights come to, and how many first choices differ."""

    dispatches: int
    candidates: int
    now: Figures
    then: Figures
    differ: int


class Kept:
    """The dispatches of a time, as columns. Lines of one dispatch need not stand together."""

    def __init__(self, lines: Sequence[Line]) -> None:
        keys = np.array([(line.request, line.seq) for line in lines], np.int64).reshape(-1, 2)
        _found, self.dispatch = np.unique(keys, axis=0, return_inverse=True)
        self.dispatch = self.dispatch.reshape(-1)
        self.parts = np.array([line.parts for line in lines], float).reshape(-1, len(PARTS))
        _people, self.volunteer = np.unique([line.volunteer for line in lines], return_inverse=True)
        self.newcomer = np.array([line.newcomer for line in lines], bool)
        self.area = np.array([line.area for line in lines], np.int64)
        lots = b"".join(lot(line.code, line.number) for line in lines)
        self.lot = np.frombuffer(lots, ">u8").astype(np.uint64)

    def __len__(self) -> int:
        return len(self.dispatch)

    def ranked(self, weights: Mapping[int, Mapping[str, float]]) -> Any:
        """Returns the places of the lines, dispatch by dispatch and the best first, by the weights of each area."""
        score: Any = np.zeros(len(self))
        for area, given in weights.items():
            here = self.area == area
            each = shares(given)
            for at, name in enumerate(PARTS):  # in the order of scores.total, so that ties stay ties
                score[here] += each[name] * self.parts[here, at]
        score = np.round(np.minimum(score, 1.0), DIGITS)
        return np.lexsort((self.lot, -score, self.dispatch))

    def figures(self, ranked: Any, answers: Answers) -> Figures:
        """Returns what such an order comes to."""
        starts = np.flatnonzero(np.diff(self.dispatch[ranked], prepend=-1))
        first = ranked[starts]
        unserved, minutes = self._asked_in_turn(ranked, starts, answers)
        services = np.sort(np.bincount(self.volunteer[first], minlength=self.volunteer.max() + 1))
        busiest = max(1, round(len(services) * BUSIEST))
        part = np.clip(self.parts[first, _at("distance")], FARTHEST_PART, NEAREST_PART)
        return Figures(
            distance_m=float(np.median(HALF_WAY_M / part - HALF_WAY_M)),
            minutes=minutes,
            unserved=unserved,
            top_share=float(services[-busiest:].sum() / services.sum()),
            gini=gini(services),
            newcomers=float(self.newcomer[first].mean()),
        )

    def _asked_in_turn(self, ranked: Any, starts: Any, answers: Answers) -> tuple[float, float | None]:
        """Returns the expected share that none of the first ASKED takes, and the expected minutes for the others."""
        dispatch = self.dispatch[ranked]
        turn = np.arange(len(ranked)) - starts[dispatch]
        asked = turn < ASKED
        likely = np.zeros((len(starts), ASKED))
        likely[dispatch[asked], turn[asked]] = self.parts[ranked, _at("acceptance")][asked]
        not_yet = np.cumprod(1 - likely, axis=1)
        takes = likely * np.concatenate([np.ones((len(starts), 1)), not_yet[:, :-1]], axis=1)
        unserved = float(not_yet[:, -1].mean())
        if answers.yes is None or takes.sum() <= 0:
            return unserved, None
        no = answers.yes if answers.no is None else answers.no
        return unserved, float((takes * (answers.yes + no * np.arange(ASKED))).sum() / takes.sum())


def _at(name: str) -> int:
    return list(PARTS).index(name)


def gini(counts: Any) -> float:
    """Returns how unevenly `counts` (smallest first) are spread: 0 is even, near 1 is all of it one."""
    whole, size = float(np.sum(counts)), len(counts)
    if not whole:
        return 0.0
    return max(0.0, float(2 * np.sum(np.arange(1, size + 1) * counts) / (size * whole) - (size + 1) / size))


def replay(
    lines: Iterable[Line],
    now: Mapping[int, Mapping[str, float]],
    then: Mapping[int, Mapping[str, float]],
    answers: Answers,
) -> Outcome | None:
    """Returns what the weights `then` would have changed against those `now`, both by area; None without any line.

    Raises ValueError where weights weigh nothing.
    """
    found = list(lines)
    if not found:
        return None
    kept = Kept(found)
    before, after = kept.ranked(now), kept.ranked(then)
    starts = np.flatnonzero(np.diff(kept.dispatch[before], prepend=-1))
    return Outcome(
        dispatches=len(starts),
        candidates=len(kept),
        now=kept.figures(before, answers),
        then=kept.figures(after, answers),
        differ=int((before[starts] != after[starts]).sum()),
    )
