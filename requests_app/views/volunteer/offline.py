"""What makes the volunteer's pages an app on the phone: manifest, worker, the page without network, what to keep."""

import hashlib
import json
from functools import cache

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET

from civic.accounts import devices
from civic.shell import Shell
from requests_app import access
from requests_app.queries import volunteer_offline
from requests_app.views.volunteer.door import person

# Beside what every page needs (civic.shell): what the pages of a task need.
FILES = (
    "css/volunteer.css", "css/volunteer_profile.css", "img/mark.svg", "js/poll.js", "js/needs-js.js",
    "js/photos.js", "js/v_here.js", "js/v_phone.js", "js/v_refused.js", "js/v_send.js", "js/v_outbox.js",
    "js/v_scan.js", "js/phone_store.js", "js/copy.js", "js/share.js",
)  # fmt: skip
READER = ("qr/decode.js", "qr/index.js")  # for browsers that cannot read a square by themselves
RED = "#c8102e"
KEEP = "keep"  # X-Requested-With: a phone fetches a page for the time without network, ahead of its turn
LONGEST_WAIT_S = 366 * 24 * 3600
OUTBOX = "outbox"  # X-Requested-With: a phone sends what it kept


def wants_words(request: HttpRequest) -> bool:
    """Whether a phone sends what it has kept in its outbox (static/js/v_send.js)."""
    return request.headers.get("X-Requested-With") == OUTBOX


def refusal(form: forms.Form, status: int) -> JsonResponse:
    """Returns in words why a form was not taken: all of it, and by field."""
    errors = {name: " ".join(str(error) for error in found) for name, found in form.errors.items()}
    return JsonResponse({"refused": " ".join(errors.values()), "errors": errors}, status=status)


def waited_seconds(request: HttpRequest) -> int:
    """Returns how long a phone kept a form before it sent it, by the phone's own clock, however wrong that is; no
    more than a year, which is refused like anything above a day.

    `made_at` is part of the form, so that sending it again is the same form; the time of sending is a header. Both are
    milliseconds.
    """
    made, sent = request.POST.get("made_at", ""), request.headers.get("X-Sent-At", "")
    if not all(each.isascii() and each.isdecimal() and len(each) < 16 for each in (made, sent)):
        return 0
    return min(max(0, (int(sent) - int(made)) // 1000), LONGEST_WAIT_S)


@login_not_required
@require_GET
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, whose reach is this folder: what it has to know, then the script itself."""
    told = {
        "version": version(),
        "files": files(),
        "reader": [static(name) for name in READER],
        "home": reverse("v:home"),
        "offline": reverse("v:offline"),
        "tasks": reverse("v:tasks"),
        "statics": settings.STATIC_URL,
        "icon": static("img/icon-192.png"),
        "badge": static("img/badge-96.png"),
    }
    script = f"self.TOLD = {json.dumps(told)};\nimportScripts({json.dumps(static('js/v_worker.js'))});\n"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@cache
def files() -> list[str]:
    """Returns the addresses of the static files that pages need without network."""
    return [static(name) for name in (*Shell.sheets, *Shell.modules, *FILES)]


def version() -> str:
    """Returns what names the cache of static files: another one after each release that changed any."""
    manifest = getattr(staticfiles_storage, "manifest_hash", "")
    return manifest or hashlib.sha256(" ".join(files()).encode()).hexdigest()[:12]


@login_not_required
@require_GET
@cache_control(max_age=3600)
def manifest(request: HttpRequest, language: str) -> HttpResponse:
    """The web app manifest in one language (browsers fetch it without cookies)."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with override(language):
        shell = Shell(request)
        answer = {
            "id": reverse("v:home"),
            "name": _("%(site)s: volunteers") % {"site": shell.name},
            "short_name": _("Volunteer"),
            "description": _("Offers to help, today's tasks, your hours."),
            "lang": "zh-Hans" if language.startswith("zh") else language,
            "start_url": reverse("v:home"),
            "scope": "/",  # signing in and messages stay in the same window
            "display": "standalone",
            "theme_color": RED,
            "background_color": "#ffffff",
            "icons": [
                {"src": static("img/icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
                {
                    "src": static("img/icon-maskable-512.png"),
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "maskable",
                },
            ],
            "shortcuts": [{"name": _("My tasks"), "url": reverse("v:tasks")}],
        }
    return JsonResponse(
        answer, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )


@login_not_required
@require_GET
@never_cache
def shell(request: HttpRequest) -> HttpResponse:
    """What stands in for a page that was not kept, without network; says nothing about anybody.

    With `?tasks` it is the one for a phone that has kept tasks: the worker keeps both and knows which holds.
    """
    context = {"dock": False, "tab": "", "tasks": "tasks" in request.GET}
    return render(request, "requests_app/volunteer/offline.html", context)


@require_GET
@never_cache
def plan(request: HttpRequest) -> HttpResponse:
    """Tells the phone whose it is now, which pages it may keep until when, and a token to send what it has kept."""
    user = person(request)
    kept = volunteer_offline.plan(access.volunteer_of(user))
    look = f"{get_language()}.{Shell(request).elder}.{version()}"
    return JsonResponse(
        {
            "person": devices.mark(user),
            "token": get_token(request),
            "until": int(kept.until.timestamp() * 1000),
            "pages": {address: f"{stamp}.{look}" for address, stamp in kept.pages.items()},
        }
    )
