"""The candidates of a whole backlog at once: for every request the nearest who may be asked, as columns of numbers.

The same rules, the same nearest and the same scores as for one request (candidates), in a handful of statements for
hundreds of requests instead of five for each: the text of one search, with a row for each request (statements), and
people and their past read once.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db.models import IntegerField, Value

from requests_app import reference
from requests_app.matching import given, nearest, past, scores, together
from requests_app.matching.columns import GRAIN, Columns, Person
from requests_app.matching.given import Shape, among
from requests_app.models import ServiceRequest
from requests_app.planning.problem import Ints
from volunteers.models import Volunteer

NEAREST = 50  # of each request
__all__ = ["GRAIN", "NEAREST", "Book", "Rated", "chunks"]
CHUNK = 1000  # requests whose candidates, people and past are read together


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
            away_m=away,
            same_community=same,
            wanted=wanted,
            has=person.skills,
            asks=request.language,
            speaks=person.languages,
            past=known,
            now=self.now,
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
        everybody = {pk for each in found for pk in each.ids.tolist()}
        _read_people(book, everybody)
        book.met.update(past.meetings(part, everybody))
        met = {pair: scores.Past(**known) for pair, known in book.met.items()}
        columns = Columns(book.people, everybody)
        for each in found:
            marks = columns.marks(each.requests, each.at, each.ids, met)
            book.columns.append((np.array(each.places, np.int64)[each.at] + start, each.ids, marks))
        book.requests.extend(part)
        yield book


def _read_people(book: Book, ids: set[int]) -> None:
    new = list(ids - book.people.keys())
    facts = past.facts_of(new, book.now)
    listed = among("pk", Value(new, output_field=ArrayField(IntegerField())))
    read = Volunteer.objects.filter(listed).values_list(
        "pk", "lat", "lon", "community_id", "skills", "languages", "wanted", "daily_limit", "weekly_limit"
    )
    for pk, lat, lon, community_id, skills, languages, wanted, *limits in read.iterator():
        most = min((limit for limit in limits if limit is not None), default=sys.maxsize)
        own_parts = scores.own_parts(scores.Past(**facts[pk]), book.now)
        book.people[pk] = Person(lat, lon, community_id, skills, languages, wanted, most, own_parts)
    book.facts.update(facts)


class Found(NamedTuple):
    """Pairs of requests of one category: each of `ids` is a candidate of the request `at` the same place."""

    places: list[int]  # of the requests in their chunk
    requests: list[ServiceRequest]
    at: Ints
    ids: Ints


def _found(
    requests: Sequence[ServiceRequest], also: Mapping[int, Collection[int]], count: int
) -> list[Found]:
    """Returns the candidates of each request: the `count` nearest, those without a point, and `also`.

    All that look from a place and are of one shape and one category are sought in one statement, so that the planner
    knows how many can do what they ask for; those from no place or with somebody named, which are few, one by one.
    """
    alike: dict[tuple[Shape, int], list[tuple[int, together.Asked]]] = defaultdict(list)
    found = []
    for number, request in enumerate(requests):
        place, named = nearest.origin(request), also.get(request.pk)
        if place is None or named:
            alone = np.array(nearest.pool(request, count, named=named or ()), np.int64)
            found.append(Found([number], [request], np.zeros_like(alone), alone))
        else:
            facts = given.facts(request)
            alike[facts.shape, request.category_id].append((number, together.Asked(facts, place)))
    for several in alike.values():
        numbers = [number for number, _asked in several]
        at, ids = together.found([asked for _number, asked in several], count)
        found.append(Found(numbers, [requests[number] for number in numbers], at, ids))
    return found
