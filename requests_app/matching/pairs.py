"""The candidates of a whole backlog at once: for every request the nearest who may be asked, as columns of numbers.

The same rules, the same nearest and the same scores as for one request (candidates), in a handful of statements for
hundreds of requests of one kind (together) instead of five for each; people and their past are read once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np

from civic.lib.side_by_side import side_by_side
from requests_app import reference
from requests_app.matching import given, nearest, past, questions, scores, together
from requests_app.matching.columns import GRAIN, NO_MARKS, UNKNOWN_M, Marks, People
from requests_app.matching.eligible import touched
from requests_app.models import ServiceRequest
from requests_app.planning.problem import Ints

NEAREST, AT_LEAST = 50, 20  # of each request; fewer of each where very many requests wait
PAIRS = 500_000  # from so many on
__all__ = ["GRAIN", "NEAREST", "Book", "Rated", "book"]
NONE: Ints = np.zeros(0, np.int64)
CHUNK = 1000  # requests of one kind that are looked at together, at most
LINES = 2  # to the database at once: while one asks, the other lays out


@dataclass(frozen=True)
class Rated:
    """One pair with what speaks for it."""

    score: float
    parts: dict[str, float]
    shares: Mapping[str, float]
    reasons: list[str]
    distance_m: int | None


@dataclass(frozen=True, eq=False)
class Book:
    """The pairs of a backlog as columns, in the order of (`places`, `volunteers`): places of requests in the order they
    were given, ids of volunteers, and `marks`, what speaks for them."""

    places: Ints
    volunteers: Ints
    marks: Marks
    people: People
    met: Mapping[tuple[int, int], past.Facts]
    shares: dict[int | None, dict[str, float]] = field(default_factory=dict)

    def away_m(self, pair: int) -> int | None:
        """Returns how far apart the pair of that number is, as nearest.away_m says it."""
        away = int(self.marks.away_m[pair])
        return None if away == UNKNOWN_M else away

    def rate(self, request: ServiceRequest, pair: int) -> Rated:
        """Returns what speaks for the pair of that number, one of `request`, as matching.candidates says it."""
        volunteer = int(self.volunteers[pair])
        person = self.people.person(volunteer)
        known = scores.Past(**self.people.facts[volunteer], **self.met.get((request.pk, volunteer), {}))
        parts = dict(zip(scores.PARTS, (self.marks.parts[pair] / GRAIN).tolist(), strict=True))
        if request.area_id not in self.shares:
            self.shares[request.area_id] = scores.shares(reference.weights(request.area_id))
        return Rated(
            score=int(self.marks.scores[pair]) / GRAIN,
            parts=parts,
            shares=self.shares[request.area_id],
            reasons=scores.reasons(
                parts,
                known,
                same_community=request.community_id is not None
                and request.community_id == person.community_id,
                wanted=bool(reference.skills_of(request)),
                likes=reference.likes(request.category_id, person.wanted, person.service_classes),
            ),
            distance_m=self.away_m(pair),
        )


def book(
    requests: Sequence[ServiceRequest],
    also: Mapping[int, Collection[int]],
    now: datetime,
    *,
    count: int | None = None,
    done: Callable[[int], None] = lambda _requests: None,
) -> Book:
    """Returns the pairs of all `requests`, which need their category only as an id; calls `done` with how many of
    them are, every now and then.

    Of each request the `count` nearest who may be asked are looked at, by default NEAREST; where so many requests
    wait that this would be more than PAIRS, fewer, but AT_LEAST so many: the more requests there are, the more of the
    nearest are wanted by somebody else, and the less those behind them are worth (docs/decisions, batch plans).

    `also` are volunteers to be among the candidates of a request (by its id) however far they live, where the rules
    allow it.
    """
    count = count or max(AT_LEAST, min(NEAREST, PAIRS // max(1, len(requests))))
    kinds = list(_kinds(requests, also).values())
    mapped: dict[Hashable, list[given.Facts]] = defaultdict(list)
    for kind in kinds:
        if kind[0].place:
            mapped[_of_whom(kind[0])] += [each.facts for each in kind]
    known = dict(zip(mapped, side_by_side(together.Kind, list(mapped.values()), LINES), strict=True))
    parts = [
        (known[_of_whom(kind[0])] if kind[0].place else None, kind[start : start + CHUNK])
        for kind in kinds
        for start in range(0, len(kind), CHUNK)
    ]

    def pairs_of(part: tuple[together.Kind | None, list[Sought]]) -> Found:
        kind, sought = part
        return Found(sought, *(_together(kind, sought, count) if kind else _one_by_one(sought, also, count)))

    found: list[Found] = []
    for each in side_by_side(pairs_of, parts, LINES):
        found.append(each)
        done(sum(len(each.part) for each in found))
    return _scored(requests, found, now)


def _scored(requests: Sequence[ServiceRequest], found: Sequence[Found], now: datetime) -> Book:
    volunteers = np.concatenate([NONE, *(each.ids for each in found)])
    people = People(np.unique(volunteers), now)
    met = past.meetings(requests, people.ids.tolist())
    known = {pair: scores.Past(**facts) for pair, facts in met.items()}
    places, marks = [NONE], [NO_MARKS]
    for part, at, ids in found:
        places.append(np.array([each.number for each in part], np.int64)[at])
        marks.append(people.marks([each.request for each in part], at, ids, known))
    place = np.concatenate(places)
    order = np.lexsort((volunteers, place))
    in_order = Marks(*(np.concatenate(each)[order] for each in zip(*marks, strict=True)))
    return Book(place[order], volunteers[order], in_order, people, met)


class Sought(NamedTuple):
    """A request, its number among all, what the rules look at in it, from where to look (None where the search is one
    of its own), and whether nothing but wishes and skills stands between it and anybody."""

    number: int
    request: ServiceRequest
    facts: given.Facts
    place: nearest.Place | None
    untouched: bool


class Found(NamedTuple):
    """Pairs of requests of one category: each of `ids` is a candidate of the request `at` the same place of `part`."""

    part: Sequence[Sought]
    at: Ints
    ids: Ints


def _kinds(
    requests: Sequence[ServiceRequest], also: Mapping[int, Collection[int]]
) -> dict[Hashable, list[Sought]]:
    """Returns `requests` by their kinds (together); those from no place or with somebody named stand by themselves."""
    kinds: dict[Hashable, list[Sought]] = defaultdict(list)
    having_met = touched(requests)
    for number, request in enumerate(requests):
        place = None if also.get(request.pk) else nearest.origin(request)
        facts = given.facts(request)
        kind = *_of_what(request), facts.shape, place is None
        untouched = request.pk not in having_met and facts.values["radius_m"] is None
        kinds[kind].append(Sought(number, request, facts, place, untouched))
    return kinds


def _of_what(request: ServiceRequest) -> tuple[Hashable, ...]:
    """Returns what the values of questions.OF_A_KIND follow from."""
    return request.category_id, tuple(request.skills), request.district_id


def _of_whom(sought: Sought) -> Hashable:
    """Returns what tells apart whom the kind of a request leaves, however long it takes: see together.Kind."""
    request, people = sought.request, questions.of_the_kind(sought.facts.shape)
    return *_of_what(request), people.sql


def _together(kind: together.Kind, part: Sequence[Sought], count: int) -> tuple[Ints, Ints]:
    asked = [together.Asked(each.facts, each.place, each.untouched) for each in part if each.place]
    return together.found(kind, asked, count)


def _one_by_one(part: Sequence[Sought], also: Mapping[int, Collection[int]], count: int) -> tuple[Ints, Ints]:
    found = [nearest.pool(each.request, count, named=also.get(each.request.pk, ())) for each in part]
    at = np.repeat(np.arange(len(part)), [len(ids) for ids in found])
    return at, np.array([pk for ids in found for pk in ids], np.int64)
