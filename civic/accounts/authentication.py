"""API keys: "Authorization: Token <key>"."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from civic.accounts.models import LAST_USED_STEP, ApiToken, User
from civic.lib import clock
from civic.lib.rows import Reader

KEYWORD = "Token"
FIND = Reader(
    User,
    "JOIN accounts_apitoken token ON token.user_id = row.id WHERE token.digest = %s",
    "token.id",
    "token.revoked_at",
    "token.last_used_at",
)


class Key(NamedTuple):
    """What is asked of the row of a key (ApiToken) at each call."""

    pk: int
    revoked_at: datetime | None
    last_used_at: datetime | None


class TokenAuthentication(BaseAuthentication):
    """Finds the user of a key by its SHA-256: one query, and at most hourly an update of `last_used_at`."""

    def authenticate(self, request: Request) -> tuple[User, Key] | None:
        """Returns (user, key), None without our header; raises AuthenticationFailed for a bad key."""
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != KEYWORD.lower().encode():
            return None
        found = self.find(secret.strip())
        if found is None or found[1].revoked_at is not None or not found[0].is_active:
            raise AuthenticationFailed(_("This API key is not valid."))
        user, key = found
        if user.consent_due:
            raise AuthenticationFailed(_("Please sign in on the pages first: there is a question for you."))
        touch(key)
        return user, key

    def authenticate_header(self, request: Request) -> str:
        """Returns what a 401 names as the way to sign in."""
        return KEYWORD

    @staticmethod
    def find(secret: bytes) -> tuple[User, Key] | None:
        """Returns whose key this is, and the key; None for an unknown one. Keys are ASCII."""
        found = FIND.one(ApiToken.digest_of(secret.decode())) if secret.isascii() else None
        return None if found is None else (found[0], Key(*found[1]))


def touch(key: Key, step: timedelta = LAST_USED_STEP) -> None:
    """Records that the key was used, unless that was done less than `step` ago."""
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at >= step:
        ApiToken.objects.filter(pk=key.pk).update(last_used_at=now)
