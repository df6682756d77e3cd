"""Volunteers at the desk: who waits, approving with vetting and insurance, refusing, suspending."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from civic.accounts.models import AccessLog
from civic.cases import door
from civic.cases.workflow import SYSTEM
from civic.lib import codes
from insight.privacy import readings
from requests_app.queries.desk_people import VOLUNTEER_VERBS
from tests.cast import Cast
from volunteers import actions
from volunteers.models import Volunteer
from volunteers.workflow import VOLUNTEERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(cast: Cast) -> Volunteer:
    """Somebody who has just registered."""
    user = cast.person("何等待", "+8613800000041")
    return actions.register(actor=user, name="何等待", area=cast.grid, skills=[])


def decide(client: Client, volunteer: Volunteer, verb: str, **typed: Any) -> HttpResponse:
    volunteer.refresh_from_db()
    data = {"version": volunteer.version, "form_key": codes.token(), **typed}
    return client.post(reverse("desk:volunteer_verb", args=[volunteer.pk, verb]), data)


def test_who_waits_is_listed_first_and_approved_with_check_and_insurance(
    cast: Cast, client: Client, waiting: Volunteer
) -> None:
    client.force_login(cast.admin)
    assert "何等待" in client.get(reverse("desk:volunteers")).content.decode()
    until = date.today() + timedelta(days=200)
    assert decide(client, waiting, "approve", vetted="on", insured_until=until.isoformat()).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.insured_until) == ("approved", until)
    assert waiting.vetted_at is not None
    assert "何等待" not in client.get(reverse("desk:volunteers")).content.decode()
    assert "何等待" in client.get(reverse("desk:volunteers"), {"state": "approved"}).content.decode()


@pytest.mark.parametrize("days", [-1, 4000])
def test_an_insurance_that_is_over_or_endless_is_refused(
    cast: Cast, client: Client, waiting: Volunteer, days: int
) -> None:
    client.force_login(cast.dispatcher)
    until = timezone.localdate() + timedelta(days=days)
    assert decide(client, waiting, "approve", insured_until=until.isoformat()).status_code == 400
    waiting.refresh_from_db()
    assert waiting.state == "applied"


def test_refusing_and_suspending_need_a_reason(cast: Cast, client: Client, waiting: Volunteer) -> None:
    client.force_login(cast.dispatcher)
    assert decide(client, waiting, "refuse", reason=" ").status_code == 400
    assert decide(client, waiting, "refuse", reason="信息不全").status_code == 302
    assert decide(client, cast.second, "suspend", reason="投诉核实中").status_code == 302
    cast.second.refresh_from_db()
    assert cast.second.state == "suspended"
    html = client.get(reverse("desk:volunteer", args=[cast.second.pk])).content.decode()
    assert "投诉核实中" in html
    assert decide(client, cast.second, "approve", reason="x").status_code == 409
    assert decide(client, cast.second, "reinstate").status_code == 302
    cast.second.refresh_from_db()
    assert cast.second.state == "approved"


def test_a_step_that_is_not_possible_now_is_a_conflict(cast: Cast, client: Client) -> None:
    client.force_login(cast.dispatcher)
    assert decide(client, cast.volunteer, "refuse", reason="x").status_code == 409
    assert decide(client, cast.volunteer, "suspend", version=1, reason="x").status_code == 409
    assert decide(client, cast.volunteer, "nonsense").status_code == 404


def test_an_auditor_looks_and_decides_nothing(cast: Cast, client: Client, waiting: Volunteer) -> None:
    client.force_login(cast.auditor)
    html = client.get(reverse("desk:volunteer", args=[waiting.pk])).content.decode()
    assert "138****0041" in html
    assert "13800000041" not in html
    assert reverse("desk:volunteer_verb", args=[waiting.pk, "approve"]) not in html
    assert decide(client, waiting, "approve").status_code == 403


def test_volunteers_of_another_district_are_not_found(cast: Cast, client: Client, waiting: Volunteer) -> None:
    client.force_login(cast.outsider)
    assert "何等待" not in client.get(reverse("desk:volunteers")).content.decode()
    assert client.get(reverse("desk:volunteer", args=[waiting.pk])).status_code == 404
    assert decide(client, waiting, "approve").status_code == 404


def test_proxies_and_residents_do_not_see_volunteers(cast: Cast, client: Client) -> None:
    for user in (cast.proxy, cast.resident):
        client.force_login(user)
        assert client.get(reverse("desk:volunteers")).status_code == 403


@pytest.mark.parametrize("q", ["张建", "13800000011", "{number}"])
def test_volunteers_are_found_by_name_phone_and_number(cast: Cast, client: Client, q: str) -> None:
    client.force_login(cast.dispatcher)
    found = client.get(reverse("desk:volunteers"), {"q": q.format(number=cast.volunteer.number)})
    assert "张建国" in found.content.decode()
    assert "刘芳" not in found.content.decode()


def test_who_has_left_stands_under_no_tab_and_is_still_found_and_read(
    cast: Cast, client: Client, waiting: Volunteer
) -> None:
    door.perform(waiting, "leave", actor=SYSTEM)
    client.force_login(cast.admin)  # of the district, where the row goes
    page = client.get(reverse("desk:volunteer", args=[waiting.pk]))
    assert page.status_code == 200
    assert '<span class="tag gray">已退出</span>' in page.content.decode()
    assert "已注销退出" in page.content.decode()
    listed = client.get(reverse("desk:volunteers"), {"q": waiting.number}).content.decode()
    assert '<span class="tag gray">已退出</span>' in listed
    assert "?state=left" not in listed
    assert client.get(reverse("desk:volunteers"), {"state": "left"}).context["page"].state == "applied"


def test_every_act_has_its_words_in_the_history() -> None:
    verbs = {each.verb for each in VOLUNTEERS.transitions} | {"apply", "enrol"}
    assert verbs - VOLUNTEER_VERBS.keys() == set()


def test_the_phone_is_shown_to_who_says_why_and_the_volunteer_can_read_it(
    cast: Cast, client: Client, waiting: Volunteer
) -> None:
    client.force_login(cast.dispatcher)
    url = reverse("desk:volunteer_phone", args=[waiting.pk])
    page = client.get(reverse("desk:volunteer", args=[waiting.pk])).content.decode()
    assert url in page
    assert "13800000041" not in page
    assert client.post(url, {"purpose": "nosy"}).status_code == 400
    assert not AccessLog.objects.exists()
    assert "tel:+8613800000041" in client.post(url, {"purpose": "contact"}).content.decode()
    entry = AccessLog.objects.get()
    assert (entry.user, entry.role, entry.purpose) == (cast.dispatcher, "dispatcher", "contact")
    assert [each.what for each in readings.told(readings.about(waiting.user))] == [["手机号"]]
    client.force_login(cast.outsider)
    assert client.post(url, {"purpose": "contact"}).status_code == 404
