"""The scores of many pairs at once: those of matching.scores to the last digit, column by column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from civic.lib.geo import blurred
from requests_app import reference
from requests_app.matching import nearest, scores, together
from requests_app.models import ServiceRequest
from requests_app.planning.problem import Ints

GRAIN = 10**scores.DIGITS
UNKNOWN_M = -1
Met = tuple[int, int]  # ids of a request and a volunteer who has served its resident
OF_THEIR_OWN = ("acceptance", "reliability", "fairness")  # whichever request it is


@dataclass(frozen=True)
class Person:
    """What a score looks at in a volunteer."""

    lat: float | None
    lon: float | None
    community_id: int | None
    skills: Sequence[int]
    languages: Sequence[str]
    wanted: Sequence[int]
    most: int  # services they want, in a day or a week, whichever is less
    own_parts: Mapping[str, float]


class Columns:
    """The people of some requests, each thing that a score looks at as a column."""

    def __init__(self, people: Mapping[int, Person], ids: Collection[int]) -> None:
        self.ids = np.array(sorted(ids), np.int64)
        known = [people[pk] for pk in self.ids.tolist()]
        self.lat = np.array([each.lat for each in known], float)  # None becomes not a number
        self.lon = np.array([each.lon for each in known], float)
        self.community = np.array([each.community_id or 0 for each in known], np.int64)
        self.own = {name: np.array([each.own_parts[name] for each in known], float) for name in OF_THEIR_OWN}
        self.skills, self.skills_at = _numbered(tuple(each.skills) for each in known)
        self.languages, self.languages_at = _numbered(tuple(each.languages) for each in known)

    def marks(
        self, requests: Sequence[ServiceRequest], places: Ints, ids: Ints, met: Mapping[Met, scores.Past]
    ) -> Ints:
        """Returns the scores in thousandths of the pairs of `requests` (all of one category) at `places` and people
        `ids`; `met` is the past of those pairs who know each other.
        """
        at = np.searchsorted(self.ids, ids)
        parts = {
            "distance": self._distance(requests, places, at),
            "skill": self._skill(requests, at),
            "continuity": _continuity(requests, places, ids, met),
            "language": self._language(requests, places, at),
            **{name: column[at] for name, column in self.own.items()},
        }
        shares = [scores.shares(reference.weights(each.area_id)) for each in requests]
        total: Any = 0
        for name in scores.PARTS:  # in the order of scores.total: sums of fractions depend on it
            total = total + np.array([each[name] for each in shares])[places] * parts[name]
        rounded = [round(each, scores.DIGITS) for each in np.minimum(1.0, total).tolist()]
        return np.rint(np.array(rounded, float) * GRAIN).astype(np.int64)

    def _distance(self, requests: Sequence[ServiceRequest], places: Ints, at: Ints) -> Any:
        """The part by how far they live, as nearest.away_m says it; for each distance said it is reckoned once."""
        points = np.array([_point(each) for each in requests], float)
        lat, lon = self.lat[at], self.lon[at]
        exact = together.distances_m(points[places, 0], points[places, 1], lat, lon)
        known = ~np.isnan(exact)
        away = np.full(len(at), UNKNOWN_M, np.int64)
        away[known] = _said_m(exact[known])
        for pair in np.flatnonzero(np.isnan(points[places, 0]) & ~np.isnan(lat)).tolist():
            said = nearest.away_m(requests[places[pair]], float(lat[pair]), float(lon[pair]))
            away[pair] = UNKNOWN_M if said is None else said
        communities = np.array([each.community_id or -1 for each in requests], np.int64)
        same = communities[places] == self.community[at]
        steps, which = np.unique(away, return_inverse=True)
        by_step = np.array([_rounded(scores.distance(step, same_community=False)) for step in steps.tolist()])
        guessed = np.where(same, scores.SAME_COMMUNITY, scores.SOMEWHERE)
        return np.where(away == UNKNOWN_M, guessed, by_step[which])

    def _skill(self, requests: Sequence[ServiceRequest], at: Ints) -> Any:
        wanted = reference.snapshot().by_id[requests[0].category_id].skills
        by_number = [_rounded(scores.skill(wanted, has)) for has in self.skills]
        return np.array(by_number, float)[self.skills_at[at]]

    def _language(self, requests: Sequence[ServiceRequest], places: Ints, at: Ints) -> Any:
        asked, asked_at = _numbered(each.language for each in requests)
        table = [[scores.language(asks, speaks) for speaks in self.languages] for asks in asked]
        return np.array(table, float)[asked_at[places], self.languages_at[at]]


def _numbered(values: Iterable[Any]) -> tuple[list[Any], Ints]:
    """Returns every different one of `values`, and for each of them the place of its like there."""
    numbers: dict[Any, int] = {}
    places = [numbers.setdefault(each, len(numbers)) for each in values]
    return list(numbers), np.array(places, np.int64)


def _continuity(
    requests: Sequence[ServiceRequest], places: Ints, ids: Ints, met: Mapping[Met, scores.Past]
) -> Any:
    found = np.full(len(ids), _rounded(scores.continuity(scores.UNKNOWN)))
    by_place: dict[int, dict[int, scores.Past]] = defaultdict(dict)
    for (request, volunteer), past in met.items():
        by_place[request][volunteer] = past
    for place, each in enumerate(requests):
        for volunteer, past in by_place.get(each.pk, {}).items():
            found[(places == place) & (ids == volunteer)] = _rounded(scores.continuity(past))
    return found


def _point(request: ServiceRequest) -> tuple[float | None, float | None]:
    if request.lat is None or request.lon is None:
        return None, None
    return blurred(request.lat, request.lon)


def _rounded(part: float) -> float:
    return round(part, scores.DIGITS)


def _said_m(away: Any) -> Any:
    """civic.lib.geo.rounded_distance_m for many."""
    step = np.where(away < 1_000, 100, np.where(away < 5_000, 500, 1_000))
    return np.maximum(100, (away / step + 0.5).astype(np.int64) * step)
