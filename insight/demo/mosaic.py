"""Dividing a city without gaps: cells around scattered points, joined upwards into communities, streets and
districts.

Everything starts from the smallest cells, so that each larger area is exactly the union of the smaller
ones: nothing leaks and nothing overlaps, whatever the shapes. The same seed gives the same map. Plane
coordinates are metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, pi, sin
from random import Random
from typing import Any, cast

import shapely
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

# A tree of counts: how many cells, or the sub-trees of which a group consists.
Counts = int | Sequence["Counts"]
Groups = list[int] | list["Groups"]


def outline(width_m: float, height_m: float, dice: Random, corners: int = 28) -> Polygon:
    """Returns a rounded, irregular outline of about `width_m` x `height_m` metres around the origin."""
    points = []
    for number in range(corners):
        angle = 2 * pi * number / corners
        reach = dice.uniform(0.93, 1.05)
        # Between a circle and a rectangle, as cities are.
        x, y = cos(angle), sin(angle)
        stretch = 1 / max(abs(x), abs(y)) ** 0.6
        points.append((x * stretch * reach * width_m / 2, y * stretch * reach * height_m / 2))
    return Polygon(points)


def scatter(within: Polygon, count: int, dice: Random, rounds: int = 6) -> list[Point]:
    """Returns `count` points in `within`, spread about evenly (each moved `rounds` times to the middle of
    its cell).
    """
    left, bottom, right, top = within.bounds
    points: list[Point] = []
    while len(points) < count:
        point = Point(dice.uniform(left, right), dice.uniform(bottom, top))
        if within.contains(point):
            points.append(point)
    for _round in range(rounds):
        points = [cell.centroid for cell in cells(within, points)]
    return points


def cells(within: Polygon, points: Sequence[Point]) -> list[Polygon]:
    """Returns for each of `points` the part of `within` that is nearest to it, in the same order."""
    found = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(points), extend_to=within))
    index = shapely.STRtree(found)
    ordered: list[Polygon] = []
    for point in points:
        cell = found[index.query(point, predicate="intersects")[0]]
        ordered.append(cast(Polygon, cell.intersection(within)))
    return ordered


def group(points: Sequence[Point], counts: Counts, members: list[int] | None = None) -> Groups:
    """Returns the positions of `points` in the shape of `counts`, neighbours together.

    Each level cuts its points along their longer side into strips as large as the sub-trees ask for.
    """
    own = list(range(len(points))) if members is None else members
    if isinstance(counts, int):
        return own
    xs, ys = [points[at].x for at in own], [points[at].y for at in own]
    wide = max(xs) - min(xs) >= max(ys) - min(ys)
    ordered = sorted(own, key=lambda at: points[at].x if wide else -points[at].y)
    groups: list[Groups] = []
    taken = 0
    for part in counts:
        size = total(part)
        groups.append(group(points, part, ordered[taken : taken + size]))
        taken += size
    return groups


def total(counts: Counts) -> int:
    """Returns how many cells a tree of counts asks for."""
    return counts if isinstance(counts, int) else sum(total(part) for part in counts)


def roughen(
    shapes: Sequence[Polygon], dice_seed: int, share: float = 0.07, step_m: float = 90.0
) -> list[Polygon]:
    """Returns `shapes` with straight sides bent like streets, a common side bent the same way on both sides
    of it.

    A side gets a corner about every `step_m` metres, moved sideways by up to `share` of the side's length.
    """
    return [
        Polygon(_bend(list(each.exterior.coords), dice_seed, share, step_m))
        for each in map(_counter_clockwise, shapes)
    ]


def _counter_clockwise(each: Polygon) -> Polygon:
    return cast(Polygon, shapely.geometry.polygon.orient(each))


def _bend(
    ring: list[tuple[float, float]], seed: int, share: float, step_m: float
) -> list[tuple[float, float]]:
    corners = [_rounded(point) for point in ring]
    bent: list[tuple[float, float]] = []
    for start, end in zip(corners, corners[1:], strict=False):
        if start == end:
            continue
        first, last = min(start, end), max(start, end)
        inner = _corners_between(first, last, seed, share, step_m)
        bent.append(start)
        bent.extend(inner if start == first else reversed(inner))
    return [*bent, bent[0]]


def _rounded(point: Any) -> tuple[float, float]:
    """Returns the corner to the millimetre: two cells name a shared corner alike although they computed it
    apart.
    """
    return round(point[0], 3) + 0.0, round(point[1], 3) + 0.0


def _corners_between(
    first: tuple[float, float], last: tuple[float, float], seed: int, share: float, step_m: float
) -> list[tuple[float, float]]:
    """Returns the corners of the bent side from `first` to `last`; the same for the same side, always."""
    across, along = last[0] - first[0], last[1] - first[1]
    length = hypot(across, along)
    pieces = min(4, int(length / step_m))
    if pieces < 2:
        return []
    dice = Random(f"{seed} {first} {last}")
    found = []
    for number in range(1, pieces):
        part, aside = number / pieces, dice.uniform(-share, share)
        found.append(
            _rounded((first[0] + across * part - along * aside, first[1] + along * part + across * aside))
        )
    return found


def union(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """Returns the area the `shapes` cover together."""
    return shapely.union_all(list(shapes))
