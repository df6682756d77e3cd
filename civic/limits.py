"""How large a request body may be: 413 before anything is read."""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.utils.translation import gettext

Respond = Callable[[HttpRequest], HttpResponse]


class BodyLimitMiddleware:
    """Refuses a body over DATA_UPLOAD_MAX_MEMORY_SIZE bytes, or with files over UPLOAD_MAX_BODY_BYTES."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        multipart = (request.content_type or "").startswith("multipart/")
        limit = settings.UPLOAD_MAX_BODY_BYTES if multipart else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if declared_length(request) > limit:
            return too_large(request, limit)
        return self.get_response(request)


def declared_length(request: HttpRequest) -> int:
    """Returns the Content-Length in bytes, 0 when absent or not a number (the server then reads no body)."""
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def too_large(request: HttpRequest, limit: int) -> HttpResponse:
    """Returns the 413 answer: a problem document for the API, a page for people."""
    title = gettext("That is too large")
    detail = gettext("At most %(megabytes)d MB can be sent at once.") % {"megabytes": limit // 1024**2}
    if request.path.startswith("/api/"):
        problem = {
            "type": "about:blank",
            "title": title,
            "status": 413,
            "detail": detail,
            "code": "too_large",
        }
        return HttpResponse(json.dumps(problem, ensure_ascii=False), "application/problem+json", 413)
    try:
        return render(request, "413.html", {"title": title, "detail": detail}, status=413)
    except TemplateDoesNotExist:
        return HttpResponse(f"{title}. {detail}", "text/plain; charset=utf-8", 413)
