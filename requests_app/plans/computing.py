"""From a backlog and its candidates to the lines of a plan: the problem put to the solver, and what it said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from requests_app.enums import Urgency
from requests_app.matching.pairs import GRAIN, Book
from requests_app.models import LeftBecause, LineNews, LineState, Plan, PlanLine
from requests_app.planning import flow
from requests_app.planning.problem import Contradiction, Ints, Problem, Solution
from requests_app.plans.backlog import Wish, numbers
from requests_app.plans.room import room

Pair = tuple[int, int]  # ids of a request and a volunteer
# What a slot left open weighs against others left open: an urgent one is worth four ordinary ones.
WEIGHTS = {Urgency.URGENT: 16, Urgency.NORMAL: 4, Urgency.FLEXIBLE: 1}
FURTHER = 100  # thousandths of a score that each further task of one person costs more than the one before
TIES = 64  # a thousandth is cut into so many, by lot: many pairs are worth the same, and the solver finds that hard
ALTERNATIVES = 3


class Opposed(Exception):
    """The pins stand in each other's way; `pairs` are those concerned."""

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self.pairs = frozenset(pairs)


@dataclass(frozen=True, eq=False)
class Made:
    """A plan as found: its lines, not saved yet, and what is said of it as a whole."""

    lines: list[PlanLine]
    served: int
    left_over: int
    proven: bool
    outcome: dict[str, Any]


def made(
    plan: Plan, wishes: Sequence[Wish], book: Book, pins: Collection[Pair], bans: Collection[Pair]
) -> Made:
    """Returns the best plan for `wishes`, whose candidates are in `book`. Raises Opposed.

    A pin whose volunteer can no longer be asked becomes a conflict, not a failure of the whole. Among those who fit
    alike, whom plans have asked already and who has not answered comes after: the scores know only what is promised.
    """
    free = room(plan, wishes, book)
    book = free.book
    ids, places, at = book.people.ids, book.places, np.searchsorted(book.people.ids, book.volunteers)
    row_of = {wish.request.pk: row for row, wish in enumerate(wishes)}
    column_of = {pk: column for column, pk in enumerate(ids.tolist())}
    known = set(zip(places.tolist(), at.tolist(), strict=True)) if pins or bans else set()
    held = {pair: _place(pair, row_of, column_of, known) for pair in (*pins, *bans)}
    slots, begins, ends = numbers(wishes)
    problem = Problem.of(
        slots,
        free.capacities,
        (places, at.astype(np.int64), _costs(wishes, book)),
        times=(begins, ends),
        urgencies=[WEIGHTS[Urgency(wish.request.urgency)] for wish in wishes],
        loads=free.loads,
        limits=free.limits,
        steps=[FURTHER * TIES * further for further in range(plan.most_each + free.loads.max(initial=0))],
        pins=[place for pair in pins if (place := held[pair]) is not None],
        forbidden=[place for pair in bans if (place := held[pair]) is not None],
    )
    try:
        solution = flow.solve(problem)
    except Contradiction as found:
        raise Opposed({(wishes[row].request.pk, int(ids[column])) for row, column in found.pairs}) from found
    lines = _lines(plan, wishes, book, problem, solution, pins)
    lines += _held(plan, row_of, wishes, pins, bans, held)
    return Made(
        lines=lines,
        served=len(solution.arcs),
        left_over=int(solution.unserved.sum()),
        proven=solution.exact,
        outcome={
            "objective": list(solution.objective),
            "bound": list(solution.bound),
            "method": solution.method,
            "because": solution.because,
            "pairs": len(problem.requests),
            "people": len(ids),
        },
    )


def _costs(wishes: Sequence[Wish], book: Book) -> Ints:
    """Returns what each pair costs, in parts of a thousandth: what its score lacks to the best, and a lot that is drawn
    from both ids, the same every time. No lot outweighs a thousandth."""
    requests = np.array([wish.request.pk for wish in wishes], np.int64)[book.places]
    lots = (requests * 0x9E3779B1 + book.volunteers * 0x85EBCA77) >> 16
    return np.asarray((GRAIN - book.marks.scores) * TIES + lots % TIES, np.int64)


def _place(
    pair: Pair, row_of: dict[int, int], column_of: dict[int, int], known: set[Pair]
) -> tuple[int, int] | None:
    """Returns the pair by its places in the problem, or None where it is no candidate pair."""
    place = row_of.get(pair[0], -1), column_of.get(pair[1], -1)
    return place if place in known else None


def _lines(
    plan: Plan,
    wishes: Sequence[Wish],
    book: Book,
    problem: Problem,
    solution: Solution,
    pins: Collection[Pair],
) -> list[PlanLine]:
    """Returns a line for every pair proposed and for every request left over."""
    lines = []
    chosen: dict[int, list[int]] = {}
    for arc in solution.arcs.tolist():
        chosen.setdefault(int(problem.requests[arc]), []).append(arc)
    alternatives = _alternatives(book, problem, solution)
    for row, wish in enumerate(wishes):
        base: dict[str, Any] = {
            "plan_id": plan.pk,
            "request_id": wish.request.pk,
            "version": wish.request.version,
            "start": wish.start,
            "alternatives": alternatives.get(row, []),
        }
        for arc in chosen.get(row, []):
            volunteer, rated = int(book.volunteers[arc]), book.rate(wish.request, arc)
            lines.append(
                PlanLine(
                    **base,
                    volunteer_id=volunteer,
                    state=LineState.PROPOSED,
                    pinned=(wish.request.pk, volunteer) in pins,
                    score=rated.score,
                    parts=rated.parts,
                    shares=rated.shares,
                    reasons=rated.reasons,
                    distance_m=rated.distance_m,
                )
            )
        if left := int(solution.unserved[row]):
            why = LeftBecause.TAKEN if row in alternatives else LeftBecause.NOBODY
            lines.append(PlanLine(**base, state=LineState.LEFT, slots_left=left, left_because=why))
    return lines


def _alternatives(book: Book, problem: Problem, solution: Solution) -> dict[int, list[list[Any]]]:
    """Returns by place of a request its next best: [volunteer, score, distance]. The arcs of the problem are the pairs
    of the book, in one order."""
    last = np.iinfo(np.int64).max
    keys = problem.costs * len(problem.costs) + np.arange(len(problem.costs))
    keys[solution.arcs] = last
    for pair in problem.forbidden:
        keys[problem.arc(pair)] = last
    rows, starts = np.unique(problem.requests, return_index=True)
    found: dict[int, list[list[Any]]] = {}
    for _turn in range(ALTERNATIVES if len(rows) else 0):
        best = np.minimum.reduceat(keys, starts)
        arcs = best % len(keys)
        for row, arc in zip(rows[best < last].tolist(), arcs[best < last].tolist(), strict=True):
            score = int(book.marks.scores[arc]) / GRAIN
            found.setdefault(row, []).append([int(book.volunteers[arc]), score, book.away_m(arc)])
        keys[arcs[best < last]] = last
    return found


def _held(
    plan: Plan,
    row_of: dict[int, int],
    wishes: Sequence[Wish],
    pins: Collection[Pair],
    bans: Collection[Pair],
    held: dict[Pair, tuple[int, int] | None],
) -> list[PlanLine]:
    """Returns lines for what stays forbidden, and for pins that nothing can come of any more."""
    lines = [
        PlanLine(plan=plan, request_id=pair[0], volunteer_id=pair[1], state=LineState.ASIDE, forbidden=True)
        for pair in sorted(bans)
    ]
    for pair in sorted(pins):
        if held[pair] is None:
            code = "not_candidate" if pair[0] in row_of else "not_waiting"
            lines.append(
                PlanLine(
                    plan=plan,
                    request_id=pair[0],
                    volunteer_id=pair[1],
                    state=LineState.CONFLICT,
                    pinned=True,
                    refusal_code=code,
                )
            )
    return lines


def passed(plan: Plan, wishes: Sequence[Wish]) -> list[PlanLine]:
    """Returns the lines of requests to which nobody can be asked before a new time is agreed."""
    return [
        PlanLine(
            plan=plan,
            request=wish.request,
            version=wish.request.version,
            state=LineState.LEFT,
            slots_left=wish.slots,
            left_because=LeftBecause.PASSED,
        )
        for wish in wishes
    ]


def tell_news(lines: Sequence[PlanLine], before: Mapping[int, Collection[int]]) -> None:
    """Says in `lines` what is otherwise than in the solution `before`: who was proposed, by request."""
    now = Counter(line.request_id for line in lines if line.state == LineState.PROPOSED)
    for line in lines:
        had = before.get(line.request_id, ())
        if line.state == LineState.PROPOSED and line.volunteer_id not in had:
            line.news = LineNews.CHANGED if had else LineNews.NEW
        elif line.state == LineState.LEFT and now[line.request_id] < len(had):
            line.news = LineNews.CHANGED
