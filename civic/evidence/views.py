"""Sending and fetching photos and voice notes.

Open to whoever has not signed in yet, since a resident sends photos before the request exists and signs in
last; what somebody sees is decided row by row. Whoever may not see a file is told that there is none.
"""

import json
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from rest_framework.authentication import CSRFCheck
from rest_framework.exceptions import AuthenticationFailed

from civic.accounts.authentication import TokenAuthentication
from civic.accounts.models import User
from civic.evidence import access, images, limits, owners, store
from civic.evidence.models import Photo, Voice
from civic.lib.errors import DomainError, NotAllowed, NotFound, TooLarge, ValidationFailed, WrongType
from civic.lib.numbers import whole

logger = logging.getLogger(__name__)

FORM_SLACK_BYTES: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")
_UNREADABLE: Final = (
    MultiPartParserError,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
    UnreadablePostError,
)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class NotSignedIn(DomainError):
    """The API key is not valid."""

    status = 401
    code = "not_authenticated"
    title = _("Please sign in")


def door(*methods: str) -> Callable[[View[P]], View[P]]:
    """Wraps a view: key or session, CSRF for a session, refusals as problem documents."""

    def wrap(view: View[P]) -> View[P]:
        @require_http_methods(methods)
        @wraps(view)
        def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                _admit(request)
                return view(request, *args, **kwargs)
            except DomainError as refusal:
                return problem(refusal)
            except _UNREADABLE:
                return problem(ValidationFailed(_("The upload was cut short; please try again.")))

        return cast(View[P], csrf_exempt(login_not_required(inner)))

    return wrap


def problem(refusal: DomainError) -> HttpResponse:
    """Returns the refusal as application/problem+json in the language of the request."""
    body = json.dumps(refusal.problem(), ensure_ascii=False)
    response = HttpResponse(body, "application/problem+json", refusal.status)
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


@door("POST")
def photos(request: HttpRequest) -> HttpResponseBase:
    """Takes one photo (multipart field "photo"); 201 {id, url, thumb_url, width, height}."""
    photo = _take(request, "photo", store.store_photo)
    return _created(
        id=str(photo.pk),
        url=photo.get_absolute_url(),
        thumb_url=photo.thumb_url,
        width=photo.width,
        height=photo.height,
    )


@door("POST")
def voices(request: HttpRequest) -> HttpResponseBase:
    """Takes one voice note (multipart field "voice"); 201 {id, url, seconds}."""
    voice = _take(request, "voice", store.store_voice)
    return _created(id=str(voice.pk), url=voice.get_absolute_url(), seconds=voice.seconds)


@door("GET", "HEAD", "DELETE")
def photo(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Shows the photo to whoever may see it; its sender may delete it until it belongs to a record."""
    found = _visible(request, Photo, pk)
    if request.method == "DELETE":
        return _take_back(request, found)
    return _serve(request, found, found.file, "image/jpeg", f"photo-{str(pk)[:8]}.jpg", log=True)


@door("GET", "HEAD")
def photo_thumb(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Shows the thumbnail to whoever may see the photo."""
    found = _visible(request, Photo, pk)
    return _serve(request, found, found.thumb, "image/jpeg", f"thumb-{str(pk)[:8]}.jpg", log=False)


@door("GET", "HEAD", "DELETE")
def voice(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Plays the voice note to whoever may hear it, in ranges where the player asks for them."""
    found = _visible(request, Voice, pk)
    if request.method == "DELETE":
        return _take_back(request, found)
    extension = found.file.name.rpartition(".")[2]
    return _serve(
        request, found, found.file, found.content_type, f"voice-{str(pk)[:8]}.{extension}", log=True
    )


def _admit(request: HttpRequest) -> None:
    """Signs in by key when one is given, otherwise asks a session for its CSRF token."""
    _refuse_long_body(request)
    try:
        keyed = TokenAuthentication().authenticate(request)  # type: ignore[arg-type]  # reads headers only
    except AuthenticationFailed as error:
        raise NotSignedIn(str(error.detail)) from error
    if keyed is not None:
        request.user = keyed[0]
        return
    if reason := CSRFCheck(_answer).process_view(request, _answer, (), {}):
        raise NotAllowed(_("This page is too old; please reload it.")) from PermissionError(str(reason))


def _answer(_request: HttpRequest) -> HttpResponse:
    """Stands for the view where Django's CSRF check wants one; it says nothing about exemption."""
    return HttpResponse()


def _refuse_long_body(request: HttpRequest) -> None:
    """Raises TooLarge for a body no upload can need, before anything of it is read."""
    declared = whole(request.META.get("CONTENT_LENGTH") or "0")
    if declared is None or declared > images.MAX_BYTES + FORM_SLACK_BYTES:
        limit = images.MAX_BYTES >> 20
        raise TooLarge(format_lazy(_("A file may have at most {megabytes} MB."), megabytes=limit))


def _take(request: HttpRequest, field: str, keep: Callable[..., Any]) -> Any:
    if request.content_type != "multipart/form-data":
        raise WrongType(_("Please send the file as multipart/form-data."))
    owner = owners.of(request, begin=True)
    limits.count_upload(request, owner)
    sent = request.FILES.get(field)
    if not isinstance(sent, UploadedFile):
        raise ValidationFailed.on(field, _("Please choose a file."))
    return keep(sent, uploader=owner)


def _created(**facts: Any) -> HttpResponse:
    response = HttpResponse(json.dumps(facts), "application/json", 201)
    response["Location"] = facts["url"]
    response["Cache-Control"] = "no-store"
    return response


def _visible(request: HttpRequest, model: Any, pk: UUID) -> Any:
    found = store.find(model, pk)
    if found is None or not access.can_view(_person(request), owners.of(request), found):
        raise NotFound
    return found


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _take_back(request: HttpRequest, found: Photo | Voice) -> HttpResponse:
    if not store.take_back(owners.of(request), found):
        raise NotAllowed(_("This belongs to a record by now and stays with it."))
    return HttpResponse(status=204)


def _serve(
    request: HttpRequest, found: Photo | Voice, file: FieldFile, content_type: str, name: str, *, log: bool
) -> HttpResponse:
    """Returns the file, 304 when the browser has it, 206 for a range; opening it is logged."""
    etag = f'"{found.pk.hex}-{name[:5]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            with file.open("rb") as opened:
                content = opened.read()
        except OSError as error:
            logger.error("the file of %s is missing: %s", found.pk, error)
            raise NotFound from error
        response = _part(request, content) if isinstance(found, Voice) else HttpResponse(content)
        if log:
            access.log_view(_person(request), found)
    response["Content-Type"] = content_type
    response["Content-Disposition"] = content_disposition_header(False, name) or ""
    response["ETag"] = etag
    # Kept by the browser, but asked for again each time: access ends when the record is closed.
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_vary_headers(response, ["Cookie", "Authorization"])
    return response


def _part(request: HttpRequest, content: bytes) -> HttpResponse:
    """Returns the range a player asks for (RFC 9110 section 14), or everything."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    total = len(content)
    response = HttpResponse(content)
    if asked is not None and asked[0] != "bytes=-":
        first = int(asked[1]) if asked[1] else max(0, total - int(asked[2]))
        last = min(int(asked[2]), total - 1) if asked[1] and asked[2] else total - 1
        if first > last:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{total}"
        else:
            response = HttpResponse(content[first : last + 1], status=206)
            response["Content-Range"] = f"bytes {first}-{last}/{total}"
    response["Accept-Ranges"] = "bytes"
    return response
