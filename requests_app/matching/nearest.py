"""The nearest of the eligible, exactly: found by the index, checked on the globe; and those who gave no point.

The index holds Mercator's map of the home points (volunteers.models.HOME). It keeps angles, so around one place its
distances are true up to a factor that hardly changes; how much it may change is what `_reach_m` reckons with.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import asinh, atan, cos, degrees, radians, sinh, tan
from typing import Any, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, F, FloatField, Func, QuerySet, Value
from django.db.models.functions import MD5, Concat

from civic.areas import queries as areas
from civic.lib.geo import EARTH_RADIUS_M, distance_m
from requests_app.matching.eligible import Field
from requests_app.models import ServiceRequest
from volunteers.models import HOME, Volunteer

Place = tuple[float, float]
SPARE = 8  # looked at beyond those wanted, and a quarter of them, so that one look nearly always suffices
GROWTH = 4  # of a look that did not
WITHOUT_POINT = 20


def origin(request: ServiceRequest) -> Place | None:
    """Returns (lat, lon) from where to look: the request's point, else the centre of the smallest area that has one."""
    if request.lat is not None and request.lon is not None:
        return request.lat, request.lon
    for area in reversed(areas.fresh_if_unknown(request.area_id).lineage(request.area_id)):
        if area.centre_lat is not None and area.centre_lon is not None:
            return area.centre_lat, area.centre_lon
    return None


def pool(request: ServiceRequest, field: Field, count: int) -> list[int]:
    """Returns the ids of the `count` who live nearest to the request, and of some of its community without a point.

    One statement each. Without any place to look from, people of the district are drawn by lot.
    """
    place = origin(request)
    if place is None:
        return list(by_lot(field.eligible, request).values_list("pk", flat=True)[:count])
    return nearest(field, place, count) + list(without_point(field, request).values_list("pk", flat=True))


def nearest(field: Field, place: Place, count: int) -> list[int]:
    """Returns the ids of the `count` of the field's eligible with the nearest home points, in order, ties by id."""
    wanted = first_look(count)
    while True:
        seen = [Seen(*line) for line in by_gap(field, place, wanted)]
        found = among(seen, place, count, everybody=len(seen) < wanted)
        if found is not None:
            return found
        wanted *= GROWTH


class Seen(NamedTuple):
    """Somebody whom a search came across: `gap` is the distance on the map, `fit` whether they may be asked."""

    pk: int
    lat: float
    lon: float
    gap: float
    fit: bool


def first_look(count: int) -> int:
    """Returns how many to look at first so that `count` are nearly always among them."""
    return count + count // 4 + SPARE


def by_gap(field: Field, place: Place, wanted: int) -> QuerySet[Any, Any]:
    """Returns the fields of Seen of the first `wanted` by their distance on the map from `place`.

    Whether somebody is fit is asked only once the nearest are found: in one go the planner would sort them all.
    """
    lat, lon = place
    here = Func(Value(lon), Value(_northing(lat)), function="point")
    gap: Any = Func(HOME, here, template="(%(expressions)s)", arg_joiner=" <-> ", output_field=FloatField())
    mapped = field.people.filter(lat__isnull=False, lon__isnull=False)
    first = mapped.order_by(gap).values("pk")[:wanted]  # by the key too, PostgreSQL 15 would sort
    fit = ExpressionWrapper(field.fit, output_field=BooleanField())
    return Volunteer.objects.filter(pk__in=first).values_list("pk", "lat", "lon", gap, fit)


def among(seen: Sequence[Seen], place: Place, count: int, *, everybody: bool) -> list[int] | None:
    """Returns the ids of the `count` nearest who are fit, or None when somebody not yet `seen` may be one of them."""
    away = sorted((distance_m(*place, each.lat, each.lon), each.pk) for each in seen if each.fit)
    if not everybody:
        if len(away) < count:
            return None
        # Nobody behind those seen is nearer on the map; who is as near may come before by id.
        if away[count - 1][0] >= _reach_m(place[0], max(each.gap for each in seen)):
            return None
    return [pk for _, pk in away[:count]]


def without_point(field: Field, request: ServiceRequest) -> QuerySet[Volunteer]:
    """Returns some of the eligible of the request's community who gave no point, drawn by lot."""
    homeless = field.eligible.filter(lat=None, community_id=request.community_id)
    return by_lot(homeless, request)[:WITHOUT_POINT]


def by_lot(people: QuerySet[Volunteer], request: ServiceRequest) -> QuerySet[Volunteer]:
    """In an order that is the same for one request and another for the next, so that nobody is always last."""
    drawn = MD5(Concat(F("number"), Value(f":{request.code}")))
    return people.order_by(drawn, "number")


def _northing(lat: float) -> float:
    """Returns the latitude on Mercator's map, in the degrees of the equator."""
    return degrees(asinh(tan(radians(lat))))


def _reach_m(lat: float, gap: float) -> float:
    """Returns a distance within which nobody lies who is further than `gap` degrees away on the map.

    The way to such a person leaves the circle of `gap`; within it a degree of the map is nowhere shorter than at
    the latitude furthest from the equator.
    """
    furthest = atan(sinh(radians(abs(_northing(lat)) + gap)))
    return EARTH_RADIUS_M * radians(gap) * cos(furthest)
