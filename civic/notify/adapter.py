"""How allauth's codes reach people: through the outbox, like every other message."""

import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language

from civic.accounts.adapter import SignInAdapter
from civic.accounts.models import User
from civic.notify import outbox
from civic.notify.enums import Channel
from civic.notify.wordings import SIGN_IN_CODE


class AccountAdapter(SignInAdapter):
    """Sign-in of civic.accounts, codes sent by text message."""

    def send_verification_code_sms(self, user: User | None, phone: str, code: str, **kwargs: Any) -> None:
        """Writes the text message to `phone` (E.164) in the language of the page; `user` may be unknown."""
        draft = outbox.Draft(
            event="sign_in.code",
            template=SIGN_IN_CODE,
            dedupe_key=f"sign_in:{secrets.token_hex(16)}",
            phone=phone,
            channel=Channel.SMS,
            params={"code": code, "minutes": settings.CODE_MINUTES},
            language=get_language() or "",
            urgent=True,
        )
        with transaction.atomic():
            outbox.enqueue(draft)
