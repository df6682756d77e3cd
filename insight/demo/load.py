"""Loading the demo city: people settle, stories run, timers fire in demo time, all in one transaction.

Nobody receives anything: what the outbox holds for the past counts as sent. Either all of it is there
afterwards or nothing.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction
from django.db.models import F, Q

from civic.accounts.models import User
from civic.areas.models import Area
from civic.cases import registry, timers
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock, codes
from civic.lib.errors import DomainError
from civic.notify.enums import Channel, MessageState
from civic.notify.models import Message
from insight.demo import hands, past, teams
from insight.demo.bulk import load as bulk
from insight.demo.people import Helper, Population
from insight.demo.plan import DAYS, Size, timetable
from insight.demo.stories import Steps
from insight.demo.world import World
from requests_app.models import Assignment, Offer, ServiceRequest
from volunteers.models import Volunteer

log = logging.getLogger(__name__)

SEED = 20260701
GROWING = (User, Volunteer, ServiceRequest, Offer, Assignment, CaseEvent, Timer)
MEASURE_AFTER = (1, 60, 400)  # steps of stories
COPY_SHARE = 1.7e-6  # of the time the small city takes, a request copied
READ_AFTER = timedelta(hours=20)
Report = Callable[[float], None]


@dataclass
class Loaded:
    """What came in. `stumbles` are steps that the rules refused; their stories ended there."""

    areas: int = 0
    volunteers: int = 0
    requests: int = 0
    stumbles: int = 0


def is_empty() -> bool:
    """Returns whether nothing is here that a demo city could get mixed up with."""
    return not (Area.objects.exists() or ServiceRequest.objects.exists() or Volunteer.objects.exists())


@transaction.atomic
def load(size: Size, *, until: datetime, report: Report = lambda share: None) -> Loaded:
    """Loads a city of `size` whose 90 days end at `until`; the same `until` gives the same city.

    `report` is told the share done, 0 to 1. Raises ValueError when the database is not empty.
    """
    if not is_empty():
        raise ValueError("the database is not empty")
    dice = Random(SEED)
    start = until - timedelta(days=DAYS)
    world = World(dice=dice, start=start, until=until)
    copied = size.copied
    lived = 1.0 if copied is None else 1 / (1 + copied.requests * COPY_SHARE)
    if copied is not None:
        bulk.leave_room(copied.requests)
    with codes.drawn_from(Random(SEED)):
        with clock.at(start - timedelta(days=30)):
            world.found()
            hands.found_units(world)
        population = Population(world.city, dice)
        _settle(world, population, size, lambda share: report(lived * share))
        teams.found(world)
        past.take_over(world, size.past)
        stumbles = _live(world, size, lambda share: report(lived * share))
    _count_as_told(until)
    if copied is not None:
        bulk.multiply(
            volunteers=copied.volunteers,
            requests=copied.requests,
            open_requests=copied.open_requests,
            past=copied.past,
            report=lambda share: report(lived + (1 - lived) * share),
        )
    report(1.0)
    return Loaded(Area.objects.count(), Volunteer.objects.count(), ServiceRequest.objects.count(), stumbles)


def _settle(world: World, population: Population, size: Size, report: Report) -> None:
    """Residents and volunteers of the first day; some volunteers join later and do so here too."""
    joined = world.start - timedelta(days=20)
    with clock.at(joined):
        world.residents = population.residents(size.residents)
        for person in world.residents:
            world.settle(person)
    helpers = population.helpers(size.volunteers, world.start.date())
    for number, helper in enumerate(helpers):
        _enlist(world, helper, joined + timedelta(minutes=35 * number))
        report(0.1 * number / len(helpers))


def _enlist(world: World, helper: Helper, at: datetime) -> None:
    """A volunteer applies; the desk decides the same day or the next, or has not yet."""
    waiting = helper.stands == "applied"
    applied = world.until - timedelta(hours=world.dice.uniform(1, 60)) if waiting else at
    with clock.at(applied):
        volunteer = world.apply_as_volunteer(helper)
    if waiting:
        return
    with clock.at(at + timedelta(hours=world.dice.uniform(1, 26))):
        volunteer = world.decide(volunteer, "refuse" if helper.stands == "refused" else "approve", helper)
    if helper.stands == "suspended":
        world.volunteers.pop(volunteer.pk)
        with clock.at(world.start - timedelta(hours=2)):
            world.decide(volunteer, "suspend", helper)


def _live(world: World, size: Size, report: Report) -> int:
    """Runs the stories in the order of their moments, timers between them; returns the number of stumbles."""
    queue: list[tuple[datetime, int, Steps]] = [
        (moment, number, story(world)) for number, (moment, story) in enumerate(timetable(world, size))
    ]
    heapq.heapify(queue)
    stumbles, told = 0, 0
    span = world.until - world.start
    while queue and queue[0][0] <= world.until:
        moment, number, story = heapq.heappop(queue)
        told += 1
        if told in MEASURE_AFTER:
            _measure_tables()
        _fire_until(moment)
        with clock.at(moment):
            try:
                following = next(story, None)
            except DomainError as refused:
                log.debug("demo story %s stops: %s", story, refused)
                stumbles += 1
                continue
        if following is not None:
            heapq.heappush(queue, (max(following, moment + timedelta(seconds=1)), number, story))
        report(0.1 + 0.88 * max(0.0, (moment - world.start) / span))
    _fire_until(world.until)
    return stumbles


def _measure_tables() -> None:
    """Tells the planner how the tables have grown: autovacuum cannot see into a transaction under way."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in GROWING)}")


def _fire_until(moment: datetime) -> None:
    """Lets every timer due by `moment` take effect at its own time, as the beat would."""
    kinds = [workflow.kind for workflow in registry.every() if workflow.timers]
    while True:
        due = [first for kind in kinds if (first := _first_due(kind)) is not None]
        if not due or min(due) > moment:
            return
        with clock.at(min(due)):
            timers.sweep()


def _first_due(kind: str) -> datetime | None:
    """Returns when the first open timer of `kind` is due; plain SQL, because it is asked after every step."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT run_at FROM cases_timer WHERE kind = %s AND fired_at IS NULL AND voided_at IS NULL"
            " ORDER BY run_at LIMIT 1",
            [kind],
        )
        row = cursor.fetchone()
    return None if row is None else row[0]


def _count_as_told(until: datetime) -> None:
    """Marks what the outbox owed in the past as sent without sending it, and older messages in the app as
    read.
    """
    owed = Message.objects.filter(state=MessageState.PENDING, next_attempt_at__lte=until)
    owed.update(state=MessageState.SENT, attempts=1, sent_at=F("next_attempt_at"))
    old = Q(channel=Channel.IN_APP, read_at=None, sent_at__lt=until - READ_AFTER)
    Message.objects.filter(old).update(read_at=F("sent_at") + timedelta(hours=1))
