"""Me and my data: who looked at it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from civic.accounts.models import User
from civic.lib import keyset
from privacy import readings

PAGE = 20


def person(request: HttpRequest) -> User:
    """Returns the signed-in person; every page here asks for sign-in."""
    assert isinstance(request.user, User)
    return request.user


@never_cache
@require_safe
def access_log(request: HttpRequest) -> HttpResponse:
    """Lists who looked at one's personal details, the newest first."""
    cursor = request.GET.get("cursor", "")
    page = keyset.page(readings.about(person(request)), order=readings.ORDER, size=PAGE, cursor=cursor)
    context = {
        "readings": readings.told(page.rows),
        "older": f"?cursor={page.next}" if page.next else "",
        "newer": f"?cursor={page.previous}" if page.previous else "",
        "me_tab": "settings",
    }
    return render(request, "privacy/access_log.html", context)
