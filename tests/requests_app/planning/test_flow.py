"""The best batch plan: one example of each rule."""

import sys

import numpy as np
import pytest

from requests_app.planning import flow, greedy
from requests_app.planning.overlaps import groups
from requests_app.planning.problem import Contradiction, Limits, Problem
from tests.requests_app.planning.problems import assert_kept, best_objective, limits


def _pairs(problem, **options):
    solution = flow.solve(problem, **options)
    assert_kept(problem, solution)
    return [problem.pair(arc) for arc in solution.arcs.tolist()]


def test_the_dearer_match_is_taken_where_it_spares_more_elsewhere():
    arcs = [(0, 0, 1), (0, 1, 2), (1, 0, 3), (1, 1, 90)]
    assert _pairs(Problem.of([1, 1], [1, 1], arcs)) == [(0, 1), (1, 0)]


def test_serving_one_more_request_is_worth_any_cost():
    arcs = [(0, 0, 0), (0, 1, 1_000_000), (1, 0, 1_000_000)]
    assert _pairs(Problem.of([1, 1], [1, 1], arcs)) == [(0, 1), (1, 0)]


def test_serving_one_more_request_is_worth_moving_everybody_else():
    arcs = [arc for each in range(30) for arc in ((each, each, 0), (each, each + 1, 7))] + [(30, 0, 7)]
    solution = flow.solve(Problem.of([1] * 31, [1] * 31, arcs))
    assert solution.objective == (0, 31 * 7)  # far above LOW_PRICE times the dearest task


def test_what_nobody_can_serve_takes_no_second_flow(monkeypatch):
    prices = []
    at_a_price = flow._flow_at
    monkeypatch.setattr(
        flow, "_flow_at", lambda price, *given: prices.append(price) or at_a_price(price, *given)
    )
    arcs = [(each, each, 1) for each in range(40)] + [(40, 0, 1), (41, 0, 2)]
    solution = flow.solve(Problem.of([1] * 42, [1] * 40, arcs))
    assert solution.objective == (2, 40)
    assert len(prices) == 1


def test_the_urgent_request_is_served_when_there_is_one_volunteer_for_two():
    problem = Problem.of([1, 1], [1], [(0, 0, 0), (1, 0, 500)], urgencies=[1, 2])
    solution = flow.solve(problem)
    assert solution.unserved.tolist() == [1, 0]
    assert solution.objective == (1, 500)


def test_a_request_for_three_gets_three_different_volunteers():
    problem = Problem.of([3], [3, 1, 1, 1], [(0, 0, 1), (0, 1, 2), (0, 2, 9), (0, 3, 4)])
    assert _pairs(problem) == [(0, 0), (0, 1), (0, 3)]


def test_nobody_gets_two_tasks_at_one_time_but_one_after_the_other():
    arcs = [(0, 0, 1), (1, 0, 1), (2, 0, 2)]
    problem = Problem.of([1, 1, 1], [3], arcs, times=([540, 570, 600], [600, 630, 660]))
    assert _pairs(problem) == [(0, 0), (2, 0)]


def test_staggered_tasks_are_branched_on_until_the_best_plan_is_proven():
    # 0-10, 8-20, 18-30: first and second share a moment, second and third another, so one group holds but two.
    arcs = [(0, 0, 5), (1, 0, 0), (2, 0, 5), (0, 1, 6), (1, 1, 100)]
    problem = Problem.of([1, 1, 1], [3, 1], arcs, times=([0, 8, 18], [10, 20, 30]))
    first = np.flatnonzero(problem.volunteers == 0)
    assert groups(problem, first, problem.volunteers[first])[0].tolist() == [0, 0, -1]
    solution = flow.solve(problem)
    assert solution.exact
    assert solution.solves > 1
    assert solution.objective == (0, 110) == best_objective(problem)


def test_without_leave_to_branch_the_plan_is_repaired_and_says_how_far_off_it_may_be():
    arcs = [(0, 0, 5), (1, 0, 0), (2, 0, 5)]
    problem = Problem.of([1, 1, 1], [3], arcs, times=([0, 8, 18], [10, 20, 30]))
    solution = flow.solve(problem, most_solves=1)
    assert_kept(problem, solution)
    assert solution.bound < best_objective(problem) <= solution.objective
    assert not solution.exact
    assert flow.solve(problem).objective == best_objective(problem) == (1, 10)


def test_repairing_ends_with_hundreds_of_staggered_tasks():
    begins = np.arange(300) * 7
    arcs = [(request, who, (request * 31 + who * 17) % 50) for request in range(300) for who in range(6)]
    problem = Problem.of([1] * 300, [60] * 6, arcs, times=(begins, begins + 10 + begins % 23))
    solution = flow.solve(problem)
    assert_kept(problem, solution)
    assert solution.bound <= solution.objective
    assert solution.objective < greedy.solve(problem, "to compare").objective


def test_further_tasks_grow_dearer_so_that_work_is_spread():
    arcs = [(request, who, who) for request in range(4) for who in range(2)]
    unfair = Problem.of([1] * 4, [4, 4], arcs)
    assert {who for _, who in _pairs(unfair)} == {0}
    fair = Problem.of([1] * 4, [4, 4], arcs, steps=[0, 5, 10])
    assert sorted(who for _, who in _pairs(fair)) == [0, 0, 1, 1]
    burdened = Problem.of([1] * 4, [4, 4], arcs, steps=[0, 5, 10, 20, 40], loads=[4, 0])
    assert {who for _, who in _pairs(burdened)} == {1}


def test_a_limit_of_a_day_lies_in_that_of_a_week():
    arcs = [(request, 0, request) for request in range(6)]
    begins = [0, 1, 4, 5, 8, 9]  # two on each of three days, of which two make a week
    days = {"arcs": arcs, "times": (begins, begins)}
    assert _pairs(Problem.of([1] * 6, [6], **days, limits=limits(arcs, begins, [1], [None]))) == [
        (0, 0),
        (2, 0),
        (4, 0),
    ]
    both = Problem.of([1] * 6, [6], **days, limits=limits(arcs, begins, [2], [3]))
    assert _pairs(both) == [(0, 0), (1, 0), (2, 0), (4, 0), (5, 0)]
    assert greedy.solve(both, "to compare").objective == flow.solve(both).objective


def test_what_a_full_limit_holds_can_be_moved_to_serve_one_more(monkeypatch):
    monkeypatch.setattr(flow, "LOW_PRICE", 0)  # at which serving both is not worth it
    arcs = [(0, 0, 5), (1, 0, 0), (1, 1, 5)]
    held = Limits(*(np.array(each) for each in ([0], [1], [-1], [-1, 0, -1])))
    assert _pairs(Problem.of([1, 1], [1, 1], arcs, limits=held)) == [(0, 0), (1, 1)]


def test_overlapping_tasks_of_two_days_with_limits_are_branched_on():
    arcs = [(0, 0, 5), (1, 0, 1), (1, 1, 9), (2, 0, 3)]
    begins = [3, 4, 5]  # the first goes on over midnight into the second
    held = limits(arcs, begins, [1, None], [None, None])
    problem = Problem.of([1] * 3, [3, 1], arcs, times=(begins, [5, 6, 7]), limits=held)
    solution = flow.solve(problem)
    assert_kept(problem, solution)
    assert (solution.exact, solution.objective) == (True, best_objective(problem))


def test_pins_stay_and_forbidden_pairs_do_not_come():
    arcs = [(request, who, 10 * abs(request - who)) for request in range(3) for who in range(3)]
    problem = Problem.of([1] * 3, [1] * 3, arcs, pins=[(0, 2)], forbidden=[(1, 1)])
    assert _pairs(problem) == [(0, 2), (1, 0), (2, 1)]


ONE_A_WEEK = Limits(*(np.array(each) for each in ([0], [1], [-1], [0, -1, 0, 0])))


@pytest.mark.parametrize(
    ("wish", "pairs"),
    [
        ({"pins": [(0, 0)], "forbidden": [(0, 0)]}, {(0, 0)}),
        ({"pins": [(1, 1)]}, {(1, 1)}),
        ({"pins": [(0, 0), (0, 1)]}, {(0, 0), (0, 1)}),
        ({"pins": [(0, 0), (2, 0), (1, 0)], "capacities": [2, 1]}, {(0, 0), (1, 0), (2, 0)}),
        ({"pins": [(0, 0), (1, 0)]}, {(0, 0), (1, 0)}),
        ({"pins": [(0, 0), (2, 0)], "limits": ONE_A_WEEK}, {(0, 0), (2, 0)}),
    ],
    ids=["forbidden too", "no candidate", "more than wanted", "more than can be", "overlapping", "a week"],
)
def test_pins_that_cannot_be_kept_are_named(wish, pairs):
    arcs = [(0, 0, 1), (0, 1, 1), (1, 0, 1), (2, 0, 1)]
    base = {"slots": [1, 1, 1], "capacities": [3, 1], "arcs": arcs, "times": ([0, 5, 50], [10, 15, 60])}
    with pytest.raises(Contradiction) as refused:
        flow.solve(Problem.of(**(base | wish)))
    assert set(refused.value.pairs) == pairs


@pytest.mark.parametrize(
    "wish",
    [
        {"arcs": [(0, 0, 1), (0, 0, 2)]},
        {"arcs": [(0, 2, 1)]},
        {"arcs": [(-1, 0, 1)]},
        {"arcs": [(0, 0, -1)]},
        {"slots": [-1]},
        {"capacities": [1, -1]},
        {"steps": [3, 2]},
        {"steps": [-1]},
        {"urgencies": [0]},
        {"urgencies": [1, 1]},
        {"loads": [1]},
        {"times": ([5], [4])},
        {"times": ([5, 5], [6, 6])},
        {"limits": ([0], [-1], [-1], [0])},
        {"limits": ([1], [1], [-1], [0])},
        {"limits": ([0], [1], [-1], [1])},
        {"limits": ([0, 1], [1, 1], [1, -1], [0])},
        {"limits": ([0, 0], [1, 1], [-1, 0], [0])},
    ],
)
def test_numbers_that_mean_nothing_are_refused(wish):
    if "limits" in wish:
        wish = {"limits": Limits(*(np.array(each) for each in wish["limits"]))}
    with pytest.raises(ValueError):
        Problem.of(**({"slots": [1], "capacities": [1, 1], "arcs": [(0, 0, 1)]} | wish))


@pytest.mark.parametrize("arcs", [[], [(0, 0, 4)]])
def test_a_plan_without_anybody_to_ask_leaves_all_unserved(arcs):
    solution = flow.solve(Problem.of([2], [0], arcs))
    assert solution.arcs.tolist() == []
    assert solution.unserved.tolist() == [2]
    assert flow.solve(Problem.of([], [], [])).objective == (0, 0)


def test_the_greedy_plan_stands_in_and_says_why(monkeypatch):
    arcs = [(0, 0, 1), (0, 1, 2), (1, 0, 3), (1, 1, 90)]
    problem = Problem.of([1, 1], [1, 1], arcs)
    solution = flow.solve(problem, most_arcs=3)
    assert_kept(problem, solution)
    assert (solution.method, solution.exact) == ("greedy", False)
    assert solution.because == "more than 3 candidate pairs"
    too_dear = Problem.of([1, 1], [1, 1], [(0, 0, 2**60), (1, 1, 2**60)])
    assert flow.solve(too_dear).because.startswith("the solver said BAD_COST_RANGE")
    monkeypatch.setitem(sys.modules, "ortools.graph.python", None)
    assert flow.solve(problem).because == "OR-tools is not installed here"
