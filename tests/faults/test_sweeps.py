"""Workers killed in mid-sweep, several workers and beats at once: every due timer takes effect exactly once."""

import os
import random
import signal
import subprocess

import pytest

from tests.cast import Cast
from tests.faults.plant import Plant, backends, somewhen, until
from tests.faults.scenes import (
    assert_all_delivered,
    assert_consistent,
    assert_each_took_effect_once,
    due_timers,
    fired,
    still_due,
)


def strike(plant: Plant, victim: str) -> bool:
    """Kills a worker while it is inside a transaction of a sweep; False when the sweep was over before."""
    worker = plant.start("worker")
    plant.send("cases.sweep_timers")
    if not until(lambda: backends("worker", busy=True) or not still_due(), "a sweep is under way"):
        return False
    somewhen(0.1)
    hit = bool(backends("worker", busy=True))
    if victim == "everything":
        plant.kill(worker)
    else:
        for pid in children_of(worker.popen.pid):
            os.kill(pid, signal.SIGKILL)
        somewhen(0.5)
        plant.kill(worker)
    until(lambda: not backends("worker"), "the database has noticed")
    return hit


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def sweep_to_the_end(plant: Plant, timers: list[int], workers: int = 1) -> None:
    for _ in range(workers):
        plant.start("worker")
    for _ in range(workers * 2):
        plant.tick()
    until(lambda: fired(timers) == len(timers), "every due timer has fired")


@pytest.mark.full
def test_a_worker_killed_in_mid_sweep_fires_nothing_twice_and_nothing_never(
    plant: Plant, crowd: Cast
) -> None:
    timers = due_timers(crowd, overdue=70, offers=20)
    assert strike(plant, "everything")
    assert fired(timers) < len(timers)
    sweep_to_the_end(plant, timers)
    assert_each_took_effect_once(timers)
    assert_consistent()


@pytest.mark.full
def test_workers_killed_again_and_again_fire_each_timer_once(plant: Plant, crowd: Cast) -> None:
    timers = due_timers(crowd, overdue=160, offers=60)
    hits = [strike(plant, random.choice(["everything", "the child"])) for _ in range(5) if still_due()]
    assert sum(hits) >= 2
    sweep_to_the_end(plant, timers, workers=2)
    assert_each_took_effect_once(timers)
    assert_all_delivered(plant)
    assert_consistent()


@pytest.mark.full
def test_two_beats_and_two_workers_fire_each_timer_once(plant: Plant, crowd: Cast) -> None:
    timers = due_timers(crowd, overdue=150, offers=60)
    for name in ("worker", "worker", "beat", "beat"):
        plant.start(name, WORKER_CONCURRENCY="2")
    until(lambda: fired(timers) == len(timers), "every due timer has fired")
    assert_each_took_effect_once(timers)
    assert_all_delivered(plant)
    assert_consistent()
