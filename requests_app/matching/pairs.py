"""The candidates of a whole backlog at once: for every request the nearest who may be asked, as columns of numbers.

The same rules, the same nearest and the same scores as for one request (candidates), in a handful of statements for
a hundred requests instead of five for each: their searches are sent together, people and their past are read once.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from civic.lib.geo import blurred, distance_m, rounded_distance_m
from requests_app import reference
from requests_app.matching import nearest, past, scores
from requests_app.matching.eligible import eligible
from requests_app.models import ServiceRequest
from requests_app.planning.problem import Ints
from volunteers.models import Volunteer

NEAREST = 50  # of each request
TOGETHER = 25  # searches in one statement
CHUNK = 100  # requests whose people and past are read together
UNKNOWN_M = -1
GRAIN = 10**scores.DIGITS


@dataclass(frozen=True)
class Person:
    """What a score looks at in a volunteer."""

    lat: float | None
    lon: float | None
    community_id: int | None
    skills: Sequence[int]
    wanted: Sequence[int]
    most: int  # services they want, in a day or a week, whichever is less


@dataclass(frozen=True)
class Rated:
    """One pair with what speaks for it."""

    score: float
    parts: dict[str, float]
    shares: Mapping[str, float]
    reasons: list[str]
    distance_m: int | None


@dataclass(eq=False)
class Book:
    """The pairs found so far, by the places of their requests in the order they were given, and what was read of
    their volunteers: `rate` explains any pair again."""

    now: datetime
    requests: list[ServiceRequest] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    facts: dict[int, past.Facts] = field(default_factory=dict)
    met: dict[tuple[int, int], past.Facts] = field(default_factory=dict)
    columns: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)

    def arcs(self) -> tuple[Ints, Ints, Ints]:
        """Returns (places of requests, ids of volunteers, scores in thousandths) of every pair."""
        if not self.columns:
            none = np.zeros(0, np.int64)
            return none, none, none
        first, second, third = (np.concatenate(each) for each in zip(*self.columns, strict=True))
        return first, second, third

    def rate(self, request: ServiceRequest, volunteer_id: int) -> Rated:
        """Returns what speaks for a pair that was found, by the scores of matching.candidates."""
        person = self.people[volunteer_id]
        wanted = reference.snapshot().by_id[request.category_id].skills
        known = scores.Past(**self.facts[volunteer_id], **self.met.get((request.pk, volunteer_id), {}))
        away = None
        if request.lat is not None and request.lon is not None and person.lat is not None:
            assert person.lon is not None
            point = blurred(request.lat, request.lon)
            away = rounded_distance_m(distance_m(*point, person.lat, person.lon))
        same = request.community_id is not None and request.community_id == person.community_id
        parts = scores.parts(
            away_m=away, same_community=same, wanted=wanted, has=person.skills, past=known, now=self.now
        )
        weights = reference.weights(request.area_id)
        likes = not set(person.wanted).isdisjoint(reference.lineage(request.category_id))
        return Rated(
            score=scores.total(parts, weights),
            parts=parts,
            shares=scores.shares(weights),
            reasons=scores.reasons(parts, known, same_community=same, wanted=bool(wanted), likes=likes),
            distance_m=away,
        )


def chunks(
    requests: Sequence[ServiceRequest],
    also: Mapping[int, Collection[int]],
    now: datetime,
    *,
    count: int = NEAREST,
) -> Iterator[Book]:
    """Yields the same growing book after every CHUNK of `requests`, so that the caller can say how far it is.

    `also` are volunteers to be among the candidates of a request (by its id) however far they live, where the rules
    allow it. `requests` need their category only as an id.
    """
    book = Book(now)
    for start in range(0, len(requests), CHUNK):
        part = requests[start : start + CHUNK]
        found = _found(part, also, count)
        _read_people(book, {pk for ids in found for pk in ids})
        book.met.update(past.meetings(part, {pk for ids in found for pk in ids}))
        for at, (request, ids) in enumerate(zip(part, found, strict=True), start=start):
            book.requests.append(request)
            rated = [round(book.rate(request, pk).score * GRAIN) for pk in ids]
            book.columns.append(
                (np.full(len(ids), at, np.int64), np.array(ids, np.int64), np.array(rated, np.int64))
            )
        yield book


def _read_people(book: Book, ids: set[int]) -> None:
    new = ids - book.people.keys()
    read = Volunteer.objects.filter(pk__in=new).values_list(
        "pk", "lat", "lon", "community_id", "skills", "wanted", "daily_limit", "weekly_limit"
    )
    for pk, lat, lon, community_id, skills, wanted, *limits in read.iterator():
        most = min((limit for limit in limits if limit is not None), default=sys.maxsize)
        book.people[pk] = Person(lat, lon, community_id, skills, wanted, most)
    book.facts.update(past.facts_of(new, book.now))


def _found(
    requests: Sequence[ServiceRequest], also: Mapping[int, Collection[int]], count: int
) -> list[list[int]]:
    """Returns the ids of each request's candidates: the `count` nearest, those without a point, and `also`."""
    searches: list[tuple[int, QuerySet[Any]]] = []
    for at, request in enumerate(requests):
        people = eligible(request)
        place = nearest.origin(request)
        if place is None:
            searches.append((at, nearest.by_lot(people, request)[:count]))
        else:
            searches.append((at, nearest.by_gap(people, place)[: count + nearest.SPARE]))
            searches.append((at, nearest.without_point(people, request)))
        if also.get(request.pk):
            searches.append((at, people.filter(pk__in=also[request.pk]).order_by("pk")))
    found: list[list[int]] = [[] for _ in requests]
    near: list[list[tuple[float, float, int]]] = [[] for _ in requests]
    for at, pk, lat, lon, gap in _rows(searches):
        place = nearest.origin(requests[at])
        if gap is None or place is None:
            found[at].append(pk)
        else:
            near[at].append((distance_m(*place, lat, lon), gap, pk))
    for at, request in enumerate(requests):
        ids = _nearest(request, near[at], count) if near[at] else []
        found[at] = list(dict.fromkeys(ids + found[at]))
    return found


def _nearest(request: ServiceRequest, fetched: list[tuple[float, float, int]], count: int) -> list[int]:
    """Returns the exact nearest of what was fetched; looks further where the map leaves a doubt, which is rare."""
    place = nearest.origin(request)
    assert place is not None
    everybody = len(fetched) < count + nearest.SPARE
    if everybody or nearest.is_sure(place, [(away, gap) for away, gap, _ in fetched], count):
        return [pk for _, _, pk in sorted(fetched, key=lambda each: (each[0], each[2]))[:count]]
    return [person.pk for person in nearest.nearest(eligible(request), place, count)]


def _rows(
    searches: Sequence[tuple[int, QuerySet[Any]]],
) -> Iterator[tuple[int, int, float, float, float | None]]:
    """Yields (at, id, lat, lon, gap or None) of every search, TOGETHER of them a statement."""
    for start in range(0, len(searches), TOGETHER):
        texts: list[str] = []
        values: list[Any] = []
        for at, people in searches[start : start + TOGETHER]:
            has_gap = "gap" in people.query.annotations
            columns = ("pk", "lat", "lon", "gap") if has_gap else ("pk", "lat", "lon")
            sql, given = people.values_list(*columns).query.sql_with_params()
            gap = "line.gap" if has_gap else "NULL::float8"
            texts.append(f"(SELECT {at}, line.pk, line.lat, line.lon, {gap} FROM ({sql}) line)")
            values.extend(given)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(texts), values)
            yield from cursor.fetchall()
