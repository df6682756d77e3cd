"""Signing in or up with a phone and a code, on django-allauth's login stage.

Asking for a code never looks at the table of users, so nothing can tell a known phone from an unknown one.
The account is found, or made, once the code is right.
"""

import time
from typing import Any, Self

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from civic.accounts.models import User
from civic.lib import codes

CODE_LENGTH = 6


class PhoneCode(LoginCodeVerificationProcess):  # type: ignore[misc]
    """One code on its way to one phone; its state lives in the session."""

    @classmethod
    def begin(cls, request: HttpRequest, phone: str) -> Self:
        """Sends a code to `phone` (E.164) and remembers it in the session."""
        login = Login(phone=phone)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=None, phone=phone))
        process = cls(stage)
        process.send()
        process.persist()
        return process

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """Returns the one this session waits for, or None."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        return cls(stage) if stage and stage.state.get("phone") else None

    @property
    def phone(self) -> str:
        """Where the code went, E.164."""
        phone: str = self.state["phone"]
        return phone

    @property
    def tries_left(self) -> int:
        """How many wrong codes are still forgiven."""
        left: int = self.max_attempts - self.state["failed_attempts"]
        return left

    def send(self, skip_enumeration_mails: bool = False) -> None:
        """Makes a code and hands it to the outbox."""
        self.state["code"] = codes.digits(CODE_LENGTH)
        self.state["at"] = time.time()
        get_adapter().send_verification_code_sms(user=None, phone=self.phone, code=self.code)

    def resend(self) -> None:
        """Sends a new code; the old one is void, wrong tries stay counted."""
        self.send()
        self.record_resend()
        self.persist()

    def matches(self, typed: str) -> bool:
        """True for the code, blanks and dashes forgiven."""
        digits = "".join(sign for sign in typed if sign.isalnum())
        return constant_time_compare(digits, self.code)

    def may_try(self) -> bool:
        """Counts one try in Redis: however many requests guess at once, only the limit get through."""
        key = f"{self.request.session.session_key}:{self.state['at']}"
        return bool(ratelimit.consume(self.request, action="confirm_login_code", key=key))

    def sign_in(self, user: User, redirect_url: str | None) -> HttpResponse:
        """Signs `user` in (an inactive account gets its page) and returns where to go."""
        clear_login(self.request)
        record_authentication(self.request, user, method="code")
        response: HttpResponse = perform_login(self.request, Login(user=user, redirect_url=redirect_url))
        return response


def may_ask(request: HttpRequest, phone: str) -> bool:
    """Counts one code asked for: per address and per phone, known or not (settings CODES_PER_...)."""
    arguments: dict[str, Any] = {"action": "request_login_code", "key": phone}
    return bool(ratelimit.consume(request, **arguments))
