"""Which area holds a point."""

from __future__ import annotations

import random
import timeit
from time import process_time
from typing import Any

import pytest
from shapely import Point
from shapely.geometry import shape

from civic.areas import actions, queries
from civic.areas.locate import locate
from civic.areas.models import Area
from tests.areas.conftest import SOUTH, WEST, square

pytestmark = pytest.mark.django_db


def at(north: float, east: float) -> Area | None:
    """Returns what lies `north` and `east` degrees from the corner of the land."""
    return locate(SOUTH + north, WEST + east)


def test_the_smallest_area_answers(land: Any) -> None:
    assert at(0.005, 0.005) == land.grid
    assert at(0.005, 0.015) == land.next_grid


def test_where_nothing_smaller_is_drawn_the_larger_area_answers(land: Any) -> None:
    assert at(0.015, 0.005) == land.street
    assert at(0.03, 0.005) == land.east
    assert at(0.03, 0.03) == land.west


def test_outside_every_area_there_is_no_answer(land: Any) -> None:
    assert at(-0.001, 0.005) is None
    assert locate(0, 0) is None


def test_without_areas_there_is_no_answer() -> None:
    assert locate(34, 117) is None


def test_a_point_on_the_line_between_two_grids_always_gets_the_same_answer(land: Any) -> None:
    assert {at(0.005, 0.01) for _ in range(5)} == {land.grid}


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(91, 117), (34, 181), (float("nan"), 117), (34, float("inf")), ("x", 117), (None, None)],
)
def test_a_point_off_the_globe_is_refused(lat: Any, lon: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        locate(lat, lon)


def test_a_moved_boundary_is_noticed(land: Any) -> None:
    assert at(0.005, 0.009) == land.grid
    actions.set_boundaries(
        {
            land.grid.pk: square(0, 0, 0.008, height=0.01),
            land.next_grid.pk: square(0.008, 0, 0.012, height=0.01),
        }
    )
    assert at(0.005, 0.009) == land.next_grid


def test_an_area_out_of_use_does_not_answer(land: Any) -> None:
    actions.change_area(land.grid, is_active=False)
    assert at(0.005, 0.005) == land.community


def test_a_hole_belongs_to_what_lies_around(land: Any) -> None:
    ring = square(0, 0)["coordinates"][0]
    hole = square(0.004, 0.004, 0.002)["coordinates"][0]
    actions.set_boundary(land.grid, {"type": "Polygon", "coordinates": [ring, hole]})
    assert at(0.005, 0.005) == land.community


def test_an_area_of_two_pieces_answers_for_both(land: Any) -> None:
    pieces = [square(0, 0, 0.003)["coordinates"], square(0.006, 0.006, 0.003)["coordinates"]]
    actions.set_boundary(land.grid, {"type": "MultiPolygon", "coordinates": pieces})
    assert at(0.001, 0.001) == at(0.007, 0.007) == land.grid
    assert at(0.005, 0.005) == land.community


def test_one_broken_row_does_not_take_the_other_answers_away(land: Any) -> None:
    Area.objects.filter(pk=land.next_grid.pk).update(boundary={"type": "Nonsense"})
    queries.forget()
    assert at(0.005, 0.005) == land.grid
    assert at(0.005, 0.015) == land.community


def test_the_index_agrees_with_asking_every_polygon(land: Any) -> None:
    rows = [
        (row, shape(row.boundary)) for row in Area.objects.exclude(boundary=None).order_by("-depth", "code")
    ]
    dice = random.Random(7)
    for _ in range(300):
        north, east = dice.uniform(-0.005, 0.045), dice.uniform(-0.005, 0.045)
        point = Point(WEST + east, SOUTH + north)
        assert at(north, east) == next((row for row, outline in rows if outline.intersects(point)), None)


def test_a_warm_answer_takes_less_than_a_tenth_of_a_millisecond(land: Any) -> None:
    at(0.005, 0.005)
    seconds = min(timeit.repeat(lambda: at(0.005, 0.005), number=200, repeat=5, timer=process_time)) / 200
    assert seconds < 100e-6
