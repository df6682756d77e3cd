"""What the calendar page shows: a month of an area, what the calendar does not know, and how far deadlines are."""

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date, timedelta

from chinese_calendar import constants
from django.utils.translation import get_language

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import Area, AreaLevel
from civic.worktime import calendar
from civic.worktime.models import CalendarPass, CalendarStamp, DayOverride

ON_MONDAY = Weeks(firstweekday=0)
NAMES = {holiday.value: holiday.chinese for holiday in constants.Holiday}


@dataclass(frozen=True)
class Day:
    """One day as the month shows it. `kind`: "off" (against the week), "makeup", or "" for an ordinary one."""

    date: date
    in_month: bool
    is_today: bool
    is_worked: bool
    kind: str
    words: str
    is_ours: bool  # marked for this area or one above it, not by the library


def calendar_gaps(today: date | None = None) -> list[int]:
    """Returns the years in use whose holidays nobody has told: deadlines in them follow weekends only.

    For the calendar's own page and the operations page; entering the year's days empties the list.
    """
    return calendar.years_by_weekend_only(today)


def editable(user: User) -> list[Area]:
    """Returns the areas whose calendar `user` edits: those administered and what lies below, down to communities."""
    tree = areas.tree()
    found: dict[int, Area] = {}

    def walk(area: Area) -> None:
        if area.is_active and area.depth <= AreaLevel(AreaLevel.COMMUNITY).depth:
            found[area.pk] = area
            for child in tree.children(area.pk):
                walk(child)

    for row in held(user):
        if row.role == Role.ADMIN and row.area_id in tree.by_id:
            walk(tree.by_id[row.area_id])
    return list(found.values())


def month(area: Area, first: date, today: date) -> list[list[Day]]:
    """Returns the weeks, from Monday, of the month that begins with `first`, as they hold in `area`. Two queries."""
    in_force = calendar.for_area(area.pk)
    weeks = ON_MONDAY.monthdatescalendar(first.year, first.month)
    lineage = areas.tree().lineage(area.pk)
    order = {None: -1} | {place.pk: place.depth for place in lineage}
    marks: dict[date, DayOverride] = {}
    found = DayOverride.objects.filter(day__range=(weeks[0][0], weeks[-1][-1]))
    for mark in sorted(
        (each for each in found if each.area_id in order), key=lambda each: order[each.area_id]
    ):
        marks[mark.day] = mark
    return [
        [_day(day, first, today, in_force.is_workday(day), marks.get(day)) for day in week] for week in weeks
    ]


def _day(day: date, first: date, today: date, is_worked: bool, mark: DayOverride | None) -> Day:
    weekday = day.weekday() < 5
    kind = "" if is_worked == weekday else "makeup" if is_worked else "off"
    published = constants.holidays.get(day) or constants.workdays.get(day, "")
    return Day(
        date=day,
        in_month=day.month == first.month,
        is_today=day == today,
        is_worked=is_worked,
        kind=kind,
        words=mark.note if mark else _name(published) if kind or published in NAMES else "",
        is_ours=mark is not None,
    )


def _name(published: str) -> str:
    return NAMES.get(published, published) if (get_language() or "zh").startswith("zh") else published


def neighbours(first: date) -> tuple[date, date]:
    """Returns the first days of the months before and after."""
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)


def recalculation() -> tuple[CalendarPass | None, bool]:
    """Returns the last recalculation of deadlines and whether one is still under way or about to begin."""
    stamp = CalendarStamp.objects.first()
    last = CalendarPass.objects.order_by("-started_at", "-pk").first()
    if stamp is None:
        return last, False
    done = last is not None and last.stamp == stamp.stamp and last.finished_at is not None
    return last, not done
