"""Editing the work calendar: administrators, within their own areas."""

from datetime import date, time, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from civic.accounts.access import holds
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import scope
from civic.areas.models import Area, AreaLevel
from civic.lib.errors import NotAllowed, ValidationFailed
from civic.lib.text import clean
from civic.worktime import calendar
from civic.worktime.days import FIRST_DAY, LAST_DAY
from civic.worktime.models import DayOverride, WorkHours

LONGEST: Final = 31  # days at once: what is more is a slip of the keyboard
OFF, WORKED, PUBLISHED = "off", "worked", "published"


def mark_days(*, actor: User, area: Area, first: date, last: date, kind: str, note: str) -> int:
    """Marks the days from `first` to `last` as OFF or WORKED in `area` and below it, or as PUBLISHED again; returns
    how many.

    A mark of the city holds everywhere. Open deadlines follow within a minute. Raises NotAllowed outside the areas
    that `actor` administers, ValidationFailed for a span that cannot be, or without a reason.
    """
    _check(actor, area)
    errors = {}
    if not FIRST_DAY <= first <= last <= LAST_DAY or (last - first).days >= LONGEST:
        errors["last"] = [_("Choose 1 to 31 days, the last not before the first.")]
    try:
        note = clean(note, 200)
    except ValueError as error:
        errors["note"] = [error.args[0]]
    if kind != PUBLISHED and not note:
        errors["note"] = [_("Please say why.")]
    if errors:
        raise ValidationFailed(errors=errors)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    place = _place(area)
    with transaction.atomic():
        if kind == PUBLISHED:
            DayOverride.objects.filter(area=place, day__in=days).delete()
        else:
            for day in days:
                DayOverride.objects.update_or_create(
                    area=place, day=day, defaults={"is_workday": kind == WORKED, "note": note}
                )
    calendar.forget()
    return len(days)


def set_hours(*, actor: User, area: Area, hours: tuple[time, time, time, time]) -> None:
    """Sets the work hours of `area` and what lies below: morning from, until, afternoon from, until.

    Raises NotAllowed outside the areas that `actor` administers, ValidationFailed when they are out of order.
    """
    _check(actor, area)
    morning_from, morning_until, afternoon_from, afternoon_until = hours
    if not morning_from < morning_until <= afternoon_from < afternoon_until:
        words = _("The hours must follow each other: morning, then afternoon.")
        raise ValidationFailed.on("afternoon_until", words)
    WorkHours.objects.update_or_create(
        area=_place(area),
        defaults={
            "morning_from": morning_from,
            "morning_until": morning_until,
            "afternoon_from": afternoon_from,
            "afternoon_until": afternoon_until,
        },
    )
    calendar.forget()


def _check(actor: User, area: Area) -> None:
    if not holds(actor, {Role.ADMIN}, scope.of(area)):
        raise NotAllowed(_("You edit the calendar of your own areas only."))


def _place(area: Area) -> Area | None:
    """What is marked for the city holds everywhere."""
    return None if area.level == AreaLevel.CITY else area
