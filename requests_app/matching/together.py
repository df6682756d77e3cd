"""The nearest of many requests of one shape in one statement: matching.nearest, laid out as columns.

Whatever leaves a doubt is asked anew, by itself, as for one request.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from civic.lib.geo import EARTH_RADIUS_M
from requests_app.matching import nearest, questions
from requests_app.matching.given import Facts
from requests_app.matching.statements import run
from requests_app.planning.problem import Flags, Ints

ALIKE_M = 0.001  # nearer together than reckoning by columns can tell apart


class Asked(NamedTuple):
    """A request's facts, and where it looks from."""

    facts: Facts
    place: nearest.Place


class Look(NamedTuple):
    """What nearest.Seen has of everybody seen, as columns; `at` is the place of the request in those asked."""

    at: Ints
    pk: Ints
    away_m: Any  # not a number without a point
    gap: Any
    fit: Flags


def found(asked: Sequence[Asked], count: int) -> tuple[Ints, Ints]:
    """Returns (places in `asked`, ids of volunteers) of the candidates of all of them, which are of one shape: for
    each what nearest.around returns, in the order of `asked`."""
    wanted = nearest.first_look(count)
    seen = _look(asked, wanted)
    near = np.flatnonzero(seen.fit & ~np.isnan(seen.gap))
    near = near[np.lexsort((seen.pk[near], seen.away_m[near], seen.at[near]))]
    turn = _turn(seen.at[near])
    unsure = _unsure(asked, seen, near, turn, count, wanted)
    homeless = np.flatnonzero(seen.fit & np.isnan(seen.gap))
    homeless = homeless[np.argsort(seen.at[homeless], kind="stable")]
    kept = np.concatenate([near[turn < count], homeless[_turn(seen.at[homeless]) < nearest.WITHOUT_POINT]])
    kept = kept[~unsure[seen.at[kept]]]
    places, ids = [seen.at[kept]], [seen.pk[kept]]
    for at in np.flatnonzero(unsure).tolist():
        alone = nearest.around(*asked[at], count)
        places.append(np.full(len(alone), at, np.int64))
        ids.append(np.array(alone, np.int64))
    every = np.concatenate(places)
    order = np.argsort(every, kind="stable")
    return every[order], np.concatenate(ids)[order]


def _look(asked: Sequence[Asked], wanted: int) -> Look:
    rows = [{**each.facts.values, **nearest.on_map(each.place), "count": wanted} for each in asked]
    lines = run(questions.look(asked[0].facts.shape).of_each(rows))
    at, pk, lat, lon, gap, fit = zip(*lines, strict=True) if lines else ((),) * 6
    places = np.array([each.place for each in asked], float)
    which = np.array(at, np.int64)
    away = distances_m(places[which, 0], places[which, 1], np.array(lat, float), np.array(lon, float))
    return Look(which, np.array(pk, np.int64), away, np.array(gap, float), np.array(fit, bool))


def _unsure(asked: Sequence[Asked], seen: Look, near: Ints, turn: Ints, count: int, wanted: int) -> Flags:
    """Returns which of `asked` are to be asked anew: of those not seen one may be nearer, or two of those seen are
    as near as makes no difference and only one of them is kept."""
    mapped = ~np.isnan(seen.gap)
    everybody = np.bincount(seen.at[mapped], minlength=len(asked)) < wanted
    furthest = np.zeros(len(asked))
    np.maximum.at(furthest, seen.at[mapped], seen.gap[mapped])
    reach = np.array(
        [nearest.reach_m(each.place[0], gap) for each, gap in zip(asked, furthest.tolist(), strict=True)]
    )
    last, behind = np.full(len(asked), np.inf), np.full(len(asked), np.inf)
    for which, column in ((count - 1, last), (count, behind)):
        those = near[turn == which]
        column[seen.at[those]] = seen.away_m[those]
    tied = np.isfinite(behind) & (np.minimum(behind, reach) - last < ALIKE_M)
    return tied | (~everybody & (last >= reach - ALIKE_M))


def _turn(sorted_places: Ints) -> Ints:
    """Returns for each line how many of the same place stand before it."""
    starts = np.searchsorted(sorted_places, sorted_places)
    return np.arange(len(sorted_places)) - starts


def distances_m(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> Any:
    """civic.lib.geo.distance_m for columns of points."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    east = np.sin(np.radians(lon2 - lon1) / 2) ** 2
    half = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * east
    return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))
