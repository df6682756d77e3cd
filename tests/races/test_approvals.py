"""Two who decide about one proposal at the same moment: it is decided, and carried out, once."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from civic.accounts.enums import Role
from civic.cases import approvals
from civic.cases.models import Approval, CaseEvent
from civic.lib import clock
from requests_app.actions import act
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.races.conftest import WAIT_S, GuardsOff, refused, together


def two_deciding(crowd: Cast, *verbs: str) -> tuple[ServiceRequest, list[Any]]:
    """Returns a closed request that somebody proposed to leave out of the rates, and two who decide about that."""
    request = crowd.closed()
    request = act(request, "exempt", actor=crowd.dispatcher, reason_code="duplicate", text="重复")
    third = crowd.staff("何主任", "+8613800000088", Role.DISPATCHER, crowd.district)
    facts = {"approve": {}, "refuse": {"reason": "应当计入"}}
    return request, [
        partial(act, request, verb, actor=who, **facts[verb])
        for verb, who in zip(verbs, (crowd.colleague, third), strict=True)
    ]


def decisions(request: ServiceRequest) -> int:
    """Returns how often the proposal was decided."""
    found = CaseEvent.objects.filter(kind="request", case_id=request.pk, verb__in=["approve", "refuse"])
    return found.count()


def test_without_guards_two_people_decide_the_same(
    crowd: Cast, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, both = two_deciding(crowd, "refuse", "refuse")
    each_has_read, read = threading.Barrier(2), approvals._decidable

    def read_and_wait(change: Any) -> Approval:
        found = read(change)
        each_has_read.wait(WAIT_S)
        return found

    monkeypatch.setattr(approvals, "_decidable", read_and_wait)
    with guards_off("case_text_once"):
        together(*both)
    assert decisions(request) == 2


@pytest.mark.parametrize(
    "verbs", [("approve", "approve"), ("approve", "refuse"), ("refuse", "refuse"), ("refuse", "approve")]
)
def test_one_decision_counts_and_the_other_is_told(crowd: Cast, verbs: tuple[str, str]) -> None:
    request, both = two_deciding(crowd, *verbs)
    results = together(*both)
    assert len(refused(results)) == 1
    assert decisions(request) == 1
    done = CaseEvent.objects.filter(kind="request", case_id=request.pk, verb="exempt").count()
    state = Approval.objects.get(case_id=request.pk).state
    assert (state, done) in {("approved", 1), ("refused", 0)}


def proposing(crowd: Cast) -> tuple[ServiceRequest, list[Any]]:
    """Returns an accepted request and two dispatchers who propose a later limit at once."""
    request = crowd.accepted()
    due = clock.now() + timedelta(days=20)
    return request, [
        partial(act, request, "extend", actor=each, due_at=due, reason="等配件")
        for each in (crowd.dispatcher, crowd.colleague)
    ]


@pytest.mark.parametrize("attempt", range(3))
def test_one_of_two_proposals_at_once_stands(crowd: Cast, attempt: int) -> None:
    request, both = proposing(crowd)
    results = together(*both)
    assert len(refused(results)) == 1
    assert Approval.objects.filter(case_id=request.pk).count() == 1
