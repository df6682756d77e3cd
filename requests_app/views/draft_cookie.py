"""The signed cookie by which a browser comes back to its unfinished request."""

from django.http import HttpRequest, HttpResponse

from requests_app.drafts import KEPT

COOKIE = "draft"


def token_of(request: HttpRequest) -> str | None:
    """Returns the token in the cookie, None without one or when somebody tampered with it."""
    return request.get_signed_cookie(COOKIE, default=None, salt=COOKIE)


def keep(request: HttpRequest, response: HttpResponse, token: str) -> HttpResponse:
    """Returns `response` with the token set for 30 days."""
    response.set_signed_cookie(
        COOKIE,
        token,
        salt=COOKIE,
        max_age=int(KEPT.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response
