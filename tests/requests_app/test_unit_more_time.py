"""A unit asks for more time on its page: the form, the proposal while it waits, and how it ended."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from civic.cases.models import Approval
from civic.lib import clock
from civic.notify import templates
from civic.notify.models import Message
from requests_app.actions import act
from requests_app.actions.units import add_member
from requests_app.models import Referral, ServiceRequest
from tests.cast import Cast
from tests.requests_app.residents import browser
from tests.requests_app.test_unit_pages import post, staff, text_of
from tests.units import Units

pytestmark = pytest.mark.django_db
WHY = "灯头缺货，厂家月底发货。"
FORM = 'name="due_at"'


@pytest.fixture
def units(cast: Cast) -> Units:
    return Units(cast)


def limit(days: int = 40) -> datetime:
    """Returns a moment that a form can name, `days` from now."""
    return (clock.now() + timedelta(days=days)).replace(second=0, microsecond=0)


def typed(due: datetime) -> str:
    """Returns a moment as a browser sends it."""
    return f"{timezone.localtime(due):%Y-%m-%dT%H:%M}"


def ask(units: Units, request: ServiceRequest, due: datetime, **more: Any) -> Any:
    """Asks for more time on the page of the bureau."""
    return post(staff(units.officer), "more_time", request, due_at=typed(due), reason=WHY, **more)


def page(user: Any, request: ServiceRequest) -> str:
    """Returns the unit's page of a request."""
    return text_of(staff(user).get(reverse("unit:request", args=[request.pk])))


def test_the_form_begins_with_the_present_limit(cast: Cast, units: Units) -> None:
    request = units.referred()
    shown = page(units.officer, request)
    assert reverse("unit:more_time", args=[request.pk]) in shown
    assert f'value="{typed(Referral.objects.get().due_at)}"' in shown


def test_what_was_asked_for_waits_on_the_page_and_moves_nothing(cast: Cast, units: Units) -> None:
    request, due = units.referred(), limit()
    before = Referral.objects.get().due_at
    sent = ask(units, request, due)
    assert sent.url == reverse("unit:request", args=[request.pk])
    proposal = Approval.objects.get()
    assert (proposal.verb, proposal.role, proposal.state) == ("extend", "unit", "open")
    shown = page(units.officer, request)
    assert WHY in shown
    assert "待审批" in shown
    assert reverse("unit:withdraw", args=[request.pk]) in shown
    assert FORM not in shown
    assert reverse("unit:answer", args=[request.pk]) in shown  # answering goes on meanwhile
    assert Referral.objects.get().due_at == before


def test_the_approved_limit_and_who_approved_it_stand_on_the_page(cast: Cast, units: Units) -> None:
    request, due = units.referred(), limit()
    ask(units, request, due)
    act(request, "approve", actor=cast.colleague)
    assert Referral.objects.get().due_at == due
    shown = page(units.officer, request)
    assert "已批准" in shown
    assert str(cast.colleague) in shown
    assert f"{timezone.localtime(due):%-d} 日" in shown
    assert reverse("unit:withdraw", args=[request.pk]) not in shown
    assert FORM in shown  # more can be asked for again


def test_a_refusal_says_why_and_leaves_the_limit(cast: Cast, units: Units) -> None:
    request = units.referred()
    before = Referral.objects.get().due_at
    ask(units, request, limit())
    act(request, "refuse", actor=cast.colleague, reason="请先装临时照明")
    shown = page(units.officer, request)
    assert "未批准" in shown
    assert "请先装临时照明" in shown
    assert FORM in shown
    assert Referral.objects.get().due_at == before


def test_one_takes_ones_own_proposal_back_and_nobody_elses(cast: Cast, units: Units) -> None:
    request = units.referred()
    ask(units, request, limit())
    proposal = Approval.objects.get()
    other = cast.person("同事", "+8613800000036")
    add_member(units.bureau, other)
    assert reverse("unit:withdraw", args=[request.pk]) not in page(other, request)
    post(staff(other), "withdraw", request, approval=proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == "open"
    post(staff(units.officer), "withdraw", request, approval=proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    shown = page(units.officer, request)
    assert WHY not in shown
    assert FORM in shown


@pytest.mark.parametrize(
    ("days", "reason", "expected"),
    [
        (-1, WHY, "新的时限"),  # before now
        (1, WHY, "新的时限"),  # before the present limit of 7 work days
        (400, WHY, "新的时限"),  # further ahead than anything is planned
        (40, "", "原因"),
    ],
)
def test_a_refused_form_comes_back_with_what_was_typed(
    cast: Cast, units: Units, days: int, reason: str, expected: str
) -> None:
    request, due = units.referred(), limit(days)
    sent = post(staff(units.officer), "more_time", request, due_at=typed(due), reason=reason)
    assert sent.status_code == 400
    assert f'value="{typed(due)}"' in text_of(sent)
    assert expected in text_of(sent)
    assert '<details class="card pad mt" open>' in text_of(sent)
    assert not Approval.objects.exists()


def test_the_same_form_sent_twice_proposes_once(cast: Cast, units: Units) -> None:
    request, due = units.referred(), limit()
    first = ask(units, request, due, form_key="one", version=request.version)
    second = ask(units, request, due, form_key="one", version=request.version)
    assert (first.status_code, second.status_code) == (302, 302)
    assert Approval.objects.count() == 1


def test_who_assists_and_who_has_it_no_more_asks_for_nothing(cast: Cast, units: Units) -> None:
    request = units.referred(assisting=[units.helpers.pk])
    assert reverse("unit:more_time", args=[request.pk]) not in page(units.assistant, request)
    facts = {"due_at": typed(limit()), "reason": WHY}
    assert post(staff(units.assistant), "more_time", request, **facts).status_code == 403
    act(request, "recall", actor=cast.dispatcher, reason="改派")
    assert post(staff(units.officer), "more_time", request, **facts).status_code == 404
    assert not Approval.objects.exists()


def test_what_a_unit_before_this_one_asked_for_is_not_shown(cast: Cast, units: Units) -> None:
    request = units.referred()
    ask(units, request, limit())
    act(request, "refuse", actor=cast.colleague, reason="不同意")
    act(request, "return", actor=units.officer, reason="不归我局")
    units.referred(ServiceRequest.objects.get(pk=request.pk), unit=units.helpers.pk)
    shown = page(units.assistant, request)
    assert WHY not in shown
    assert FORM in shown


def test_a_later_limit_that_the_desk_proposed_is_shown_while_it_waits(cast: Cast, units: Units) -> None:
    request = units.referred()
    act(request, "extend", actor=cast.dispatcher, due_at=limit(), reason="等厂家")
    shown = page(units.officer, request)
    assert "等厂家" in shown
    assert FORM not in shown
    assert reverse("unit:withdraw", args=[request.pk]) not in shown


def test_an_answer_and_a_later_limit_may_wait_side_by_side(cast: Cast, units: Units) -> None:
    request = units.referred()
    ask(units, request, limit())
    post(staff(units.officer), "answer", request, result="explained", text="不归市政管养。")
    answer = Approval.objects.get(verb="unit_reply")
    post(staff(units.officer), "withdraw", request, approval=answer.pk)
    states = dict(Approval.objects.values_list("verb", "state"))
    assert states == {"extend": "open", "unit_reply": "withdrawn"}


def test_the_page_speaks_english_too(cast: Cast, units: Units) -> None:
    request = units.referred()
    ask(units, request, limit())
    client = staff(units.officer)
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        shown = text_of(client.get(reverse("unit:request", args=[request.pk])))
    assert "Later limit" in shown
    assert "Until it is approved, the present limit holds." in shown


def test_the_resident_reads_the_later_limit_once_it_is_approved(cast: Cast, units: Units) -> None:
    request, due = units.referred(), limit()
    ask(units, request, due)
    track, told = reverse("track", args=[request.code]), Message.objects.filter(template="request.extended")
    assert not told.exists()
    act(request, "approve", actor=cast.colleague)
    assert told.filter(user=cast.resident).exists()
    assert f"{timezone.localtime(due):%-m 月 %-d 日}" in text_of(browser(cast.resident).get(track))


@pytest.mark.parametrize("decision", ["approve", "refuse"])
@pytest.mark.parametrize(
    ("verb", "ended"),
    [
        ("extend", {"approve": "unit.approval_ended", "refuse": "unit.approval_ended"}),
        ("unit_reply", {"approve": "unit.answer_approved", "refuse": "unit.approval_ended"}),
    ],
)
def test_the_bell_of_the_unit_leads_to_a_page_it_may_open(
    cast: Cast, units: Units, verb: str, ended: dict[str, str], decision: str
) -> None:
    request = units.referred()
    facts = {
        "extend": {"due_at": limit(), "reason": WHY},
        "unit_reply": {"text": "不归", "result": "explained"},
    }
    act(request, verb, actor=units.officer, **facts[verb])
    act(request, decision, actor=cast.colleague, **({"reason": "再看看"} if decision == "refuse" else {}))
    message = Message.objects.filter(user=units.officer).latest("pk")
    assert message.template == ended[decision]
    link = templates.get(message.template).link
    assert link is not None
    assert staff(units.officer).get(link(message)).status_code == 200
