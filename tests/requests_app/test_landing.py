"""Where people land who sign in without having been on the way to a page."""

from typing import Any

import pytest
from django.test import Client

from civic.accounts.models import User
from civic.notify.models import Message
from tests.cast import Cast

PASSWORD = "three wise red pandas"
STAFF = "/accounts/staff/"


@pytest.fixture(autouse=True)
def _password_alone(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


def by_password(user: User, **more: str) -> str:
    """Signs `user` in on the staff's page and returns where that leads."""
    user.set_password(PASSWORD)
    user.save()
    response = Client().post(STAFF, {"login": user.username, "password": PASSWORD, **more})
    return str(response.headers["Location"])


def by_code(phone: str, **more: str) -> str:
    """Signs in by phone and code and returns where that leads."""
    client = Client()
    client.post("/accounts/login/", {"phone": phone})
    code = Message.objects.latest("pk").params["code"]
    return str(client.post("/accounts/login/code/", {"code": code, **more}).headers["Location"])


@pytest.mark.parametrize("who", ["dispatcher", "proxy", "auditor", "admin"])
def test_staff_land_on_the_desk(cast: Cast, who: str) -> None:
    assert by_password(getattr(cast, who)) == "/desk/"


def test_the_page_they_were_on_the_way_to_goes_before(cast: Cast) -> None:
    assert by_password(cast.dispatcher, next="/desk/volunteers/") == "/desk/volunteers/"
    assert by_password(cast.dispatcher, next="https://elsewhere.example/") == "/desk/"
    assert by_code(cast.volunteer.user.phone, next="/track/") == "/track/"


def test_volunteers_land_on_their_offers_and_residents_at_home(cast: Cast) -> None:
    assert by_code(cast.volunteer.user.phone) == "/v/"
    assert by_code(cast.resident.phone) == "/"
    assert by_code("13700001234") == "/"


def test_a_superuser_without_a_role_lands_in_the_admin(db: None) -> None:
    root = User.objects.create_superuser("root", PASSWORD)
    assert by_password(root) == "/admin/"


def test_somebody_signed_in_who_opens_the_door_again_is_led_there_too(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.volunteer.user)
    assert client.get("/accounts/login/").headers["Location"] == "/v/"
    client.force_login(cast.dispatcher)
    assert client.get(STAFF).headers["Location"] == "/desk/"
