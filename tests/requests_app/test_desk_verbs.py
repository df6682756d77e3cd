"""Every verb from the desk: its form, what it does, refusals in place, conflicts explained, nothing twice."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from civic.accounts.enums import Role
from civic.accounts.models import AccessLog, Membership
from civic.cases.models import CaseEvent
from civic.lib import clock, codes, spoken
from requests_app import actions
from requests_app.forms.desk.base import VerbForm
from requests_app.forms.desk.verbs import FORMS
from requests_app.models import Block, Offer, ServiceRequest
from requests_app.queries.desk_request import Picture
from requests_app.workflow import REQUESTS
from tests.cast import LONG_AGO, Cast
from tests.requests_app.desk_forms import amended, local, send, state_of, url_of

pytestmark = pytest.mark.django_db

NOT_THE_DESKS = {
    "accept",
    "decline_offer",
    "confirm",
    "give_up",
    "check_in",
    "complete",
    "rate",
    "undo_import",
    "propose",
}


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The dispatcher's browser."""
    client.force_login(cast.dispatcher)
    return client


def test_every_verb_of_staff_has_a_form() -> None:
    verbs = {row.verb for row in REQUESTS.transitions if "dispatcher" in row.roles}
    assert verbs - NOT_THE_DESKS <= set(FORMS)


def test_the_page_shows_what_a_dispatcher_needs_and_masks_the_phone(cast: Cast, desk: Client) -> None:
    request = cast.place(door_note="电梯在左边")
    html = desk.get(reverse("desk:request", args=[request.pk])).content.decode()
    for words in (
        "帮忙取药",
        "腿脚不便",
        "陈桂兰",
        "138****0001",
        "荷花里 3 号楼",
        "电梯在左边",
        request.code,
    ):
        assert words in html
    assert "13800000001" not in html
    assert "style=" not in html
    assert AccessLog.objects.count() == 0


def test_the_phone_is_shown_for_a_purpose_and_the_reading_is_logged(cast: Cast, desk: Client) -> None:
    request = cast.place()
    url = reverse("desk:phone", args=[request.pk])
    assert desk.post(url, {"purpose": ""}).status_code == 400
    assert desk.post(url, {"purpose": "nosy"}).status_code == 400
    assert AccessLog.objects.count() == 0
    assert "13800000001" in desk.post(url, {"purpose": "contact"}).content.decode()
    assert (
        "13800000001"
        in desk.post(url, {"purpose": "verify"}, headers={"HX-Request": "true"}).content.decode()
    )
    assert list(AccessLog.objects.order_by("pk").values_list("purpose", flat=True)) == ["contact", "verify"]


def test_triage_at_the_city_sees_what_is_asked_but_not_who(cast: Cast, client: Client) -> None:
    city = cast.staff("市台", "+8613800000021", "dispatcher", cast.city)
    homeless = cast.person("赵无址", "+8613800000022")
    request = cast.place(actor=homeless, title="不知在哪", lat=None, lon=None, address="东边那条街")
    client.force_login(city)
    html = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "不知在哪" in html
    assert "赵无址" not in html.replace("placed", "")[: html.index('class="hist"')]
    assert "东边那条街" not in html
    slip = client.get(reverse("desk:slip", args=[request.pk])).content.decode()
    assert "赵**" in slip
    assert "赵无址" not in slip
    send(client, request, "amend", **amended(request, area=cast.grid.pk, category="repair"))
    request.refresh_from_db()
    assert (request.area_id, request.needs_triage, request.category.code) == (cast.grid.pk, False, "repair")


def test_chosen_volunteers_are_asked_on_the_terms_typed(cast: Cast, desk: Client) -> None:
    request = cast.place()
    start = clock.now() + timedelta(days=2)
    answer = send(
        desk,
        request,
        "offer",
        volunteers=[cast.volunteer.pk, cast.second.pk],
        agreed_start=local(start),
        expected_minutes=50,
        public_summary="去社区医院取药",
    )
    assert answer.status_code == 302
    request.refresh_from_db()
    assert (request.state, request.expected_minutes, request.public_summary) == (
        "offered",
        50,
        "去社区医院取药",
    )
    assert local(request.agreed_start) == local(start)
    assert Offer.objects.filter(request=request, made_by=cast.dispatcher).count() == 2


def test_nobody_chosen_is_explained_beside_the_form(cast: Cast, desk: Client) -> None:
    request = cast.place()
    answer = send(desk, request, "offer", expected_minutes=45, public_summary="特别的说明")
    assert answer.status_code == 400
    assert "特别的说明" in answer.content.decode()  # nothing typed is lost
    assert state_of(request) == "submitted"


def test_the_pool_opens_and_is_withdrawn_again(cast: Cast, desk: Client) -> None:
    request = cast.place()
    assert send(desk, request, "offer", pool="1").status_code == 302
    assert state_of(request) == "offered"
    assert "会告知已派单" not in desk.get(url_of(request, "withdraw_offer")).content.decode()
    assert send(desk, request, "withdraw_offer").status_code == 302
    assert state_of(request) == "submitted"


def test_one_of_two_offers_can_be_withdrawn(cast: Cast, desk: Client) -> None:
    request = cast.offered(cast.volunteer, cast.second)
    first = Offer.objects.get(request=request, volunteer=cast.volunteer)
    send(desk, request, "withdraw_offer", offers=[first.pk])
    states = dict(Offer.objects.filter(request=request).values_list("volunteer_id", "state"))
    assert states == {cast.volunteer.pk: "withdrawn", cast.second.pk: "open"}


def test_the_same_form_sent_twice_acts_once(cast: Cast, desk: Client) -> None:
    request, key = cast.place(), codes.token()
    data = {"version": 1, "form_key": key, "volunteers": [cast.volunteer.pk], "expected_minutes": 45}
    assert [desk.post(url_of(request, "offer"), data).status_code for _each in range(2)] == [302, 302]
    assert Offer.objects.filter(request=request).count() == 1
    other = desk.post(url_of(request, "offer"), {**data, "volunteers": [cast.second.pk]})
    assert other.status_code == 422
    assert Offer.objects.filter(request=request).count() == 1


def test_a_form_without_its_key_does_nothing(cast: Cast, desk: Client) -> None:
    request = cast.place()
    assert desk.post(url_of(request, "cancel"), {"version": 1, "reason": "x"}).status_code == 400
    assert state_of(request) == "submitted"


def test_a_conflict_says_what_happened_meanwhile_and_keeps_what_was_typed(cast: Cast, desk: Client) -> None:
    request = cast.place()
    seen = request.version
    actions.act(request, "offer", actor=cast.colleague, volunteers=[cast.second.pk])
    answer = send(
        desk, request, "offer", version=seen, volunteers=[cast.volunteer.pk], public_summary="我写的说明"
    )
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "张敏" in html
    assert html.count("在此期间") == 1  # in the explanation; the part that polls has nothing newer to add
    assert "在此期间：张敏派单给刘芳" in html  # who did what
    assert "版" not in re.sub(r"<[^>]+>", "", html)  # versions are ours
    assert "我写的说明" in html
    # The form now carries the present version: sent once more it goes through.
    assert re.search(r'name="version" value="2"', html)
    assert send(desk, request, "offer", volunteers=[cast.volunteer.pk]).status_code == 302
    assert Offer.objects.filter(request=request, state="open").count() == 2


def test_a_conflict_after_which_the_step_is_gone_says_so(cast: Cast, desk: Client) -> None:
    request = cast.place()
    actions.act(request, "cancel", actor=cast.resident)
    answer = send(desk, request, "reject", version=1, reason_code="duplicate", text="已有一件")
    assert answer.status_code == 409
    assert "取消了诉求" in answer.content.decode()
    assert "您的操作没有执行" in answer.content.decode()
    dialog = desk.get(url_of(request, "reject"), headers={"HX-Request": "true"})
    assert dialog.status_code == 409
    assert "data-reload" in dialog.content.decode()  # nothing to fill in: the way on is to see what is now


def test_rejecting_needs_a_reason_and_words(cast: Cast, desk: Client) -> None:
    request = cast.place()
    assert send(desk, request, "reject", reason_code="", text=" \u200b ").status_code == 400
    assert (
        send(desk, request, "reject", reason_code="duplicate", text="已有一件，编号见短信。").status_code
        == 302
    )
    assert state_of(request) == "rejected"


def test_an_amendment_sends_only_what_differs(cast: Cast, desk: Client) -> None:
    request = cast.offered()
    terms = request.terms
    assert send(desk, request, "amend", **amended(request)).status_code == 400  # nothing was changed
    assert send(desk, request, "amend", **amended(request, headcount=2)).status_code == 302
    request.refresh_from_db()
    assert (request.headcount, request.terms) == (2, terms)
    event = CaseEvent.objects.filter(kind="request", case_id=request.pk).latest("seq")
    assert event.facts["fields"] == ["headcount"]


def test_people_are_released_reported_and_excused_by_name(cast: Cast, desk: Client) -> None:
    request = cast.accepted(cast.volunteer, cast.second)
    first, second = Picture(cast.dispatcher, request.pk).active
    assert send(desk, request, "reassign", assignments=[second.pk]).status_code == 302
    with time_machine.travel(request.agreed_start + timedelta(minutes=31)):
        assert send(desk, request, "report_no_show", assignment=first.pk).status_code == 302
    assert send(desk, request, "excuse", assignment=first.pk).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.excused, second.state) == ("no_show", True, "released")


def test_going_ahead_with_fewer_closes_the_free_slots(cast: Cast, desk: Client) -> None:
    request = cast.offered(cast.volunteer, cast.second, headcount=2)
    actions.act(request, "accept", actor=cast.volunteer.user)
    assert send(desk, request, "close_staffing").status_code == 302
    request.refresh_from_db()
    assert (request.state, request.needed) == ("accepted", 1)


def test_a_proposed_start_is_confirmed_with_one_button(cast: Cast, desk: Client) -> None:
    request = cast.place(preferred_start=None, preferred_end=None)
    request = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    start = clock.now() + timedelta(days=1)
    actions.act(request, "accept", actor=cast.volunteer.user, agreed_start=start, expected_minutes=40)
    assert "confirm_start" in Picture(cast.dispatcher, request.pk).verbs
    assert send(desk, request, "confirm_start").status_code == 302
    request.refresh_from_db()
    assert (request.start_proposed, request.agreed_start) == (False, start)
    assert "confirm_start" not in Picture(cast.dispatcher, request.pk).verbs


@pytest.mark.parametrize(("outcome", "state"), [("again", "submitted"), ("cancel", "cancelled")])
def test_a_service_is_broken_off(cast: Cast, desk: Client, outcome: str, state: str) -> None:
    request = cast.in_service()
    assert send(desk, request, "abort", outcome=outcome, reason="老人去医院了").status_code == 302
    assert state_of(request) == state


def test_who_dispatched_may_not_call_back_and_is_told_so_in_place(cast: Cast, desk: Client) -> None:
    request = cast.completed()
    answer = send(desk, request, "call_back", solved="yes", stars="5", note="很满意")
    assert answer.status_code == 403
    assert "很满意" in answer.content.decode()
    desk.force_login(cast.colleague)
    assert send(desk, request, "call_back", solved="yes", stars="5", note="很满意").status_code == 302
    assert state_of(request) == "closed"


def test_who_may_not_call_back_reads_why_and_has_no_button(cast: Cast, desk: Client) -> None:
    request, why = cast.completed(), "派单或服务本单的人员不能回访"
    page, button = reverse("desk:request", args=[request.pk]), url_of(request, "call_back")
    html = desk.get(page).content.decode()
    assert why in html
    assert button not in html
    answer = desk.get(button)
    assert answer.status_code == 403
    assert why in answer.content.decode()
    desk.force_login(cast.colleague)
    html = desk.get(page).content.decode()
    assert button in html
    assert why not in html
    assert desk.get(button).status_code == 200


def test_nobody_is_shown_their_own_no_show_to_excuse(cast: Cast, desk: Client) -> None:
    request = cast.accepted()
    actions.act(request, "give_up", actor=cast.volunteer.user, reason_code="ill")
    page, button = reverse("desk:request", args=[request.pk]), url_of(request, "excuse")
    assert button in desk.get(page).content.decode()
    Membership.objects.create(
        user=cast.volunteer.user, role=Role.DISPATCHER, area=cast.district, valid_from=LONG_AGO
    )
    desk.force_login(cast.volunteer.user)
    html = desk.get(page).content.decode()
    assert url_of(request, "amend") in html
    assert button not in html


def test_every_step_says_what_was_done(cast: Cast, desk: Client) -> None:
    assert [name for name, form in FORMS.items() if not form.done and form.told is VerbForm.told] == []
    request = cast.place()
    until = clock.now() + timedelta(days=3)

    def said(verb: str, **typed: Any) -> str:
        typed |= {"version": ServiceRequest.objects.get(pk=request.pk).version, "form_key": codes.token()}
        answer = desk.post(url_of(request, verb), typed, headers={"HX-Request": "true"})
        return str(json.loads(answer.headers["HX-Trigger"])["civic:toast"]["value"])

    asked = [cast.volunteer.pk, cast.second.pk]
    assert said("offer", volunteers=asked) == "已派给 2 位志愿者，等待答复。"
    assert said("withdraw_offer", offers=Offer.objects.values_list("pk", flat=True)).startswith("派单已撤回")
    assert said("offer", pool="1").startswith("已放入抢单池")
    assert "派单" not in said("withdraw_offer")
    assert said("offer", pool="1").startswith("已放入抢单池")
    assert spoken.moment(until) in said("pause", reason_code="weather", until=local(until))
    assert said("resume").startswith("已恢复")
    assert said("confidential", on="on") == "从现在起保密。"
    assert said("confidential", on="off") == "已不再保密。"


def test_reopen_cancel_concern_and_block(cast: Cast, desk: Client) -> None:
    request = cast.closed()
    assert send(desk, request, "report_concern", text="收了居民的钱").status_code == 302
    assert send(desk, request, "block", volunteer=cast.volunteer.pk).status_code == 302
    assert Block.objects.filter(volunteer=cast.volunteer, resident=cast.resident).exists()
    assert send(desk, request, "reopen", reason="又坏了").status_code == 302
    html = desk.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "收了居民的钱" in html
    candidates = html[html.index('class="col cands"') : html.index('id="offer-form"')]
    assert "张建国" not in candidates
    assert send(desk, request, "cancel", reason="不需要了").status_code == 302
    assert state_of(request) == "cancelled"


@pytest.mark.full
@pytest.mark.parametrize("verb", sorted(FORMS))
def test_every_form_opens_as_a_page_and_as_a_dialog_or_says_why_not(
    cast: Cast, desk: Client, verb: str
) -> None:
    for request in (cast.place(), cast.accepted(), cast.closed(cast.second)):
        for headers in ({}, {"HX-Request": "true"}):
            answer = desk.get(url_of(request, verb), headers=headers)
            assert answer.status_code in {200, 302, 409}
            assert (answer.status_code == 409) == (
                verb != "offer" and verb not in Picture(cast.dispatcher, request.pk).verbs
            )


def test_verbs_of_others_do_not_exist_here(cast: Cast, desk: Client) -> None:
    request = cast.offered()
    for verb in (*NOT_THE_DESKS, "expire_offer", "close_unrated", "nonsense"):
        assert desk.get(url_of(request, verb)).status_code == 404


def test_the_live_part_tells_what_moved_and_is_304_otherwise(cast: Cast, desk: Client) -> None:
    request = cast.offered()
    url = reverse("desk:live", args=[request.pk]) + f"?seen={request.version}"
    first = desk.get(url)
    assert "张建国" in first.content.decode()
    assert desk.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    actions.act(request, "accept", actor=cast.volunteer.user)
    fresh = desk.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert "在此期间" in fresh.content.decode()
    head = fresh.content.decode().partition('<template data-part="case-now">')[2].partition("</template>")[0]
    assert "已接单" in head, "the head of the page is renewed too"


def test_the_history_is_told_in_words_in_both_languages(cast: Cast, desk: Client) -> None:
    request = cast.closed()
    url = reverse("desk:request", args=[request.pk])
    for words in (
        "点单：代买代办",
        "派单给张建国",
        "接单",
        "签到（凭居民签到码）",
        "签退，服务",
        "评单：已解决，5 星",
    ):
        assert words in desk.get(url).content.decode()
    desk.cookies["django_language"] = "en"
    for words in ("placed it: Errands, 1 person", "asked 张建国", "checked in", "rated it: Solved, 5 stars"):
        assert words in desk.get(url).content.decode()


def test_a_fragment_is_returned_to_htmx_and_errors_are_shown_in_it(cast: Cast, desk: Client) -> None:
    request = cast.place()
    headers = {"HX-Request": "true"}
    part = desk.get(reverse("desk:request", args=[request.pk]), headers=headers).content.decode()
    assert "<html" not in part
    data = {"version": 1, "form_key": codes.token(), "reason": "不需要了"}
    done = desk.post(url_of(request, "cancel"), data, headers=headers)
    assert done.headers["HX-Retarget"] == "#work"
    assert "desk:done" in done.headers["HX-Trigger-After-Swap"]
