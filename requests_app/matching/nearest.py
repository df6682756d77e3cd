"""The nearest of the eligible, exactly: found by the index, checked on the globe; and those who gave no point.

The index holds Mercator's map of the home points (volunteers.models.HOME). It keeps angles, so around one place its
distances are true up to a factor that hardly changes; how much it may change is what `_reach_m` reckons with.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import asinh, atan, cos, degrees, radians, sinh, tan
from typing import Any

from django.db.models import F, FloatField, Func, QuerySet, Value
from django.db.models.functions import MD5, Concat

from civic.areas import queries as areas
from civic.lib.geo import EARTH_RADIUS_M, distance_m
from requests_app.models import ServiceRequest
from volunteers.models import HOME, Volunteer

Place = tuple[float, float]
SPARE = 8  # fetched beyond those wanted, so that one look nearly always suffices
WITHOUT_POINT = 20


def origin(request: ServiceRequest) -> Place | None:
    """Returns (lat, lon) from where to look: the request's point, else the centre of the smallest area that has one."""
    if request.lat is not None and request.lon is not None:
        return request.lat, request.lon
    for area in reversed(areas.fresh_if_unknown(request.area_id).lineage(request.area_id)):
        if area.centre_lat is not None and area.centre_lon is not None:
            return area.centre_lat, area.centre_lon
    return None


def pool(request: ServiceRequest, people: QuerySet[Volunteer], count: int) -> list[Volunteer]:
    """Returns the `count` of `people` nearest to the request, and some of its community who gave no point.

    One statement each. Without any place to look from, people of the district are drawn by lot.
    """
    place = origin(request)
    if place is None:
        return list(by_lot(people, request)[:count])
    return nearest(people, place, count) + list(without_point(people, request))


def nearest(people: QuerySet[Volunteer], place: Place, count: int) -> list[Volunteer]:
    """Returns the `count` of `people` with a home point nearest to `place`, the nearest first, ties by id."""
    near, wanted = by_gap(people, place), count + SPARE
    while True:
        fetched: list[Volunteer] = list(near[:wanted])
        away = [(_away(person, place), _gap(person)) for person in fetched]
        if len(fetched) < wanted or is_sure(place, away, count):
            fetched.sort(key=lambda person: (_away(person, place), person.pk))
            return fetched[:count]
        wanted *= 2


def by_gap(people: QuerySet[Volunteer], place: Place) -> QuerySet[Any]:
    """Returns those of `people` with a home point in the order of their distance on the map, `gap` in its degrees."""
    lat, lon = place
    here = Func(Value(lon), Value(_northing(lat)), function="point")
    gap: Any = Func(HOME, here, template="(%(expressions)s)", arg_joiner=" <-> ", output_field=FloatField())
    mapped: QuerySet[Any] = people.filter(lat__isnull=False, lon__isnull=False)
    return mapped.annotate(gap=gap).order_by("gap", "pk")


def is_sure(place: Place, fetched: Sequence[tuple[float, float]], count: int) -> bool:
    """Whether the `count` nearest of the `fetched` (metres away, gap) are the nearest of all.

    `fetched` are the first of `by_gap`, more than `count`: nobody behind them is nearer on the map.
    """
    return sorted(metres for metres, _ in fetched)[count - 1] <= _reach_m(
        place[0], max(gap for _, gap in fetched)
    )


def without_point(people: QuerySet[Volunteer], request: ServiceRequest) -> QuerySet[Volunteer]:
    """Returns some of `people` of the request's community who gave no point, drawn by lot."""
    homeless = people.filter(lat=None, community_id=request.community_id)
    return by_lot(homeless, request)[:WITHOUT_POINT]


def by_lot(people: QuerySet[Volunteer], request: ServiceRequest) -> QuerySet[Volunteer]:
    """In an order that is the same for one request and another for the next, so that nobody is always last."""
    drawn = MD5(Concat(F("number"), Value(f":{request.code}")))
    return people.order_by(drawn, "number")


def _away(person: Volunteer, place: Place) -> float:
    assert person.lat is not None and person.lon is not None
    return distance_m(*place, person.lat, person.lon)


def _gap(person: Volunteer) -> float:
    return float(person.gap)  # type: ignore[attr-defined]


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
