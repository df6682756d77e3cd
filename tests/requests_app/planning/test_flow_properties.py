"""Batch plans against an exact solver of another kind, on problems drawn at random."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from requests_app.planning import flow, greedy
from requests_app.planning.problem import Contradiction, Problem
from tests.requests_app.planning.problems import assert_kept, best_objective, wishes


def _solved(problem, **options):
    try:
        return flow.solve(problem, **options)
    except Contradiction:
        return None


@settings(deadline=None, max_examples=120)
@given(wishes())
def test_a_plan_costs_what_the_best_one_costs(wish):
    problem = Problem.of(**wish)
    solution, best = _solved(problem), best_objective(problem)
    assert (solution is None) == (best is None)
    if solution is not None:
        assert solution.method == "flow"
        assert solution.exact
        assert solution.objective == best
        assert_kept(problem, solution)


@settings(deadline=None, max_examples=150)
@given(wishes(), st.integers(0, 3))
def test_a_plan_at_a_low_price_is_taken_only_where_none_serves_more(wish, low):
    problem = Problem.of(**wish)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "LOW_PRICE", low)
        solution = _solved(problem)
    best = best_objective(problem)
    assert (solution is None) == (best is None)
    assert solution is None or solution.objective == best


@settings(deadline=None, max_examples=60)
@given(wishes())
def test_a_repaired_plan_and_a_greedy_one_keep_every_rule_and_their_bounds(wish):
    problem = Problem.of(**wish)
    best = best_objective(problem)
    assume(best is not None)
    for solution in (flow.solve(problem, most_solves=1), greedy.solve(problem, "asked for")):
        assert_kept(problem, solution)
        assert solution.bound <= best <= solution.objective


@settings(deadline=None, max_examples=60)
@given(wishes(), st.data())
def test_one_more_volunteer_never_makes_the_best_plan_worse(wish, data):
    before = _solved(Problem.of(**wish))
    assume(before is not None)
    newcomer, requests = len(wish["capacities"]), len(wish["slots"])
    can = data.draw(st.lists(st.integers(0, requests - 1), unique=True))
    held = wish["limits"]
    after = flow.solve(
        Problem.of(
            **{
                **wish,
                "limits": held._replace(narrowest=np.append(held.narrowest, [-1] * len(can)).astype(int)),
                "capacities": [*wish["capacities"], data.draw(st.integers(1, 3))],
                "loads": [*wish["loads"], data.draw(st.integers(0, 3))],
                "arcs": [*wish["arcs"], *((each, newcomer, data.draw(st.integers(0, 20))) for each in can)],
            }
        )
    )
    assert after.objective <= before.objective


@settings(deadline=None, max_examples=40)
@given(wishes(), st.randoms(use_true_random=False))
def test_a_plan_does_not_depend_on_the_order_of_the_candidates(wish, chance):
    arcs, held = wish["arcs"], wish["limits"]
    order = list(range(len(arcs)))
    chance.shuffle(order)
    shuffled = {"arcs": [arcs[at] for at in order], "limits": held._replace(narrowest=held.narrowest[order])}
    one, other = (_solved(Problem.of(**{**wish, **more})) for more in ({}, shuffled))
    assert (one is None) == (other is None)
    assert one is None or one.arcs.tolist() == other.arcs.tolist()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_a_plan_of_one_task_each_is_the_optimal_assignment(seed):
    costs = np.random.default_rng(seed).integers(0, 1000, (60, 90))
    requests, volunteers = (each.ravel() for each in np.indices(costs.shape))
    solution = flow.solve(Problem.of([1] * 60, [1] * 90, (requests, volunteers, costs.ravel())))
    assert solution.objective == (0, costs[linear_sum_assignment(costs)].sum())
