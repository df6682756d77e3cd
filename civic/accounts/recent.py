"""Whether whoever holds this session proved lately who they are: asked before anything that cannot be undone."""

from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from civic.lib import clock


def signed_in_lately(request: HttpRequest) -> bool:
    """True within settings.RECENT_SIGN_IN of signing in, or of confirming it, in this session."""
    now = clock.now().timestamp()
    at = max((float(record["at"]) for record in get_authentication_records(request, request.user)), default=0)
    return now - at < settings.RECENT_SIGN_IN.total_seconds()


def sign_in_again(request: HttpRequest, onward: str) -> HttpResponse:
    """Sends who has a password to confirm it, everybody else to a new code, and from there to the path `onward`."""
    query = urlencode({"next": onward})
    if request.user.is_authenticated and request.user.has_usable_password():
        return redirect(f"{reverse('account_reauthenticate')}?{query}")
    logout(request)
    return redirect(f"{reverse('account_login')}?{query}")
