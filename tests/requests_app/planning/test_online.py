"""Matching people who come one by one, and the bench that measures it on recorded arrivals."""

import random
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from benchmarks import goma
from benchmarks import run as bench
from benchmarks.measures import Table
from requests_app.planning.online import Stay, match, offline_optimum

STAYS = st.lists(
    st.builds(lambda begin, long: Stay(begin, begin + long), st.integers(0, 60), st.integers(0, 20))
)
TABLES = st.lists(st.sampled_from([0, 0, 1, 2, 3.5, 7]), min_size=1, max_size=40)
PATIENCE = st.sampled_from([0.0, 0.3, 1.0])


def _worth(table):
    return lambda task, volunteer: table[(task * 7 + volunteer * 3) % len(table)]


def test_the_last_moment_waits_for_the_better_pair():
    tasks, volunteers = [Stay(0, 10), Stay(5, 15)], [Stay(1, 12)]
    values = {(0, 0): 1.0, (1, 0): 3.0}
    at_once = match(tasks, volunteers, lambda *pair: values[pair], patience=0)
    assert [(each.task, each.at) for each in at_once] == [(0, 1)]
    waiting = match(tasks, volunteers, lambda *pair: values[pair])
    assert [(each.task, each.at) for each in waiting] == [(1, 12)]


def test_whoever_comes_as_another_leaves_still_meets_him():
    assert len(match([Stay(0, 5)], [Stay(5, 9)], lambda *pair: 1.0)) == 1
    assert match([Stay(0, 5)], [Stay(5.1, 9)], lambda *pair: 1.0) == []


@settings(deadline=None, max_examples=60)
@given(STAYS, STAYS, TABLES, PATIENCE)
def test_everybody_is_matched_once_while_both_are_here_and_never_above_the_optimum(
    tasks, volunteers, table, patience
):
    matches = match(tasks, volunteers, _worth(table), patience=patience)
    assert len({each.task for each in matches}) == len({each.volunteer for each in matches}) == len(matches)
    for each in matches:
        for stay in (tasks[each.task], volunteers[each.volunteer]):
            assert stay.begin <= each.at <= stay.end
        assert each.value == _worth(table)(each.task, each.volunteer) > 0
    costs = np.zeros((len(tasks), len(volunteers)))
    for task, volunteer in np.ndindex(costs.shape):
        one, other = tasks[task], volunteers[volunteer]
        if max(one.begin, other.begin) <= min(one.end, other.end):
            costs[task, volunteer] = _worth(table)(task, volunteer)
    best = costs[linear_sum_assignment(costs, maximize=True)].sum()
    assert offline_optimum(tasks, volunteers, _worth(table)) == pytest.approx(best)
    assert sum(each.value for each in matches) <= best + 1e-9


@settings(deadline=None, max_examples=60)
@given(STAYS, STAYS, TABLES, PATIENCE, st.integers(0, 80))
def test_nothing_is_decided_by_who_has_not_arrived_yet(tasks, volunteers, table, patience, now):
    whole = match(tasks, volunteers, _worth(table), patience=patience)
    later = Stay(1000, 1000)  # keeps the places of the others
    known = ([each if each.begin <= now else later for each in side] for side in (tasks, volunteers))
    half = match(*known, _worth(table), patience=patience)
    assert [each for each in whole if each.at <= now] == [each for each in half if each.at <= now]


def _trace(seed=1, workers=200, tasks=260):
    """Returns the lines of a trace of the shape of the recorded ones: few here at once, few of them near."""
    chance = random.Random(seed)
    lines = [f"{workers} {tasks} 20 0"]
    for _ in range(workers):
        at, x, y = chance.uniform(0, 24000), chance.uniform(0, 5), chance.uniform(0, 5)
        lines.append(f"{at:.0f} w {x:.6f} {y:.6f} 1 1 300 {chance.uniform(0.5, 1):.3f}")
    for _ in range(tasks):
        at, x, y = chance.uniform(0, 24000), chance.uniform(0, 5), chance.uniform(0, 5)
        lines.append(f"{at:.0f} t {x:.6f} {y:.6f} 300 {chance.uniform(2, 15):.1f}")
    return lines


def test_waiting_beats_matching_at_once_on_arrivals_like_the_recorded_ones():
    trace = goma.read(_trace())
    sides = [[each.stay for each in side] for side in (trace.tasks, trace.workers)]
    best = offline_optimum(*sides, trace.value)
    at_once, waiting = (goma.outcome(trace, patience, best) for patience in (0, 1))
    assert 0.85 < at_once.ratio < waiting.ratio <= 1
    assert waiting.ratio > 0.935
    assert at_once.waited < waiting.waited <= 300


def test_the_bench_prints_what_it_reached_and_whether_that_was_the_goal(tmp_path, monkeypatch, capsys):
    for name in goma.GOALS:
        (tmp_path / f"{name}_cap1.txt").write_text("\n".join(_trace(workers=40, tasks=40)))
    monkeypatch.setattr(sys, "argv", ["goma", str(tmp_path)])
    monkeypatch.setattr(goma, "GOALS", dict.fromkeys(goma.GOALS, 0.0))
    assert goma.main() == 0
    assert (
        capsys.readouterr().out.count("| > 0.0 |") == 4
    )  # each trace, at the longest wait and at the last moment
    monkeypatch.setattr(goma, "GOALS", dict.fromkeys(goma.GOALS, 1.1))
    assert goma.main() == 1
    assert "MISSED" in capsys.readouterr().out


def test_the_bench_says_that_there_are_no_traces(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["goma"])
    monkeypatch.setenv("GOMA_TRACES", str(tmp_path))
    assert goma.main() == 2
    assert "not measured: the folder of recorded arrivals has no gMission_cap1.txt" in capsys.readouterr().out
    monkeypatch.delenv("GOMA_TRACES")
    assert goma.main() == 2
    assert "not measured: GOMA_TRACES names no folder" in capsys.readouterr().out


def test_alone_it_is_measured_without_rows_and_without_a_server(tmp_path, monkeypatch, capsys):
    for name in goma.GOALS:
        (tmp_path / f"{name}_cap1.txt").write_text("\n".join(_trace(workers=40, tasks=40)))
    monkeypatch.setattr(goma, "GOALS", dict.fromkeys(goma.GOALS, 1.1))
    monkeypatch.setenv("GOMA_TRACES", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "online"])
    assert bench.main() == 1
    assert capsys.readouterr().out.count("MISSED") == 4


@pytest.mark.django_db
def test_the_bench_of_everything_measures_it_too(tmp_path, monkeypatch):
    for name in goma.GOALS:
        (tmp_path / f"{name}_cap1.txt").write_text("\n".join(_trace(workers=40, tasks=40)))
    monkeypatch.setattr(goma, "GOALS", dict.fromkeys(goma.GOALS, 1.1))
    monkeypatch.setenv("GOMA_TRACES", str(tmp_path))
    nobody = SimpleNamespace(dispatcher_key="", session="", district=SimpleNamespace(pk=0))
    table = Table(nobody, port=0, seconds=0, pairs=0, connections=0, only="online")
    monkeypatch.setattr("benchmarks.data.newest", lambda: 0)
    assert not table.measure()
    assert table.markdown().count("MISSED") == 4
    monkeypatch.delenv("GOMA_TRACES")
    assert table.measure()
    assert (
        table.markdown()
        == "Online matching was not measured: GOMA_TRACES names no folder of recorded arrivals.\n"
    )


@pytest.mark.parametrize("line", ["5 w 1 1 1 2 300 0.5", "5 x 1 1 300 2", "5 t 1 1 300"])
def test_a_trace_of_another_shape_is_refused(line):
    with pytest.raises(ValueError, match="line 2"):
        goma.read(["1 1 20 0", line])
