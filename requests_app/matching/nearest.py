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
from civic.lib.geo import EARTH_RADIUS_M, blurred, distance_m, rounded_distance_m
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


def away_m(request: ServiceRequest, lat: float | None, lon: float | None) -> int | None:
    """Returns how far the home point `lat`, `lon` is, in metres: coarse and from a blurred point, so that moving one's
    home point finds no door; for a request without a point from the middle of its community.

    None where that is unknown, and where both are the middle of the same area: "about 100 m" would be invented.
    """
    if lat is None or lon is None:
        return None
    if request.lat is not None and request.lon is not None:
        return rounded_distance_m(distance_m(*blurred(request.lat, request.lon), lat, lon))
    middle = origin(request) if request.community_id is not None else None
    away = distance_m(*middle, lat, lon) if middle else 0.0
    return rounded_distance_m(away) if away >= 1 else None


def pool(request: ServiceRequest, field: Field, count: int) -> list[int]:
    """Returns the ids of whom to compare: `around` the request, or without any place to look from by lot."""
    place = origin(request)
    if place is None:
        return list(lots(field, request)[:count])
    return around(request, field, place, count)


def around(request: ServiceRequest, field: Field, place: Place, count: int) -> list[int]:
    """Returns the ids of the `count` of the field's eligible who live nearest to `place`, the nearest first, ties by
    id; behind them some of the request's community who gave no point, drawn by lot. One statement.
    """
    wanted = first_look(count)
    while True:
        seen = [Seen(*line) for line in look(field, request, place, wanted)]
        found = chosen(seen, place, count, wanted)
        if found is not None:
            return found
        wanted *= GROWTH


class Seen(NamedTuple):
    """Somebody whom a search came across: `gap` is the distance on the map, None without a point, and `fit` whether
    they may be asked."""

    pk: int
    lat: float | None
    lon: float | None
    gap: float | None
    fit: bool


def first_look(count: int) -> int:
    """Returns how many to look at first so that `count` are nearly always among them."""
    return count + count // 4 + SPARE


def look(field: Field, request: ServiceRequest, place: Place, wanted: int) -> QuerySet[Any, Any]:
    """Returns the fields of Seen of the first `wanted` by their distance on the map, and of those of the community
    without a point; in the order of their lots.

    Whether somebody is fit is asked only once they are found: in one go the planner would sort them all.
    """
    lat, lon = place
    here = Func(Value(lon), Value(_northing(lat)), function="point")
    gap: Any = Func(HOME, here, template="(%(expressions)s)", arg_joiner=" <-> ", output_field=FloatField())
    mapped = field.people.filter(lat__isnull=False, lon__isnull=False)
    first = mapped.order_by(gap).values("pk")[:wanted]  # by the key too, PostgreSQL 15 would sort
    if request.community_id is not None:
        homeless = field.people.filter(lat=None, community_id=request.community_id)
        first = first.union(homeless.values("pk"), all=True)
    fit = ExpressionWrapper(field.fit, output_field=BooleanField())
    found = Volunteer.objects.filter(pk__in=first).order_by(*_lot(request))
    return found.values_list("pk", "lat", "lon", gap, fit)


def lots(field: Field, request: ServiceRequest) -> QuerySet[Any, Any]:
    """Returns the ids of the eligible, in the order of their lots."""
    return field.eligible.order_by(*_lot(request)).values_list("pk", flat=True)


def chosen(seen: Sequence[Seen], place: Place, count: int, wanted: int) -> list[int] | None:
    """Returns the ids of the `count` nearest who are fit, and of some without a point; None when of more than the
    `wanted` first of a look another may be one of the nearest."""
    near = [each for each in seen if each.gap is not None]
    found = _among(near, place, count, everybody=len(near) < wanted)
    if found is None:
        return None
    return found + [each.pk for each in seen if each.gap is None and each.fit][:WITHOUT_POINT]


def _among(seen: Sequence[Seen], place: Place, count: int, *, everybody: bool) -> list[int] | None:
    away = sorted((distance_m(*place, each.lat, each.lon), each.pk) for each in seen if each.fit)  # type: ignore[arg-type]
    if not everybody:
        if len(away) < count:
            return None
        # Nobody behind those seen is nearer on the map; who is as near may come before by id.
        if away[count - 1][0] >= _reach_m(place[0], max(each.gap or 0.0 for each in seen)):
            return None
    return [pk for _, pk in away[:count]]


def _lot(request: ServiceRequest) -> tuple[Any, str]:
    """The same order for one request every time and another for the next, so that nobody is always last."""
    return MD5(Concat(F("number"), Value(f":{request.code}"))), "number"


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
