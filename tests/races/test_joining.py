"""Two merges that cross, and a merge that crosses the end of the request it leads to."""

import threading
from functools import partial
from typing import Any

import pytest

from civic.cases import door
from requests_app.actions import act
from requests_app.effects import merging
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.races.conftest import WAIT_S, GuardsOff, refused, together

LAMP = {"category": "other", "title": "路灯坏了", "text": "东门路灯不亮。"}


def crossing(crowd: Cast) -> tuple[list[ServiceRequest], list[Any]]:
    """Returns two requests about one lamp, and joining each of them to the other."""
    pair = [crowd.place(**LAMP), crowd.place(crowd.neighbour, **LAMP)]
    there = partial(act, pair[0], "merge", actor=crowd.dispatcher, into=pair[1].pk)
    back = partial(act, pair[1], "merge", actor=crowd.colleague, into=pair[0].pk)
    return pair, [there, back]


def states(pair: list[ServiceRequest]) -> list[str]:
    return [ServiceRequest.objects.get(pk=each.pk).state for each in pair]


def test_without_guards_two_requests_wait_for_each_other(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, both = crossing(crowd)
    everybody_has_looked = threading.Barrier(2)
    look = merging._check_fit

    def look_and_wait(request: ServiceRequest, other: ServiceRequest) -> None:
        look(request, other)
        everybody_has_looked.wait(WAIT_S)

    monkeypatch.setattr(door, "hold", lambda model, ids: None)
    monkeypatch.setattr(merging, "_check_fit", look_and_wait)
    with guards_off():
        together(*both)
    assert states(pair) == ["merged", "merged"]


@pytest.mark.parametrize("attempt", range(5))
def test_two_requests_joined_to_each_other_at_once_leave_one_in_the_lead(crowd: Cast, attempt: int) -> None:
    pair, both = crossing(crowd)
    results = together(*both)
    assert len(refused(results)) == 1
    assert sorted(states(pair)) == ["merged", "submitted"]


@pytest.mark.parametrize("attempt", range(5))
def test_nothing_waits_for_a_request_that_is_cancelled_meanwhile(crowd: Cast, attempt: int) -> None:
    (first, second), _both = crossing(crowd)
    together(
        partial(act, second, "merge", actor=crowd.dispatcher, into=first.pk),
        partial(act, first, "cancel", actor=crowd.resident),
    )
    assert states([first, second]) == ["cancelled", "submitted"]
