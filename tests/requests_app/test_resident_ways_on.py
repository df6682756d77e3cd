"""Nothing a resident does ends nowhere: a mistyped code, a page that is out of date, a request taken back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from civic.lib import clock
from civic.lib.errors import DomainError, ValidationFailed
from civic.notify.models import Message
from requests_app import actions, timeline
from requests_app.enums import RequestState
from tests.cast import Cast
from tests.requests_app.residents import browser

pytestmark = pytest.mark.django_db


def test_not_solved_opens_another_round_and_says_so(cast: Cast) -> None:
    request = cast.completed()
    client, url = browser(cast.resident), reverse("track_rate", args=[request.code])
    assert "马上为您重新安排" in client.get(url).content.decode()
    answered = client.post(url, {"solved": "no", "stars": "2"})
    request.refresh_from_db()
    assert (request.state, request.round) == (RequestState.SUBMITTED, 2)
    page = client.get(answered["Location"]).content.decode()
    assert "我们重新为您安排。" in page
    assert "没解决，我们重新为您安排" in page[page.index('class="tl"') :]


def test_a_page_that_is_out_of_date_leads_to_the_request_in_plain_words(cast: Cast) -> None:
    request = cast.place()
    actions.act(request, "cancel", actor=cast.resident)
    client, track = browser(cast.resident), reverse("track", args=[request.code])
    for name in ("track_amend", "track_cancel", "track_urge"):
        answered = client.post(reverse(name, args=[request.code]), {"when": "any"})
        assert (answered.status_code, answered["Location"]) == (302, track), name
        assert "这一单已经取消了。" in client.get(track).content.decode(), name


def test_who_cancels_is_told_of_others_only_where_others_were_asked(cast: Cast) -> None:
    client = browser(cast.resident)
    for request, told in ((cast.place(), False), (cast.accepted(), True)):
        url = reverse("track_cancel", args=[request.code])
        assert ("还没有志愿者接单" in client.get(url).content.decode()) is not told
        page = client.get(client.post(url, {"reason": ""})["Location"]).content.decode()
        assert ("已通知相关志愿者" in page) is told
        assert "诉求已取消" in page
        assert "再点一单" in page


def test_a_mistyped_code_is_changed_where_the_digits_are_asked_for(cast: Cast) -> None:
    client, typed = browser(), "QH-SQ00-0000-0000"
    page = client.post(reverse("track", args=[typed]), {"digits": "0001"}).content.decode()
    back = f"{reverse('track_find')}?code={typed}"
    assert "编号可以在上面修改" in page
    assert back in page
    assert f'value="{typed}"' in client.get(back).content.decode()


def test_what_a_resident_can_do_stands_in_one_group_of_equal_buttons(cast: Cast) -> None:
    request = cast.place()
    page = browser(cast.resident).get(reverse("track", args=[request.code])).content.decode()
    group = page[page.index('class="acts-of-mine') : page.index("觉得哪里不对劲")]
    words = ("改时间", "催办", "要求保密", "不需要了")
    assert [group.index(each) for each in words] == sorted(group.index(each) for each in words)
    assert group.count('class="btn"') == len(words)


def test_a_map_nobody_has_pressed_says_what_to_do(cast: Cast) -> None:
    client = browser()
    for name, told in (("new_where_map", "请在地图上点一下。"), ("new_where_here", "还没有得到位置")):
        answered = client.post(reverse(name), {"address": "3 号楼"})
        assert answered.status_code == 400
        assert told in answered.content.decode(), name


def test_an_address_that_leads_nowhere_keeps_the_way_home(cast: Cast) -> None:
    page = browser().get("/nowhere/")
    assert page.status_code == 404
    header = page.content.decode().partition("<main")[0]
    assert f'<a class="brand" href="{reverse("home")}">' in header


def test_another_round_has_another_check_in_code_which_the_resident_is_told(cast: Cast) -> None:
    request = cast.completed()
    before = request.check_in_code
    request = actions.act(request, "rate", actor=cast.resident, solved="no", stars=2)
    assert request.check_in_code != before
    for verb, actor, facts in (
        (
            "offer",
            cast.dispatcher,
            {"volunteers": [cast.second.pk], "agreed_start": clock.now() + timedelta(days=1)},
        ),
        ("accept", cast.second.user, {}),
    ):
        request = actions.act(request, verb, actor=actor, **facts)
    page = browser(cast.resident).get(reverse("track", args=[request.code])).content.decode()
    told = Message.objects.filter(template="request.accepted", user=cast.resident, channel="in_app").latest(
        "pk"
    )
    assert told.params["check_in"] == request.check_in_code
    assert request.check_in_code in page and before not in page
    with pytest.raises(ValidationFailed):
        actions.act(request, "check_in", actor=cast.second.user, code=before)


def test_whoever_came_in_the_round_before_checks_in_no_more(cast: Cast) -> None:
    request = cast.accepted()
    before = request.check_in_code
    request = actions.act(request, "check_in", actor=cast.volunteer.user, code=before)
    request = actions.act(request, "abort", actor=cast.dispatcher, reason="停电")
    for code in (before, request.check_in_code):
        with pytest.raises(DomainError):
            actions.act(request, "check_in", actor=cast.volunteer.user, code=code, waited_seconds=600)


def test_whoever_was_helped_rates_whoever_has_asked(cast: Cast) -> None:
    asked = {"beneficiary_phone": "13800000031", "beneficiary_name": "周大爷", "on_behalf_reason": "来电"}
    own, theirs = cast.place(), cast.place(cast.proxy, **asked)
    assert timeline.of(own, [], frozenset())[-1].title == "您来评价"
    assert timeline.of(theirs, [], frozenset())[-1].title == "由本人评价"
