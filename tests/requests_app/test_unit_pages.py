"""The pages of a responsible unit, the desk's dialogs about it, and what the resident reads of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from civic.accounts.models import AccessLog, User
from civic.cases.models import Approval
from civic.evidence import store
from civic.evidence.models import Photo
from civic.evidence.store import photos_of
from civic.lib import clock, codes, spoken
from requests_app.actions import act
from requests_app.landing import page_of
from requests_app.models import Referral, ServiceRequest
from tests.api.conftest import Api
from tests.cast import Cast
from tests.requests_app.desk_forms import send, state_of, url_of
from tests.requests_app.residents import browser, picture
from tests.units import Units

pytestmark = pytest.mark.django_db


@pytest.fixture
def units(cast: Cast) -> Units:
    return Units(cast)


def staff(user: User) -> Client:
    """Returns a browser in which `user` has signed in with a second factor."""
    client = browser(User.objects.get(pk=user.pk))
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 9e9}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def post(client: Client, name: str, request: ServiceRequest, **typed: Any) -> Any:
    """Posts a form of the unit's page as a browser would."""
    version = ServiceRequest.objects.get(pk=request.pk).version
    data = {"version": version, "form_key": codes.token(), **typed}
    return client.post(reverse(f"unit:{name}", args=[request.pk]), data)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_most_urgent_waits_on_top_and_only_ones_own(cast: Cast, units: Units) -> None:
    later = units.referred(cast.place(title="井盖松动"), assisting=[units.helpers.pk])
    sooner = units.referred(cast.place(title="燃气泄漏"), answer_class="2h")
    cast.place(title="别人的事")
    page = text_of(staff(units.officer).get(reverse("unit:home")))
    assert page.index(sooner.title) < page.index(later.title)
    assert "别人的事" not in page
    assisting = text_of(staff(units.assistant).get(reverse("unit:home")))
    assert later.title in assisting
    assert sooner.title not in assisting
    assert page_of(User.objects.get(pk=units.officer.pk)) == reverse("unit:home")


def test_an_empty_list_speaks_of_what_was_referred_not_of_approvals(cast: Cast, units: Units) -> None:
    client = staff(units.officer)
    client.cookies["django_language"] = "zh-hans"
    page = text_of(client.get(reverse("unit:home")))
    assert "没有待办理的转办事项" in page
    assert "审批" not in page.split("<main")[1]


def test_a_limit_at_midnight_names_the_last_day_that_counts(cast: Cast, units: Units) -> None:
    request = units.referred()
    midnight = timezone.localtime(clock.now() + timedelta(days=9)).replace(hour=0, minute=0, second=0)
    Referral.objects.filter(request=request).update(due_at=midnight)
    last = spoken.day(midnight - timedelta(days=1), weekday=True)
    page = text_of(staff(units.officer).get(reverse("unit:request", args=[request.pk])))
    assert re.search(rf"{re.escape(last)} ?24:00", page)
    assert f"{spoken.day(midnight)} 0:00" not in page


def test_the_page_says_what_is_to_be_done_and_masks_the_phone(cast: Cast, units: Units) -> None:
    request = units.referred()
    client = staff(units.officer)
    page = text_of(client.get(reverse("unit:request", args=[request.pk])))
    assert "路灯不亮，请查看线路。" in page
    assert "首接" in page
    assert "13800000001" not in page
    shown = client.post(reverse("unit:phone", args=[request.pk]), {"purpose": "contact"})
    assert "13800000001" in text_of(shown)
    assert AccessLog.objects.filter(user=units.officer, subject_id=request.pk).count() == 1


def test_what_does_not_lie_with_the_unit_is_not_found(cast: Cast, units: Units) -> None:
    request = units.referred()
    for user, case in ((units.last_officer, request), (units.officer, cast.place())):
        assert staff(user).get(reverse("unit:request", args=[case.pk])).status_code == 404
        assert post(staff(user), "answer", case, result="solved", text="x").status_code == 404


def test_an_answer_with_photos_reaches_the_resident(cast: Cast, units: Units) -> None:
    request, client = units.referred(), staff(units.officer)
    before = client.post(reverse("unit:photo"), {"file": picture()}).json()
    refused = post(client, "answer", request, result="solved", photos=[before["id"]])
    assert refused.status_code == 400
    assert before["id"] in text_of(refused)  # what was sent is kept
    done = post(
        client,
        "answer",
        request,
        result="solved",
        text="灯已换新。",
        photos=[before["id"]],
        photos_files=[picture()],
    )
    assert done.url == reverse("unit:home")
    assert len(photos_of("request", request.pk)) == 2
    page = text_of(browser(cast.resident).get(reverse("track", args=[request.code])))
    assert "灯已换新。" in page
    assert "城管局" in page
    assert reverse("track_rate", args=[request.code]) in page


def proposed_with_a_photo(client: Client, request: ServiceRequest) -> Photo:
    """Answers that nothing can be done, with a photo; returns it."""
    sent = client.post(reverse("unit:photo"), {"file": picture()}).json()["id"]
    post(client, "answer", request, result="explained", text="属企业自管。", photos=[sent])
    return Photo.objects.get(pk=sent)


def test_photos_of_an_answer_that_waits_are_for_who_proposed_it_and_who_decides(
    cast: Cast, units: Units
) -> None:
    request, officer = units.referred(), staff(units.officer)
    photo = proposed_with_a_photo(officer, request)
    for user, status in {
        cast.resident: 404,
        cast.neighbour: 404,
        cast.dispatcher: 404,  # has referred it, so decides nothing about it
        cast.outsider: 404,
        units.officer: 200,
        cast.colleague: 200,
    }.items():
        assert staff(user).get(photo.get_absolute_url()).status_code == status, user.name
    assert photos_of("request", request.pk) == []
    assert Api(cast.resident).get(f"/service-requests/{request.pk}/").json()["photos"] == []
    colleague = staff(cast.colleague)
    for page in (reverse("desk:approvals"), reverse("desk:request", args=[request.pk])):
        assert photo.thumb_url in text_of(colleague.get(page))
    [waiting] = colleague.get("/api/v1/approvals/").json()["results"]
    assert [each["id"] for each in waiting["photos"]] == [str(photo.pk)]
    assert photo.thumb_url in text_of(officer.get(reverse("unit:request", args=[request.pk])))


def test_photos_of_an_answer_wait_as_long_as_it_does_and_come_with_it_once_approved(
    cast: Cast, units: Units
) -> None:
    request = units.referred()
    with time_machine.travel(clock.now(), tick=False) as time:
        photo = proposed_with_a_photo(staff(units.officer), request)
        time.shift(timedelta(days=3))
        assert store.sweep_orphans() == 0
        act(request, "approve", actor=cast.colleague)
    assert photos_of("request", request.pk) == [photo]
    assert Api(cast.resident).get(f"/service-requests/{request.pk}/").json()["photos"]


@pytest.mark.parametrize("ended", ["refuse", "withdraw_proposal"])
def test_photos_of_an_answer_that_is_not_given_go_with_the_sweep(
    cast: Cast, units: Units, ended: str
) -> None:
    request = units.referred()
    with time_machine.travel(clock.now(), tick=False) as time:
        photo = store.store_photo(picture(), uploader=units.officer)
        answer = {"result": "explained", "text": "属企业自管。", "photos": [str(photo.pk)]}
        assert Api(units.officer).act(request, "unit_reply", **answer).status_code == 202
        if ended == "refuse":
            act(request, "refuse", actor=cast.colleague, reason="请先现场查看")
        else:
            act(request, "withdraw_proposal", actor=units.officer)
        assert staff(cast.colleague).get(photo.get_absolute_url()).status_code == 404
        time.shift(timedelta(days=2))
        assert store.sweep_orphans() == 1
    assert photos_of("request", request.pk) == []


def test_without_a_script_photos_are_sent_and_crossed_out_with_the_form(cast: Cast, units: Units) -> None:
    request, client = units.referred(), staff(units.officer)
    page = post(client, "answer", request, text="换了灯", add_photos="1", photos_files=[picture()])
    assert page.status_code == 200
    assert "换了灯" in text_of(page)
    kept = page.context["photos"][0]
    assert client.post(reverse("unit:photo_remove"), {"id": str(kept.pk)}).status_code == 204
    assert state_of(request) == "referred"


def test_two_returns_land_at_the_last_instance_which_is_offered_no_return(cast: Cast, units: Units) -> None:
    request = units.referred()
    assert post(staff(units.officer), "return", request).status_code == 400
    assert post(staff(units.officer), "return", request, reason="不归我局").url == reverse("unit:home")
    assert state_of(request) == "submitted"
    assert "回到派单台" in text_of(browser(cast.resident).get(reverse("track", args=[request.code])))
    units.referred(request, unit=units.helpers.pk)
    page = text_of(staff(units.assistant).get(reverse("unit:request", args=[request.pk])))
    assert "已经退回过一次" in page
    post(staff(units.assistant), "return", request, reason="也不归我们")
    last = staff(units.last_officer)
    page = text_of(last.get(reverse("unit:request", args=[request.pk])))
    assert reverse("unit:return", args=[request.pk]) not in page
    assert "退回 2 次" in page
    assert post(last, "return", request, reason="再退").status_code == 409
    desk = text_of(staff(cast.dispatcher).get(reverse("desk:request", args=[request.pk])))
    assert "区督办中心" in desk
    assert "退回 2 次" in desk


def test_who_assists_reads_and_does_not_answer(cast: Cast, units: Units) -> None:
    request = units.referred(assisting=[units.helpers.pk])
    client = staff(units.assistant)
    page = text_of(client.get(reverse("unit:request", args=[request.pk])))
    assert reverse("unit:answer", args=[request.pk]) not in page
    assert post(client, "answer", request, result="solved", text="x").status_code == 403


def test_a_page_seen_before_the_recall_answers_nothing(cast: Cast, units: Units) -> None:
    request = units.referred()
    client = staff(units.officer)
    act(request, "recall", actor=cast.dispatcher, reason="改派志愿者")
    assert post(client, "answer", request, result="solved", text="x").status_code == 404


def test_the_desk_refers_and_recalls_in_its_dialogs(cast: Cast, units: Units) -> None:
    request, client = cast.place(), staff(cast.dispatcher)
    page = text_of(client.get(url_of(request, "refer")))
    assert "城管局" in page
    assert "7 个工作日" in page
    assert send(client, request, "refer", unit=units.bureau.pk, answer_class="7d").status_code == 400
    facts = {"unit": units.bureau.pk, "answer_class": "7d", "note": "请查", "assisting": [units.helpers.pk]}
    assert send(client, request, "refer", **facts).status_code == 302
    assert Referral.objects.get().assisting == [units.helpers.pk]
    shown = text_of(client.get(reverse("desk:request", args=[request.pk])))
    assert "已转城管局" in shown or "转给城管局" in shown
    assert send(client, request, "recall", reason="志愿者可做").status_code == 302
    assert state_of(request) == "submitted"


def test_the_desk_joins_to_a_suggestion_or_by_code_and_separates(cast: Cast) -> None:
    same = {"category": "other", "title": "路灯坏了", "text": "东门路灯不亮。"}
    first, second, client = cast.place(**same), cast.place(cast.neighbour, **same), staff(cast.dispatcher)
    page = text_of(client.get(url_of(second, "merge")))
    assert first.code in page
    assert send(client, second, "merge", into="other", code="XX").status_code == 400
    assert send(client, second, "merge", into=str(first.pk)).status_code == 302
    assert state_of(second) == "merged"
    assert second.code in text_of(client.get(reverse("desk:request", args=[first.pk])))
    assert first.code in text_of(client.get(reverse("desk:request", args=[second.pk])))
    assert send(client, second, "split").status_code == 302
    assert send(client, second, "merge", into="other", code=first.code).status_code == 302
    assert state_of(second) == "merged"


def test_a_joined_resident_reads_calmly_and_nothing_of_the_other(cast: Cast) -> None:
    first = cast.place(category="other", title="陈桂兰家门口路灯", text="我家在 502。")
    second = cast.place(cast.neighbour, category="other", title="路灯")
    act(second, "merge", actor=cast.dispatcher, into=first.pk)
    page = text_of(browser(cast.neighbour).get(reverse("track", args=[second.code])))
    assert "附近有人反映了同样的事" in page
    for theirs in ("陈桂兰", "我家在 502", first.code):
        assert theirs not in page
    assert reverse("track_cancel", args=[second.code]) in page


def test_a_referred_resident_reads_who_has_it_and_until_when(cast: Cast, units: Units) -> None:
    request = units.referred()
    page = text_of(browser(cast.resident).get(reverse("track", args=[request.code])))
    assert "城管局" in page
    assert "路灯不亮，请查看线路。" not in page  # what the desk wrote to the unit


def test_referred_and_joined_ones_do_not_press_the_desk_before_they_are_due(cast: Cast, units: Units) -> None:
    from requests_app.queries import desk_queue
    from requests_app.queries.desk_queue import Filters

    def counts() -> dict[str, int | None]:
        page = desk_queue.page(User.objects.get(pk=cast.dispatcher.pk), Filters())
        return {key: count for key, _label, count in page.tabs} | {"waiting": page.waiting}

    first = cast.place(category="other", title="路灯")
    second = cast.place(cast.neighbour, category="other", title="路灯")
    act(second, "merge", actor=cast.dispatcher, into=first.pk)
    units.referred(first, answer_class="2h")
    assert (counts()["waiting"], counts()["open"]) == (0, 2)
    long_ago = first.placed_at.replace(year=2020)
    ServiceRequest.objects.filter(pk__in=[first.pk, second.pk]).update(act_by=long_ago)
    assert (counts()["overdue"], counts()["waiting"]) == (1, 1)  # the referred one


def test_an_explanation_waits_on_the_page_and_can_be_taken_back(cast: Cast, units: Units) -> None:
    request, client = units.referred(), staff(units.officer)
    assert post(client, "answer", request, result="explained", text="不归市政管养。").status_code == 302
    page = text_of(client.get(reverse("unit:request", args=[request.pk])))
    assert "不归市政管养。" in page
    assert reverse("unit:answer", args=[request.pk]) not in page
    mine = text_of(browser(cast.resident).get(reverse("track", args=[request.code])))
    assert "不归市政管养。" not in mine
    proposal = Approval.objects.get(case_id=request.pk)
    post(client, "withdraw", request, approval=proposal.pk)
    page = text_of(client.get(reverse("unit:request", args=[request.pk])))
    assert reverse("unit:answer", args=[request.pk]) in page
