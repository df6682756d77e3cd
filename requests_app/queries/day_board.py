"""The board of a day: who is where and when, by volunteer and by hour, and who has not come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.timezone import localdate, localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.lib import clock, spoken
from civic.lib.text import opening
from requests_app import access, reference
from requests_app.effects.serving import NO_SHOW_AFTER
from requests_app.enums import AssignmentState
from requests_app.models import Assignment

MOST = 500  # assignments shown at once: more than a person can look over
FIRST_HOUR, LAST_HOUR = 8, 18  # shown at least; earlier and later ones when somebody serves then
STEP_MINUTES, STEPS_AN_HOUR = 5, 12  # how exactly a block stands where it begins and ends
LEAST_STEPS = 3  # a block of a minute can still be seen
WORDS_STEPS = 18  # room for the words beside a block shorter than an hour, which has none inside
WHOLE, BLOCK, WORDS = "whole", "block", "words"
FURTHEST = timedelta(days=366)
FAR = timedelta(days=14)  # who begins further from the agreed start is not looked for

# How a task stands: the word and the icon say it, the frame and the colour only help.
MISSING, LATE, OVER, UNSURE = "missing", "late", "over", "unsure"
STANDS: dict[str, tuple[str | Promise, str]] = {
    MISSING: (gettext_lazy("Not checked in"), "user-question"),
    LATE: (gettext_lazy("Late"), "alert-triangle"),
    OVER: (gettext_lazy("Over time"), "hourglass"),
    UNSURE: (gettext_lazy("Has to confirm"), "help-circle"),
    AssignmentState.ACCEPTED: (pgettext_lazy("board", "Coming"), "clock"),
    AssignmentState.IN_SERVICE: (pgettext_lazy("board", "There"), "player-play"),
    AssignmentState.COMPLETED: (pgettext_lazy("board", "Done"), "check"),
    AssignmentState.NO_SHOW: (gettext_lazy("Did not come"), "user-x"),
    AssignmentState.GIVEN_UP: (gettext_lazy("Given up"), "user-minus"),
    AssignmentState.RELEASED: (gettext_lazy("Released"), "arrow-back-up"),
}
PRESSING = (MISSING, LATE, OVER)
ENDED = frozenset({AssignmentState.NO_SHOW, AssignmentState.GIVEN_UP, AssignmentState.RELEASED})


@dataclass(frozen=True)
class Task:
    """One assignment as the board shows it: from when to when somebody served, as far as that is known, else as agreed.

    `stands` is a key of STANDS; `since` when what presses began.
    """

    request_id: int
    volunteer_id: int
    volunteer: str
    number: str
    title: str
    place: str
    start: datetime
    end: datetime
    stands: str
    since: datetime | None
    checked_in_at: datetime | None

    @property
    def word(self) -> str | Promise:
        """How it stands."""
        return STANDS[self.stands][0]

    @property
    def icon(self) -> str:
        """The same as a shape."""
        return STANDS[self.stands][1]

    @property
    def presses(self) -> bool:
        """Whether somebody of the desk has to look after it."""
        return self.stands in PRESSING

    @property
    def ended(self) -> bool:
        """Whether it ended without being served."""
        return self.stands in ENDED


@dataclass(frozen=True)
class Cell:
    """A stretch of a lane in steps of five minutes: nothing, the block of a task, or the words beside a short block.

    `part` is "" for nothing, BLOCK, WORDS, or WHOLE for a block that has room for its words.
    """

    steps: int
    task: Task | None = None
    part: str = ""
    on_hour: bool = False
    now: bool = False


@dataclass(frozen=True)
class Row:
    """One volunteer's day; what would lie over each other stands in lanes below each other."""

    volunteer: str
    number: str
    lanes: list[list[Cell]]
    presses: bool


@dataclass(frozen=True)
class Board:
    """One day in the areas of its reader. `hour_now` is None on any other day than today."""

    day: date
    area: int | None
    hours: range
    hour_now: int | None
    rows: list[Row]
    by_hour: list[tuple[int, list[Task]]]
    counts: list[tuple[str, str | Promise, str, int]]
    cut_off: bool
    read_at: datetime
    tasks: list[Task] = field(repr=False, default_factory=list)


def day_of(text: str) -> date:
    """Returns the day that `text` (2026-07-08) names, today for anything else or further away than a year."""
    today = localdate(clock.now())
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) <= FURTHEST else today


def board(user: User, day: date, area: int | None = None) -> Board:
    """Returns the board of `day` with what `user` may list as staff, in `area` alone when given; one query."""
    now = clock.now()
    found = _read(user, day, area)
    tasks = sorted((_task(line, now) for line in found[:MOST]), key=lambda task: task.start)
    hours = _hours(tasks)
    hour_now = localtime(now).hour if day == localdate(now) else None
    by_volunteer: dict[int, list[Task]] = defaultdict(list)
    by_hour: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        by_volunteer[task.volunteer_id].append(task)
        by_hour[localtime(task.start).hour].append(task)
    rows = [
        Row(each[0].volunteer, each[0].number, _lanes(each, hours, hour_now), any(t.presses for t in each))
        for each in by_volunteer.values()
    ]
    return Board(
        day=day,
        area=area,
        hours=hours,
        hour_now=hour_now,
        rows=sorted(rows, key=lambda row: not row.presses),  # stable: else by the first start
        by_hour=sorted(by_hour.items()),
        counts=_counts(tasks),
        cut_off=len(found) > MOST,
        read_at=now,
        tasks=tasks,
    )


def _read(user: User, day: date, area: int | None) -> list[Assignment]:
    begins = make_aware(datetime.combine(day, time.min))
    ends = make_aware(datetime.combine(day + timedelta(days=1), time.min))
    seen = access.listed_for(user)
    chosen = areas.tree().by_id.get(area or 0)
    if chosen is not None:
        seen = seen.filter(**{f"{chosen.level}_id": chosen.pk})
    # Whoever began on another day than agreed stands on the day of the work; the agreed start bounds the search.
    found = Assignment.objects.alias(began=Coalesce("checked_in_at", "agreed_start")).filter(
        began__gte=begins,
        began__lt=ends,
        agreed_start__gte=begins - FAR,
        agreed_start__lt=ends + FAR,
        request__in=seen,
    )
    named = ("volunteer__number", "volunteer__user__name", "volunteer__user__username")
    shown = ("request__title", "request__text", "request__category_id", "request__area_id")
    own = ("state", "agreed_start", "expected_minutes", "confirm_by", "checked_in_at", "completed_at")
    found = found.select_related("volunteer__user", "request").only(*own, *named, *shown)
    return list(found.order_by("agreed_start", "pk")[: MOST + 1])


def _task(line: Assignment, now: datetime) -> Task:
    request, start = line.request, line.checked_in_at or line.agreed_start
    length = timedelta(minutes=line.expected_minutes)
    stands, since = _stands(line, max(start, line.agreed_start) + length, now)
    area = areas.tree().by_id.get(request.area_id)
    return Task(
        request_id=request.pk,
        volunteer_id=line.volunteer_id,
        volunteer=line.volunteer.user.name,
        number=line.volunteer.number,
        title=request.title or opening(request.text) or str(reference.snapshot().by_id[request.category_id]),
        place=area.label if area else "",
        start=start,
        end=line.completed_at or start + length,
        stands=stands,
        since=since,
        checked_in_at=line.checked_in_at,
    )


def _stands(line: Assignment, end: datetime, now: datetime) -> tuple[str, datetime | None]:
    """Returns how an assignment stands now, and since when it presses; `end` is when it should be done.

    Rules (effects.serving): who has not checked in half an hour after the agreed start may be reported; who begins
    early has until the agreed end.
    """
    start = line.agreed_start
    if line.state == AssignmentState.ACCEPTED:
        if now >= start + NO_SHOW_AFTER:
            return MISSING, start
        if now > start:
            return LATE, start
        return (UNSURE if line.confirm_by is not None else AssignmentState.ACCEPTED), None
    if line.state == AssignmentState.IN_SERVICE and now > end:
        return OVER, end
    return line.state, None


def _hours(tasks: Iterable[Task]) -> range:
    """Returns the hours of the columns: the working day, and further as far as somebody serves."""
    first, last = FIRST_HOUR, LAST_HOUR
    for task in tasks:
        span = _span(task)
        first, last = min(first, span.start), max(last, span.stop)
    return range(first, last)


def _span(task: Task) -> range:
    """Returns the local hours that a task touches; what goes on after midnight ends with the day."""
    start, end = localtime(task.start), localtime(task.end)
    if end.date() > start.date():
        return range(start.hour, 24)
    until = end.hour + (1 if end.minute or end.second else 0)
    return range(start.hour, max(until, start.hour + 1))


@dataclass(frozen=True)
class _Drawn:
    """What is drawn of a task: its block from when to when it is, and words where the block is too short for them."""

    task: Task
    block: range
    words: range

    @property
    def steps(self) -> range:
        """All of it."""
        if not self.words:
            return self.block
        return range(min(self.block.start, self.words.start), max(self.block.stop, self.words.stop))

    def clear_of(self, other: _Drawn) -> bool:
        """Whether the two can stand in one lane."""
        return self.steps.stop <= other.steps.start or other.steps.stop <= self.steps.start

    def parts(self) -> list[tuple[range, str]]:
        """Returns where each part stands, from left to right."""
        if not self.words:
            return [(self.block, WHOLE)]
        return sorted([(self.block, BLOCK), (self.words, WORDS)], key=lambda part: part[0].start)


def _lanes(tasks: list[Task], hours: range, hour_now: int | None) -> list[list[Cell]]:
    """Returns a volunteer's lanes: each task, by its start, in the first one that has room for what is drawn of it."""
    lanes: list[list[_Drawn]] = []
    for task in tasks:
        drawn = _drawn(task, hours)
        free = (lane for lane in lanes if all(drawn.clear_of(other) for other in lane))
        lane = next(free, None)
        if lane is None:
            lanes.append([drawn])
        else:
            lane.append(drawn)
    return [_cells(sorted(lane, key=lambda each: each.steps.start), hours, hour_now) for lane in lanes]


def _drawn(task: Task, hours: range) -> _Drawn:
    """Returns the task in steps from the board's first hour on; a short one is drawn a quarter of an hour wide, its
    words to the right or, late in the day, to the left of it."""
    last = len(hours) * STEPS_AN_HOUR
    start, end = localtime(task.start), localtime(task.end)
    first = ((start.hour - hours.start) * 60 + start.minute) // STEP_MINUTES
    until = last
    if end.date() == start.date():
        until = -(-((end.hour - hours.start) * 60 + end.minute) // STEP_MINUTES)
    first = min(first, last - LEAST_STEPS)
    until = max(until, first + LEAST_STEPS)
    if until - first >= STEPS_AN_HOUR:
        return _Drawn(task, range(first, until), range(0))
    right = range(until, until + WORDS_STEPS)
    return _Drawn(
        task, range(first, until), right if right.stop <= last else range(first - WORDS_STEPS, first)
    )


def _cells(lane: list[_Drawn], hours: range, hour_now: int | None) -> list[Cell]:
    """Returns a lane's cells from left to right; what is empty ends at every full hour."""
    cells: list[Cell] = []
    at, last = 0, len(hours) * STEPS_AN_HOUR

    def leave_empty(until: int) -> None:
        nonlocal at
        while at < until:
            hour, within = divmod(at, STEPS_AN_HOUR)
            steps = min(until - at, STEPS_AN_HOUR - within)
            cells.append(Cell(steps, on_hour=not within, now=hours[hour] == hour_now))
            at += steps

    for drawn in lane:
        for steps, part in drawn.parts():
            leave_empty(steps.start)
            cells.append(Cell(len(steps), drawn.task, part))
            at = steps.stop
    leave_empty(last)
    return cells


def _counts(tasks: list[Task]) -> list[tuple[str, str | Promise, str, int]]:
    """Returns (key, words, icon, how many) of every standing that occurs, what presses first."""
    every = [task.stands for task in tasks]
    return [(key, *STANDS[key], every.count(key)) for key in STANDS if key in every]


def hour_label(hour: int) -> str:
    """Returns the full hour as a clock shows it: "8:00"."""
    return f"{hour}:00"


def heading(day: date) -> str:
    """Returns the day in words: "today (Wed)", "8 Jul"."""
    return spoken.day(make_aware(datetime.combine(day, time(12))), weekday=True)


def empty_words() -> str:
    """Returns what to do on a day without anything."""
    return _("What volunteers accept for this day appears here by itself.")
