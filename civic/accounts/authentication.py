"""API keys: "Authorization: Token <key>"."""

from datetime import timedelta

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
        if token.user.consent_due:
            raise AuthenticationFailed(_("Please sign in on the pages first: there is a question for you."))
        touch(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Returns what a 401 names as the way to sign in."""
        return KEYWORD

    @staticmethod
    def find(key: bytes) -> ApiToken | None:
        """Returns the token of this key with its user, or None; keys are ASCII."""
        found = FIND.one(ApiToken.digest_of(key.decode())) if key.isascii() else None
        if found is None:
            return None
        user, (pk, revoked_at, last_used_at) = found
        token = ApiToken(pk=pk, revoked_at=revoked_at, last_used_at=last_used_at)
        token.user = user
        return token


def touch(token: ApiToken, step: timedelta = LAST_USED_STEP) -> None:
    """Records that the key was used, unless that was done less than `step` ago."""
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= step:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
