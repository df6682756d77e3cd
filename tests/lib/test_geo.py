"""Distances and points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.lib import geo

LATS = st.floats(-90, 90)
LONS = st.floats(-180, 180)


def test_known_distances():
    assert geo.distance_m(39.9042, 116.4074, 31.2304, 121.4737) == pytest.approx(1_067_000, rel=0.005)
    assert geo.distance_m(0, 0, 0, 1) == pytest.approx(111_195, rel=0.001)
    assert geo.distance_m(28, 120.6, 28, 120.6) == 0
    assert geo.distance_m(0, 0, 0, 180) == pytest.approx(20_015_115, rel=0.001)


@given(LATS, LONS, LATS, LONS)
def test_a_distance_is_the_same_both_ways_and_never_negative(lat1, lon1, lat2, lon2):
    there = geo.distance_m(lat1, lon1, lat2, lon2)
    assert 0 <= there <= 20_100_000
    assert there == pytest.approx(geo.distance_m(lat2, lon2, lat1, lon1), abs=1)


@pytest.mark.parametrize(
    ("metres", "shown"),
    [
        (0, 100),
        (49, 100),
        (149, 100),
        (150, 200),
        (949, 900),
        (999, 1_000),
        (1_000, 1_000),
        (1_249, 1_000),
        (1_250, 1_500),
        (4_900, 5_000),
        (5_400, 5_000),
        (5_500, 6_000),
        (12_345, 12_000),
    ],
)
def test_a_distance_is_shown_coarsely(metres, shown):
    assert geo.rounded_distance_m(metres) == shown


def test_a_point_is_returned_as_numbers():
    assert geo.valid_point("28.01", 120) == (28.01, 120.0)
    assert geo.valid_point(-90, 180) == (-90.0, 180.0)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (91, 0),
        (-90.1, 0),
        (0, 181),
        (0, -180.5),
        (float("nan"), 0),
        (0, float("inf")),
        ("x", 0),
        (None, 0),
        (True, 0),
        ([], 1),
        ("NaN", "NaN"),
        (10**400, 0),
    ],
)
def test_what_is_no_point_is_refused_with_a_sentence(lat, lon):
    with pytest.raises(ValueError) as refusal:
        geo.valid_point(lat, lon)
    assert str(refusal.value).endswith((".", "。"))
