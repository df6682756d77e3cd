"""Which open requests of an area are about the same thing, two by two: the measure of one request's suggestions
(queries.alike), taken of all of them together.

One statement reads the open requests through the index of the queue, each with its trigrams as PostgreSQL cuts them.
Only requests of one category whose squares of NEAR_M touch (or, without a point, of one community) are compared, a
square at a time: how many trigrams two texts share is counted in bits. A join in SQL was tried; it took 10 s for
10,000 requests, because the planner cannot know how full a square is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import cos, floor, radians
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from civic.lib.geo import distance_m
from requests_app.effects.merging import NEAR_M, NEAR_TIME, TAKES_OTHERS
from requests_app.models import ServiceRequest
from requests_app.queries.alike import METRES_PER_DEGREE, OF_PLACE, OF_TIME, OF_WORDS, SAID, score

LEAST = 0.5  # higher than for a suggestion: whoever is alike to one of a group is in all of it
ROUNDED = 0.001  # what rounding can add to a score
COLUMNS = ("pk", "category_id", "community_id", "lat", "lon", "placed_at", "said")
GRAMS = """
    SELECT pk, category_id, community_id, lat, lon, extract(epoch FROM placed_at)::float / 86400,
        (SELECT string_agg(int4send(hashtext(gram)), '') FROM unnest(show_trgm(said)) gram)
    FROM ({open}) line (pk, category_id, community_id, lat, lon, placed_at, said)
    ORDER BY pk
"""
GRAM = np.dtype(">i4")
# The squares beside and above one: so each two squares that touch are met once.
FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))
AT_ONCE, AGAINST = 256, 512  # texts compared together
BITS = 64


class Pair(NamedTuple):
    """Two requests by their numbers, the smaller first; how alike, 0 to 1."""

    first: int
    second: int
    score: float


@dataclass(frozen=True)
class Line:
    """A request as far as it is compared; `grams` are numbers that stand for the trigrams of its words."""

    pk: int
    category_id: int
    community_id: int | None
    lat: float | None
    lon: float | None
    days: float  # at which it was placed, since 1970
    grams: Any


Lines = Sequence[Line]


def pairs(among: QuerySet[ServiceRequest]) -> list[Pair]:
    """Returns the pairs of `among` that are alike enough to be looked at together, by their numbers; one statement.

    Whether two are a pair depends on these two alone. Those that are confidential, that wait in another one or are
    done already are left out.
    """
    found = []
    for ours, theirs in _neighbours(_read(among)):
        for one, other, words in _sharing(ours, theirs):
            pair = _weighed(one, other, words)
            if pair is not None:
                found.append(pair)
    return sorted(found)


def _read(among: QuerySet[ServiceRequest]) -> list[Line]:
    waiting = among.filter(state__in=sorted(TAKES_OTHERS), confidential=False).annotate(said=SAID)
    sql, values = waiting.order_by().values_list(*COLUMNS).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(GRAMS.replace("{open}", sql), values)
        return [
            Line(pk, kind, community, lat, lon, days, np.frombuffer(grams, GRAM).astype(np.int64))
            for pk, kind, community, lat, lon, days, grams in cursor.fetchall()
            if grams is not None
        ]


def _neighbours(lines: Lines) -> Iterator[tuple[Lines, Lines]]:
    """Yields (ours, theirs): every two requests near enough stand across in one of these, or both in `ours`."""
    up = NEAR_M / METRES_PER_DEGREE
    farthest = max((abs(line.lat) for line in lines if line.lat is not None), default=0.0)
    across = up / max(0.1, cos(radians(farthest)))  # a square is nowhere narrower than NEAR_M
    squares: dict[tuple[int, int, int], list[Line]] = defaultdict(list)
    placed: dict[tuple[int, int | None], list[Line]] = defaultdict(list)
    unplaced: dict[tuple[int, int | None], list[Line]] = defaultdict(list)
    for line in lines:
        if line.lat is None or line.lon is None:
            unplaced[line.category_id, line.community_id].append(line)
        else:
            squares[line.category_id, floor(line.lat / up), floor(line.lon / across)].append(line)
            placed[line.category_id, line.community_id].append(line)
    for (kind, y, x), ours in squares.items():
        beside = (squares.get((kind, y + dy, x + dx), ()) for dy, dx in FORWARD)
        yield ours, [line for square in beside for line in square]
    for where, ours in unplaced.items():
        yield ours, placed.get(where, [])


def _sharing(ours: Lines, theirs: Lines) -> Iterator[tuple[Line, Line, float]]:
    """Yields (one, other, share of common trigrams) of every two of `ours`, and every one of ours with one of theirs,
    that have enough in common.
    """
    for start in range(0, len(ours), AT_ONCE):
        part = ours[start : start + AT_ONCE]
        vocabulary = np.unique(np.concatenate([line.grams for line in part]))
        mine, sizes = _counted(part, vocabulary)
        others = [*ours[start:], *theirs]
        for begin in range(0, len(others), AGAINST):
            against = others[begin : begin + AGAINST]
            their, their_sizes = _counted(against, vocabulary)
            both = np.stack([np.bitwise_count(their & row).sum(axis=1, dtype=np.int64) for row in mine])
            shares = both / (sizes[:, None] + their_sizes[None, :] - both)
            for one, other in np.argwhere(_at_best(part, against, shares) >= LEAST).tolist():
                if begin + other > one:  # once each, nobody with themselves
                    yield part[one], against[other], float(shares[one, other])


def _at_best(part: Lines, against: Lines, shares: Any) -> Any:
    """Returns scores that no pair exceeds, so that few are weighed exactly: from the latitudes alone how near it is."""
    days, their_days = _column(part, "days"), _column(against, "days")
    lat, their_lat = _column(part, "lat"), _column(against, "lat")
    away = np.nan_to_num(np.abs(lat[:, None] - their_lat[None, :])) * METRES_PER_DEGREE / NEAR_M
    apart = np.abs(days[:, None] - their_days[None, :]) / NEAR_TIME.days
    return OF_WORDS * shares + OF_PLACE * (1 - away) + OF_TIME * (1 - apart) + ROUNDED


def _column(lines: Lines, name: str) -> Any:
    return np.array([getattr(line, name) for line in lines], float)


def _counted(lines: Lines, vocabulary: Any) -> tuple[Any, Any]:
    """Returns which trigrams of the vocabulary each has, as rows of bits, and how many trigrams each has in all."""
    sizes = np.array([len(line.grams) for line in lines])
    rows, grams = np.repeat(np.arange(len(lines)), sizes), np.concatenate([line.grams for line in lines])
    at = np.minimum(np.searchsorted(vocabulary, grams), len(vocabulary) - 1)
    known = vocabulary[at] == grams
    has = np.zeros((len(lines), -(-len(vocabulary) // BITS) * BITS), bool)
    has[rows[known], at[known]] = True
    return np.packbits(has, axis=1).view(np.uint64), sizes


def _weighed(one: Line, other: Line, words: float) -> Pair | None:
    """Returns the pair, None where it is too far apart or not alike enough."""
    apart = timedelta(days=one.days - other.days)
    away = None
    if one.lat is not None and one.lon is not None and other.lat is not None and other.lon is not None:
        away = distance_m(one.lat, one.lon, other.lat, other.lon)
    if abs(apart) > NEAR_TIME or (away is not None and away > NEAR_M):
        return None
    alike = score(words, away, apart)
    return Pair(*sorted((one.pk, other.pk)), alike) if alike >= LEAST else None  # type: ignore[call-arg]


def components(found: Iterable[Pair]) -> list[list[int]]:
    """Returns the groups that the pairs make: whoever is paired with one of a group is in it. Numbers in order."""
    leader: dict[int, int] = {}

    def lead(pk: int) -> int:
        while leader.setdefault(pk, pk) != pk:
            leader[pk] = pk = leader[leader[pk]]
        return pk

    for pair in found:
        first, second = lead(pair.first), lead(pair.second)
        leader[max(first, second)] = min(first, second)
    groups: dict[int, list[int]] = defaultdict(list)
    for pk in sorted(leader):
        groups[lead(pk)].append(pk)
    return list(groups.values())
