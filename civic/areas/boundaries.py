"""Boundaries as shapes: reading GeoJSON strictly, and saying in words where areas overlap or leave their
parent. No database.

Lengths are metres on a plane laid through the place; drawn lines never meet to the centimetre, so strips
narrower than TOLERANCE_M between neighbours are nothing to complain about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, isfinite, radians
from typing import Any, Final, NamedTuple

import shapely
from django.utils.translation import gettext as _
from shapely import STRtree
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

TOLERANCE_M: Final = 5.0
MAX_POINTS: Final = 50_000
METRES_PER_DEGREE: Final = 111_195.0


class Centre(NamedTuple):
    """A point in degrees."""

    lat: float
    lon: float


@dataclass(frozen=True)
class Outline:
    """A boundary taking part in a check, with the `key` and `name` it is reported by."""

    key: int
    name: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Fault:
    """One translated sentence about the two outlines whose keys are in `between`."""

    between: frozenset[int]
    sentence: str


def read(boundary: Any) -> BaseGeometry:
    """Returns the shape of a GeoJSON Polygon or MultiPolygon given as parsed JSON.

    Raises ValueError with a translated sentence: wrong type, broken coordinates, off the globe, latitude
    and longitude swapped, ring not closed or crossing itself, no surface, more than MAX_POINTS points.
    """
    if not isinstance(boundary, Mapping) or boundary.get("type") not in {"Polygon", "MultiPolygon"}:
        raise ValueError(_("The boundary must be a GeoJSON Polygon or MultiPolygon."))
    coordinates = boundary.get("coordinates")
    polygons = [coordinates] if boundary["type"] == "Polygon" else coordinates
    if not isinstance(polygons, list | tuple) or not polygons:
        raise ValueError(_("The boundary has no coordinates."))
    points = 0
    for polygon in polygons:
        if not isinstance(polygon, list | tuple) or not polygon:
            raise ValueError(_("The boundary has no coordinates."))
        for ring in polygon:
            points += _check_ring(ring)
    if points > MAX_POINTS:
        raise ValueError(_("The boundary has more than %(most)d points.") % {"most": MAX_POINTS})
    found = shapely.force_2d(shape({"type": boundary["type"], "coordinates": coordinates}))
    if not found.is_valid:
        raise ValueError(
            _("The boundary is not a proper surface: %(reason)s.") % {"reason": explain_validity(found)}
        )
    if found.is_empty or found.area == 0:
        raise ValueError(_("The boundary encloses nothing."))
    return found


def _check_ring(ring: Any) -> int:
    """Returns the number of points of one ring. Raises ValueError like `read`."""
    if not isinstance(ring, list | tuple) or len(ring) < 4:
        raise ValueError(
            _("Every ring of the boundary needs at least four points, the last equal to the first.")
        )
    for point in ring:
        if (
            not isinstance(point, list | tuple)
            or len(point) not in (2, 3)
            or not all(isinstance(number, int | float) and not isinstance(number, bool) for number in point)
            or not all(isfinite(number) for number in point)
        ):
            raise ValueError(_("Every point of the boundary must be two numbers: longitude, latitude."))
        lon, lat = point[0], point[1]
        if abs(lat) > 90 and abs(lon) <= 90:
            raise ValueError(_("Latitude and longitude look swapped: GeoJSON wants the longitude first."))
        if abs(lat) > 90 or abs(lon) > 180:
            raise ValueError(
                _("The point %(lon)s, %(lat)s is not on the globe.") % {"lon": f"{lon:g}", "lat": f"{lat:g}"}
            )
    if list(ring[0]) != list(ring[-1]):
        raise ValueError(_("A ring of the boundary is not closed: its last point must equal its first."))
    return len(ring)


def as_geojson(outline: BaseGeometry) -> dict[str, Any]:
    """Returns the shape as GeoJSON of plain lists, as it is stored."""
    return {
        "type": outline.geom_type,
        "coordinates": _lists(shapely.geometry.mapping(outline)["coordinates"]),
    }


def _lists(nested: Any) -> Any:
    return [_lists(each) for each in nested] if isinstance(nested, list | tuple) else nested


def centre(outline: BaseGeometry) -> Centre:
    """Returns the centroid, or where that lies outside (a crescent) a point surely inside."""
    middle = outline.centroid
    if not outline.contains(middle):
        middle = outline.representative_point()
    return Centre(lat=round(middle.y, 7), lon=round(middle.x, 7))


def faults(parent: Outline | None, children: list[Outline]) -> list[Fault]:
    """Returns what is wrong with `children` side by side in `parent`.

    A child may leave its parent, or overlap another, by strips up to TOLERANCE_M wide.
    """
    found: list[Fault] = []
    if not children:
        return found
    flat = _plane(children[0].shape)
    shapes = [flat(child.shape) for child in children]
    if parent is not None:
        around = flat(parent.shape)
        for child, child_shape in zip(children, shapes, strict=True):
            if surface := _surface(shapely.difference(child_shape, around)):
                found.append(
                    Fault(frozenset({child.key, parent.key}), _leaves(child.name, parent.name, surface))
                )
    for first, second in STRtree(shapes).query(shapes, "intersects").T.tolist():
        if first < second and (surface := _surface(shapely.intersection(shapes[first], shapes[second]))):
            one, other = children[first], children[second]
            found.append(Fault(frozenset({one.key, other.key}), _overlaps(one.name, other.name, surface)))
    return found


def _plane(near: BaseGeometry) -> Any:
    """Returns a function that lays shapes out in metres around `near` (fine over a city, not over a
    country).
    """
    scale = cos(radians(near.centroid.y)) * METRES_PER_DEGREE

    def flat(outline: BaseGeometry) -> BaseGeometry:
        return shapely.transform(outline, lambda points: points * (scale, METRES_PER_DEGREE))

    return flat


def _surface(piece: BaseGeometry) -> float:
    """Returns the square metres of what is wider than TOLERANCE_M in `piece`, 0 when it is only strips."""
    core = piece.buffer(-TOLERANCE_M / 2)
    return 0.0 if core.is_empty else float(piece.area)


def _leaves(name: str, parent: str, surface: float) -> str:
    return _("%(name)s reaches out of %(parent)s by %(surface)s m².") % {
        "name": name,
        "parent": parent,
        "surface": f"{surface:,.0f}",
    }


def _overlaps(name: str, other: str, surface: float) -> str:
    return _("%(name)s overlaps %(other)s by %(surface)s m².") % {
        "name": name,
        "other": other,
        "surface": f"{surface:,.0f}",
    }
