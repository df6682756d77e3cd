"""From when until when a volunteer sees name, phone and door of a resident; and what unmasking leaves behind."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from civic.accounts.models import AccessLog
from civic.lib import clock
from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app.access import Sight, may_see_evidence, sight
from requests_app.actions import act, open_contact, unmask_phone
from tests.cast import Cast
from tests.requests_app.volunteer_browser import browser, words

pytestmark = pytest.mark.django_db
DOOR = "荷花里 3 号楼 2 单元 502"


def test_before_acceptance_nothing_leads_to_a_door(cast: Cast) -> None:
    request = cast.offered()
    assert sight(request, cast.volunteer.user) == Sight.SUMMARY
    with pytest.raises(NotAllowed):
        open_contact(request, actor=cast.volunteer.user)


def test_the_contact_stays_for_a_day_after_checking_out_and_no_longer(cast: Cast) -> None:
    request, helper = cast.completed(), cast.volunteer.user
    with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
        assert open_contact(request, actor=helper).address == DOOR
        shown = words(browser(cast.volunteer).get(reverse("v:task", args=[request.pk])))
        assert DOOR in shown
        assert "address are shown until" in shown
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert sight(request, helper) == Sight.SUMMARY
        assert not may_see_evidence(helper, request.pk)
        with pytest.raises(NotAllowed):
            open_contact(request, actor=helper)
        shown = words(browser(cast.volunteer).get(reverse("v:task", args=[request.pk])))
        assert DOOR not in shown
        assert "no longer shown" in shown
        answered = browser(cast.volunteer).get(f"/api/v1/service-requests/{request.pk}/")
        assert answered.status_code == 200
        assert "address" not in answered.json()


def test_how_long_it_stays_is_a_setting(cast: Cast, settings: Settings) -> None:
    settings.CONTACT_SHOWN = timedelta(0)
    assert sight(cast.completed(), cast.volunteer.user) == Sight.SUMMARY


def test_a_closed_request_shows_nothing_however_short_ago_the_service_was(cast: Cast) -> None:
    request = cast.closed()
    assert sight(request, cast.volunteer.user) == Sight.SUMMARY


def test_who_gave_up_sees_the_door_no_more_and_the_next_one_does(cast: Cast) -> None:
    request = cast.accepted()
    act(request, "give_up", actor=cast.volunteer.user)
    request = act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    request = act(request, "accept", actor=cast.second.user)
    assert sight(request, cast.volunteer.user) == Sight.SUMMARY
    assert sight(request, cast.second.user) == Sight.TASK


def test_unmasking_asks_for_a_listed_purpose_and_keeps_the_words_beside_the_log(cast: Cast) -> None:
    request = cast.place()
    for purpose in ("", "curious"):
        with pytest.raises(ValidationFailed):
            unmask_phone(request, actor=cast.dispatcher, purpose=purpose)
    with pytest.raises(ValidationFailed):
        unmask_phone(request, actor=cast.dispatcher, purpose="contact", note="长" * 201)
    assert not AccessLog.objects.exists()
    shown = unmask_phone(request, actor=cast.dispatcher, purpose="contact", note="问取哪种药")
    assert shown.beneficiary_phone == cast.resident.phone
    entry = AccessLog.objects.get()
    assert (entry.user, entry.role, entry.area) == (cast.dispatcher, "dispatcher", cast.community)
    assert (entry.purpose, entry.note.words) == ("contact", "问取哪种药")


def test_the_desk_shows_the_phone_masked_and_in_clear_only_with_a_purpose(cast: Cast) -> None:
    request, client = cast.place(), Client()
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "13800000001" not in page.replace(" ", "")
    path = reverse("desk:phone", args=[request.pk])
    assert client.post(path, {"purpose": "", "note": "x"}).status_code == 400
    page = client.post(path, {"purpose": "verify", "note": "核对门牌"}).content.decode()
    assert "13800000001" in page
    assert AccessLog.objects.get().note.words == "核对门牌"


def test_outside_the_area_nobody_unmasks(cast: Cast) -> None:
    for somebody in (cast.outsider, cast.volunteer.user, cast.neighbour):
        with pytest.raises(NotAllowed):
            unmask_phone(cast.place(), actor=somebody, purpose="contact")
