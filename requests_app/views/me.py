"""Me: my requests and my settings (messages: civic.notify.views)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from civic import shell
from civic.accounts import actions as accounts
from civic.lib import frames
from requests_app import drafts, tracking
from requests_app.forms.me import SettingsForm
from requests_app.views import draft_cookie

PAGE = 20


@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """Lists one's own requests, the newest first."""
    before = _number(request.GET.get("before"))
    found = tracking.mine(request.user, before=before, limit=PAGE + 1)  # type: ignore[arg-type]
    page = found[:PAGE]
    context = {
        "mine": page,
        "draft": drafts.find(draft_cookie.token_of(request), request.user),
        "older": f"?before={page[-1].request.pk}" if len(found) > PAGE else "",
        "newer": reverse("me") if before else "",
        "me_tab": "requests",
    }
    return render(request, "requests_app/me.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Name, language, large text, home area; within the volunteer's pages for who comes from there (?in=v)."""
    user = request.user
    inside = frames.inside(request)
    form = SettingsForm(request.POST or None, user=user, elder=shell.Shell(request).elder)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        accounts.update_profile(
            user,  # type: ignore[arg-type]
            name=said["name"],
            home_area=said["home_area"],
            elder_mode=said["elder_mode"],
        )
        accounts.choose_language(user, said["language"])  # type: ignore[arg-type]
        messages.success(request, _("Kept."))
        return shell.remember(
            request,
            redirect(reverse("settings") + inside),
            elder=said["elder_mode"],
            language=said["language"],
        )
    context = {"form": form, "me_tab": "settings", **frames.of(inside)}
    return render(request, "requests_app/me_settings.html", context, status=400 if form.errors else 200)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
