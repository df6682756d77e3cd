"""Every error of the API as application/problem+json (RFC 9457): {type, title, status, detail, code, errors?}.

Statuses and codes are those of CONTRACT.md. What is raised by the domain carries its own; this module finds
the words for what Django, REST framework and the database raise.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from rest_framework import exceptions

from civic.lib import spoken
from civic.lib.errors import (
    Busy,
    DomainError,
    NotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
    ValidationFailed,
    WrongType,
)

log = logging.getLogger(__name__)
API = "/api/"
PROGRAMS = (API, "/evidence/")  # addresses asked by programs and scripts, which read problem documents
DATABASE_BACK_S = 5  # seconds after which to try again; a crashed database server needs about as long
LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"
CONNECTION_ENDED = ("08", "57P")  # classes of SQLSTATE: broken connections, a server that stops or starts


class NotSignedIn(DomainError):
    """No key and no session, or a key that is not valid (any more)."""

    status = 401
    code = "not_authenticated"
    title = gettext_lazy("Please sign in")


class WrongMethod(DomainError):
    """The address exists, but does not take this HTTP method."""

    status = 405
    code = "wrong_method"
    title = gettext_lazy("This address does not take that method")


class NotJson(DomainError):
    """The body cannot be read as JSON."""

    code = "not_json"
    title = gettext_lazy("The body is not valid JSON")


class Broken(DomainError):
    """Our fault; what happened is in the log."""

    status = 500
    code = "error"
    title = gettext_lazy("Something went wrong on our side")


def answer(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler; None leaves what is nobody's mistake to Django (logged, 500)."""
    found = as_domain_error(error)
    if found is None:
        return None
    response = document(found)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def document(error: DomainError) -> HttpResponse:
    """Returns the problem document of `error`, in the language active now."""
    # A refusal quotes what was sent; half a surrogate pair in it has no place in UTF-8.
    body = json.dumps(error.problem(), ensure_ascii=False).encode(errors="replace")
    response = HttpResponse(body, "application/problem+json", error.status)
    response.headers["Cache-Control"] = "no-store"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def as_domain_error(error: Exception) -> DomainError | None:
    """Returns the refusal that `error` amounts to, or None when it is a fault of ours."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, exceptions.APIException):
        return _of_rest_framework(error)
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return NotAllowed()
    if isinstance(error, RequestDataTooBig):
        return TooLarge(title=_("That is too large"))
    if isinstance(error, UnreadablePostError | SuspiciousOperation):
        return ValidationFailed(_("The request could not be read."))
    if isinstance(error, OperationalError) and _pgcode(error) in {LOCK_NOT_AVAILABLE, DEADLOCK}:
        return Busy()
    if _database_is_away(error):
        log.error("the database does not answer: %s", error)
        return Unavailable(retry_after=DATABASE_BACK_S)
    return None


def _of_rest_framework(error: exceptions.APIException) -> DomainError | None:
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error.detail)
    if isinstance(error, exceptions.ParseError):
        return NotJson(_("Please send a JSON object in UTF-8."))
    if isinstance(error, exceptions.NotAuthenticated):
        return NotSignedIn(_("Send an API key (Authorization: Token …) or sign in."))
    if isinstance(error, exceptions.AuthenticationFailed):
        return NotSignedIn(str(error.detail))
    if isinstance(error, exceptions.PermissionDenied):
        stale = str(error.detail).startswith("CSRF")
        return NotAllowed(_("This page is too old; please reload it.") if stale else "")
    if isinstance(error, exceptions.NotFound):
        return NotFound()
    if isinstance(error, exceptions.MethodNotAllowed):
        return WrongMethod()
    if isinstance(error, exceptions.UnsupportedMediaType):
        return WrongType(
            _("Please send application/json."), title=_("This kind of content is not taken here")
        )
    if isinstance(error, exceptions.Throttled):
        return TooMany(retry_after=max(1, round(getattr(error, "wait", None) or 1)))
    return None


def _invalid(detail: Any) -> ValidationFailed:
    errors: dict[str, list[str]] = {}
    for name, message in _flat(detail):
        errors.setdefault(name, []).append(message)
    words = errors.pop("", [])
    return ValidationFailed(spoken.sentences(*words), errors=errors or None)


def _flat(detail: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields (field, message); nested fields are named with dots, elements of lists by their position."""
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            own = "" if key == "non_field_errors" else str(key)
            yield from _flat(below, ".".join(filter(None, (name, own))))
    elif isinstance(detail, list | tuple):
        for each in detail:
            yield from _flat(each, name)
    else:
        yield name, str(detail)


def _database_is_away(error: BaseException | None) -> bool:
    """Whether the connection could not be made or broke, which is nobody's mistake and passes."""
    if isinstance(error, OperationalError):
        return not _pgcode(error) or _pgcode(error).startswith(CONNECTION_ENDED)
    return isinstance(error, InterfaceError)


def _pgcode(error: OperationalError) -> str:
    return getattr(error.__cause__, "pgcode", None) or ""


# The handlers of civic.urls: problem documents under /api/, Django's pages elsewhere.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400 before any view was reached: a foreign host name, a broken upload."""
    if request.path.startswith(API):
        return document(ValidationFailed(_("The request could not be read.")))
    return defaults.bad_request(request, exception)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403 by a PermissionDenied."""
    if request.path.startswith(API):
        return document(NotAllowed())
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404: no such address."""
    if request.path.startswith(API):
        return document(NotFound())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: says nothing about what happened, the log does; 503 while the database is away."""
    if _database_is_away(sys.exc_info()[1]):
        return _not_now(request)
    if request.path.startswith(API):
        return document(Broken(_("It has been noted. Please try again later.")))
    return defaults.server_error(request)


def _not_now(request: HttpRequest) -> HttpResponseBase:
    away = Unavailable(retry_after=DATABASE_BACK_S)
    if request.path.startswith(PROGRAMS):
        return document(away)
    page = render_to_string("503.html")  # asks nothing of the database, as 500.html
    return HttpResponse(page, status=away.status, headers={"Retry-After": str(DATABASE_BACK_S)})
