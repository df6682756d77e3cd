"""Who looked at my details: told to the person concerned, and to nobody else."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from civic.accounts.models import User
from civic.evidence.access import log_view
from civic.evidence.models import Photo
from civic.lib import clock
from requests_app.actions import open_contact, unmask_phone
from tests.cast import Cast
from tests.requests_app.volunteer_browser import words

pytestmark = pytest.mark.django_db


def page(user: User, query: str = "") -> str:
    """Returns what the page says to `user` in English."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return words(client.get(reverse("privacy:access") + query))


def lines(user: User) -> list[dict[str, Any]]:
    """Returns what the API answers `user`."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    found: list[dict[str, Any]] = client.get("/api/v1/me/access/").json()["results"]
    return found


def test_the_resident_reads_role_unit_and_reason_but_no_name(cast: Cast) -> None:
    request = cast.accepted()
    unmask_phone(request, actor=cast.dispatcher, purpose="contact", note="问取哪种药")
    open_contact(request, actor=cast.volunteer.user)
    told = page(cast.resident)
    assert "Dispatcher &nbsp;· 锦苑社区" in told
    assert "To contact the person" in told
    assert "问取哪种药" in told
    assert "Volunteer" in told
    assert "To carry out the service" in told
    assert request.code in told
    assert not [name for name in (cast.dispatcher.name, cast.volunteer.user.name) if name in told]


def test_the_api_tells_the_same_newest_first(cast: Cast) -> None:
    request = cast.accepted()
    unmask_phone(request, actor=cast.dispatcher, purpose="audit")
    open_contact(request, actor=cast.volunteer.user)
    found = lines(cast.resident)
    assert [(each["role"], each["unit"], each["purpose"]) for each in found] == [
        ("volunteer", "", "service"),
        ("dispatcher", "锦苑社区", "audit"),
    ]
    assert set(found[0]) == {"at", "role", "who", "unit", "code", "what", "purpose", "why", "note"}


def test_opened_photos_are_told_too(cast: Cast) -> None:
    request = cast.place()
    photo = Photo(uploader=cast.resident, subject_kind="request", subject_id=request.pk)
    log_view(cast.dispatcher, photo)
    [found] = lines(cast.resident)
    assert (found["what"], found["why"]) == (["photos"], "Opened to help with the request")


def test_others_read_nothing_of_it_and_staff_nothing_about_those_they_placed_for(cast: Cast) -> None:
    request = cast.place(
        cast.proxy,
        beneficiary_phone=cast.resident.phone,
        beneficiary_name="陈桂兰",
        on_behalf_reason="不会用手机",
    )
    unmask_phone(request, actor=cast.dispatcher, purpose="contact")
    assert len(lines(cast.resident)) == 1
    for somebody in (cast.neighbour, cast.proxy, cast.dispatcher, cast.volunteer.user):
        assert lines(somebody) == []
        assert "Nobody has looked" in page(somebody)


def test_the_older_ones_stand_on_further_pages(cast: Cast) -> None:
    request = cast.place()
    for number in range(61):
        unmask_phone(request, actor=cast.dispatcher, purpose="contact", note=f"第{number}次")
    first = page(cast.resident)
    assert "第60次" in first
    assert "第0次" not in first
    client = Client()
    client.force_login(cast.resident)
    older = client.get(reverse("privacy:access")).context["older"]
    assert "第0次" in page(cast.resident, older)


def test_the_readings_of_one_visit_are_one_line_with_their_number(cast: Cast) -> None:
    request = cast.accepted()
    with time_machine.travel(clock.now(), tick=False) as time:
        for minutes in (0, 1, 20, 120):
            time.shift(timedelta(minutes=minutes))
            open_contact(request, actor=cast.volunteer.user)
        unmask_phone(request, actor=cast.dispatcher, purpose="contact")
        told = page(cast.resident)
    assert told.count("To carry out the service") == 2
    assert told.count("3 times") == 1
    assert len(lines(cast.resident)) == 5  # each by itself for programs


def test_only_what_there_was_to_read_is_told(cast: Cast) -> None:
    bare = cast.accepted(text="")
    full = cast.accepted(cast.second, door_note="按 502", contact_name="王芳", contact_phone="13800000077")
    for request, volunteer in ((bare, cast.volunteer), (full, cast.second)):
        open_contact(request, actor=volunteer.user)
    everything, little = (each["what"] for each in lines(cast.resident))
    assert little == ["beneficiary's phone", "address"]
    assert everything == [
        "beneficiary's phone",
        "contact's phone",
        "address",
        "how to get in",
        "what is needed",
    ]
