"""The candidates of a whole backlog at once: for every request the nearest who may be asked, as columns of numbers.

The same rules, the same nearest and the same scores as for one request (candidates), in a handful of statements for
a hundred requests instead of five for each: their searches are sent together, people and their past are read once.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from requests_app import reference
from requests_app.matching import nearest, past, scores
from requests_app.matching.eligible import Field, field_of
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
        away = nearest.away_m(request, person.lat, person.lon)
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


class Search(NamedTuple):
    """Ids for the request that is the `at`-th of its chunk; those `seen` with what else nearest.Seen has."""

    at: int
    people: QuerySet[Any, Any]
    seen: bool = False


def _found(
    requests: Sequence[ServiceRequest], also: Mapping[int, Collection[int]], count: int
) -> list[list[int]]:
    """Returns the ids of each request's candidates: the `count` nearest, those without a point, and `also`."""
    fields = [field_of(request) for request in requests]
    searches: list[Search] = []
    for at, (request, asked) in enumerate(zip(requests, fields, strict=True)):
        place = nearest.origin(request)
        if place is None:
            searches.append(Search(at, nearest.lots(asked, request)[:count]))
        else:
            look = nearest.look(asked, request, place, nearest.first_look(count))
            searches.append(Search(at, look, seen=True))
        if also.get(request.pk):
            named = asked.eligible.filter(pk__in=also[request.pk]).order_by("pk")
            searches.append(Search(at, named.values_list("pk")))
    found: list[list[int]] = [[] for _ in requests]
    seen: list[list[nearest.Seen]] = [[] for _ in requests]
    for at, pk, *more, fit in _rows(searches):
        if fit is None:
            found[at].append(pk)
        else:
            seen[at].append(nearest.Seen._make((pk, *more, fit)))
    for at, (request, asked) in enumerate(zip(requests, fields, strict=True)):
        found[at] = list(dict.fromkeys(_nearest(request, asked, seen[at], count) + found[at]))
    return found


def _nearest(request: ServiceRequest, field: Field, seen: list[nearest.Seen], count: int) -> list[int]:
    """Returns the nearest of those seen; looks further where they leave a doubt, which is rare."""
    place = nearest.origin(request)
    if place is None:
        return []
    found = nearest.chosen(seen, place, count, nearest.first_look(count))
    return nearest.around(request, field, place, count) if found is None else found


def _rows(searches: Sequence[Search]) -> Iterator[tuple[Any, ...]]:
    """Yields (at, *what nearest.Seen has) of every search, the rest None where only ids are sought."""
    for start in range(0, len(searches), TOGETHER):
        texts: list[str] = []
        values: list[Any] = []
        for search in searches[start : start + TOGETHER]:
            sql, given = search.people.query.sql_with_params()
            nothing = "" if search.seen else ", NULL::float8, NULL::float8, NULL::float8, NULL::boolean"
            texts.append(f"(SELECT {search.at}, line.*{nothing} FROM ({sql}) line)")
            values.extend(given)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(texts), values)
            yield from cursor.fetchall()
