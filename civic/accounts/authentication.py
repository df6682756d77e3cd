"""API keys: "Authorization: Token <key>"."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from civic.accounts.models import LAST_USED_STEP, ApiToken, User
from civic.lib import clock

KEYWORD = "Token"
FIND = """
    SELECT person.*, token.id AS token_id, token.revoked_at AS token_revoked_at,
        token.last_used_at AS token_last_used_at
    FROM accounts_apitoken token JOIN accounts_user person ON person.id = token.user_id
    WHERE token.digest = %s
"""


class TokenAuthentication(BaseAuthentication):
    """Finds the user of a key by its SHA-256: one query, and at most hourly an update of `last_used_at`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Returns (user, token), None without our header; raises AuthenticationFailed for a bad key."""
        scheme, _space, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() != KEYWORD.lower().encode():
            return None
        token = self.find(key.strip())
        if token is None or token.revoked_at is not None or not token.user.is_active:
            raise AuthenticationFailed(_("This API key is not valid."))
        touch(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Returns what a 401 names as the way to sign in."""
        return KEYWORD

    @staticmethod
    def find(key: bytes) -> ApiToken | None:
        """Returns the token of this key with its user, or None; keys are ASCII.

        Every API call begins here, so the statement is built once and not by the ORM each time.
        """
        if not key.isascii():
            return None
        for user in User.objects.raw(FIND, [ApiToken.digest_of(key.decode())]):
            found: dict[str, Any] = vars(user)  # the token's columns came with the user's
            token = ApiToken(
                pk=found["token_id"],
                revoked_at=found["token_revoked_at"],
                last_used_at=found["token_last_used_at"],
            )
            token.user = user
            return token
        return None


def touch(token: ApiToken, step: timedelta = LAST_USED_STEP) -> None:
    """Records that the key was used, unless that was done less than `step` ago."""
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= step:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
