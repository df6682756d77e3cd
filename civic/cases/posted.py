"""Posted forms: each does its thing once, and a refusal stands in the form instead of on a page of its own."""

from collections.abc import Callable

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from civic.cases import once
from civic.lib.errors import DomainError, ValidationFailed

NOT_PART_OF_THE_BODY = {"form_key", "csrfmiddlewaretoken"}


def do_once(request: HttpRequest, act: Callable[[], object], *, also: str = "") -> str:
    """Runs `act` in one transaction with the form's key and returns what it returned, as text of at most 64.

    The same form sent again returns the first one's answer and does nothing; `also` (the digest of a file) makes
    it another form where it differs. Raises ValidationFailed without a
    key, KeyReused when the key came with other contents, and what `act` raises.
    """
    key = request.POST.get("form_key", "")
    if not key:
        raise ValidationFailed(_("This form is out of date. Please load the page again."))
    key = f"{key}:{also}" if also else key
    sent = sorted((name, values) for name, values in request.POST.lists() if name not in NOT_PART_OF_THE_BODY)
    with transaction.atomic():
        claim = once.claim(f"user:{request.user.pk}", request.path, key, repr(sent).encode())
        if claim.fresh:
            claim.reference = str(act())
            claim.finish(200, claim.reference)
    return claim.reference


def show_refusal(form: forms.Form, refused: DomainError) -> None:
    """Puts a refusal beside the fields it is about, and what is about none of them on top of the form."""
    for name, found in (refused.errors or {}).items():
        beside = name in form.fields and not form.fields[name].widget.is_hidden
        form.add_error(name if beside else None, [str(message) for message in found])
    if refused.detail or not refused.errors:
        form.add_error(None, str(refused.detail or refused.title))
