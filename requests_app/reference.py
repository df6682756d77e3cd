"""Categories, time limits and what areas set, in memory: read again seconds after a change, never once a request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from time import monotonic
from typing import TypeVar

from civic.areas import queries as areas
from civic.worktime import calendar as calendars
from civic.worktime import clocks
from civic.worktime.clocks import Clock
from requests_app.enums import Step
from requests_app.models import (
    AutoDispatchRule,
    Category,
    MatchingWeights,
    PoolNotices,
    ServiceRequest,
    TimeLimit,
)
from requests_app.models.matching import DEFAULT_WEIGHTS
from volunteers.models import Skill, VolunteerTerms

T = TypeVar("T")

RECHECK_SECONDS = 5.0


@dataclass(frozen=True)
class Rule:
    """How long a step may take, on which clock. `pk` is the row it stands in, 0 for what is built in."""

    pk: int
    clock: Clock
    amount: float


# What holds where no row fits, so that nothing ever waits without an end. defaults.install() writes finer rows.
BUILT_IN: dict[str, Rule] = {
    Step.ANSWER: Rule(0, Clock.CALENDAR_DAYS, 7),
    Step.DISPATCH: Rule(0, Clock.WORK_HOURS, 2),
    Step.ACCEPT: Rule(0, Clock.WORK_HOURS, 4),
    Step.START: Rule(0, Clock.URGENT_HOURS, 0.5),
    Step.FINISH: Rule(0, Clock.WORK_DAYS, 5),
    Step.CLIMB: Rule(0, Clock.WORK_HOURS, 4),
}
Fitting = tuple[int | None, str, str, int | None, str]  # category, answer class, urgency, area, step


@dataclass(frozen=True)
class Snapshot:
    """Categories by code and id (in display order), skills by id, the limits written, those looked up, weights,
    radii and notices of pools by area, rules of auto-dispatch by category and area."""

    by_code: dict[str, Category]
    by_id: dict[int, Category]
    skills: dict[int, Skill]
    limits: dict[Fitting, Rule]
    found: dict[Fitting, Rule | None]
    weights: dict[int | None, dict[str, float]]
    radii: dict[int | None, int | None]
    auto_dispatch: dict[tuple[int | None, int], AutoDispatchRule]
    pool_notices: dict[int | None, PoolNotices]


_kept: Snapshot | None = None
_read_at = float("-inf")


def snapshot() -> Snapshot:
    """Returns the present reference data, at most RECHECK_SECONDS old."""
    global _kept, _read_at
    if _kept is None or monotonic() - _read_at > RECHECK_SECONDS:
        categories = list(Category.objects.select_related("parent"))
        rows = TimeLimit.objects.values_list(
            "category_id", "answer_class", "urgency", "area_id", "step", "pk", "clock", "amount"
        )
        limits: dict[Fitting, Rule] = {row[:5]: Rule(row[5], Clock(row[6]), row[7]) for row in rows}
        weights = {row.area_id: row.by_part() for row in MatchingWeights.objects.all()}
        by_code, by_id = {c.code: c for c in categories}, {c.pk: c for c in categories}
        radii = {row.area_id: row.radius_m for row in VolunteerTerms.objects.all()}
        rules = {(row.category_id, row.area_id): row for row in AutoDispatchRule.objects.all()}
        notices = {row.area_id: row for row in PoolNotices.objects.all()}
        skills = {skill.pk: skill for skill in Skill.objects.all()}
        _kept = Snapshot(by_code, by_id, skills, limits, {}, weights, radii, rules, notices)
        _read_at = monotonic()
    return _kept


def forget() -> None:
    """Drops what is in memory; called after an edit in this process and between tests."""
    global _kept
    _kept = None


def told(summary: str) -> str:
    """Returns a summary whose category is not at hand as volunteers read it (Category.told)."""
    suggesting = (kind for kind in snapshot().by_id.values() if summary and kind.suggests(summary))
    kind = next(suggesting, None)
    return kind.local_summary if kind else summary


def in_force() -> list[Category]:
    """Returns the categories that take new requests, in display order."""
    return [category for category in snapshot().by_code.values() if category.retired_at is None]


def top_level() -> list[Category]:
    """Returns the categories in force that stand below no other: the tiles residents choose from."""
    return [category for category in in_force() if category.parent_id is None]


def category(code: str) -> Category | None:
    """Returns the category in force with this code, or None."""
    found = snapshot().by_code.get(code)
    return found if found is not None and found.retired_at is None else None


def rule(
    step: str,
    category_id: int,
    urgency: str,
    area_id: int,
    answer_class: str = "",
    otherwise: Rule | None = None,
) -> Rule:
    """Returns the limit of `step` that holds for such a request: the most specific row that fits.

    A row for the category (or one above it) comes before one for any; among those a row for the answer class,
    then for the urgency, then for the nearest area decides. What no row fits has the limit `otherwise`, or a
    built-in one.
    """
    known = snapshot()
    asked = (category_id, answer_class, urgency, area_id, step)
    if asked not in known.found:
        known.found[asked] = next(
            (known.limits[each] for each in _fitting(known, *asked) if each in known.limits), None
        )
    return known.found[asked] or otherwise or BUILT_IN[step]


def _fitting(
    known: Snapshot, category_id: int, answer_class: str, urgency: str, area_id: int, step: str
) -> Iterator[Fitting]:
    """Yields what a row that fits may name, the most specific first."""
    kinds: list[int | None] = [*lineage(category_id, known), None]
    places = [area.pk for area in reversed(areas.fresh_if_unknown(area_id).lineage(area_id))]
    for named in product(
        kinds, dict.fromkeys((answer_class, "")), dict.fromkeys((urgency, "")), (*places, None)
    ):
        yield *named, step


def lineage(category_id: int, known: Snapshot | None = None) -> list[int]:
    """Returns the ids of a category and of those above it, the nearest first."""
    by_id = (known or snapshot()).by_id
    found = [category_id]
    while (above := by_id.get(found[-1])) is not None and above.parent_id is not None:
        found.append(above.parent_id)
    return found


def likes(category_id: int, wanted: Collection[int], service_classes: Collection[int]) -> bool:
    """Whether somebody likes this kind of help who named the kinds `wanted` and chose `service_classes` (ids): it, one
    above it, or the class that one of these belongs to."""
    kinds = lineage(category_id)
    if not set(wanted).isdisjoint(kinds):
        return True
    by_id = snapshot().by_id
    return any(by_id[kind].service_class_id in service_classes for kind in kinds)


def skills_of(request: ServiceRequest) -> list[int]:
    """Returns the ids of the skills one of which a volunteer must have: those chosen for `request`, else those of its
    category."""
    return request.skills or snapshot().by_id[request.category_id].skills


def named_skills(ids: Iterable[int]) -> list[Skill]:
    """Returns the skills with these ids, in display order."""
    known, wanted = snapshot().skills, set(ids)
    return [skill for pk, skill in known.items() if pk in wanted]


def skills_by_code(codes: Iterable[str]) -> list[Skill]:
    """Returns the skills with these codes, in display order. Raises KeyError for a code that none has."""
    by_code = {skill.code: skill for skill in snapshot().skills.values()}
    return named_skills([by_code[code].pk for code in codes])


def radius_m(area_id: int) -> int | None:
    """Returns how far volunteers without a radius of their own are asked to come in this area, None without bound."""
    return _of_the_nearest(area_id, snapshot().radii, None)


def weights(area_id: int) -> Mapping[str, float]:
    """Returns how much each part of a score weighs in this area: the nearest row, else the defaults."""
    return _of_the_nearest(area_id, snapshot().weights, DEFAULT_WEIGHTS)


def pool_notices(area_id: int) -> PoolNotices:
    """Returns how many a pool in this area tells, and how often who lives here is told: the nearest row, else the
    defaults."""
    return _of_the_nearest(area_id, snapshot().pool_notices, PoolNotices())


def _of_the_nearest(area_id: int, known: Mapping[int | None, T], otherwise: T) -> T:
    """Returns what is known of the area or of the nearest above it, else of everywhere (None)."""
    if not known:
        return otherwise
    places = [area.pk for area in reversed(areas.fresh_if_unknown(area_id).lineage(area_id))]
    return next((known[place] for place in (*places, None) if place in known), otherwise)


def deadline(start: datetime, category_id: int, urgency: str, step: Step, area_id: int) -> datetime:
    """Returns when `step` of a request that began at `start` in this area is due, in UTC."""
    limit = rule(step, category_id, urgency, area_id)
    return clocks.add(start, limit.clock, limit.amount, calendar=calendars.for_area(area_id))
