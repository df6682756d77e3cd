"""Confidential requests: direct offers only, and closed to staff who have not said why they need to read them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from civic.accounts.models import AccessLog
from civic.lib.errors import IllegalTransition, NotAllowed, ValidationFailed
from civic.notify.models import Message
from insight import consistency
from requests_app import access
from requests_app.access import Sight
from requests_app.actions import act, open_sealed
from requests_app.models import Pool, ServiceRequest
from tests.api.conftest import Api
from tests.cast import Cast
from tests.requests_app.desk_forms import send

pytestmark = pytest.mark.django_db


def sealed(cast: Cast) -> ServiceRequest:
    """Returns a request that its resident made confidential."""
    return act(cast.place(), "confidential", actor=cast.resident, on=True)


def page_of(request: ServiceRequest) -> str:
    return reverse("desk:request", args=[request.pk])


@pytest.mark.parametrize("who", [lambda cast: cast.volunteer.user, lambda cast: cast.outsider])
def test_only_dispatchers_and_requesters_switch_it(cast: Cast, who: Callable[[Cast], Any]) -> None:
    with pytest.raises(NotAllowed):
        act(cast.offered(), "confidential", actor=who(cast), on=True)


def test_switching_on_closes_the_pool_and_tells_the_desk(cast: Cast) -> None:
    request = act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    request = act(request, "confidential", actor=cast.resident, on=True)
    assert request.state == "submitted"
    assert Pool.objects.get().state == "closed"
    assert Message.objects.filter(template="desk.confidential", user=cast.dispatcher).exists()


def test_it_is_offered_to_named_people_only(cast: Cast) -> None:
    request = sealed(cast)
    with pytest.raises(ValidationFailed):
        act(request, "offer", actor=cast.dispatcher, pool=True)
    assert act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk]).state == "offered"


def test_switching_twice_is_refused_and_off_opens_it_again(cast: Cast) -> None:
    request = sealed(cast)
    with pytest.raises(IllegalTransition):
        act(request, "confidential", actor=cast.resident, on=True)
    act(request, "confidential", actor=cast.resident, on=False)
    assert access.sight(ServiceRequest.objects.get(pk=request.pk), cast.dispatcher) == Sight.STAFF


def test_a_closed_request_is_not_switched(cast: Cast) -> None:
    with pytest.raises(IllegalTransition):
        act(cast.closed(), "confidential", actor=cast.resident, on=True)


def test_it_is_joined_to_no_other(cast: Cast) -> None:
    other = cast.place(actor=cast.neighbour)
    with pytest.raises(IllegalTransition):
        act(sealed(cast), "merge", actor=cast.dispatcher, into=other.pk)


@pytest.mark.parametrize("needed", [False, True])
def test_no_other_is_joined_to_it_whatever_need_was_stated(cast: Cast, client: Client, needed: bool) -> None:
    request, other = sealed(cast), cast.place(actor=cast.neighbour)
    if needed:
        open_sealed(request, actor=cast.dispatcher, purpose="verify")
    with pytest.raises(ValidationFailed):
        act(other, "merge", actor=cast.dispatcher, into=request.pk)
    refused = Api(cast.dispatcher).act(other, "merge", into=request.pk)
    assert refused.status_code == 400
    assert "into" in refused.json()["errors"]
    client.force_login(cast.dispatcher)
    assert send(client, other, "merge", code=request.code).status_code == 400
    other.refresh_from_db()
    assert (other.state, other.merged_into_id) == ("submitted", None)


def test_those_joined_are_by_themselves_again_once_it_is_confidential(cast: Cast) -> None:
    request = cast.place()
    others = [cast.place(actor=cast.neighbour), cast.place(actor=cast.neighbour)]
    for other in others:
        act(other, "merge", actor=cast.dispatcher, into=request.pk)
    act(request, "confidential", actor=cast.resident, on=True)
    for other in others:
        other.refresh_from_db()
        assert (other.state, other.merged_into_id) == ("submitted", None)
    assert (
        Message.objects.filter(template="request.split", user=cast.neighbour, channel="in_app").count() == 2
    )
    assert consistency.check() == []


def test_a_page_beside_it_calls_it_confidential_and_nothing_else(cast: Cast, client: Client) -> None:
    request, other = cast.place(title="家事求助"), cast.place(actor=cast.neighbour)
    act(request, "merge", actor=cast.dispatcher, into=other.pk)
    act(request, "confidential", actor=cast.resident, on=True)  # joined, not joined to
    client.force_login(cast.colleague)
    html = client.get(page_of(other)).content.decode()
    assert request.code in html
    assert "家事求助" not in html


def test_staff_without_a_stated_need_find_it_in_no_list_and_no_search(cast: Cast, client: Client) -> None:
    request = sealed(cast)
    client.force_login(cast.dispatcher)
    for where in ("?tab=open", "?q=取药", f"?q={request.code}", "?q=13800000001"):
        assert page_of(request) not in client.get(reverse("desk:queue") + where).content.decode()
    api = Api(cast.dispatcher)
    assert api.get("/service-requests/").json()["results"] == []
    assert api.get("/service-requests/", q="取药").json()["results"] == []
    for path in ("", "history/", "candidates/"):
        assert api.get(f"/service-requests/{request.pk}/{path}").status_code == 403
    assert api.act(request, "amend", door_note="x").status_code == 403
    assert access.may_see_evidence(cast.dispatcher, request.pk) is False


def test_code_and_category_stay_visible_and_nothing_else(cast: Cast, client: Client) -> None:
    request = sealed(cast)
    client.force_login(cast.dispatcher)
    assert "本区域有 1 件保密诉求" in client.get(reverse("desk:queue")).content.decode()
    for page in (reverse("desk:sealed"), page_of(request)):
        html = client.get(page).content.decode()
        assert request.code in html
        assert str(request.category) in html
        for secret in ("取药", "陈桂兰", "荷花里", "腿脚不便"):
            assert secret not in html.replace(str(request.category), "")


def test_who_says_why_reads_it_and_the_resident_can_read_that(cast: Cast, client: Client) -> None:
    request = sealed(cast)
    client.force_login(cast.dispatcher)
    door = reverse("desk:open_sealed", args=[request.pk])
    assert client.post(door, {"purpose": ""}).status_code == 400
    assert client.post(door, {"purpose": "verify", "note": "核对地址"}).status_code == 302
    assert "荷花里" in client.get(page_of(request)).content.decode()
    line = AccessLog.objects.get(
        user=cast.dispatcher, subject_id=request.pk, fields__contains=["confidential"]
    )
    assert line.purpose == "verify"
    assert page_of(request) in client.get(reverse("desk:queue") + "?tab=open").content.decode()
    assert access.sight(request, cast.colleague) == Sight.SEALED


def test_whoever_works_on_it_holds_it(cast: Cast, client: Client) -> None:
    request = act(cast.place(), "confidential", actor=cast.dispatcher, on=True)
    assert access.sight(request, cast.dispatcher) == Sight.STAFF
    assert access.sight(request, cast.resident) == Sight.OWN
    assert access.sight(request, cast.auditor) == Sight.SEALED


def test_nobody_from_elsewhere_opens_it(cast: Cast) -> None:
    for who in (cast.outsider, cast.neighbour, cast.volunteer.user):
        with pytest.raises(NotAllowed):
            open_sealed(sealed(cast), actor=who, purpose="verify")


def test_the_desk_switches_it_in_a_dialog_and_the_resident_on_the_tracking_page(
    cast: Cast, client: Client
) -> None:
    request = cast.place()
    client.force_login(cast.dispatcher)
    assert send(client, request, "confidential", on="on").status_code == 302
    request.refresh_from_db()
    assert request.confidential
    client.force_login(cast.resident)
    page = reverse("track_confidential", args=[request.code])
    assert page in client.get(reverse("track", args=[request.code])).content.decode()
    assert client.post(page, {"on": "0"}).status_code == 302
    request.refresh_from_db()
    assert not request.confidential
