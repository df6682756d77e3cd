"""What the people of a plan have room for: what it gives one person at most, and their own limits of a day and a week.

A service counts on the local day, and in the local week, in which it begins, as in matching.wishes. The rules there
let somebody be asked who has room for one more; a plan gives several at once and has to count them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from requests_app.matching.columns import NO_LIMIT, Marks
from requests_app.matching.pairs import Book
from requests_app.models import Plan
from requests_app.planning.problem import Flags, Ints, Limits
from requests_app.plans import taken
from requests_app.plans.backlog import Wish, numbers
from volunteers import hours

NONE: Ints = np.zeros(0, np.int64)
Period = Callable[[datetime], tuple[datetime, datetime]]  # from a moment to the local day or week it lies in


@dataclass(frozen=True, eq=False)
class Room:
    """`book` are the pairs for which their volunteer has room; by volunteer of it, `capacities` (tasks at most) and
    `loads` (tasks asked already); `limits` are those of days and weeks that a plan over it could break."""

    book: Book
    capacities: Ints
    loads: Ints
    limits: Limits


class Left(NamedTuple):
    """Of some pairs, in which day or week of a volunteer each counts (-1 where he sets none), and how many services
    that day or week has room for yet."""

    keys: Ints
    rooms: Ints


def room(plan: Plan, wishes: Sequence[Wish], book: Book) -> Room:
    """Returns what `plan` has room for among the candidates of `wishes` that are in `book`.

    Whoever gets one task, and was asked for none, has been asked the rules of matching, and that is enough.
    """
    ids = book.people.ids
    people = np.searchsorted(ids, book.volunteers)
    asked = taken.asked({wish.request.district_id for wish in wishes if wish.request.district_id})
    loads = _counts(ids, asked.people)
    capacities = np.maximum(plan.most_each - _counts(ids, taken.given(plan)), 0)
    begins, ends = (np.array(column, np.int64)[book.places] for column in numbers(wishes)[1:])
    fits = capacities[people] > 0
    if len(asked.people):
        fits &= ~_meeting(asked, book.volunteers, begins, ends)
    several = (book.people.most < NO_LIMIT) & ((capacities > 1) | (loads > 0))
    at = np.flatnonzero(fits & several[people] & (begins < ends))
    narrowest = np.full(len(people), -1)
    limits = Limits(NONE, NONE, NONE, NONE)
    if len(at):
        day, week = _lefts(ids, people[at], begins[at], asked)
        has_room = (day.rooms > 0) & (week.rooms > 0)
        fits[at] = has_room
        at = at[has_room]
        day, week = (Left(*(column[has_room] for column in left)) for left in (day, week))
        limits = _limits(people[at], capacities[people[at]], day, week)
        narrowest[at] = limits.narrowest
    if not fits.all():
        narrowest = narrowest[fits]
        marks = Marks(*(column[fits] for column in book.marks))
        book = replace(book, places=book.places[fits], volunteers=book.volunteers[fits], marks=marks)
    return Room(book, capacities, loads, limits._replace(narrowest=narrowest))


def _counts(ids: Ints, people: Ints) -> Ints:
    """Returns how often each of `ids`, which are in order, is among `people`."""
    return np.bincount(np.searchsorted(ids, people[np.isin(people, ids)]), minlength=len(ids))


def _meeting(asked: taken.Asked, volunteers: Ints, begins: Ints, ends: Ints) -> Flags:
    """Returns which of the pairs of `volunteers` overlap with what a plan has asked of them."""
    found = np.zeros(len(volunteers), np.bool_)
    theirs = np.flatnonzero(np.isin(volunteers, asked.people))
    theirs = theirs[np.argsort(volunteers[theirs], kind="stable")]
    firsts, lasts = (np.searchsorted(volunteers[theirs], asked.people, side) for side in ("left", "right"))
    for first, last, begin, end in zip(firsts, lasts, asked.begins, asked.ends, strict=True):
        at = theirs[first:last]
        found[at] |= (begins[at] < end) & (begin < ends[at]) & (begins[at] < ends[at])
    return found


def _lefts(ids: Ints, people: Ints, begins: Ints, asked: taken.Asked) -> list[Left]:
    """Returns what is left of the days and of the weeks of the pairs of `people` (by place among `ids`) at `begins`."""
    limited, rows = np.unique(people, return_inverse=True)
    listed = ids[limited].tolist()
    who, when = taken.promised(listed, int(begins.min()), int(begins.max()))
    mine = np.isin(asked.people, ids[limited])
    who, when = np.append(who, asked.people[mine]), np.append(when, asked.begins[mine])
    had = np.searchsorted(ids[limited], who), when
    periods: tuple[Period, Period] = (hours.day_of, hours.week_of)
    return [
        _left(rows, begins, had, most, period)
        for most, period in zip(taken.wanted(listed), periods, strict=True)
    ]


def _left(rows: Ints, begins: Ints, had: tuple[Ints, Ints], most: Ints, period: Period) -> Left:
    """Returns what is left when in each `period` those in a row have `had` that many services of `most`."""
    firsts, afters = _periods(begins, period)

    def keys(rows: Ints, moments: Ints) -> Ints:
        number = np.searchsorted(firsts, moments, "right") - 1
        return np.where((number >= 0) & (moments < afters[number]), rows * len(firsts) + number, -1)

    mine, theirs = keys(rows, begins), np.sort(keys(*had))
    count = np.searchsorted(theirs, mine, "right") - np.searchsorted(theirs, mine, "left")
    return Left(np.where(most[rows] < NO_LIMIT, mine, -1), most[rows] - count)


def _periods(moments: Ints, period: Period) -> tuple[Ints, Ints]:
    """Returns the periods in which `moments` lie: their first seconds in order, and the seconds after each."""
    found, left = [], np.unique(moments)
    while len(left):
        first, after = (int(edge.timestamp()) for edge in period(datetime.fromtimestamp(int(left[0]), UTC)))
        found.append((first, after))
        left = left[left >= after]
    firsts, afters = np.array(found, np.int64).T
    return firsts, afters


def _limits(people: Ints, capacities: Ints, day: Left, week: Left) -> Limits:
    """Returns the limits of the pairs of `people`, each with the capacity of its volunteer, that they could break."""
    in_day, days = _breakable(day, capacities)
    in_week, weeks = _breakable(week, capacities)
    in_week[in_week >= 0] += len(days)
    first = np.concatenate([days, weeks])
    return Limits(
        people=people[first],
        rooms=np.concatenate([day.rooms[days], week.rooms[weeks]]),
        within=np.concatenate([in_week[days], np.full(len(weeks), -1)]),
        narrowest=np.where(in_day >= 0, in_day, in_week),
    )


def _breakable(left: Left, capacities: Ints) -> tuple[Ints, Ints]:
    """Returns for each pair the number of its day or week (-1: it cannot get more than it has room for), and of each of
    these the first pair."""
    limited = np.flatnonzero(left.keys >= 0)
    _keys, first, which, size = np.unique(
        left.keys[limited], return_index=True, return_inverse=True, return_counts=True
    )
    first = limited[first]
    breaks = (size > left.rooms[first]) & (left.rooms[first] < capacities[first])
    found = np.full(len(left.keys), -1)
    found[limited] = np.where(breaks, np.cumsum(breaks) - 1, -1)[which]
    return found, first[breaks]
