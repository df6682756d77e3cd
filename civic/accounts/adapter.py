"""How allauth meets our people; civic.notify adds how codes are sent."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from civic.accounts import languages, queries
from civic.accounts.forms import PhoneField
from civic.accounts.models import User
from civic.lib import phone as phones


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Phones by their hash, one lock for all ways of typing the same phone, our words."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The user name or password is not correct."),
        "phone_password_mismatch": _("The user name or password is not correct."),
        "too_many_login_attempts": format_lazy(
            _("Too many wrong tries. Please wait {minutes} minutes and try again."),
            minutes=settings.LOCKOUT_MINUTES,
        ),
        "incorrect_password": _("This password is not correct."),
        "incorrect_code": _("This code is not correct."),
        "rate_limited": _("Too many tries. Please wait a little and try again."),
    }

    def phone_form_field(self, **kwargs: Any) -> forms.Field:
        """Returns our field."""
        return PhoneField(**kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        """Signs in, in the language chosen before."""
        super().login(request, user)
        languages.take_along(request, user)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Returns the user with this E.164 number."""
        return queries.user_by_phone(phone)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Returns (phone, True): a phone is stored only once its code was right, or by staff."""
        return (user.phone, True) if user.phone else None

    def is_safe_url(self, url: str | None) -> bool:
        """Returns whether `next` leads to a page of ours; a bare word would be taken for a view's name."""
        return bool(url) and str(url).startswith("/") and bool(super().is_safe_url(url))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Returns False within five minutes of having signed in, else what allauth says."""
        request = context.request
        for record in get_authentication_records(request, request.user):
            if time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
                return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Returns allauth's list with our words."""
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use your authenticator app or a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        found = super().get_reauthentication_methods(user)
        return [{**method, "description": words[method["id"]]} for method in found]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Returns what wrong passwords are counted under: the phone when one was typed, else the name."""
        login = credentials.get("phone") or credentials.get("username") or ""
        try:
            login = phones.normalize(login)
        except ValueError:
            login = login.lower()
        return f"login:{login}"
