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
from requests_app.matching import given, nearest, past, questions, scores
from requests_app.matching.columns import GRAIN, Columns, Person
from requests_app.matching.given import Facts, Shape, among
from requests_app.matching.statements import run
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
        everybody = {pk for ids in found for pk in ids}
        _read_people(book, everybody)
        book.met.update(past.meetings(part, everybody))
        book.requests.extend(part)
        book.columns.extend(_columns(book, part, found, start))
        yield book


def _columns(
    book: Book, requests: Sequence[ServiceRequest], found: Sequence[Sequence[int]], start: int
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yields (places, ids of volunteers, scores in thousandths) of each of the `requests` of the chunk at `start`."""
    columns = Columns(book.people, {pk for ids in found for pk in ids})
    met: dict[int, dict[int, scores.Past]] = defaultdict(dict)
    for (request, volunteer), known in book.met.items():
        met[request][volunteer] = scores.Past(**known)
    for at, (request, ids) in enumerate(zip(requests, found, strict=True), start=start):
        marks = columns.marks(request, ids, met.get(request.pk, {}))
        yield np.full(len(ids), at, np.int64), np.array(ids, np.int64), marks


def _read_people(book: Book, ids: set[int]) -> None:
    new = list(ids - book.people.keys())
    facts = past.facts_of(new, book.now)
    listed = among("pk", Value(new, output_field=ArrayField(IntegerField())))
    read = Volunteer.objects.filter(listed).values_list(
        "pk", "lat", "lon", "community_id", "skills", "wanted", "daily_limit", "weekly_limit"
    )
    for pk, lat, lon, community_id, skills, wanted, *limits in read.iterator():
        most = min((limit for limit in limits if limit is not None), default=sys.maxsize)
        own_parts = scores.own_parts(scores.Past(**facts[pk]), book.now)
        book.people[pk] = Person(lat, lon, community_id, skills, wanted, most, own_parts)
    book.facts.update(facts)


def _found(
    requests: Sequence[ServiceRequest], also: Mapping[int, Collection[int]], count: int
) -> list[list[int]]:
    """Returns the ids of each request's candidates: the `count` nearest, those without a point, and `also`.

    One statement for all that look from a place and are of one shape and one category, so that the planner knows how
    many can do what they ask for; those from no place, and those whose first look leaves a doubt, ask one by one.
    """
    alike: dict[tuple[Shape, int], list[Asked]] = defaultdict(list)
    found: list[list[int]] = [[] for _ in requests]
    for at, request in enumerate(requests):
        place = nearest.origin(request)
        named = also.get(request.pk, ())
        if place is None:
            found[at] = nearest.pool(request, count, named=named)
        else:
            facts = given.facts(request)
            alike[facts.shape, request.category_id].append(Asked(at, facts, place, named))
    for (shape, _category), asked in alike.items():
        for each, ids in zip(asked, _together(shape, asked, count), strict=True):
            found[each.at] = ids
    return found


class Asked(NamedTuple):
    """The request that is the `at`-th of those given, and where it looks from."""

    at: int
    facts: Facts
    place: nearest.Place
    named: Collection[int]


def _together(shape: Shape, asked: Sequence[Asked], count: int) -> Iterator[list[int]]:
    """Yields the ids of the candidates of each of `asked`, all of one shape."""
    wanted = nearest.first_look(count)
    rows = [
        {**each.facts.values, **nearest.on_map(each.place), "named": list(each.named), "count": wanted}
        for each in asked
    ]
    seen: list[list[nearest.Seen]] = [[] for _ in asked]
    for at, *line in run(questions.look(shape, naming=True).of_each(rows)):
        seen[at].append(nearest.Seen._make(line))
    for each, lines in zip(asked, seen, strict=True):
        ids = nearest.chosen(lines, each.place, count, wanted, each.named)
        yield nearest.around(each.facts, each.place, count, named=each.named) if ids is None else ids
