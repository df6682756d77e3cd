"""What weighing takes: as many requests as are weighed together, of every kind, in a district with many volunteers."""

import random
import statistics
import sys
import time
from dataclasses import dataclass

from django.db import transaction

from benchmarks import backlog, data
from civic.lib import clock
from requests_app.effects import automatic, weighing
from requests_app.models import ServiceRequest

VOLUNTEERS = 50_000
TURNS = 5
GOAL_S = 1.0


@dataclass(frozen=True)
class Weighed:
    """What weighing took: the median of some turns, and how much of it was this process's own work."""

    requests: int
    seconds: float
    cpu_s: float

    @property
    def what(self) -> str:
        return f"weighing {self.requests} that wait among {VOLUNTEERS:,} volunteers"

    @property
    def met(self) -> bool:
        return self.seconds < GOAL_S


def measure(scene: data.Scene) -> Weighed:
    """Returns what weighing took; its people and requests stay behind, out of the way."""
    with backlog.gathered(scene, automatic.MOST, VOLUNTEERS):
        found = ServiceRequest.objects.filter(
            district_id=scene.district.pk, state="submitted", paused_at=None
        )
        requests = list(found.order_by("pk"))
        due = {random.Random(1).choice(requests).pk}
        taken = [_turn(requests, due) for _number in range(TURNS + 1)][1:]  # the first one warms
    seconds, cpu_s = (statistics.median(each) for each in zip(*taken, strict=True))
    sys.stderr.write(f"· weighing: {seconds:.2f} s\n")
    return Weighed(len(requests), seconds, cpu_s)


def markdown(weighed: list[Weighed]) -> str:
    """Returns the table of what was weighed."""
    return "| what | seconds | of processor, beside PostgreSQL's | goal |\n|---|---|---|---|\n" + "".join(
        f"| {each.what} | {each.seconds:.2f} | {each.cpu_s:.2f} | < {GOAL_S:.0f}{'' if each.met else ' MISSED'} |\n"
        for each in weighed
    )


def _turn(requests: list[ServiceRequest], due: set[int]) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    with transaction.atomic():  # as the sweeper is
        found = weighing.first_asked(requests, due, clock.now())
    if found.keys() != due:
        raise SystemExit("nobody was found for the request that is due")
    return time.perf_counter() - began, time.process_time() - used
