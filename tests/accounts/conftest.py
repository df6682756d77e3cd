"""People and a small city for tests of accounts, and a fresh limiter for each test."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from pytest_django import DjangoDbBlocker

from civic.accounts.actions import grant_role
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.actions import create_area
from civic.areas.models import Area, AreaLevel
from civic.notify.models import Message
from tests.cast_copies import Pattern

PHONE = "+8613800005678"
PASSWORD = "three wise red pandas"


@pytest.fixture(autouse=True)
def _own_limits(settings: Any) -> None:
    """Every test counts tries from nought."""
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "KEY_PREFIX": uuid.uuid4().hex}}


class City:
    """One city of two districts, with one line down to a grid."""

    def __init__(self) -> None:
        self.city = create_area(parent=None, level=AreaLevel.CITY, name="青禾市", code="990100")
        self.east = create_area(parent=self.city, level=AreaLevel.DISTRICT, name="青禾区", code="990102")
        self.west = create_area(parent=self.city, level=AreaLevel.DISTRICT, name="柳溪区", code="990103")
        self.street = create_area(parent=self.east, level=AreaLevel.STREET, name="文化路街道")
        self.community = create_area(parent=self.street, level=AreaLevel.COMMUNITY, name="锦苑社区")
        self.grid = create_area(parent=self.community, level=AreaLevel.GRID, name="第一网格")


@pytest.fixture(scope="session")
def city_pattern(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Pattern[City]:
    with django_db_blocker.unblock():
        return Pattern(City)


@pytest.fixture
def city(city_pattern: Pattern[City], db: None) -> City:
    areas.forget()
    return city_pattern.copy()


@pytest.fixture
def resident(db: None) -> User:
    return User.objects.create_user(phone=PHONE, name="李秀英")


@pytest.fixture
def make_staff(city: City) -> Callable[..., User]:
    """Makes somebody with a password and a role."""

    def make(username: str = "wang", role: Role = Role.DISPATCHER, area: Area | None = None) -> User:
        user = User.objects.create_user(username, PASSWORD, name="王芳", phone="+8613900001111")
        grant_role(user, role, area or city.east)
        return user

    return make


@pytest.fixture
def staff(make_staff: Callable[..., User]) -> User:
    return make_staff()


@pytest.fixture
def signed_in(resident: User) -> Client:
    client = Client()
    client.force_login(resident, "civic.accounts.backends.AccountBackend")
    return client


def last_code() -> str:
    """Returns the code of the newest text message."""
    return str(Message.objects.latest("pk").params["code"])


def ask_code(client: Client, phone: str = PHONE, **more: Any) -> Any:
    """Types a phone into the first step."""
    return client.post("/accounts/login/", {"phone": phone, **more})


def wrong(code: str) -> str:
    """Returns six other digits."""
    return str((int(code) + 1) % 1_000_000).zfill(6)


def app_of(user: User) -> str:
    """Sets up an authenticator app for `user` and returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return str(secret)


def app_code(secret: str) -> str:
    """Returns what the app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(hotp_value(secret, counter)).zfill(6)


def texts(response: Any) -> str:
    """Returns the page as text."""
    return str(response.content.decode())
