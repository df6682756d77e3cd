"""A whole backlog planned as the product does it: candidates in SQL, scores, the best plan, its lines written.

Requests and volunteers lie anywhere in ten kilometres' square; the time is that of one `plans.jobs.compute`, from
reading the backlog to the plan that is ready, in a process of its own. Goals: PERFORMANCE.md.
"""

import json
import random
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import django

if __name__ == "__main__":
    django.setup()  # before the models below are loaded; script/bench has done so

from django.db import connection

from benchmarks import crowd, data
from benchmarks.plan import MEMORY_GOAL_MB, SIZES
from civic.accounts.enums import Role
from civic.accounts.models import Membership
from civic.areas.models import Area
from civic.lib import clock
from requests_app.matching import pairs
from requests_app.models import Category, Plan, PlanLine, ServiceRequest
from requests_app.plans import actions, backlog, computing, jobs
from volunteers.models import Skill

LAND = crowd.Land(data.SOUTH, data.WEST, 0.09, 0.11)
TABLE = "requests_app_servicerequest"
PAUSE = (
    f"UPDATE {TABLE} SET paused_at = now(), paused_until = now() + interval '1 day', pause_reason = 'parts'"
)
# What the requests of a backlog have of their own; all else is that of any request.
GIVEN = {
    "code": "'P-' || nextval('requests_app_servicerequest_id_seq')",
    "state": "'submitted'",
    "closed_at": "NULL",
    "confidential": "false",
    "needed": "1",
    "agreed_start": "NULL",
    "lat": "place.lat",
    "lon": "place.lon",
    "category_id": "place.kind",
    "preferred_start": "now() + place.hours * interval '1 hour'",
    "preferred_end": "NULL",
    "due_at": "now() + interval '9 days'",
    "paused_at": "NULL",
    "paused_until": "NULL",
    "pause_reason": "''",
}
# Put out of the way rather than deleted: the database would look for what refers to each of them.
AFTERWARDS = (
    f"UPDATE {TABLE} SET state = 'cancelled', closed_at = now() WHERE code LIKE 'P-%'",
    f"UPDATE {TABLE} SET paused_at = NULL, paused_until = NULL, pause_reason = ''",
    f"ALTER TABLE {TABLE} ENABLE TRIGGER USER",
    "ALTER TABLE volunteers_volunteer DISABLE TRIGGER USER",
    "UPDATE volunteers_volunteer SET number = 'B-' || id, active = false WHERE number LIKE 'Y-%'",
    "ALTER TABLE volunteers_volunteer ENABLE TRIGGER USER",
    "ALTER TABLE accounts_user DISABLE TRIGGER USER",
    "UPDATE accounts_user SET username = 'backlog' || id WHERE username LIKE 'crowd%'",
    "ALTER TABLE accounts_user ENABLE TRIGGER USER",
)


@dataclass(frozen=True)
class Planned:
    """What planning a backlog took, how much of it was finding the pairs, and what share of its scores the best plan
    over `pairs.NEAREST` of each request would have had more (0.01: one in a hundred)."""

    requests: int
    volunteers: int
    pairs: int
    found_s: float
    seconds: float
    memory_mb: float
    served: int
    proven: bool
    missed: float
    goal_s: float

    @property
    def what(self) -> str:
        return f"backlog {self.requests:,} x {self.volunteers:,}, end to end"

    @property
    def met(self) -> bool:
        return self.proven and self.seconds < self.goal_s and self.memory_mb < MEMORY_GOAL_MB


def measure(scene: data.Scene) -> list[Planned]:
    """Returns the plans of both sizes; their people and requests stay behind, out of the way."""
    made = []
    for requests, volunteers, goal in SIZES:
        with gathered(scene, requests, volunteers):
            command = [sys.executable, "-m", "benchmarks.backlog", str(scene.district.pk)]
            run = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        made.append(Planned(requests=requests, volunteers=volunteers, goal_s=goal, **json.loads(run.stdout)))
        sys.stderr.write(f"· {made[-1].what}: {made[-1].seconds:.1f} s\n")
    return made


def markdown(plans: list[Planned]) -> str:
    """Returns the table of the backlogs planned."""
    head = (
        "| what | seconds | of them for the pairs | goal | MB | goal | pairs | served |"
        f" less than over {pairs.NEAREST} each |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "".join(
        f"| {plan.what} | {plan.seconds:.1f} | {plan.found_s:.1f} | < {plan.goal_s:.0f} | {plan.memory_mb:,.0f} |"
        f" < {MEMORY_GOAL_MB:,} | {plan.pairs:,} | {plan.served:,} | {plan.missed:.3%}"
        f"{'' if plan.met else ' MISSED'} |\n"
        for plan in plans
    )


@contextmanager
def gathered(scene: data.Scene, requests: int, volunteers: int) -> Iterator[None]:
    """While it lasts, so many requests and volunteers wait in the scene's district, and no others."""
    _gather(scene, requests, volunteers)
    yield
    with connection.cursor() as cursor:
        for statement in AFTERWARDS:
            cursor.execute(statement)


def _gather(scene: data.Scene, requests: int, volunteers: int) -> None:
    skills = list(Skill.objects.order_by("pk").values_list("pk", flat=True))
    crowd.gather(scene.district, LAND, volunteers, common=skills[1:], rare=skills[0])
    drawn, kinds = random.Random(1), list(Category.objects.values_list("pk", flat=True))
    places = [
        {
            "n": n,
            "lat": LAND.south + drawn.random() * LAND.height,
            "lon": LAND.west + drawn.random() * LAND.width,
            "kind": drawn.choice(kinds),
            "hours": drawn.randint(24, 120),
        }
        for n in range(requests)
    ]
    names = [each.column for each in ServiceRequest._meta.local_concrete_fields if each.column != "id"]
    columns = ", ".join(GIVEN.get(name, f"model.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(PAUSE)
        cursor.execute(
            f"INSERT INTO {TABLE} ({', '.join(names)}) SELECT {columns} FROM jsonb_to_recordset(%s)"
            " AS place(n int, lat float8, lon float8, kind int, hours int),"
            f" (SELECT * FROM {TABLE} ORDER BY id LIMIT 1) model",
            [json.dumps(places)],
        )
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would have by the time somebody plans


def plan(district: int) -> dict[str, Any]:
    """Returns what one computing of a plan took, as `Planned` takes it."""
    dispatcher = Membership.objects.filter(area=district, role=Role.DISPATCHER)[0].user
    area = Area.objects.get(pk=district)
    made = actions.start(actor=dispatcher, area=area, most_each=1, wake=False)
    jobs.compute(made.pk)
    made.refresh_from_db()
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "pairs": made.outcome["pairs"],
        "found_s": made.outcome["looked_s"],
        "seconds": made.outcome["seconds"],
        "memory_mb": memory_mb,
        "served": made.served,
        "proven": made.proven,
        "missed": 1 - _scores(made.lines.all()) / _scores(_over_all_nearest(made).lines),
    }


def _over_all_nearest(plan: Plan) -> computing.Made:
    """Returns the best plan over the nearest of each request, not fewer because many wait; nothing is written."""
    now = clock.now()
    wishes = [wish for wish in backlog.backlog(plan, now) if not wish.passed]
    book = pairs.book([wish.request for wish in wishes], {}, now, count=pairs.NEAREST)
    return computing.made(plan, wishes, book, (), ())


def _scores(lines: Iterable[PlanLine]) -> float:
    return sum(line.score or 0 for line in lines)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(plan(int(sys.argv[1]))))
