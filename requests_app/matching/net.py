"""The nearest of many points to many places at once, exactly: a net of cells over the points, column by column.

The net lies on Mercator's map, as the index of home points does (matching.nearest): nobody outside a square of cells
around a place is nearer than `nearest.reach_m` of the square's half width, and so nobody is missed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from civic.lib.geo import EARTH_RADIUS_M
from requests_app.planning.problem import Flags, Ints

A_CELL = 4  # points, on average
PAIRS_TOGETHER = 2_000_000  # as many distances in memory at once
MOST_CELLS = 2000  # in a row or a column
OUTLYING = 1  # percent of the points on each side for whom the net is not stretched


class Pairs(NamedTuple):
    """Pairs of places and points by their numbers, with the metres between them; in the order of places, for each of
    them the nearest point first, ties by the number of the point."""

    places: Ints
    points: Ints
    away_m: Any


class Net:
    """Points in cells. Those beyond the net's edge count as in its outermost cells, nearer than they are."""

    def __init__(self, lat: Any, lon: Any) -> None:
        """Takes the points in degrees, two columns of numbers."""
        self.lat, self.lon = lat, lon
        x, y = lon, _northing(lat)
        shares = (OUTLYING, 100 - OUTLYING)
        edges: list[list[float]] = [
            np.percentile(each, shares).tolist() if len(each) else [0.0, 0.0] for each in (x, y)
        ]
        (self.left, right), (self.bottom, top) = edges
        wide, high = max(right - self.left, 1e-6), max(top - self.bottom, 1e-6)
        self.width = max((wide * high * A_CELL / max(len(x), 1)) ** 0.5, max(wide, high) / MOST_CELLS)
        self.columns, self.rows = int(wide / self.width) + 1, int(high / self.width) + 1
        column, row = self._cell(x, y)
        cell = row * self.columns + column
        self.order = np.argsort(cell, kind="stable")
        self.starts = np.searchsorted(cell[self.order], np.arange(self.rows * self.columns + 1))
        count = np.diff(self.starts).reshape(self.rows, self.columns)
        self.sums = np.pad(count.cumsum(0).cumsum(1), ((1, 0), (1, 0)))

    def nearest(self, lat: Any, lon: Any, count: int) -> Pairs:
        """Returns for each place in degrees its `count` nearest points, or all where there are fewer."""
        x, y = lon, _northing(lat)
        column, row = self._cell(x, y)
        half = self._halves(column, row, count)
        found, left = [], np.arange(len(lat))
        while len(left):
            again = []
            for size in np.unique(half[left]).tolist():
                same = left[half[left] == size]
                for part in self._parts(same, column, row, size):
                    pairs, settled = self._within(part, lat, lon, column, row, size, count)
                    found.append(pairs)
                    again.append(part[~settled])
            left = np.concatenate(again)
            half[left] = half[left] + half[left] // 2 + 1
        return _in_order(found)

    def _cell(self, x: Any, y: Any) -> tuple[Ints, Ints]:
        column = np.floor((x - self.left) / self.width).clip(0, self.columns - 1)
        row = np.floor((y - self.bottom) / self.width).clip(0, self.rows - 1)
        return column.astype(np.int64), row.astype(np.int64)

    def _edges(self, column: Ints, row: Ints, half: Any) -> tuple[Ints, Ints, Ints, Ints]:
        """Returns the first and the last column, the first and the last row of squares around cells."""
        return (
            np.maximum(column - half, 0),
            np.minimum(column + half, self.columns - 1),
            np.maximum(row - half, 0),
            np.minimum(row + half, self.rows - 1),
        )

    def _inside(self, column: Ints, row: Ints, half: Any) -> Ints:
        """Returns how many points lie in squares around cells."""
        first, last, low, high = self._edges(column, row, half)
        sums = self.sums
        return np.asarray(
            sums[high + 1, last + 1] - sums[low, last + 1] - sums[high + 1, first] + sums[low, first]
        )

    def _halves(self, column: Ints, row: Ints, count: int) -> Ints:
        """Returns half widths, in cells, within which `count` points lie nearer than the square's edge, most likely:
        the circle in the square is a little smaller than it."""
        most = max(self.columns, self.rows)
        low, high = np.zeros(len(column), np.int64), np.full(len(column), most)
        while (low + 1 < high).any():
            half = (low + high) // 2
            in_circle = self._inside(column, row, half) * (np.pi * half**2 / (2 * half + 1) ** 2)
            enough = in_circle >= count * 1.2
            low, high = np.where(enough, low, half), np.where(enough, half, high)
        return high

    def _parts(self, places: Ints, column: Ints, row: Ints, half: int) -> list[Ints]:
        """Cuts `places` into parts that have not too many points in their squares."""
        sums = np.cumsum(self._inside(column[places], row[places], half))
        cuts = np.flatnonzero(np.diff(sums // PAIRS_TOGETHER)) + 1
        return np.split(places, cuts)

    def _within(
        self, places: Ints, lat: Any, lon: Any, column: Ints, row: Ints, half: int, count: int
    ) -> tuple[Pairs, Flags]:
        """Returns the pairs of those of `places` that have all of their nearest in the square, and which those are."""
        first, last, low, high = self._edges(column[places], row[places], half)
        whole = (first == 0) & (low == 0) & (last == self.columns - 1) & (high == self.rows - 1)
        rows = low[:, None] + np.arange(int((high - low).max()) + 1)
        there = rows <= high[:, None]
        begins = self.starts[np.where(there, rows * self.columns + first[:, None], 0)]
        ends = self.starts[np.where(there, rows * self.columns + last[:, None] + 1, 0)]
        lengths = (ends - begins).ravel()
        which = np.repeat(np.repeat(np.arange(len(places)), rows.shape[1]), lengths)
        offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        points = self.order[np.repeat(begins.ravel(), lengths) + offsets]
        away = distances_m(lat[places[which]], lon[places[which]], self.lat[points], self.lon[points])
        reach = np.where(whole, np.inf, reaches_m(lat[places], half * self.width))
        near = away < reach[which]
        which, points, away = which[near], points[near], away[near]
        settled = whole | (np.bincount(which, minlength=len(places)) >= count)
        kept = settled[which]
        which, points, away = which[kept], points[kept], away[kept]
        order = np.lexsort((points, away, which))
        which = which[order]
        first_of = order[turns(which) < count]
        return Pairs(places[which[turns(which) < count]], points[first_of], away[first_of]), settled


def _in_order(found: list[Pairs]) -> Pairs:
    if not found:
        return Pairs(*[np.zeros(0, np.int64)] * 3)
    columns = [np.concatenate(each) for each in zip(*found, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return Pairs(*(each[order] for each in columns))


def turns(sorted_places: Ints) -> Ints:
    """Returns for each line how many of the same place stand before it."""
    return np.arange(len(sorted_places)) - np.searchsorted(sorted_places, sorted_places)


def distances_m(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> Any:
    """civic.lib.geo.distance_m for columns of points."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    east = np.sin(np.radians(lon2 - lon1) / 2) ** 2
    half = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * east
    return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))


def reaches_m(lat: Any, gap: float) -> Any:
    """matching.nearest.reach_m for a column of latitudes."""
    furthest = np.arctan(np.sinh(np.radians(np.abs(_northing(lat)) + gap)))
    return EARTH_RADIUS_M * np.radians(gap) * np.cos(furthest)


def _northing(lat: Any) -> Any:
    """Returns latitudes on Mercator's map, in the degrees of the equator."""
    return np.degrees(np.arcsinh(np.tan(np.radians(lat))))
