"""Not sending again what the reader has: the answers of polled parts of pages, by ETag."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language


def tag_of(request: HttpRequest, shown: Any) -> str:
    """Returns the ETag, quotes included, of what `shown` stands for to this person in this language.

    `shown` says by its repr everything that the answer depends on besides person and language.
    """
    drawn = repr((get_language(), request.user.pk, shown))
    return quote_etag(hashlib.sha256(drawn.encode()).hexdigest()[:32])


def unless_same(request: HttpRequest, shown: Any, render: Callable[[], HttpResponse]) -> HttpResponse:
    """Returns 304 when the reader has what `shown` stands for, else the rendered answer with its ETag."""
    etag = tag_of(request, shown)
    response = get_conditional_response(request, etag=etag) or render()
    response["ETag"] = etag
    return response


def unless_same_bytes(request: HttpRequest, drawn: bytes, content_type: str) -> HttpResponse:
    """Returns 304 when the reader has exactly `drawn`, else `drawn` with its ETag."""
    etag = quote_etag(hashlib.sha256(drawn).hexdigest()[:32])
    response = get_conditional_response(request, etag=etag) or HttpResponse(drawn, content_type=content_type)
    response["ETag"] = etag
    return response
