"""What every page of the desk stands on: who may enter, doing a thing once, explaining a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from civic.accounts.access import holds_anywhere
from civic.accounts.enums import Role
from civic.cases import once
from civic.lib.errors import DomainError, NotAllowed, ValidationFailed

View = Callable[..., HttpResponse]

QUEUE = frozenset({Role.DISPATCHER, Role.PROXY, Role.AUDITOR})
PLACING = frozenset({Role.DISPATCHER, Role.PROXY})
VOLUNTEERS = frozenset({Role.DISPATCHER, Role.ADMIN, Role.AUDITOR})
ANYBODY = QUEUE | VOLUNTEERS


def for_roles(roles: Collection[str]) -> Callable[[View], View]:
    """Lets a page be opened by whoever holds one of `roles` somewhere; rows are decided about one by one.

    Raises NotAllowed for everybody else. Nothing of the desk is kept by browsers or proxies.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not holds_anywhere(request.user, roles):
                raise NotAllowed(_("This page is for staff with a role in an area."))
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def do_once(request: HttpRequest, act: Callable[[], str]) -> str:
    """Runs `act` (which returns a reference) in one transaction with the form's key; returns the reference.

    The same form sent again returns the first one's reference and does nothing. Raises ValidationFailed
    without a key, KeyReused when it came with other contents, and what `act` raises.
    """
    key = request.POST.get("form_key", "")
    if not key:
        raise ValidationFailed(_("This form is out of date. Please load the page again."))
    body = repr(
        sorted(
            (name, values)
            for name, values in request.POST.lists()
            if name not in {"form_key", "csrfmiddlewaretoken"}
        )
    )
    with transaction.atomic():
        claim = once.claim(f"user:{request.user.pk}", request.path[:120], key, body.encode())
        if claim.fresh:
            claim.reference = act()
            claim.finish(200, claim.reference)
    return claim.reference


def show_refusal(form: forms.Form, refused: DomainError) -> None:
    """Puts a refusal beside the fields it is about, and what is about none of them on top."""
    for name, messages in (refused.errors or {}).items():
        shown = name if name in form.fields and not form.fields[name].widget.is_hidden else None
        form.add_error(shown, [str(message) for message in messages])
    if refused.detail or not refused.errors:
        form.add_error(None, str(refused.detail or refused.title))


def unless_same(request: HttpRequest, shown: Any, render: Callable[[], HttpResponse]) -> HttpResponse:
    """Returns 304 when the browser has what `shown` stands for in this language, else the rendered answer."""
    digest = hashlib.sha256(repr((get_language(), request.user.pk, shown)).encode()).hexdigest()[:32]
    tag = f'"{digest}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render()
    response["ETag"] = tag
    return response
