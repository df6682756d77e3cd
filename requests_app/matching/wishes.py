"""The rules that volunteers set themselves: when, how far, how often and what for. What is left empty bounds nothing.

Written so that each row found on the index is checked by itself. An EXISTS beside an OR may be answered by reading its
whole table first; an aggregate over the rows of one person may not.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Model,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Cos, Power, Radians, Sin
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from civic.lib.geo import EARTH_RADIUS_M
from requests_app.matching.given import OF_A_DAY, Given, Shape
from requests_app.matching.rule import Rule
from volunteers.models import AvailableHours, Commitment, DayOff, ExtraHours


def wishes(shape: Shape) -> Iterator[Rule]:
    """Yields the rules for requests of `shape`."""
    yield Rule(
        "kind",
        ~Q(unwanted__overlap=Given("kinds")),
        _("They do not want this kind of help."),
        _("You do not want this kind of help."),
        narrows=True,
    )
    if shape.place:
        yield Rule(
            "radius",
            _within_radius(),
            _("It is further than they want to go."),
            _("It is further than you want to go."),
            narrows=True,
            always=Q(radius_m=None),
        )
    if shape.days:
        yield Rule(
            "available",
            _available(shape.days),
            _("They are not available then."),
            _("You have said that you are not available then."),
            always=~Q(_has(AvailableHours)) & ~Q(_has(DayOff)),
        )
        yield Rule(
            "daily_limit",
            _under("daily_limit", "day"),
            _("They have as many services that day as they want."),
            _("You have as many services that day as you want."),
            always=Q(daily_limit=None),
        )
        yield Rule(
            "weekly_limit",
            _under("weekly_limit", "week"),
            _("They have as many services that week as they want."),
            _("You have as many services that week as you want."),
            always=Q(weekly_limit=None),
        )


def _within_radius() -> Q:
    """Whether a home point lies within its radius of the request, or there is no point or no radius.

    Measured from a blurred point, like the distance that is ranked: no radius, however finely chosen, finds a door.
    """
    north = Power(Sin((Radians("lat") - Radians(Given("lat"))) / Value(2.0)), Value(2.0))
    east = Power(Sin(Radians(F("lon") - Given("lon")) / Value(2.0)), Value(2.0))
    half = north + Cos(Radians(Given("lat"))) * Cos(Radians("lat")) * east
    reach = Coalesce("radius_m", Given("radius_m"))
    # Haversines are compared, not metres: nothing is left of the row but NULL where there is no point or no radius.
    most = Power(Sin(Cast(reach, FloatField()) / Value(2 * EARTH_RADIUS_M)), Value(2.0))
    within = ExpressionWrapper(Q(LessThanOrEqual(half, most)), output_field=BooleanField())
    return Q(Coalesce(within, Value(True)))


def _available(days: int) -> Q:
    """Whether every day's piece of the time lies in extra hours, or in the week's hours on no day off."""
    found = Q()
    for number in range(1, days + 1):
        day, weekday, starts, stops = (Given(f"{name}_{number}") for name in OF_A_DAY)
        in_it = Q(starts__lte=starts, ends__gte=stops)
        usual = _any(AvailableHours, Q(), in_it & Q(weekday=weekday), without_rows=True)
        away = _any(DayOff, Q(last__gte=day), Q(first__lte=day), without_rows=False)
        extra = _any(ExtraHours, Q(day=day), in_it, without_rows=False)
        found &= (Q(usual) & ~Q(away)) | Q(extra)
    return found


def _has(model: type[Model]) -> Exists:
    return Exists(model._default_manager.filter(volunteer=OuterRef("pk")))


def _any(model: type[Model], rows: Q, holds: Q, *, without_rows: bool) -> Coalesce:
    """Returns whether one of the volunteer's `rows` fulfils `holds`, and `without_rows` where there are none."""
    mine = model._default_manager.filter(rows, volunteer=OuterRef("pk")).order_by()
    told = ExpressionWrapper(holds, output_field=BooleanField())
    one = mine.annotate(group=Value(1)).values("group").annotate(any=BoolOr(told)).values("any")
    return Coalesce(Subquery(one), Value(without_rows), output_field=BooleanField())


def _under(limit: str, period: str) -> Q:
    """Whether fewer services than the `limit` begin in the period, counted by the promises of time."""
    begins, ends = Given(f"{period}_begins"), Given(f"{period}_ends")
    times = Func(begins, ends, function="tstzrange", output_field=DateTimeRangeField())
    inside = Commitment.objects.filter(
        volunteer=OuterRef("pk"), active=True, during__overlap=times, during__startswith__gte=begins
    )
    count = inside.order_by().values("volunteer").annotate(n=Count("pk")).values("n")
    return Q(**{limit: None}) | Q(GreaterThan(F(limit), Coalesce(Subquery(count), Value(0))))
