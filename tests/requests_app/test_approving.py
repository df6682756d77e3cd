"""Exemptions and later limits: what they do, who reads what of them, on pages and over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from civic.cases import timers
from civic.cases.models import Approval, CaseEvent
from civic.lib import clock
from civic.lib.errors import IllegalTransition, ValidationFailed
from civic.notify.models import Message
from insight import consistency, rates
from requests_app import figures
from requests_app.actions import act
from requests_app.models import Referral, ServiceRequest
from tests.api.conftest import Api
from tests.cast import Cast
from tests.requests_app.desk_forms import send
from tests.units import Units

pytestmark = pytest.mark.django_db


def page_of(request: ServiceRequest) -> str:
    return reverse("desk:request", args=[request.pk])


def exempted(cast: Cast) -> ServiceRequest:
    """Returns a closed request that the rates leave out."""
    request = act(
        cast.closed(), "exempt", actor=cast.dispatcher, reason_code="duplicate", text="与 12345 工单重复"
    )
    return act(request, "approve", actor=cast.colleague)


def behind() -> dict[str, int]:
    """Returns out of how many rows each rate is."""
    within = rates.Within(
        lambda prefix: Q(), clock.now() - timedelta(days=9), clock.now() + timedelta(seconds=1)
    )
    return {
        rate.name: rate.behind.count() for rate in rates.rates(within) if rate.name != "active_volunteers"
    }


def test_what_is_exempt_counts_in_no_rate(cast: Cast) -> None:
    cast.closed()
    before = behind()
    exempted(cast)
    assert behind() == before
    assert any(before.values())
    assert figures.compute().ratings == 1


@pytest.mark.parametrize(
    "facts", [{"reason_code": "tired", "text": "x"}, {"reason_code": "duplicate"}, {"text": "x"}]
)
def test_an_exemption_needs_a_known_reason_and_words(cast: Cast, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed):
        act(cast.closed(), "exempt", actor=cast.dispatcher, **facts)


def test_an_open_request_is_not_exempted_and_a_closed_one_once(cast: Cast) -> None:
    facts = {"reason_code": "untrue", "text": "查无此事"}
    with pytest.raises(IllegalTransition):
        act(cast.accepted(cast.second), "exempt", actor=cast.dispatcher, **facts)
    with pytest.raises(IllegalTransition):
        act(exempted(cast), "exempt", actor=cast.dispatcher, **facts)


def test_what_is_proposed_of_an_ended_request_agrees_with_itself(cast: Cast) -> None:
    act(cast.closed(), "exempt", actor=cast.dispatcher, reason_code="duplicate", text="与 12345 工单重复")
    assert [str(fault) for fault in consistency.check()] == []


def test_a_proposal_runs_out_in_a_pause_too(cast: Cast) -> None:
    monday = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    with clock.at(monday):
        start = monday + timedelta(days=20)
        request = cast.accepted(preferred_start=start, preferred_end=start + timedelta(hours=2))
        due_at = request.due_at + timedelta(days=30)
        act(request, "extend", actor=cast.dispatcher, due_at=due_at, reason="等材料")
        until = monday + timedelta(days=10)
        act(request, "pause", actor=cast.dispatcher, reason_code="weather", until=until)
        assert [str(fault) for fault in consistency.check()] == []
    with clock.at(monday + timedelta(days=7)):
        timers.sweep()
    assert Approval.objects.get().state == "expired"


def test_what_goes_on_counts_again(cast: Cast) -> None:
    request = act(exempted(cast), "reopen", actor=cast.dispatcher, reason="又坏了")
    assert request.exempt_reason == ""


def test_everybody_reads_how_many_and_which_but_not_whose(cast: Cast) -> None:
    request = exempted(cast)
    page = Client().get(reverse("exempt")).content.decode()
    assert "同一事项已在别处计入" in page
    assert "青禾区" in page
    for secret in (request.code, "陈桂兰", "荷花里", "12345 工单", "帮忙取药"):
        assert secret not in page
    listed = Client().get("/api/v1/exemptions/").json()["results"]
    assert [(line["reason_code"], line["district"]) for line in listed] == [("duplicate", "青禾区")]
    counts = Client().get("/api/v1/exemptions/counts/").json()["results"]
    assert {line["reason_code"]: line["count"] for line in counts}["duplicate"] == 1
    assert sum(line["count"] for line in counts) == 1


def test_a_resident_reads_nothing_of_exemptions_and_proposals(cast: Cast, client: Client) -> None:
    request = exempted(cast)
    client.force_login(cast.resident)
    lines = client.get(f"/api/v1/service-requests/{request.pk}/history/").json()["results"]
    assert not {"propose", "approve", "exempt"} & {line["verb"] for line in lines}


def test_the_limit_of_a_units_answer_is_extended_with_it(cast: Cast) -> None:
    units = Units(cast)
    request = units.referred()
    part = Referral.objects.get()
    due = part.due_at + timedelta(days=5)
    act(request, "extend", actor=units.officer, due_at=due, reason="等配件")
    approval = Approval.objects.get()
    assert (approval.role, approval.proposer) == ("unit", units.officer)
    request = act(request, "approve", actor=cast.colleague)
    part.refresh_from_db()
    assert part.due_at == request.act_by == due
    assert request.due_at >= due
    event = CaseEvent.objects.get(case_id=request.pk, kind="request", verb="extend")
    assert event.facts["old_due_at"] < event.facts["due_at"]
    assert Message.objects.filter(template="unit.approval_ended", user=units.officer).exists()


def test_the_desk_proposes_in_a_dialog_and_a_colleague_approves_on_the_page(
    cast: Cast, client: Client
) -> None:
    request = cast.closed()
    client.force_login(cast.dispatcher)
    answer = send(client, request, "exempt", reason_code="unreachable", text="三次去电无人接听")
    assert answer.status_code == 302
    page = client.get(page_of(request)).content.decode()
    assert "待审批：从统计中剔除" in page
    assert "三次去电无人接听" in page
    assert reverse("desk:verb", args=[request.pk, "withdraw_proposal"]) in page
    assert reverse("desk:verb", args=[request.pk, "approve"]) not in page
    assert request.code in client.get(reverse("desk:approvals") + "?box=proposed").content.decode()
    assert request.code not in client.get(reverse("desk:approvals")).content.decode()

    client.force_login(cast.colleague)
    waiting = client.get(reverse("desk:approvals")).content.decode()
    assert request.code in waiting
    assert "三次去电无人接听" in waiting
    for verb in ("approve", "refuse"):
        asked = client.get(reverse("desk:verb", args=[request.pk, verb])).content.decode()
        assert "三次去电无人接听" in asked
    request.refresh_from_db()
    approval = Approval.objects.get()
    send(client, request, "approve", approval=approval.pk)
    request.refresh_from_db()
    assert request.exempt_reason == "unreachable"
    assert request.code not in client.get(reverse("desk:approvals")).content.decode()
    assert request.code in client.get(reverse("desk:approvals") + "?box=decided").content.decode()
    assert "不计入" in client.get(page_of(request)).content.decode()


def test_a_refusal_reaches_the_proposer_with_its_reason(cast: Cast, client: Client) -> None:
    request = act(cast.closed(), "exempt", actor=cast.dispatcher, reason_code="untrue", text="查无此事")
    act(request, "refuse", actor=cast.colleague, reason="现场属实")
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:approvals") + "?box=proposed").content.decode()
    assert "现场属实" in page


def test_over_http_a_proposal_answers_202_and_is_decided_by_its_verbs(cast: Cast) -> None:
    request = cast.accepted()
    due = (clock.now() + timedelta(days=30)).isoformat()
    dispatcher, colleague = Api(cast.dispatcher), Api(cast.colleague)
    made = dispatcher.act(request, "extend", due_at=due, reason="等配件")
    assert made.status_code == 202
    line = made.json()
    assert (line["verb"], line["state"], line["may_decide"]) == ("extend", "open", False)
    [waiting] = colleague.get("/approvals/").json()["results"]
    assert (waiting["id"], waiting["reason"], waiting["may_decide"]) == (line["id"], "等配件", True)
    assert dispatcher.act(request, "approve").status_code == 403
    assert colleague.act(request, "approve", approval=line["id"]).status_code == 200
    [decided] = dispatcher.get("/approvals/", box="decided").json()["results"]
    assert (decided["state"], decided["decider"]) == ("approved", "张敏")


def test_a_proposal_sent_twice_with_one_key_is_one(cast: Cast) -> None:
    request, body = cast.closed(), {"reason_code": "untrue", "text": "查无此事"}
    path = f"/service-requests/{request.pk}/exempt/"
    first, again = (Api(cast.dispatcher).post(path, body, key="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
