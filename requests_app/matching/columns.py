"""The scores of many pairs at once: those of matching.scores to the last digit, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, IntegerField, Value
from django.db.models.functions import Cast, Coalesce, Least

from civic.lib.geo import blurred
from requests_app import reference
from requests_app.matching import nearest, past, scores
from requests_app.matching.given import among
from requests_app.matching.net import distances_m
from requests_app.matching.statements import numbers
from requests_app.models import ServiceRequest
from requests_app.planning.problem import Ints
from volunteers.models import Volunteer

GRAIN = 10**scores.DIGITS  # scores and their parts have so many steps
UNKNOWN_M = -1
DOUBTFUL = 1e-6  # of a step, far more than a product of floats is wrong by
Met = tuple[int, int]  # ids of a request and a volunteer who has served its resident
NO_COMMUNITY, NO_LIMIT = 0, 32_767


class Person(NamedTuple):
    """What a score looks at in a volunteer."""

    lat: float | None
    lon: float | None
    community_id: int | None
    skills: Sequence[int]
    languages: Sequence[str]
    wanted: Sequence[int]
    service_classes: Sequence[int]


class Marks(NamedTuple):
    """What was found of some pairs: how far apart they are as it is said (UNKNOWN_M where it is not known), the parts
    of their scores, a column for each of scores.PARTS, and the scores, both in thousandths."""

    away_m: Ints
    parts: Ints
    scores: Ints


NO_MARKS = Marks(np.zeros(0, np.int64), np.zeros((0, len(scores.PARTS)), np.int16), np.zeros(0, np.int64))


class People:
    """The volunteers found for some requests, each thing that a score looks at as a column; `ids` in order, and `most`
    the services they want, in a day or a week, whichever is less."""

    def __init__(self, ids: Ints, now: datetime) -> None:
        """Reads the volunteers `ids` (none twice) and their past, as they are `now`."""
        listed = among("pk", Value(ids.tolist(), output_field=ArrayField(IntegerField())))
        read = Volunteer.objects.filter(listed).order_by("pk")
        self.ids, self.lat, self.lon, self.community, self.most = numbers(
            read.values_list(
                Cast("pk", BigIntegerField()),
                Coalesce("lat", Value(float("nan"))),
                Coalesce("lon", Value(float("nan"))),
                Coalesce("community_id", Value(NO_COMMUNITY), output_field=BigIntegerField()),
                Cast(Coalesce(Least("daily_limit", "weekly_limit"), Value(NO_LIMIT)), BigIntegerField()),
            ).query.sql_with_params(),
            "iffii",
        )
        # Few different wishes; who has them comes with each.
        chosen = read.order_by().values_list("skills", "languages", "wanted", "service_classes")
        sets = chosen.annotate(ids=ArrayAgg("pk"))
        self.sets: list[tuple[Any, ...]] = []
        self.sets_at = np.zeros(len(self.ids), np.int64)
        for number, (*wishes, theirs) in enumerate(sets):
            self.sets.append(tuple(wishes))
            self.sets_at[np.searchsorted(self.ids, theirs)] = number
        self.facts = past.facts_of(self.ids.tolist(), now)
        nothing = scores.own_parts(scores.UNKNOWN, now)
        parts = [
            scores.own_parts(scores.Past(**facts), now) if facts else nothing for facts in self.facts.values()
        ]
        self.own = {name: np.array([each[name] for each in parts], float) for name in nothing}

    def person(self, pk: int) -> Person:
        """Returns one of them."""
        at = int(np.searchsorted(self.ids, pk))
        lat, lon, community = float(self.lat[at]), float(self.lon[at]), int(self.community[at])
        placed = not isnan(lat)
        return Person(
            lat if placed else None,
            lon if placed else None,
            community if community != NO_COMMUNITY else None,
            *self.sets[self.sets_at[at]],
        )

    def marks(
        self, requests: Sequence[ServiceRequest], places: Ints, ids: Ints, met: Mapping[Met, scores.Past]
    ) -> Marks:
        """Returns the scores of the pairs of `requests` (all of one category) at `places`, in order, and people `ids`,
        and what they are made of; `met` is the past of those pairs who know each other.
        """
        at = np.searchsorted(self.ids, ids)
        away = self._away_m(requests, places, at)
        parts = {
            "distance": self._distance(requests, places, at, away),
            "skill": self._skill(requests, at),
            "continuity": _continuity(requests, places, ids, met),
            "language": self._language(requests, places, at),
            **{name: column[at] for name, column in self.own.items()},
        }
        in_order = [_steps(parts[name]).astype(np.int16) for name in scores.PARTS]
        return Marks(away, np.stack(in_order, axis=1), _steps(_total(requests, places, parts)))

    def _away_m(self, requests: Sequence[ServiceRequest], places: Ints, at: Ints) -> Ints:
        """How far apart they are, as nearest.away_m says it."""
        points = np.array([_point(each) for each in requests], float)
        lat, lon = self.lat[at], self.lon[at]
        exact = distances_m(points[places, 0], points[places, 1], lat, lon)
        known = ~np.isnan(exact)
        away = np.full(len(at), UNKNOWN_M, np.int64)
        away[known] = _said_m(exact[known])
        for pair in np.flatnonzero(np.isnan(points[places, 0]) & ~np.isnan(lat)).tolist():
            said = nearest.away_m(requests[places[pair]], float(lat[pair]), float(lon[pair]))
            away[pair] = UNKNOWN_M if said is None else said
        return away

    def _distance(self, requests: Sequence[ServiceRequest], places: Ints, at: Ints, away: Ints) -> Any:
        """The part by how far they live; for each distance said it is reckoned once."""
        communities = np.array([each.community_id or -1 for each in requests], np.int64)
        same = communities[places] == self.community[at]
        steps, which = np.unique(away, return_inverse=True)
        by_step = np.array([_rounded(scores.distance(step, same_community=False)) for step in steps.tolist()])
        guessed = np.where(same, scores.SAME_COMMUNITY, scores.SOMEWHERE)
        return np.where(away == UNKNOWN_M, guessed, by_step[which])

    def _skill(self, requests: Sequence[ServiceRequest], at: Ints) -> Any:
        wanted = reference.skills_of(requests[0])
        by_set = [_rounded(scores.skill(wanted, has)) for has, *_rest in self.sets]
        return np.array(by_set, float)[self.sets_at[at]]

    def _language(self, requests: Sequence[ServiceRequest], places: Ints, at: Ints) -> Any:
        asked, asked_at = _numbered(each.talks for each in requests)
        table = [[scores.language(asks, speaks) for _has, speaks, *_rest in self.sets] for asks in asked]
        return np.array(table, float)[asked_at[places], self.sets_at[at]]


def _numbered(values: Iterable[Any]) -> tuple[list[Any], Ints]:
    """Returns every different one of `values`, and for each of them the place of its like there."""
    numbers: dict[Any, int] = {}
    places = [numbers.setdefault(each, len(numbers)) for each in values]
    return list(numbers), np.array(places, np.int64)


def _continuity(
    requests: Sequence[ServiceRequest], places: Ints, ids: Ints, met: Mapping[Met, scores.Past]
) -> Any:
    found = np.full(len(ids), _rounded(scores.continuity(scores.UNKNOWN)))
    place_of = {each.pk: place for place, each in enumerate(requests)}
    starts = np.searchsorted(places, np.arange(len(requests) + 1))
    for (request, volunteer), known in met.items():
        if (place := place_of.get(request)) is not None:
            theirs = slice(starts[place], starts[place + 1])
            found[theirs][ids[theirs] == volunteer] = _rounded(scores.continuity(known))
    return found


def _total(requests: Sequence[ServiceRequest], places: Ints, parts: Mapping[str, Any]) -> Any:
    """scores.total for many, not rounded."""
    areas, area_at = _numbered(each.area_id for each in requests)
    shares = [scores.shares(reference.weights(area)) for area in areas]
    total: Any = 0
    for name in scores.PARTS:  # in the order of scores.total: sums of fractions depend on it
        total = total + np.array([each[name] for each in shares])[area_at][places] * parts[name]
    return np.minimum(1.0, total)


def _point(request: ServiceRequest) -> tuple[float | None, float | None]:
    if request.lat is None or request.lon is None:
        return None, None
    return blurred(request.lat, request.lon)


def _rounded(part: float) -> float:
    return round(part, scores.DIGITS)


def _steps(shares: Any) -> Ints:
    """Returns numbers rounded to steps of one in GRAIN, as `round` would: where binary fractions leave it open which of
    two steps is nearer, it is asked."""
    scaled = shares * GRAIN
    steps = np.rint(scaled).astype(np.int64)
    for at in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < DOUBTFUL).tolist():
        steps[at] = round(round(float(shares[at]), scores.DIGITS) * GRAIN)
    return steps


def _said_m(away: Any) -> Any:
    """civic.lib.geo.rounded_distance_m for many."""
    step = np.where(away < 1_000, 100, np.where(away < 5_000, 500, 1_000))
    return np.maximum(100, (away / step + 0.5).astype(np.int64) * step)
