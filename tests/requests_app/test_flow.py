"""The main job, through the actions: place > offer > accept > check in > complete > rate."""

import pytest

from civic.cases.models import CaseEvent
from requests_app import actions
from tests.cast import Cast
from volunteers import ledger

pytestmark = pytest.mark.django_db


def test_a_request_walks_from_placing_to_rating(cast: Cast) -> None:
    request = cast.place()
    assert (request.state, request.version) == ("submitted", 1)
    request = actions.act(
        request,
        "offer",
        actor=cast.dispatcher,
        volunteers=[cast.volunteer.pk],
        agreed_start=request.preferred_start,
    )
    assert request.state == "offered"
    request = actions.act(request, "accept", actor=cast.volunteer.user)
    assert request.state == "accepted"
    request = actions.act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    assert request.state == "in_service"
    request = actions.act(request, "complete", actor=cast.volunteer.user, minutes=1)
    assert request.state == "completed"
    assert ledger.confirmed_minutes(cast.volunteer) == 0
    request = actions.act(request, "rate", actor=cast.resident, solved="yes", stars=5, comment="谢谢")
    assert (request.state, request.outcome) == ("closed", "solved")
    assert ledger.confirmed_minutes(cast.volunteer) == 1
    history = CaseEvent.objects.filter(kind="request", case_id=request.pk).order_by("seq")
    assert [event.verb for event in history] == ["place", "offer", "accept", "check_in", "complete", "rate"]
    assert [event.seq for event in history] == [1, 2, 3, 4, 5, 6]
