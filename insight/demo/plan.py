"""Which stories happen how often and when: 90 days that end now, and every path of the flow walked at least
once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from insight.demo import absences, hands, present, second_looks, stories, teams, turns
from insight.demo.present import Scheduled
from insight.demo.stories import Story
from insight.demo.world import World

DAYS = 90


@dataclass(frozen=True)
class Copied:
    """How many volunteers and requests there are after the city was copied, how many of the requests are open, and how
    many are copies of those that an earlier system had closed: history of one step each.
    """

    volunteers: int
    requests: int
    open_requests: int
    past: int = 0


@dataclass(frozen=True)
class Size:
    """How large the city is that lives through the verbs; where `copied`, it is then copied in SQL.

    `past` of the requests were closed in the system before this one, and are taken over at the beginning.
    """

    name: str
    volunteers: int
    residents: int
    requests: int
    past: int
    scenes: float = 1.0
    copied: Copied | None = None


# small: CONTRACT.md. tiny: for tests, every story once.
SMALL = Size("small", volunteers=200, residents=150, requests=300, past=14)
TINY = Size("tiny", volunteers=60, residents=20, requests=140, past=4, scenes=0.2)
# district: the numbers one told (DOMAIN.md section 2). city: a million volunteers, some weeks of whose
# requests were lived through here, before them three years of an earlier system (CONTRACT.md: "history").
DISTRICT = replace(SMALL, name="district", copied=Copied(82_939, 138_334, open_requests=480))
CITY = replace(SMALL, name="city", copied=Copied(1_000_000, 10_000_000, open_requests=24_600, past=9_800_000))
SIZES = {size.name: size for size in (SMALL, DISTRICT, CITY)}

# How many of 300 requests run such a course; what is left over goes well. Second number: days it needs to
# finish.
COURSES: tuple[tuple[Story, int, int], ...] = (
    (stories.so_so, 8, 6),
    (stories.poor, 4, 8),
    (stories.unrated, 11, 12),
    (stories.unrated_then_called, 3, 16),
    (stories.rung_up, 9, 7),
    (stories.from_the_pool, 14, 6),
    (stories.asked_in_turn, 5, 6),
    (stories.pool_runs_out, 3, 10),
    (stories.several, 7, 8),
    (stories.with_fewer, 3, 7),
    (stories.nobody_looks, 6, 8),
    (stories.declined, 7, 6),
    (stories.withdrawn, 3, 6),
    (stories.open_time, 6, 6),
    (stories.rejected, 6, 1),
    (stories.cancelled_early, 4, 1),
    (stories.cancelled_late, 4, 3),
    (absences.given_up, 4, 8),
    (absences.given_up_in_service, 3, 8),
    (absences.no_show, 3, 9),
    (absences.no_show_excused, 2, 9),
    (turns.moved, 3, 9),
    (turns.moved_unconfirmed, 3, 9),
    (turns.reassigned, 3, 7),
    (turns.broken_off, 2, 9),
    (turns.broken_off_for_good, 2, 5),
    (turns.again, 3, 12),
    (turns.three_rounds, 2, 20),
    (turns.opened_again, 3, 20),
    (turns.worried, 1, 8),
    (turns.without_place, 4, 6),
    (turns.late_to_dispatch, 4, 7),
    (turns.long_service, 3, 6),
    (turns.waiting_for_parts, 3, 10),
    (hands.mended_by_a_unit, 4, 12),
    (hands.returned_once, 2, 14),
    (hands.recalled, 1, 4),
    (hands.mended_by_itself, 1, 4),
    (hands.joined_and_done, 2, 12),
    (hands.not_the_same, 1, 16),
    (second_looks.appealed, 3, 9),
    (second_looks.appealed_in_vain, 1, 4),
    (second_looks.left_out, 3, 3),
    (second_looks.not_left_out, 1, 3),
    (second_looks.only_explained, 2, 8),
    (second_looks.written_anew, 1, 8),
    (second_looks.later_limit, 2, 10),
    (second_looks.nobody_decides, 1, 16),
    (second_looks.in_confidence, 4, 7),
    (second_looks.no_longer_in_confidence, 1, 7),
)


def timetable(world: World, size: Size) -> list[Scheduled]:
    """Returns when each story begins, earliest first; they place `size.requests` requests, each before it does
    anything a rule could refuse.
    """
    now = [
        *present.scenes(world, size.scenes),
        *hands.scenes(world),
        *second_looks.scenes(world),
        *teams.scenes(world),
    ]
    share = size.requests / SMALL.requests
    past: list[Scheduled] = []
    for story, count, days in COURSES:
        for _time in range(max(1, round(count * share))):
            past.append((_moment(world, days), story))
    # Three of the scenes place two requests each, and so does joining; one lift breaks down for several; the plan
    # places none.
    twice = sum(1 for _at, story in past if story in {hands.joined_and_done, hands.not_the_same})
    left = size.requests - size.past - len(past) - len(now) - 2 - (len(hands.LIFT) - 1) - twice
    past.extend((_moment(world, 1), stories.good) for _number in range(max(0, left)))
    return sorted([*past, *now], key=lambda each: each[0])


def _moment(world: World, days_needed: int) -> datetime:
    """Returns when somebody asks: more often lately than at first, in the morning rather than in the
    evening.
    """
    span = (world.until - world.start) / timedelta(days=1) - days_needed
    day = world.start + timedelta(days=span * world.dice.random() ** 0.8)
    local = timezone.localtime(day).replace(hour=0, minute=0, second=0, microsecond=0)
    minute = world.dice.triangular(7.4 * 60, 21 * 60, 9.5 * 60)
    found = local + timedelta(minutes=minute)
    return min(max(found, world.start), world.until - timedelta(minutes=1))
