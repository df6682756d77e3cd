"""Login by default, the second factor of staff, and the language a person chose."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from civic.accounts.mfa import STRONG, used_second_factor
from civic.lib.errors import NotAllowed

Respond = Callable[[HttpRequest], HttpResponse]


class ChosenLanguage:
    """Shows pages in the language of the signed-in person; LocaleMiddleware has tried cookie and browser."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on in that language."""
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        language = request.user.language if has_session and request.user.is_authenticated else ""
        if language and language != translation.get_language():
            translation.activate(language)
            request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
        patch_vary_headers(response, ("Cookie",))
        return response


class SignInRequired(LoginRequiredMiddleware):
    """Every page needs sign-in unless its view says @login_not_required."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:  # type: ignore[override]
        """Sends staff pages to the password, others to phone and code; a fragment moves the whole page."""
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if htmx:
            return HttpResponseClientRedirect(sign_in_url(request, htmx.current_url_abs_path or "/"))
        return HttpResponseRedirect(sign_in_url(request, request.get_full_path()))


def sign_in_url(request: HttpRequest, back: str) -> str:
    """Returns the page to sign in for the page being asked for, coming back to `back` afterwards."""
    staff = request.path.startswith(settings.STAFF_PREFIXES)
    return f"{reverse('account_staff_login' if staff else 'account_login')}?{urlencode({'next': back})}"


class SecondFactorRequired:
    """Staff reach nothing but their own sign-in pages before a second factor was used in this session."""

    OPEN = frozenset({"account_logout", "set_language", "elder"})
    USE = frozenset({"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"})
    SET_UP = frozenset({"account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"})

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on; the check comes once the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuses the API with 403, sends a person to use or set up the second factor."""
        if not settings.STAFF_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        if not request.user.is_staff or used_second_factor(request):
            return None
        name = getattr(request.resolver_match, "view_name", "")
        if name in self.OPEN:
            return None
        enrolled = is_mfa_enabled(request.user, STRONG)
        if name in (self.USE if enrolled else self.SET_UP):
            return None
        if request.path.startswith("/api/"):
            refusal = NotAllowed(_("Staff accounts need a second factor: please sign in again."))
            return JsonResponse(refusal.problem(), status=403, content_type="application/problem+json")
        if enrolled:
            query = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{query}")
        return redirect("mfa_index")


class ConsentFirst:
    """Whom somebody else registered is asked for consent before anything else opens (User.consent_due)."""

    OPEN = frozenset({"v:agree", "v:decline", "account_logout", "set_language", "elder", "about"})

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on; the check comes once the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuses the API with 403, sends a person to the page that asks."""
        if not request.user.is_authenticated or not request.user.consent_due:
            return None
        if getattr(request.resolver_match, "view_name", "") in self.OPEN:
            return None
        if request.path.startswith("/api/"):
            refusal = NotAllowed(_("Please sign in on the pages first: there is a question for you."))
            return JsonResponse(refusal.problem(), status=403, content_type="application/problem+json")
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        return HttpResponseClientRedirect(reverse("v:agree")) if htmx else redirect("v:agree")
