"""Whatever verb people write words with, they stand in the erasable rows beside history and nowhere that stays."""

from collections.abc import Callable

import pytest
import time_machine

from civic.lib import clock
from requests_app.actions import act
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.privacy.traces import tables_that_say

pytestmark = pytest.mark.django_db
MARK = "独一无二的话"


def rejected(cast: Cast) -> ServiceRequest:
    return act(cast.place(), "reject", actor=cast.dispatcher, reason_code="unsafe", text=MARK)


def cancelled(cast: Cast) -> ServiceRequest:
    return act(cast.place(), "cancel", actor=cast.resident, reason=MARK)


def given_up(cast: Cast) -> ServiceRequest:
    return act(cast.accepted(), "give_up", actor=cast.volunteer.user, reason_code="other", note=MARK)


def aborted(cast: Cast) -> ServiceRequest:
    return act(cast.in_service(), "abort", actor=cast.dispatcher, reason=MARK)


def called_back(cast: Cast) -> ServiceRequest:
    return act(cast.completed(), "call_back", actor=cast.colleague, solved="yes", note=MARK)


def reopened(cast: Cast) -> ServiceRequest:
    return act(cast.closed(), "reopen", actor=cast.resident, reason=MARK)


def worried(cast: Cast) -> ServiceRequest:
    return act(cast.accepted(), "report_concern", actor=cast.volunteer.user, text=MARK)


def rated(cast: Cast) -> ServiceRequest:
    return act(cast.completed(), "rate", actor=cast.resident, solved="no", stars=1, comment=MARK)


def amended_twice(cast: Cast) -> ServiceRequest:
    request = cast.place(address=MARK, door_note=MARK, title=MARK)
    return act(request, "amend", actor=cast.resident, address="甲", door_note="乙", title="丁")


@pytest.mark.parametrize(
    "write",
    [rejected, cancelled, given_up, aborted, called_back, reopened, worried, rated, amended_twice],
)
def test_words_of_a_verb_stand_beside_history_only(
    cast: Cast, write: Callable[[Cast], ServiceRequest]
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        write(cast)
    assert tables_that_say(MARK) == {"cases.casetext.body"}
