"""Second factors: secrets encrypted at rest, QR code drawn by segno, and what counts as having used one."""

from io import BytesIO

import segno
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.accounts.models import User
from civic.lib import crypto

STRONG = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth.mfa with our key ring, our name and the rule that staff keep one second factor."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not correct."),
        "cannot_delete_authenticator": gettext_lazy(
            "Staff need a second factor: please add another one first."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Returns the secret under the key ring."""
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Returns the secret."""
        return crypto.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        """Returns the name shown in the authenticator app."""
        return str(settings.SITE_NAME)

    def build_totp_svg(self, url: str) -> str:
        """Returns the QR code of `url` as an SVG document."""
        drawn = BytesIO()
        segno.make(url, error="m").save(drawn, kind="svg", scale=5, border=2, light="#fff")
        return drawn.getvalue().decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff may not switch off their last second factor."""
        user = authenticator.user
        if not (settings.STAFF_SECOND_FACTOR and user.is_staff):
            return True
        others = Authenticator.objects.filter(user=user, type__in=STRONG).exclude(pk=authenticator.pk)
        return bool(others.exists())

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """Returns the suggested name of a new passkey."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


def used_second_factor(request: HttpRequest) -> bool:
    """True when this session proved a second factor, at sign-in or by setting one up; no query."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def record_second_factor(request: HttpRequest, kind: str) -> None:
    """Notes in the session that setting up a second factor proved it."""
    record_authentication(request, request.user, method="mfa", type=kind)
