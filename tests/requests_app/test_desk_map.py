"""The small map beside a request: what it shows whole."""

import re

import pytest
from django.test import Client

from requests_app import actions
from requests_app.models import ServiceRequest
from requests_app.queries.desk_map import HEIGHT, WIDTH, SmallMap, small_map
from requests_app.queries.desk_request import Picture
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def drawn(cast: Cast, request: ServiceRequest) -> SmallMap:
    """Returns the map that the dispatcher sees."""
    found = small_map(request, Picture(cast.dispatcher, request.pk).choices)
    assert found is not None
    return found


def corners(path: str) -> list[tuple[float, float]]:
    """Returns the points of an outline."""
    numbers = [float(each) for each in re.findall(r"-?[0-9.]+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_the_grid_of_the_request_its_place_and_the_candidates_lie_in_view(cast: Cast, client: Client) -> None:
    shown = drawn(cast, cast.place())
    [own] = [outline for outline in shown.outlines if outline.here]
    points = [*corners(own.path), *((spot.x, spot.y) for spot in shown.spots)]
    assert {spot.rank for spot in shown.spots} >= {0, 1, 2, 3}
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def test_a_community_without_a_point_is_shown_whole(cast: Cast) -> None:
    request = cast.place(lat=None, lon=None)
    request = actions.act(request, "amend", actor=cast.dispatcher, area=cast.community.pk)
    [own] = [outline for outline in drawn(cast, request).outlines if outline.here]
    points = corners(own.path)
    assert own.name == cast.community.label
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert max(y for _x, y in points) - min(y for _x, y in points) > HEIGHT / 2
