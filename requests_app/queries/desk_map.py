"""A small map drawn by the server: outlines around a place, the place and the people near it. No tiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from civic.areas import queries as areas
from civic.areas.models import Area, AreaLevel
from civic.lib.geo import blurred
from requests_app.models import ServiceRequest
from requests_app.queries.desk_request import Choice

WIDTH, HEIGHT, MARGIN = 390, 230, 14
MOST_OUTLINES = 80
ROOM = 0.004  # degrees left around the place, some 400 m
Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """One area as an SVG path; `here` for the one the request lies in."""

    path: str
    name: str
    here: bool


@dataclass(frozen=True)
class Spot:
    """One point of the map in its own units and in degrees; `rank` 0 is the request itself."""

    x: float
    y: float
    rank: int
    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class SmallMap:
    """What the template draws."""

    outlines: list[Outline]
    spots: list[Spot]
    width: int = WIDTH
    height: int = HEIGHT


def small_map(request: ServiceRequest, choices: Iterable[Choice]) -> SmallMap | None:
    """Returns the map that shows the whole grid or community of `request`, its place and its candidates (blurred, with
    the nine best in view), or None when there is nothing to draw; one query."""
    tree = areas.tree()
    if request.area_id not in tree.by_id:
        return None
    people = [
        (*blurred(choice.candidate.volunteer.lat, choice.candidate.volunteer.lon), choice)
        for choice in choices
        if choice.candidate.volunteer.lat is not None and choice.candidate.volunteer.lon is not None
    ]
    focus = [(lon, lat) for lat, lon, _choice in people[:9]]
    if request.lat is not None and request.lon is not None:
        focus.append((request.lon, request.lat))
    own = tree.by_id[request.area_id]
    if not focus and own.centre_lat is not None and own.centre_lon is not None:
        focus.append((own.centre_lon, own.centre_lat))
    if not focus:
        return None
    small = own.level in {AreaLevel.GRID, AreaLevel.COMMUNITY}
    focus = _with_room(focus)
    drawn = list(
        Area.objects.filter(pk__in=_around(request, focus), is_active=True)
        .exclude(boundary=None)
        .order_by("code")[:MOST_OUTLINES]
    )
    rings = {area.pk: list(_rings(area.boundary)) for area in drawn}
    whole = [point for ring in rings.get(own.pk, []) for point in ring] if small else []
    project = _Projection([*focus, *whole])
    outlines = [
        Outline(project.path(rings[area.pk]), area.label, area.pk == request.area_id and small)
        for area in drawn
    ]
    outlines.sort(key=lambda each: each.here)
    spots = [
        Spot(*project.at((lon, lat)), choice.rank, choice.candidate.volunteer.user.name, lat, lon)
        for lat, lon, choice in people
    ]
    if request.lat is not None and request.lon is not None:
        at = project.at((request.lon, request.lat))
        spots.append(Spot(*at, 0, "", request.lat, request.lon))
    return SmallMap(outlines, spots)


def _with_room(focus: list[Point]) -> list[Point]:
    """Returns the points with two more, so that a single one does not fill the map with nothing around it."""
    x, y = focus[-1]
    return [*focus, (x - ROOM, y - ROOM), (x + ROOM, y + ROOM)]


def _around(request: ServiceRequest, focus: list[Point]) -> list[int]:
    """Returns the areas worth drawing: the request's own, and the grids whose centre lies in or near the view."""
    tree = areas.tree()
    inside = tree.at_level(AreaLevel.GRID, within=request.community_id) if request.community_id else ()
    seen = [
        *focus,
        *(
            (area.centre_lon, area.centre_lat)
            for area in inside
            if area.centre_lon is not None and area.centre_lat is not None
        ),
    ]
    west, east = min(x for x, _y in seen), max(x for x, _y in seen)
    south, north = min(y for _x, y in seen), max(y for _x, y in seen)
    wide, high = (east - west) + 2 * ROOM, (north - south) + ROOM
    near = [
        area.pk
        for area in tree.at_level(AreaLevel.GRID, within=request.city_id)
        if area.centre_lat is not None
        and area.centre_lon is not None
        and west - wide <= area.centre_lon <= east + wide
        and south - high <= area.centre_lat <= north + high
    ]
    return [request.area_id, *near[:MOST_OUTLINES]]


def _rings(boundary: Any) -> Iterator[list[Point]]:
    """Yields the outer rings of a GeoJSON Polygon or MultiPolygon."""
    kind, coordinates = boundary.get("type"), boundary.get("coordinates") or []
    polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
    for polygon in polygons:
        if polygon:
            yield [(float(point[0]), float(point[1])) for point in polygon[0]]


class _Projection:
    """Degrees to the units of the drawing: equirectangular, one scale, centred on what matters."""

    def __init__(self, focus: list[Point]) -> None:
        west, east = min(x for x, _y in focus), max(x for x, _y in focus)
        south, north = min(y for _x, y in focus), max(y for _x, y in focus)
        self.squeeze = math.cos(math.radians((south + north) / 2))
        self.middle = ((west + east) / 2, (south + north) / 2)
        width, height = max((east - west) * self.squeeze, 1e-5), max(north - south, 1e-5)
        self.scale = min((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height)

    def at(self, point: Point) -> Point:
        x = WIDTH / 2 + (point[0] - self.middle[0]) * self.squeeze * self.scale
        y = HEIGHT / 2 - (point[1] - self.middle[1]) * self.scale
        return round(min(max(x, -9999), 9999), 1), round(min(max(y, -9999), 9999), 1)

    def path(self, rings: list[list[Point]]) -> str:
        return "".join(
            "M" + " ".join(f"{x:g} {y:g}" for x, y in (self.at(point) for point in ring)) + "Z"
            for ring in rings
        )
