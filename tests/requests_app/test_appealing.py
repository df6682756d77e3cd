"""Another look at what was not taken on: once, in time, and by somebody else."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from civic.lib import clock
from civic.lib.errors import IllegalTransition, NotAllowed, ValidationFailed
from civic.notify.models import Message
from requests_app.actions import act
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.units import Units

pytestmark = pytest.mark.django_db


def rejected(cast: Cast) -> ServiceRequest:
    """Returns a request that the community's dispatcher did not take on."""
    return act(cast.place(), "reject", actor=cast.dispatcher, reason_code="unsafe", text="请拨打物业电话")


def appealed(cast: Cast) -> ServiceRequest:
    """Returns it after the resident asked for another look."""
    return act(rejected(cast), "appeal", actor=cast.resident, reason="只是取药，没有危险")


def test_an_appeal_waits_for_dispatch_again_with_new_clocks_and_the_old_limit_on_record(cast: Cast) -> None:
    request = rejected(cast)
    original = request.original_due_at
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        request = act(request, "appeal", actor=cast.resident, reason="只是取药，没有危险")
        assert request.dispatch_due_at > clock.now()
    assert (request.state, request.closed_at, request.original_due_at) == ("submitted", None, original)
    told = Message.objects.filter(template="desk.appealed").values_list("user", flat=True)
    assert set(told) == {cast.colleague.pk}
    assert Message.objects.filter(template="request.appealed", user=cast.resident).exists()


def test_a_proxy_may_appeal_too_but_nobody_else(cast: Cast) -> None:
    request = rejected(cast)
    ServiceRequest.objects.filter(pk=request.pk).update(proxy=cast.proxy)
    with pytest.raises(NotAllowed):
        act(request, "appeal", actor=cast.dispatcher, reason="x")
    with pytest.raises(NotAllowed):
        act(request, "appeal", actor=cast.neighbour, reason="x")
    assert act(request, "appeal", actor=cast.proxy, reason="只是取药").state == "submitted"


def test_an_appeal_says_why_and_comes_within_seven_days(cast: Cast) -> None:
    request = rejected(cast)
    with pytest.raises(ValidationFailed):
        act(request, "appeal", actor=cast.resident)
    assert request.closed_at is not None
    with (
        time_machine.travel(request.closed_at + timedelta(days=7, seconds=1), tick=False),
        pytest.raises(IllegalTransition),
    ):
        act(request, "appeal", actor=cast.resident, reason="只是取药")


def test_an_appeal_comes_once(cast: Cast) -> None:
    again = act(appealed(cast), "reject", actor=cast.colleague, reason_code="unsafe", text="仍有危险")
    with pytest.raises(IllegalTransition):
        act(again, "appeal", actor=cast.resident, reason="还是不同意")


def test_whoever_refused_it_decides_nothing_alone_after_an_appeal(cast: Cast) -> None:
    request, units = appealed(cast), Units(cast)
    other = cast.place(actor=cast.neighbour)
    for verb, facts in {
        "reject": {"reason_code": "unsafe", "text": "还是不行"},
        "offer": {"volunteers": [cast.volunteer.pk]},
        "refer": {"unit": units.bureau.pk, "answer_class": "24h", "note": "请处理"},
        "merge": {"into": other.pk},
    }.items():
        with pytest.raises(NotAllowed):
            act(request, verb, actor=cast.dispatcher, **facts)
    assert act(request, "offer", actor=cast.colleague, volunteers=[cast.volunteer.pk]).state == "offered"


def test_once_a_colleague_has_acted_the_first_one_may_help_again(cast: Cast) -> None:
    request = act(appealed(cast), "amend", actor=cast.colleague, door_note="按铃")
    assert act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk]).state == "offered"


def test_the_resident_asks_on_the_tracking_page_and_reads_until_when(cast: Cast, client: Client) -> None:
    request = rejected(cast)
    client.force_login(cast.resident)
    page = client.get(reverse("track", args=[request.code])).content.decode()
    assert reverse("track_appeal", args=[request.code]) in page
    form = reverse("track_appeal", args=[request.code])
    assert client.post(form, {"reason": ""}).status_code in {200, 400}
    assert client.post(form, {"reason": "只是取药，没有危险"}).status_code == 302
    request.refresh_from_db()
    assert request.state == "submitted"
    page = client.get(reverse("track", args=[request.code])).content.decode()
    assert reverse("track_appeal", args=[request.code]) not in page


def test_the_desk_reads_that_somebody_else_decides(cast: Cast, client: Client) -> None:
    request = appealed(cast)
    client.force_login(cast.colleague)
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "请由李敏以外的同事处理" in page
    assert "只是取药，没有危险" in page
    assert reverse("desk:verb", args=[request.pk, "reject"]) in page
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert page.count("请由同事处理") == 1
    for verb in ("reject", "refer", "merge", "offer"):
        assert reverse("desk:verb", args=[request.pk, verb]) not in page


def test_who_did_not_take_on_what_it_was_joined_to_does_not_decide_alone_either(cast: Cast) -> None:
    first, second = cast.place(), cast.place(cast.neighbour)
    act(second, "merge", actor=cast.dispatcher, into=first.pk)
    act(first, "reject", actor=cast.dispatcher, reason_code="unsafe", text="请拨打物业电话")
    act(second, "appeal", actor=cast.neighbour, reason="只是取药，没有危险")
    with pytest.raises(NotAllowed):
        act(second, "reject", actor=cast.dispatcher, reason_code="unsafe", text="还是不行")
    told = Message.objects.filter(template="desk.appealed").values_list("user", flat=True)
    assert set(told) == {cast.colleague.pk}
