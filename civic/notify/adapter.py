"""How allauth sends: every code and mail goes through the outbox, so a dead gateway never breaks a page.

Who is asked for a code makes no difference: the row is written for the number, never for an account, in one
query (the flow itself is civic.accounts.codes; setting ACCOUNT_ADAPTER names requests_app.landing, which adds where
one lands).
"""

from typing import Any, Final

from allauth.core import context as request_context
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation

from civic.accounts.adapter import SignInAdapter
from civic.accounts.models import User
from civic.lib import codes
from civic.notify import push
from civic.notify.enums import Channel
from civic.notify.outbox import Draft, enqueue
from civic.notify.wordings import ACCOUNT_MAIL, SIGN_IN_CODE

CODE_SENT: Final = "accounts.code"
MAIL_SENT: Final = "accounts.mail"


class AccountAdapter(SignInAdapter):
    """Sign-in as civic.accounts wants it, sending as civic.notify does it."""

    def send_verification_code_sms(self, user: User | None, phone: str, code: str, **kwargs: Any) -> None:
        """Writes the message with the code to `phone` (E.164), in the language of the page; urgent.

        Each code is a message of its own: the number of codes is limited before this is called.
        """
        params = {"code": code, "minutes": settings.CODE_MINUTES}
        self._write(CODE_SENT, SIGN_IN_CODE, params, phone=phone, channel=Channel.SMS)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Writes the mail that allauth worded, as plain text."""
        request = request_context.request
        more = {"request": request, "email": email, "current_site": get_current_site(request)}
        mail = self.render_mail(template_prefix, email, {**more, **context})
        params = {"subject": mail.subject, "body": mail.body}
        self._write(MAIL_SENT, ACCOUNT_MAIL, params, email=email, channel=Channel.EMAIL)

    def logout(self, request: HttpRequest) -> None:
        """Signs out; this browser takes no notifications for the person any more."""
        push.forget_session(request.session.session_key)
        super().logout(request)

    def _write(self, event: str, template: str, params: dict[str, Any], **where: Any) -> None:
        draft = Draft(
            event=event,
            template=template,
            params=params,
            dedupe_key=f"{event}:{codes.token()}",
            language=translation.get_language() or settings.LANGUAGE_CODE,
            urgent=True,
            **where,
        )
        with transaction.atomic():
            enqueue(draft)
