"""On-behalf entry: one page, known residents suggested within the area, placed exactly once."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from civic.accounts.models import AccessLog
from civic.lib import codes
from requests_app.models import ServiceRequest
from tests.cast import Cast

pytestmark = pytest.mark.django_db

URL = "/desk/new/"


def send(client: Client, **typed: Any) -> HttpResponse:
    """Posts the page as filled in, with the least that is needed unless given."""
    data = {
        "beneficiary_phone": "138 0000 0031",
        "beneficiary_name": "周大爷",
        "category": "errand",
        "text": "帮忙买一袋米",
        "headcount": "1",
        "reason": "telephone",
        "form_key": codes.token(),
        **typed,
    }
    return client.post(URL, data)


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The proxy's browser."""
    client.force_login(cast.proxy)
    return client


def test_a_request_is_placed_for_somebody_who_called(cast: Cast, desk: Client) -> None:
    answer = send(desk)
    request = ServiceRequest.objects.get()
    assert answer.headers["Location"] == reverse("desk:request", args=[request.pk])
    assert (request.proxy, request.beneficiary_name, request.source) == (cast.proxy, "周大爷", "desk")
    assert request.area_id == cast.community.pk  # the proxy's own area, for want of another
    assert request.on_behalf_reason == "来电"


def test_whoever_placed_it_is_not_taken_for_whom_it_is(desk: Client) -> None:
    """Else a call whose number nobody wrote down would be a request of the dispatcher's own."""
    answer = send(desk, beneficiary_phone="", beneficiary_name="")
    assert answer.status_code == 400
    assert "请填写为谁点单：手机号或姓名。" in answer.content.decode()
    assert not ServiceRequest.objects.exists()


def test_the_language_somebody_talks_best_is_kept(desk: Client) -> None:
    send(desk, speaks="sign")
    assert ServiceRequest.objects.get().speaks == "sign"


def test_the_same_page_sent_twice_places_once(cast: Cast, desk: Client) -> None:
    key = codes.token()
    first, second = send(desk, form_key=key), send(desk, form_key=key)
    assert first.headers["Location"] == second.headers["Location"]
    assert ServiceRequest.objects.count() == 1
    assert send(desk, form_key=key, text="另一件事").status_code == 422
    assert ServiceRequest.objects.count() == 1


def test_a_known_resident_is_suggested_and_the_reading_logged(cast: Cast, desk: Client) -> None:
    cast.place()
    html = desk.post(reverse("desk:resident"), {"beneficiary_phone": "13800000001"}).content.decode()
    assert 'data-name="陈桂兰"' in html
    assert "荷花里 3 号楼" in html
    assert AccessLog.objects.get().user == cast.proxy


@pytest.mark.parametrize("phone", ["13800000099", "138", "", "abc", "1" * 500])
def test_an_unknown_phone_suggests_nobody(desk: Client, phone: str) -> None:
    answer = desk.post(reverse("desk:resident"), {"beneficiary_phone": phone})
    assert (answer.status_code, "data-known" in answer.content.decode()) == (200, False)
    assert AccessLog.objects.count() == 0


def test_residents_of_another_district_stay_unknown(cast: Cast, client: Client) -> None:
    cast.place()
    client.force_login(cast.outsider)
    answer = client.post(reverse("desk:resident"), {"beneficiary_phone": "13800000001"})
    assert "陈桂兰" not in answer.content.decode()


def test_without_a_script_the_look_up_fills_the_empty_fields(cast: Cast, desk: Client) -> None:
    cast.place()
    html = send(
        desk, look_up="1", beneficiary_phone="13800000001", beneficiary_name="", text="买米"
    ).content.decode()
    assert 'value="陈桂兰"' in html
    assert "买米" in html
    assert ServiceRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"beneficiary_phone": "123"}, "beneficiary_phone"),
        ({"beneficiary_phone": "+1 202 555 0100"}, "beneficiary_phone"),
        ({"beneficiary_phone": ""}, "beneficiary_phone"),
        ({"category": ""}, "category"),
        ({"category": "nonsense"}, "category"),
        ({"text": " \u200b"}, "text"),
        ({"text": "长" * 10_001}, "text"),
        ({"headcount": "0"}, "headcount"),
        ({"headcount": "51"}, "headcount"),
        ({"headcount": "x"}, "headcount"),
        ({"preferred_start": "2001-01-01T10:00"}, "preferred_start"),
        ({"preferred_start": "nonsense"}, "preferred_start"),
        ({"area": "999999"}, "area"),
        ({"category": "medical"}, "consent"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    desk: Client, typed: dict[str, str], field: str
) -> None:
    answer = send(desk, **typed)
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert ServiceRequest.objects.count() == 0


def test_staff_place_within_their_own_areas_only(cast: Cast, desk: Client) -> None:
    assert send(desk, area=cast.other_district.pk).status_code == 400
    assert ServiceRequest.objects.count() == 0


def test_only_areas_to_place_in_are_offered_under_their_street(cast: Cast, client: Client) -> None:
    for user, offered in (
        (
            cast.proxy,
            [
                ("", "我负责的区域"),
                ("文化路街道", [(cast.community.pk, "锦苑社区"), (cast.grid.pk, "\u3000第一网格")]),
            ],
        ),
        (cast.outsider, [("", "我负责的区域")]),
    ):
        client.force_login(user)
        assert list(client.get(URL).context["form"].fields["area"].choices) == offered


def test_the_page_tells_mistakes_itself_and_asks_for_a_key_only_where_there_are_keys(desk: Client) -> None:
    page = desk.get(URL).content.decode()
    form = page[page.index("data-on-behalf") - 80 : page.index("data-on-behalf") + 400]
    assert "novalidate" in form
    assert page.count("按数字键") == 1
    assert 'data-by-number="' in form


def test_sensitive_help_is_placed_with_the_consent_that_was_given(desk: Client) -> None:
    assert send(desk, category="medical", consent="on").status_code == 302


def test_auditors_administrators_and_residents_do_not_place(cast: Cast, client: Client) -> None:
    for user in (cast.auditor, cast.admin, cast.resident):
        client.force_login(user)
        assert client.get(URL).status_code == 403
        assert send(client).status_code == 403
        assert client.post(reverse("desk:resident"), {"beneficiary_phone": "13800000001"}).status_code == 403
