"""Which area holds a point: all boundaries in use kept in memory, read anew when areas change."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy
import shapely

from civic.areas import boundaries, queries
from civic.areas.models import Area
from civic.lib import geo

log = logging.getLogger(__name__)


class _Index:
    """Boundaries ordered from the smallest answer to the largest: deeper level first, then smaller surface,
    then code.
    """

    def __init__(self, tree: queries.Tree) -> None:
        self.tree = tree
        rows = Area.objects.exclude(boundary=None).values_list("id", "boundary")
        found = [
            (area_id, outline)
            for area_id, boundary in rows
            if tree.in_use(area_id) and (outline := _outline(area_id, boundary)) is not None
        ]
        found.sort(key=lambda each: self._rank(*each))
        self.areas: list[Area] = [tree.by_id[area_id] for area_id, _outline in found]
        self.outlines: Any = numpy.array([outline for _id, outline in found], dtype=object)
        # The boxes around them, compared all at once: for the areas of a city quicker than a tree of boxes.
        self.west, self.south, self.east, self.north = shapely.bounds(self.outlines).T.copy()
        shapely.prepare(self.outlines)
        # A prepared outline builds its own index at its first question; asked once here, it is read-only
        # for all threads.
        for outline in self.outlines:
            inside = outline.representative_point()
            shapely.intersects_xy(outline, inside.x, inside.y)

    def _rank(self, area_id: int, outline: Any) -> tuple[int, float, str]:
        area = self.tree.by_id[area_id]
        return -area.depth, outline.area, area.code

    def smallest(self, lat: float, lon: float) -> Area | None:
        near = (self.west <= lon) & (lon <= self.east) & (self.south <= lat) & (lat <= self.north)
        for position in numpy.flatnonzero(near).tolist():
            if shapely.intersects_xy(self.outlines[position], lon, lat):
                return self.areas[position]
        return None


def _outline(area_id: int, boundary: Any) -> Any:
    """Returns the shape, None for one that plain SQL has broken: one bad row must not take away every other
    answer.
    """
    try:
        return boundaries.read(boundary)
    except ValueError:
        log.error("area %s has a boundary that cannot be read; it is left out of the index", area_id)
        return None


_lock = threading.Lock()
_kept: _Index | None = None


def locate(lat: float, lon: float) -> Area | None:
    """Returns the smallest area in use that contains the point (WGS-84 degrees), None outside all of them.

    A point on the line between two areas belongs to the smaller, then to the lower code. Raises ValueError
    (lazy message) for NaN, infinity or a point off the globe. The Area comes from the tree in memory: read
    it, do not save it.
    """
    lat, lon = geo.valid_point(lat, lon)
    return _index().smallest(lat, lon)


def _index() -> _Index:
    global _kept
    tree = queries.tree()
    kept = _kept
    if kept is not None and kept.tree is tree:
        return kept
    with _lock:
        if _kept is None or _kept.tree is not tree:
            _kept = _Index(tree)
        return _kept
