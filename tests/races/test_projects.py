"""Two dispatchers add requests to one service project at once: its area lies around all of them."""

from functools import partial

import pytest

from civic.areas import actions as area_actions
from civic.areas.models import Area
from requests_app.actions import alike
from requests_app.models import ServiceProject
from tests.cast import Cast
from tests.races.conftest import overlapping


def widened_twice(crowd: Cast) -> Area:
    """Returns the area of a project of the grid to which one of the street and one of the district are added, the
    wider one first."""
    pair = [crowd.place(), crowd.place(crowd.neighbour)]
    project = alike.propose_project([each.pk for each in pair], actor=crowd.dispatcher, title="送药")
    make = area_actions.create_area
    street = make(parent=crowd.district, level="street", name="河滨街道")
    community = make(parent=crowd.street, level="community", name="荷花里社区")
    far, near = (crowd.place(lat=None, lon=None, area=each.pk) for each in (street, community))
    overlapping(
        partial(alike.add_to_project, project, [far.pk], actor=crowd.colleague),
        partial(alike.add_to_project, project, [near.pk], actor=crowd.colleague),
    )
    found = ServiceProject.objects.get(pk=project.pk)
    assert found.requests.count() == 4
    return found.area


def test_without_the_lock_one_of_two_is_left_outside(crowd: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "_held", lambda project: ServiceProject.objects.get(pk=project.pk))
    assert widened_twice(crowd) == crowd.street


def test_two_who_widen_a_project_at_once_both_count(crowd: Cast) -> None:
    assert widened_twice(crowd) == crowd.district
