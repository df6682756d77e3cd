"""The nearest of many points, against looking at every one of them."""

from random import Random
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from civic.lib.geo import distance_m
from requests_app.matching import nearest
from requests_app.matching.net import Net, distances_m, reaches_m

# A town, a few who live far out, and houses where several live: the same point again.
LAT = st.one_of(st.floats(40.0, 40.05), st.sampled_from([40.02, 40.021]), st.floats(-80, 80))
LON = st.one_of(st.floats(116.0, 116.05), st.sampled_from([116.02, 116.021]), st.floats(100, 130))
POINTS = st.lists(st.tuples(LAT, LON), max_size=60)


def columns(points: list[tuple[float, float]]) -> tuple[Any, Any]:
    table = np.array(points, float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def looked_at(places: list[tuple[float, float]], points: list[tuple[float, float]], count: int) -> list[Any]:
    """Every point looked at, for every place."""
    lat, lon = columns(points)
    found = []
    for at, place in enumerate(places):
        away = distances_m(place[0], place[1], lat, lon).tolist()
        order = sorted(range(len(points)), key=lambda point: (away[point], point))[:count]
        found += [(at, point, away[point]) for point in order]
    return found


@given(places=POINTS, points=POINTS, count=st.integers(1, 12))
def test_nobody_nearer_is_missed(
    places: list[tuple[float, float]], points: list[tuple[float, float]], count: int
) -> None:
    pairs = Net(*columns(points)).nearest(*columns(places), count)
    found = list(zip(*(each.tolist() for each in pairs), strict=True))
    assert found == looked_at(places, points, count)


def test_many_are_found_in_parts(monkeypatch: Any) -> None:
    monkeypatch.setattr("requests_app.matching.net.PAIRS_TOGETHER", 500)
    dice = Random(3)
    points = [(40 + dice.gauss(0, 0.02), 116 + dice.gauss(0, 0.03)) for _ in range(2000)]
    places = [(40 + dice.gauss(0, 0.03), 116 + dice.gauss(0, 0.03)) for _ in range(80)]
    pairs = Net(*columns(points)).nearest(*columns(places), 25)
    found = list(zip(*(each.tolist() for each in pairs), strict=True))
    assert found == looked_at(places, points, 25)


@given(LAT, LON, LAT, LON)
def test_columns_say_what_one_by_one_says(lat: float, lon: float, other: float, far: float) -> None:
    [by_columns] = distances_m(*columns([(lat, lon)]), *columns([(other, far)])).tolist()
    assert abs(by_columns - distance_m(lat, lon, other, far)) < 0.001
    [reach] = reaches_m(columns([(lat, lon)])[0], 0.5).tolist()
    assert abs(reach - nearest.reach_m(lat, 0.5)) < 0.001
