"""Two-person rules: who proposes, who decides, and what a proposal does to the case."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.translation import override

from civic.accounts.enums import Role
from civic.cases import approvals, door, timers
from civic.cases.enums import ApprovalState
from civic.cases.models import Approval, CaseEvent, CaseText, Timer
from civic.lib import clock
from civic.lib.errors import DomainError, IllegalTransition, NotAllowed, ValidationFailed
from civic.notify.models import Message
from requests_app import actions
from requests_app.models import ServiceRequest
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LATER = timedelta(days=20)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals in English."""
    with override("en"):
        yield


def proposed(cast: Cast, request: ServiceRequest | None = None) -> Approval:
    """Returns the proposal to extend the limit of an accepted request, by the community's dispatcher."""
    request = request or cast.accepted()
    actions.act(request, "extend", actor=cast.dispatcher, due_at=clock.now() + LATER, reason="等配件")
    return Approval.objects.get(kind="request", case_id=request.pk, state="open")


def of(approval: Approval) -> ServiceRequest:
    """Returns the request of the approval as it stands."""
    return ServiceRequest.objects.get(pk=approval.case_id)


def verbs(approval: Approval) -> list[tuple[str, int | None]]:
    """Returns the last acts of the history with who did them."""
    events = CaseEvent.objects.filter(kind="request", case_id=approval.case_id, seq__gte=approval.seq)
    return list(events.order_by("seq").values_list("verb", "actor_id"))


def test_what_needs_approval_is_proposed_and_changes_nothing_yet(cast: Cast) -> None:
    request = cast.accepted()
    approval = proposed(cast, request)
    assert of(approval).due_at == request.due_at
    assert (approval.verb, approval.role, approval.proposer) == ("extend", "dispatcher", cast.dispatcher)
    assert approval.membership == cast.dispatcher.memberships.get()
    assert verbs(approval) == [("propose", cast.dispatcher.pk)]
    words = CaseText.objects.get(kind="request", case_id=request.pk, seq=approval.seq)
    assert (words.name, words.body) == ("reason", "等配件")
    assert "等配件" not in str(approval.facts)


def test_approving_performs_it_in_the_proposers_name(cast: Cast) -> None:
    approval = proposed(cast)
    wanted = approvals.facts_of(approval)["due_at"]
    request = actions.act(of(approval), "approve", actor=cast.colleague, approval=approval.pk, note="同意")
    approval.refresh_from_db()
    assert request.due_at == wanted
    assert request.original_due_at != wanted
    assert (approval.state, approval.decider) == ("approved", cast.colleague)
    assert verbs(approval) == [
        ("propose", cast.dispatcher.pk),
        ("approve", cast.colleague.pk),
        ("extend", cast.dispatcher.pk),
    ]
    event = CaseEvent.objects.get(case_id=request.pk, kind="request", verb="extend")
    assert event.facts["approval"] == approval.pk


def test_without_an_approval_the_door_refuses(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        door.perform(
            cast.accepted(), "extend", actor=cast.dispatcher, due_at=clock.now() + LATER, reason="等配件"
        )


def test_a_refusal_leaves_the_case_as_it_was_and_needs_a_reason(cast: Cast) -> None:
    approval = proposed(cast)
    before = of(approval)
    with pytest.raises(ValidationFailed):
        actions.act(before, "refuse", actor=cast.colleague)
    request = actions.act(before, "refuse", actor=cast.colleague, reason="可以按时")
    approval.refresh_from_db()
    assert approval.state == ApprovalState.REFUSED
    assert request.due_at == before.due_at


@pytest.mark.parametrize("verb", ["approve", "refuse"])
@pytest.mark.parametrize(
    "who",
    [
        lambda cast: cast.dispatcher,  # proposed it
        lambda cast: cast.outsider,  # another district
        lambda cast: cast.auditor,  # reads only
        lambda cast: cast.resident,
        lambda cast: cast.volunteer.user,
    ],
)
def test_who_may_not_decide_is_refused(cast: Cast, verb: str, who: Callable[[Cast], Any]) -> None:
    approval = proposed(cast)
    with pytest.raises(NotAllowed):
        actions.act(of(approval), verb, actor=who(cast), reason="理由") if verb == "refuse" else actions.act(
            of(approval), verb, actor=who(cast)
        )
    approval.refresh_from_db()
    assert approval.state == ApprovalState.OPEN


def test_whoever_worked_on_the_case_does_not_decide(cast: Cast) -> None:
    request = actions.act(cast.accepted(), "amend", actor=cast.colleague, door_note="按铃")
    approval = proposed(cast, request)
    with pytest.raises(NotAllowed, match="worked on"):
        actions.act(of(approval), "approve", actor=cast.colleague)


def test_whom_the_request_is_for_does_not_decide_though_they_dispatch(cast: Cast) -> None:
    request = cast.accepted()
    own = cast.staff("陈主任", "+8613800000099", Role.DISPATCHER, cast.district)
    ServiceRequest.objects.filter(pk=request.pk).update(beneficiary=own)
    with pytest.raises(NotAllowed, match="part of it"):
        actions.act(of(proposed(cast, request)), "approve", actor=own)


def test_deciding_does_not_count_as_working_on_the_case(cast: Cast) -> None:
    approval = proposed(cast)
    request = actions.act(of(approval), "refuse", actor=cast.colleague, reason="可以按时")
    actions.act(of(proposed(cast, request)), "approve", actor=cast.colleague)
    assert of(approval).due_at > request.due_at


def test_a_verb_waits_once_at_a_time(cast: Cast) -> None:
    approval = proposed(cast)
    with pytest.raises(IllegalTransition, match="proposed already"):
        proposed(cast, of(approval))
    again = Approval.objects.get(pk=approval.pk)
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_the_database_knows_that_two_people_are_needed(cast: Cast) -> None:
    approval = proposed(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(
            state="approved", decider=cast.dispatcher, decided_at=clock.now()
        )


def test_a_decided_proposal_stays_decided(cast: Cast) -> None:
    approval = proposed(cast)
    actions.act(of(approval), "refuse", actor=cast.colleague, reason="可以按时")
    with pytest.raises(IllegalTransition, match="decided already"):
        actions.act(of(approval), "approve", actor=cast.colleague, approval=approval.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state="approved")


def test_what_could_not_be_done_cannot_be_proposed(cast: Cast) -> None:
    with pytest.raises(IllegalTransition):
        actions.act(
            cast.place(), "extend", actor=cast.dispatcher, due_at=clock.now() + LATER, reason="等配件"
        )
    request = cast.accepted()
    with pytest.raises(ValidationFailed):
        actions.act(request, "extend", actor=cast.dispatcher, due_at=clock.now(), reason="等配件")
    with pytest.raises(NotAllowed):
        actions.act(request, "extend", actor=cast.resident, due_at=clock.now() + LATER, reason="等配件")
    assert not Approval.objects.exists()
    assert not CaseEvent.objects.filter(verb="propose").exists()


def test_a_case_that_moved_on_is_not_extended(cast: Cast) -> None:
    approval = proposed(cast)
    actions.act(of(approval), "cancel", actor=cast.resident)
    with pytest.raises(IllegalTransition, match="moved on"):
        actions.act(of(approval), "approve", actor=cast.colleague)
    approval.refresh_from_db()
    assert approval.state == ApprovalState.OPEN
    assert of(approval).state == "cancelled"
    assert not CaseEvent.objects.filter(kind="request", case_id=approval.case_id, verb="approve").exists()


def test_a_proposer_who_left_the_role_is_not_carried_out(cast: Cast) -> None:
    approval = proposed(cast)
    cast.dispatcher.memberships.update(valid_until=clock.now())
    with pytest.raises(IllegalTransition, match="may no longer"):
        actions.act(of(approval), "approve", actor=cast.colleague)


def test_only_the_proposer_takes_it_back(cast: Cast) -> None:
    approval = proposed(cast)
    with pytest.raises(NotAllowed):
        actions.act(of(approval), "withdraw_proposal", actor=cast.colleague)
    actions.act(of(approval), "withdraw_proposal", actor=cast.dispatcher)
    approval.refresh_from_db()
    assert approval.state == ApprovalState.WITHDRAWN
    assert not Timer.objects.filter(name="expire_proposal", voided_at=None).exists()


def test_nobody_proposes_a_verb_by_name(cast: Cast) -> None:
    with pytest.raises(DomainError):
        actions.act(cast.accepted(), "propose", actor=cast.dispatcher)


def test_a_proposal_nobody_decides_runs_out_by_itself(cast: Cast) -> None:
    approval = proposed(cast)
    with time_machine.travel(approval.expires_at - timedelta(seconds=1), tick=False):
        timers.sweep()
        approval.refresh_from_db()
        assert approval.state == ApprovalState.OPEN
    with time_machine.travel(approval.expires_at, tick=False):
        with pytest.raises(IllegalTransition, match="run out"):
            actions.act(of(approval), "approve", actor=cast.colleague)
        timers.sweep()
    approval.refresh_from_db()
    assert (approval.state, approval.decider) == (ApprovalState.EXPIRED, None)
    assert verbs(approval)[-1] == ("expire_proposal", None)


def test_its_clock_outlives_the_end_of_the_round(cast: Cast) -> None:
    approval = proposed(cast)
    actions.act(of(approval), "cancel", actor=cast.resident)
    assert Timer.objects.filter(
        kind="request", case_id=approval.case_id, name="expire_proposal", voided_at=None
    ).exists()


def test_those_who_may_decide_and_the_proposer_are_told_once_each(cast: Cast) -> None:
    approval = proposed(cast)
    wanted = Message.objects.filter(template="desk.approval_wanted")
    assert list(wanted.values_list("user", flat=True)) == [cast.colleague.pk]
    actions.act(of(approval), "approve", actor=cast.colleague)
    ended = Message.objects.filter(template="desk.approval_ended")
    assert list(ended.values_list("user", flat=True)) == [cast.dispatcher.pk]
    assert wanted.count() == 1


def test_a_later_limit_is_told_to_the_resident_once_it_holds(cast: Cast) -> None:
    approval = proposed(cast)
    told = Message.objects.filter(template="request.extended", user=cast.resident)
    assert not told.exists()
    actions.act(of(approval), "approve", actor=cast.colleague)
    assert told.filter(channel="in_app").count() == 1


def test_every_row_that_needs_approval_says_who_approves() -> None:
    from civic.cases import registry

    found = {
        row.verb: row.approvers or row.roles
        for row in registry.by_kind("request").transitions
        if row.approval
    }
    assert found["extend"] == found["exempt"] == ("dispatcher",)
