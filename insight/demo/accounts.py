"""Accounts of the demo city that people are told about: names, one password, keys - only where DEMO=1.

Password and keys follow from SECRET_KEY, so that `manage.py demo_accounts` can say them at any time
although the database holds digests only, and nobody can guess them from outside.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import make_password

from civic.accounts.models import TOKEN_PREFIX_LENGTH, ApiToken, Membership, User
from civic.areas.models import Area
from requests_app.access import led_teams

TOKEN_NAME = "demo"


@dataclass(frozen=True)
class DemoAccount:
    """One line of `manage.py demo_accounts --json` (CONTRACT.md); `area` is a code."""

    role: str
    username: str
    name: str
    phone: str
    password: str
    token: str
    area: str
    area_name: str

    def as_dict(self) -> dict[str, str]:
        """Returns the line as JSON wants it."""
        return asdict(self)


def password() -> str:
    """Returns the password of every demo account."""
    return f"qinghe-{_derived('password')[:8]}"


def token(username: str) -> str:
    """Returns the API key of a demo account."""
    return _derived(f"token:{username}")


def create(username: str, name: str, phone: str, *, home: Area | None = None, is_elder: bool = False) -> User:
    """Returns a new account; those with a `username` get the demo password, others sign in by phone."""
    user = User(name=name, phone=phone, home_area=home, elder_mode=is_elder)
    if not username:
        return User.objects.create_user(phone=phone, name=name, home_area=home, elder_mode=is_elder)
    user.username, user.password = username, _password_digest()
    user.save()
    return user


def give_key(user: User) -> None:
    """Gives `user` the API key that people are told about; after any role, since whoever becomes staff loses keys."""
    key = token(user.username)
    ApiToken.objects.create(
        user=user, name=TOKEN_NAME, prefix=key[:TOKEN_PREFIX_LENGTH], digest=ApiToken.digest_of(key)
    )


def every() -> list[DemoAccount]:
    """Returns the demo accounts there are: staff by role, then residents and volunteers; empty without a
    demo city.
    """
    users = User.objects.filter(api_tokens__name=TOKEN_NAME).select_related("home_area").order_by("pk")
    roles = {
        held.user_id: held
        for held in Membership.objects.filter(user__in=users).select_related("area").order_by("-pk")
    }
    found = []
    for user in users:
        held = roles.get(user.pk)
        area = held.area if held else user.home_area
        role = held.role if held else _role_of(user)
        found.append(
            DemoAccount(
                role=role,
                username=user.username,
                name=user.name,
                phone=user.phone,
                password=password(),
                token=token(user.username),
                area=area.code if area else "",
                area_name=area.name if area else "",
            )
        )
    return found


def _role_of(user: User) -> str:
    """Returns what somebody without a role of staff is: the leader of a team, a volunteer, or a resident."""
    if not hasattr(user, "volunteer"):
        return "resident"
    return "team_leader" if led_teams(user.volunteer).exists() else "volunteer"


def _derived(purpose: str) -> str:
    digest = hmac.new(settings.SECRET_KEY.encode(), f"civic-demo:{purpose}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


@cache
def _password_digest() -> str:
    """Returns the stored form of the demo password, made once: hashing is slow on purpose."""
    return make_password(password())
