"""Problems drawn at random, an exact solver of its own kind to compare with, and what every plan has to keep."""

from itertools import combinations

import numpy as np
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from requests_app.planning.problem import Limits, Problem

DAY = 4  # units of time; a week has two


@st.composite
def wishes(draw, pins=True):
    """Returns the arguments of `Problem.of`: few requests and volunteers, so that everything gets in the way."""
    requests, volunteers = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    pairs = [(request, volunteer) for request in range(requests) for volunteer in range(volunteers)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)))
    begins = draw(_columns(requests, 0, 8))
    arcs = [(*pair, draw(st.integers(0, 20))) for pair in chosen]
    some_pairs = st.lists(st.sampled_from(pairs), unique=True, max_size=2)
    return {
        "slots": draw(_columns(requests, 0, 3)),
        "capacities": draw(_columns(volunteers, 0, 4)),
        "arcs": arcs,
        "times": (begins, [begin + draw(st.integers(0, 4)) for begin in begins]),
        "urgencies": draw(_columns(requests, 1, 3)),
        "loads": draw(_columns(volunteers, 0, 3)),
        "limits": limits(arcs, begins, draw(_wanted(volunteers)), draw(_wanted(volunteers))),
        "steps": sorted(draw(st.lists(st.integers(0, 9), max_size=4))),
        "pins": draw(some_pairs) if pins else [],
        "forbidden": draw(some_pairs),
    }


def limits(arcs, begins, daily, weekly) -> Limits:
    """Returns the limits of `arcs` to so many a day and so many a week by volunteer; None for no limit."""
    places, rooms, narrowest = {}, [], []
    for most, length in ((daily, DAY), (weekly, 2 * DAY)):
        for request, who, _cost in arcs:
            key = (length, who, begins[request] // length)
            if most[who] is not None and key not in places:
                places[key] = len(rooms)
                rooms.append(most[who])
    for request, who, _cost in arcs:
        keys = [(length, who, begins[request] // length) for length in (DAY, 2 * DAY)]
        narrowest.append(next((places[key] for key in keys if key in places), -1))
    weeks = [
        places.get((2 * DAY, who, number // 2), -1) if length == DAY else -1 for length, who, number in places
    ]
    columns = ([who for _, who, _ in places], rooms, weeks, narrowest)
    return Limits(*(np.array(each, np.int64) for each in columns))


def _wanted(volunteers):
    return st.lists(st.none() | st.integers(0, 2), min_size=volunteers, max_size=volunteers)


def inside(problem: Problem, limit: int) -> list[int]:
    """Returns the arcs that a limit counts."""
    found = []
    for arc, at in enumerate(problem.limits.narrowest.tolist()):
        while at not in (limit, -1):
            at = int(problem.limits.within[at])
        if at == limit:
            found.append(arc)
    return found


def _columns(length, least, most):
    return st.lists(st.integers(least, most), min_size=length, max_size=length)


def best_objective(problem: Problem) -> tuple[int, int] | None:
    """Returns the objective of the best plan by HiGHS, None when there is no plan.

    Written as an integer program straight from the rules, overlaps pair by pair: it shares nothing with the flow.
    """
    arcs, requests, volunteers = len(problem.requests), len(problem.slots), len(problem.capacities)
    tasks = [(who, nth) for who in range(volunteers) for nth in range(int(problem.capacities[who]))]
    steps = problem.steps or (0,)
    dear = [steps[min(int(problem.loads[who]) + nth, len(steps) - 1)] for who, nth in tasks]
    price = (problem.costs.sum() + sum(dear)) + 1
    costs = np.concatenate([problem.costs, problem.urgencies * price, dear]).astype(float)
    rows, least, most = [], [], []

    def rule(entries, low, high):
        row = np.zeros(len(costs))
        for at, value in entries:
            row[at] += value
        rows.append(row), least.append(low), most.append(high)

    for request in range(requests):
        entries = [(arc, 1) for arc in np.flatnonzero(problem.requests == request)]
        rule([*entries, (arcs + request, 1)], problem.slots[request], problem.slots[request])
    for who in range(volunteers):
        entries = [(arc, 1) for arc in np.flatnonzero(problem.volunteers == who)]
        own = [(arcs + requests + at, -1) for at, task in enumerate(tasks) if task[0] == who]
        rule(entries + own, 0, 0)
    for limit, room in enumerate(problem.limits.rooms):
        rule([(arc, 1) for arc in inside(problem, limit)], 0, room)
    for one, other in combinations(range(arcs), 2):
        if overlap(problem, one, other):
            rule([(one, 1), (other, 1)], 0, 1)
    for pairs, low, high in ((problem.pins, 1, 1), (problem.forbidden, 0, 0)):
        for pair in pairs:
            arc = problem.arc(pair)
            if arc is not None:
                rule([(arc, 1)], low, high)
            elif low:
                return None
    upper = np.concatenate([np.ones(arcs), problem.slots, np.ones(len(tasks))])
    found = milp(
        costs,
        integrality=np.ones(len(costs)),
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(sparse.csr_array(np.array(rows)), least, most),
    )
    if found.status == 2:
        return None
    assert found.status == 0, found.message
    return divmod(round(found.fun), int(price))


def overlap(problem: Problem, one: int, other: int) -> bool:
    """Whether two arcs lead to one volunteer at one time."""
    first, second = problem.requests[one], problem.requests[other]
    times = [(int(problem.begins[at]), int(problem.ends[at])) for at in (first, second)]
    (begin, end), (other_begin, other_end) = times
    return bool(
        problem.volunteers[one] == problem.volunteers[other]
        and max(begin, other_begin) < min(end, other_end)
        and begin < end
        and other_begin < other_end
    )


def assert_kept(problem: Problem, solution) -> None:
    """Asserts that a plan keeps slots, capacities, limits, times, pins and bans, and says itself what it comes to."""
    arcs = solution.arcs.tolist()
    assert len(set(arcs)) == len(arcs)
    pairs = {problem.pair(arc) for arc in arcs}
    for request, wanted in enumerate(problem.slots):
        assert sum(pair[0] == request for pair in pairs) + solution.unserved[request] == wanted
        assert solution.unserved[request] >= 0
    for who, most in enumerate(problem.capacities):
        assert sum(pair[1] == who for pair in pairs) <= most
    for limit, room in enumerate(problem.limits.rooms):
        assert len(set(inside(problem, limit)) & set(arcs)) <= room
    assert not any(overlap(problem, *two) for two in combinations(arcs, 2))
    assert pairs.issuperset(problem.pins)
    assert pairs.isdisjoint(problem.forbidden)
    assert solution.objective == problem.objective(solution.arcs)
    assert solution.bound <= solution.objective
