"""The desk for those who are not its dispatcher: an auditor, a proxy, somebody from the next district."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from civic.accounts.enums import Role
from civic.accounts.models import AccessLog
from civic.lib import clock
from requests_app import actions
from requests_app.enums import Source
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.requests_app.desk_forms import send, state_of, url_of

pytestmark = pytest.mark.django_db


def test_an_auditor_reads_and_does_nothing(cast: Cast, client: Client) -> None:
    request = cast.place()
    client.force_login(cast.auditor)
    html = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "帮忙取药" in html
    assert "/do/" not in html
    for verb, typed in {
        "cancel": {"reason": "x"},
        "offer": {"pool": "1"},
        "report_concern": {"text": "x"},
    }.items():
        assert send(client, request, verb, **typed).status_code == 403
    assert state_of(request) == "submitted"


def test_a_dispatcher_elsewhere_gets_404_for_everything(cast: Cast, client: Client) -> None:
    request = cast.place()
    client.force_login(cast.outsider)
    for name in ("request", "live", "slip"):
        assert client.get(reverse(f"desk:{name}", args=[request.pk])).status_code == 404
    assert client.post(reverse("desk:phone", args=[request.pk]), {"purpose": "contact"}).status_code == 404
    assert send(client, request, "cancel", reason="x").status_code == 404
    assert AccessLog.objects.count() == 0


def test_a_proxy_amends_and_cancels_what_they_placed(cast: Cast, client: Client) -> None:
    request = cast.place(
        actor=cast.proxy,
        beneficiary_name="周大爷",
        beneficiary_phone="13800000031",
        on_behalf_reason="不会用手机",
    )
    client.force_login(cast.proxy)
    html = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "13800000031" in html  # they typed it themselves
    assert url_of(request, "cancel") in html
    assert url_of(request, "reject") not in html
    assert send(client, request, "reject", reason_code="duplicate", text="x").status_code == 403
    assert send(client, request, "cancel", reason="不用了").status_code == 302


def test_a_proxy_is_not_told_who_was_asked_declined_or_reported(cast: Cast, client: Client) -> None:
    request = cast.place(
        actor=cast.proxy,
        beneficiary_name="周大爷",
        beneficiary_phone="13800000031",
        on_behalf_reason="不会用手机",
    )
    asked = [cast.volunteer.pk, cast.second.pk, cast.third.pk]
    actions.act(request, "offer", actor=cast.dispatcher, volunteers=asked)
    actions.act(request, "decline_offer", actor=cast.second.user, reason_code="unwell")
    actions.act(request, "accept", actor=cast.volunteer.user, agreed_start=request.preferred_start)
    actions.act(request, "report_concern", actor=cast.volunteer.user, text="家里有大狗")
    actions.act(request, "block", actor=cast.volunteer.user)
    client.force_login(cast.proxy)
    html = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    slip = client.get(reverse("desk:slip", args=[request.pk])).content.decode()
    for secret in ("张建国", "刘芳", "赵强", "大狗", "身体不适", "要求不再"):
        assert secret not in html
        assert secret not in slip
    assert cast.volunteer.number in html
    assert cast.volunteer.number in slip
    client.force_login(cast.dispatcher)
    html = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    for told in ("张建国", "刘芳", "大狗", "婉拒"):
        assert told in html


def imported(cast: Cast, **wish: str) -> ServiceRequest:
    """Returns a request from another system's file, which knows nobody's account."""
    told = actions.Placement(category="errand", area=cast.community.pk, title="楼道灯不亮", **wish)
    return actions.place_request(actor=cast.dispatcher, wish=told, source=Source.IMPORT)


def contact_shown(client: Client, request: ServiceRequest) -> str:
    """Returns what the request's page says of who is to be called."""
    html = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    return html.split('id="contact">')[1].split("<details")[0]


def test_the_name_that_came_without_a_phone_is_shown(cast: Cast, client: Client) -> None:
    request = imported(cast, contact_name="何女士")
    client.force_login(cast.dispatcher)
    assert "何女士" in contact_shown(client, request)
    answer = client.post(reverse("desk:phone", args=[request.pk]), {"purpose": "contact"}).content.decode()
    assert "何女士" in answer.split('id="contact">')[1].split("</dd>")[0]


def test_triage_at_the_city_reads_the_beginning_of_that_name_only(cast: Cast, client: Client) -> None:
    request = imported(cast, contact_name="何女士")
    ServiceRequest.objects.filter(pk=request.pk).update(
        needs_triage=True, district_id=None, street_id=None, community_id=None, area=cast.city
    )
    client.force_login(cast.staff("市调度", "+8613800000051", Role.DISPATCHER, cast.city))
    shown = contact_shown(client, request)
    assert "何**" in shown
    assert "何女士" not in shown


def test_the_volunteer_who_serves_reads_whom_to_ask_for(cast: Cast, client: Client) -> None:
    request = imported(cast, contact_name="何女士")
    start = clock.now() + timedelta(days=1)
    actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=start)
    client.force_login(cast.volunteer.user)
    page = reverse("v:task", args=[request.pk])
    assert "何女士" not in client.get(page).content.decode()
    actions.act(request, "accept", actor=cast.volunteer.user)
    assert "何女士" in client.get(page).content.decode()
