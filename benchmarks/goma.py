"""Online matching on recorded arrivals: the value reached, as a share of what knowing all arrivals would reach.

`script/bench` measures it where GOMA_TRACES names the folder, `script/bench --only online` nothing else;
`python -m benchmarks.goma FOLDER` does without any server. They read gMission_cap1.txt and EverySender_cap1.txt of
BUAA-BDA/SpatialCrowdsourcing-GOMA. A trace has a line of counts, then a line an arrival: `time w x y radius capacity
duration success_rate` for a worker, `time t x y duration pay` for a task. A pair is worth pay x success rate where
the task lies within the worker's radius while both are there.
"""

import argparse
import math
import os
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from requests_app.planning.online import Stay, match, offline_optimum

NAME = "online"
GOALS = {"gMission": 0.955, "EverySender": 0.935}
PATIENCE = (0.0, 0.5, 0.9, 1.0)
HELD_FROM = 0.9  # the most that a rule of auto-dispatch may wait


@dataclass(frozen=True)
class Worker:
    """A worker of a trace: where, how far, how likely to succeed, and from when to when."""

    stay: Stay
    x: float
    y: float
    radius: float
    success: float


@dataclass(frozen=True)
class Task:
    """A task of a trace: where, what it pays, and from when to when."""

    stay: Stay
    x: float
    y: float
    pay: float


@dataclass(frozen=True)
class Trace:
    """Everybody who arrives in a trace."""

    workers: list[Worker]
    tasks: list[Task]

    def value(self, task: int, worker: int) -> float:
        """Returns what a pair is worth, 0 where the task is too far away."""
        wish, who = self.tasks[task], self.workers[worker]
        near = math.hypot(wish.x - who.x, wish.y - who.y) <= who.radius
        return wish.pay * who.success if near else 0.0


def read(lines: Iterable[str]) -> Trace:
    """Returns the trace in `lines`; raises ValueError for a line of neither kind or a capacity other than one."""
    trace = Trace([], [])
    for number, line in enumerate(lines):
        if number == 0 or not line.strip():
            continue
        at, kind, *rest = line.split()
        x, y, *numbers = (float(each) for each in rest)
        if kind == "w" and len(numbers) == 4 and numbers[1] == 1:
            radius, _, duration, success = numbers
            trace.workers.append(Worker(Stay(float(at), float(at) + duration), x, y, radius, success))
        elif kind == "t" and len(numbers) == 2:
            duration, pay = numbers
            trace.tasks.append(Task(Stay(float(at), float(at) + duration), x, y, pay))
        else:
            raise ValueError(f"line {number + 1} is neither a worker of capacity one nor a task")
    return trace


@dataclass(frozen=True)
class Outcome:
    """What a patience reached: the share of the optimum, and how long a matched task waited, in the trace's time."""

    ratio: float
    matched: int
    waited: float


def outcome(trace: Trace, patience: float, best: float) -> Outcome:
    """Returns what matching with `patience` reaches of `best`."""
    tasks, workers = ([each.stay for each in side] for side in (trace.tasks, trace.workers))
    matches = match(tasks, workers, trace.value, patience=patience)
    waits = [each.at - tasks[each.task].begin for each in matches]
    return Outcome(sum(each.value for each in matches) / best, len(matches), statistics.mean(waits or [0]))


@dataclass(frozen=True)
class Reached:
    """One row of the table: the trace, what is to be had of it at most, and what a patience reached of that."""

    trace: str
    best: float
    patience: float
    outcome: Outcome
    goal: float | None

    @property
    def met(self) -> bool:
        return self.goal is None or self.outcome.ratio > self.goal


@dataclass(frozen=True)
class Online:
    """What was reached, or why nothing was measured."""

    reached: list[Reached]
    why_not: str = ""

    @property
    def met(self) -> bool:
        return all(each.met for each in self.reached)

    def markdown(self) -> str:
        """Returns the table of what was reached, or one line that says why there is none."""
        if self.why_not:
            return f"Online matching was not measured: {self.why_not}.\n"
        return (
            "| trace | patience | share of the offline optimum | goal | matched | mean wait of a task |\n"
            "|---|---|---|---|---|---|\n"
        ) + "".join(
            f"| {each.trace} ({each.best:.1f}) | {each.patience:.0%} | {each.outcome.ratio:.4f} |"
            f" {f'> {each.goal}' if each.goal is not None else '-'}{'' if each.met else ' MISSED'} |"
            f" {each.outcome.matched} | {each.outcome.waited:.0f} |\n"
            for each in self.reached
        )


def measure(folder: str) -> Online:
    """Returns what every patience reaches on the traces in `folder`; goals are set for the longest wait that the
    product allows, and for the last moment."""
    if not folder:
        return Online([], "GOMA_TRACES names no folder of recorded arrivals")
    paths = {name: Path(folder, f"{name}_cap1.txt") for name in GOALS}
    if missing := [path.name for path in paths.values() if not path.is_file()]:
        return Online([], f"the folder of recorded arrivals has no {' and no '.join(missing)}")
    found = []
    for name, path in paths.items():
        with path.open(encoding="ascii") as lines:
            trace = read(lines)
        sides = [[each.stay for each in side] for side in (trace.tasks, trace.workers)]
        best = offline_optimum(*sides, trace.value)
        for patience in PATIENCE:
            goal = GOALS[name] if patience >= HELD_FROM else None
            found.append(Reached(name, best, patience, outcome(trace, patience, best), goal))
    return Online(found)


def bench(folder: str) -> int:
    """Prints what `measure` says; returns 1 when a goal is missed, 2 without traces."""
    found = measure(folder)
    sys.stdout.write(found.markdown())
    return 2 if found.why_not else 0 if found.met else 1


def main() -> int:
    """Measures on the folder named as argument or by GOMA_TRACES; returns what `bench` returns."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.goma", description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("GOMA_TRACES", ""))
    return bench(parser.parse_args().folder)


if __name__ == "__main__":
    sys.exit(main())
