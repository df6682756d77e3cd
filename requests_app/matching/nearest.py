"""The nearest of the eligible, exactly: found by the index, checked on the globe; and those who gave no point.

The index holds Mercator's map of the home points (volunteers.models.HOME). It keeps angles, so around one place its
distances are true up to a factor that hardly changes; how much it may change is what `reach_m` reckons with.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import asinh, atan, cos, degrees, radians, sinh, tan
from typing import NamedTuple

from civic.areas import queries as areas
from civic.lib.geo import EARTH_RADIUS_M, blurred, distance_m, rounded_distance_m
from requests_app.matching import given, questions
from requests_app.matching.given import Facts
from requests_app.matching.statements import run
from requests_app.models import ServiceRequest

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


def pool(
    request: ServiceRequest, count: int, *, named: Collection[int] = (), fresh: bool = False
) -> list[int]:
    """Returns the ids of whom to compare: `around` the request, or without any place to look from by lot; and those
    of `named` who may be asked. `fresh` leaves out whoever was asked before in this round. One statement, or two."""
    facts, place = given.facts(request), origin(request)
    if place is not None:
        return around(facts, place, count, named=named, fresh=fresh)
    drawn = run(questions.lots(facts.shape, fresh=fresh).of(facts.values | {"count": count}))
    return list(dict.fromkeys([*(pk for (pk,) in drawn), *(questions.able(request, named) if named else ())]))


def around(
    facts: Facts, place: Place, count: int, *, named: Collection[int] = (), fresh: bool = False
) -> list[int]:
    """Returns the ids of the `count` of the eligible who live nearest to `place`, the nearest first, ties by id;
    behind them some of the request's community who gave no point, drawn by lot, and those of `named` who may be
    asked. One statement, unless of the first seen too few are fit.
    """
    look = questions.look(facts.shape, fresh=fresh, naming=bool(named))
    wanted = first_look(count)
    while True:
        values = {**on_map(place), "count": wanted, "named": list(named)}
        found = chosen(
            [Seen(*line) for line in run(look.of(facts.values | values))], place, count, wanted, named
        )
        if found is not None:
            return found
        wanted *= GROWTH


def on_map(place: Place) -> dict[str, float]:
    """Returns where a place lies on the map, by the names of matching.given."""
    return {"x": place[1], "y": _northing(place[0])}


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


def chosen(
    seen: Sequence[Seen], place: Place, count: int, wanted: int, named: Collection[int] = ()
) -> list[int] | None:
    """Returns the ids of the `count` nearest who are fit, of some without a point, and of those `named` who are fit;
    None when of more than the `wanted` first of a look another may be one of the nearest."""
    near = sorted((each for each in seen if each.gap is not None), key=lambda each: (each.gap, each.pk))[
        :wanted
    ]
    found = _among(near, place, count, everybody=len(near) < wanted)
    if found is None:
        return None
    homeless = [each.pk for each in seen if each.gap is None and each.fit][:WITHOUT_POINT]
    return list(
        dict.fromkeys([*found, *homeless, *(each.pk for each in seen if each.fit and each.pk in named)])
    )


def _among(seen: Sequence[Seen], place: Place, count: int, *, everybody: bool) -> list[int] | None:
    away = sorted((distance_m(*place, each.lat, each.lon), each.pk) for each in seen if each.fit)  # type: ignore[arg-type]
    if not everybody:
        if len(away) < count:
            return None
        # Nobody behind those seen is nearer on the map; who is as near may come before by id.
        if away[count - 1][0] >= reach_m(place[0], max(each.gap or 0.0 for each in seen)):
            return None
    return [pk for _, pk in away[:count]]


def _northing(lat: float) -> float:
    """Returns the latitude on Mercator's map, in the degrees of the equator."""
    return degrees(asinh(tan(radians(lat))))


def reach_m(lat: float, gap: float) -> float:
    """Returns a distance within which nobody lies who is further than `gap` degrees away on the map.

    The way to such a person leaves the circle of `gap`; within it a degree of the map is nowhere shorter than at
    the latitude furthest from the equator.
    """
    furthest = atan(sinh(radians(abs(_northing(lat)) + gap)))
    return EARTH_RADIUS_M * radians(gap) * cos(furthest)
