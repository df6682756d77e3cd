"""What a request gives the rules to compare with: named values, so that their SQL is the same for many requests.

Rules are written over `Given` names, never over the values themselves. Which rules there are is the request's `Shape`;
all that depends on it alone is built once and kept (matching.statements).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Expression,
    F,
    Field,
    FloatField,
    Func,
    IntegerField,
    Q,
    TextField,
    Value,
)
from django.utils import timezone

from civic.lib import clock
from civic.lib.geo import blurred
from requests_app import reference
from requests_app.models import ServiceRequest
from volunteers import hours
from volunteers.terms import ADULT_YEARS

FIELDS: dict[str, Field[Any, Any]] = {
    "request": IntegerField(),
    "lot": TextField(),  # of the request, see questions
    "round": IntegerField(),
    "district": IntegerField(),
    "community": IntegerField(),
    "kinds": ArrayField(IntegerField()),  # of help: its category and those above
    "skills": ArrayField(IntegerField()),
    "qualification": IntegerField(),
    "day": DateField(),
    "adults_born_by": DateField(),
    "allowed_born_by": DateField(),
    "beneficiary": IntegerField(),
    "beneficiary_phone": TextField(),
    "proxy": IntegerField(),
    "contact_phone": TextField(),
    "lat": FloatField(),  # blurred
    "lon": FloatField(),
    "radius_m": IntegerField(),
    "begins": DateTimeField(),
    "ends": DateTimeField(),
    "day_begins": DateTimeField(),
    "day_ends": DateTimeField(),
    "week_begins": DateTimeField(),
    "week_ends": DateTimeField(),
}
# Of each local day that the service touches; "day_1" and so on.
OF_A_DAY: dict[str, Field[Any, Any]] = {
    "date": DateField(),
    "weekday": IntegerField(),
    "starts": IntegerField(),  # minutes from midnight
    "stops": IntegerField(),
}
# Looked up from those above by the statement itself, once for each request. What is not known equals nothing.
LOOKED_UP: dict[str, str] = {
    # The accounts of those who placed the request or whom it is for.
    "own_accounts": """
        ARRAY(SELECT id FROM accounts_user
               WHERE id IN (%(beneficiary)s, %(proxy)s) OR phone_hash IN (%(beneficiary_phone)s, %(contact_phone)s))
    """,
}
# Not of the request but of the search.
OF_A_SEARCH: dict[str, Field[Any, Any]] = {
    "x": FloatField(),  # on the map of matching.nearest
    "y": FloatField(),
    "named": ArrayField(IntegerField()),
    "count": IntegerField(),
}


def field_of(name: str) -> Field[Any, Any]:
    """Returns the type of the value `name`. Raises KeyError where nothing gives it."""
    if name in LOOKED_UP:
        return ArrayField(IntegerField())
    known = FIELDS.get(name) or OF_A_SEARCH.get(name)
    return known or OF_A_DAY[name.rpartition("_")[0]]


class Given(Expression):
    """The value of that name, whichever request asks."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=field_of(name))
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return f"%({self.name})s", ()


def among(column: str, listed: Given | Value) -> Q:
    """Returns whether `column` is one of the `listed`, a single parameter however many."""
    found: Any = Func(
        F(column),
        listed,
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
    return Q(found)


class Shape(NamedTuple):
    """Which rules a request calls for. `days`: how many its time touches, 0 while that is open."""

    skills: bool
    vetting: bool
    insurance: bool
    qualification: bool
    least_age: bool
    place: bool
    days: int


@dataclass(frozen=True)
class Facts:
    """What the rules look at in one request."""

    shape: Shape
    values: dict[str, Any]


def window(request: ServiceRequest, start: datetime | None = None) -> tuple[datetime, datetime] | None:
    """Returns the time the service would take up, or None while the start is open."""
    begins = _begins(request, start)
    if begins is None:
        return None
    return begins, begins + timedelta(minutes=request.expected_minutes)


def _begins(request: ServiceRequest, start: datetime | None = None) -> datetime | None:
    """Returns when it would begin; a wished start that has passed says nothing any more."""
    wished = request.preferred_start
    return start or request.agreed_start or (wished if wished is not None and wished > clock.now() else None)


def facts(request: ServiceRequest) -> Facts:
    """Returns what the rules look at in `request`; no statement. It needs its category only as an id."""
    category = reference.snapshot().by_id[request.category_id]
    times = window(request)
    days, of_times = _of_times(*times) if times else (0, {})
    skills = reference.skills_of(request)
    placed = request.lat is not None and request.lon is not None
    shape = Shape(
        skills=bool(skills),
        vetting=category.needs_vetting,
        insurance=category.needs_insurance,
        qualification=category.qualification_id is not None,
        least_age=category.min_age is not None,
        place=placed,
        days=days,
    )
    day = timezone.localdate(times[0] if times else clock.now())
    lat, lon = blurred(request.lat, request.lon) if placed else (None, None)  # type: ignore[arg-type]
    values: dict[str, Any] = {
        "request": request.pk,
        "lot": f":{request.code}",
        "round": request.round,
        "district": request.district_id,
        "community": request.community_id,
        "kinds": reference.lineage(request.category_id),
        "skills": skills,
        "qualification": category.qualification_id,
        "day": day,
        "adults_born_by": born_by(day, ADULT_YEARS),
        "allowed_born_by": None if category.min_age is None else born_by(day, category.min_age),
        "beneficiary": request.beneficiary_id,
        "beneficiary_phone": request.beneficiary_phone_hash or None,
        "proxy": request.proxy_id,
        "contact_phone": request.contact_phone_hash or None,
        "lat": lat,
        "lon": lon,
        "radius_m": reference.radius_m(request.area_id),
    }
    return Facts(shape, values | of_times)


@lru_cache(4096)
def _of_times(begins: datetime, ends: datetime) -> tuple[int, dict[str, Any]]:
    """Returns how many days a time touches, and the values that it gives; the wishes of a backlog have few times."""
    values: dict[str, Any] = {"begins": begins, "ends": ends}
    values |= zip(("day_begins", "day_ends"), hours.day_of(begins), strict=True)
    values |= zip(("week_begins", "week_ends"), hours.week_of(begins), strict=True)
    pieces = hours.pieces(begins, ends)
    for number, piece in enumerate(pieces, start=1):
        of_it = (piece.day, piece.day.isoweekday(), piece.starts, piece.ends)
        values |= {f"{name}_{number}": value for name, value in zip(OF_A_DAY, of_it, strict=True)}
    return len(pieces), values


def hardest(several: Sequence[Facts]) -> dict[str, Any]:
    """Returns the values of a request of a kind, with those from all of them that are hardest to meet: whoever meets
    these is old enough on the first day of all, and insured and qualified on the last."""
    days = {
        "day": max(each.values["day"] for each in several),
        "adults_born_by": min(each.values["adults_born_by"] for each in several),
    }
    if (first := several[0].values["allowed_born_by"]) is not None:
        days["allowed_born_by"] = min(each.values["allowed_born_by"] or first for each in several)
    return several[0].values | days


@lru_cache(4096)
def born_by(day: date, years: int) -> date:
    """Returns the last birth date that makes somebody `years` old on `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # a 29 February without one that many years before
        return day.replace(year=day.year - years, day=28)
