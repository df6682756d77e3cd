"""What every endpoint of the API stands on: the order of the checks before it, and its answers.

Knows nothing of people or requests: who the caller is comes from the classes named in settings_api.
"""

from typing import Any, Final

import orjson
from django.http import HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from rest_framework.request import Request
from rest_framework.views import APIView

from civic.lib.keyset import Page

NOT_A_PAGE: Final = "default-src 'none'; frame-ancestors 'none'"


class View(APIView):
    """One endpoint. The caller is known before it is counted, and counted before it is refused."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Runs the checks; raises what civic.problems turns into an answer."""
        self.perform_authentication(request)
        speak_language_of(request)
        self.check_throttles(request)
        self.check_permissions(request)


def speak_language_of(request: Request) -> None:
    """Answers a program in the language of its account unless it asks for one; sessions have done so."""
    language = getattr(request.user, "language", "")
    if language and request.auth is not None and "Accept-Language" not in request.headers:
        translation.activate(language)


def answer(data: Any, status: int = 200) -> HttpResponse:
    """Returns `data` as JSON; moments in ISO 8601 with zone. Never kept by caches: most of it is personal."""
    response = HttpResponse(orjson.dumps(data, _plain), "application/json", status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = NOT_A_PAGE
    return response


def listing(request: Request, page: Page[Any] | None, results: list[Any]) -> HttpResponse:
    """Returns {next, previous, results}; `page` says where it goes on, None that this is all there is."""

    def link(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = request.query_params.copy()
        query["cursor"] = cursor
        return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")

    ends = (None, None) if page is None else (link(page.next), link(page.previous))
    return answer({"next": ends[0], "previous": ends[1], "results": results})


def _plain(value: object) -> str:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")
