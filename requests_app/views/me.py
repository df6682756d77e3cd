"""Me: my requests, my messages, my settings."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from civic import shell
from civic.accounts import actions as accounts
from civic.notify import actions as notices
from civic.notify import queries as inboxes
from civic.notify import templates as wordings
from civic.notify.models import Message
from requests_app import drafts, tracking
from requests_app.forms.me import SettingsForm
from requests_app.views import draft_cookie

PAGE = 20


@dataclass(frozen=True)
class Shown:
    """A message as read."""

    message: Message
    title: str
    body: str
    link: str


@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """Lists one's own requests, the newest first."""
    before = _number(request.GET.get("before"))
    found = tracking.mine(request.user, before=before, limit=PAGE + 1)  # type: ignore[arg-type]
    page = found[:PAGE]
    draft = drafts.find(draft_cookie.token_of(request), request.user)
    context = {
        "mine": page,
        "draft": draft.words() if draft else "",
        "older": f"?before={page[-1].request.pk}" if len(found) > PAGE else "",
        "newer": reverse("me") if before else "",
        "me_tab": "requests",
    }
    return render(request, "requests_app/me.html", context)


@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """Lists messages, the newest first; what was shown counts as read the next time."""
    before = _number(request.GET.get("before"))
    found = inboxes.inbox(request.user, before=before, limit=PAGE + 1)  # type: ignore[arg-type]
    page = found[:PAGE]
    context = {
        "shown": [_shown(message) for message in page],
        "older": f"?before={page[-1].pk}" if len(found) > PAGE else "",
        "newer": reverse("inbox") if before else "",
        "me_tab": "inbox",
    }
    response = render(request, "requests_app/me_inbox.html", context)
    notices.mark_read(request.user, [message.pk for message in page if message.read_at is None])  # type: ignore[arg-type]
    return response


@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """Marks every message as read."""
    notices.mark_read(request.user)  # type: ignore[arg-type]
    return redirect("inbox")


@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Name, language, large text, home area."""
    user = request.user
    form = SettingsForm(request.POST or None, user=user)  # type: ignore[arg-type]
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
            request, redirect("settings"), elder=said["elder_mode"], language=said["language"]
        )
    context = {"form": form, "me_tab": "settings"}
    return render(request, "requests_app/me_settings.html", context, status=400 if form.errors else 200)


def _shown(message: Message) -> Shown:
    try:
        said = wordings.render(message, get_language() or "")
    except wordings.CannotRender:
        return Shown(message, _("A message"), _("Its words are no longer known."), "")
    return Shown(message, said.title, said.body, said.link)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
