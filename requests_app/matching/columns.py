"""The scores of many people for one request at once: those of matching.scores to the last digit, column by column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from civic.lib.geo import EARTH_RADIUS_M, blurred
from requests_app import reference
from requests_app.matching import nearest, scores
from requests_app.models import ServiceRequest
from requests_app.planning.problem import Ints

GRAIN = 10**scores.DIGITS
OF_THEIR_OWN = ("acceptance", "reliability", "fairness")  # whichever request it is


@dataclass(frozen=True)
class Person:
    """What a score looks at in a volunteer."""

    lat: float | None
    lon: float | None
    community_id: int | None
    skills: Sequence[int]
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
        kinds: dict[tuple[int, ...], int] = {}
        self.kind_of_skills = np.array(
            [kinds.setdefault(tuple(each.skills), len(kinds)) for each in known], np.int64
        )
        self.kinds_of_skills = list(kinds)

    def marks(self, request: ServiceRequest, ids: Sequence[int], met: Mapping[int, scores.Past]) -> Ints:
        """Returns the scores of the people `ids` for `request` in thousandths; `met` are those who know its resident.

        Raises KeyError for a part that is not known here.
        """
        at = np.searchsorted(self.ids, np.array(ids, np.int64))
        same = self.community[at] == (request.community_id or -1)
        parts = {
            "distance": self._distance(request, at, same),
            "skill": self._skill(request, at),
            "continuity": self._continuity(ids, met),
            **{name: column[at] for name, column in self.own.items()},
        }
        weights = scores.shares(reference.weights(request.area_id))
        total: Any = 0
        for name in scores.PARTS:  # in the order of scores.total: sums of fractions depend on it
            total = total + weights[name] * parts[name]
        rounded = [round(min(1.0, each), scores.DIGITS) for each in total.tolist()]
        return np.rint(np.array(rounded, float) * GRAIN).astype(np.int64)

    def _distance(self, request: ServiceRequest, at: Ints, same: Any) -> Any:
        """The part by how far they live, as nearest.away_m says it; for each distance said it is reckoned once."""
        away = np.full(len(at), -1, np.int64)
        if request.lat is not None and request.lon is not None:
            known = np.flatnonzero(~np.isnan(self.lat[at]))
            place = blurred(request.lat, request.lon)
            away[known] = _said_m(_distances_m(place, self.lat[at[known]], self.lon[at[known]]))
        else:
            homes = zip(self.lat[at].tolist(), self.lon[at].tolist(), strict=True)
            said = [nearest.away_m(request, *home) if home[0] == home[0] else None for home in homes]
            away = np.array([-1 if each is None else each for each in said], np.int64)
        found = np.where(same, scores.SAME_COMMUNITY, scores.SOMEWHERE)
        steps, which = np.unique(away, return_inverse=True)
        by_step = [
            0.0 if step < 0 else round(scores.distance(step, same_community=False), scores.DIGITS)
            for step in steps.tolist()
        ]
        return np.where(away < 0, found, np.array(by_step, float)[which])

    def _skill(self, request: ServiceRequest, at: Ints) -> Any:
        wanted = reference.snapshot().by_id[request.category_id].skills
        by_kind = [round(scores.skill(wanted, has), scores.DIGITS) for has in self.kinds_of_skills]
        return np.array(by_kind, float)[self.kind_of_skills[at]]

    def _continuity(self, ids: Sequence[int], met: Mapping[int, scores.Past]) -> Any:
        stranger = round(scores.continuity(scores.UNKNOWN), scores.DIGITS)
        if not met:
            return np.full(len(ids), stranger)
        found = [round(scores.continuity(met[pk]), scores.DIGITS) if pk in met else stranger for pk in ids]
        return np.array(found, float)


def _distances_m(place: nearest.Place, lat: Any, lon: Any) -> Any:
    """civic.lib.geo.distance_m for many."""
    phi1, phi2 = np.radians(place[0]), np.radians(lat)
    half = (
        np.sin((phi2 - phi1) / 2) ** 2
        + np.cos(phi1) * np.cos(phi2) * np.sin(np.radians(lon - place[1]) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))


def _said_m(away: Any) -> Any:
    """civic.lib.geo.rounded_distance_m for many."""
    step = np.where(away < 1_000, 100, np.where(away < 5_000, 500, 1_000))
    return np.maximum(100, (away / step + 0.5).astype(np.int64) * step)
