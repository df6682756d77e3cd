"""Online matching on recorded arrivals: the value reached, as a share of what knowing all arrivals would reach.

`python -m benchmarks.goma FOLDER` (or GOMA_TRACES=FOLDER) reads gMission_cap1.txt and EverySender_cap1.txt of
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

GOALS = {"gMission": 0.955, "EverySender": 0.935}
PATIENCE = (0.0, 0.5, 0.9, 1.0)


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


def main() -> int:
    """Prints a table of what each patience reaches; returns 1 when the last moment misses a goal, 2 without traces."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.goma", description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("GOMA_TRACES", ""))
    folder = parser.parse_args().folder
    paths = {name: Path(folder, f"{name}_cap1.txt") for name in GOALS}
    missing = [str(path) for path in paths.values() if not (folder and path.exists())]
    if missing:
        sys.stderr.write(f"No traces to measure on (name their folder): {', '.join(missing)} not found.\n")
        return 2
    met = True
    sys.stdout.write(
        "| trace | patience | share of the offline optimum | goal | matched | mean wait of a task |\n"
        "|---|---|---|---|---|---|\n"
    )
    for name, path in paths.items():
        with path.open(encoding="ascii") as lines:
            trace = read(lines)
        best = offline_optimum(
            [each.stay for each in trace.tasks], [each.stay for each in trace.workers], trace.value
        )
        for patience in PATIENCE:
            reached, held = outcome(trace, patience, best), patience == 1
            missed = held and reached.ratio <= GOALS[name]
            met &= not missed
            sys.stdout.write(
                f"| {name} ({best:.1f}) | {patience:.0%} | {reached.ratio:.4f} |"
                f" {f'> {GOALS[name]}' if held else '-'}{' MISSED' if missed else ''} |"
                f" {reached.matched} | {reached.waited:.0f} |\n"
            )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
