"""What every page needs around it: name of the house, elder mode, the desk's phone, sections, error pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from civic.accounts.access import holds_anywhere
from civic.accounts.actions import update_profile
from civic.accounts.enums import Role
from civic.areas.queries import tree
from civic.lib import clock, spoken
from civic.lib.errors import DomainError
from civic.notify.queries import unread_count

ELDER_COOKIE_SECONDS = 365 * 24 * 3600
# Which roles open which section of the console; the pages decide for themselves once more.
QUEUE = frozenset({Role.DISPATCHER, Role.PROXY, Role.AUDITOR})
BOARD = frozenset({Role.DISPATCHER, Role.AUDITOR})
VOLUNTEERS = frozenset({Role.DISPATCHER, Role.ADMIN, Role.AUDITOR})
IMPORT = frozenset({Role.DISPATCHER})
REGISTERS = frozenset({Role.DISPATCHER, Role.ADMIN})
PLAN = frozenset({Role.DISPATCHER})
ALIKE = frozenset({Role.DISPATCHER})
APPROVALS = frozenset({Role.DISPATCHER, Role.AUDITOR})
TRIAL = frozenset({Role.DISPATCHER, Role.ADMIN, Role.AUDITOR})
AUTO = frozenset({Role.ADMIN, Role.DISPATCHER})
OPERATIONS = frozenset({Role.ADMIN, Role.AUDITOR})
WORDINGS = frozenset({Role.ADMIN})
RATES = frozenset({Role.DISPATCHER, Role.AUDITOR, Role.ADMIN})
UNIT = frozenset({Role.UNIT})
SEARCH = frozenset({Role.DISPATCHER, Role.AUDITOR})
PLACE = frozenset({Role.DISPATCHER, Role.PROXY})
SECTIONS_ON_PHONE = 3
SECTIONS_SHOWN = 6  # the bar has room for so many beside the search; one more takes no more than "more" does
ABOUT_PAGES = {"privacy", "accessibility", "numbers"}


@dataclass(frozen=True)
class Item:
    """One place of a navigation bar."""

    key: str
    label: str
    url: str
    icon: str = ""


class Shell:
    """The frame around one page; everything is worked out only when the template asks for it."""

    mark = settings.SITE_MARK
    icp = settings.SITE_ICP
    sheets = ("css/tokens.css", "css/base.css", "css/components.css", "css/lists_media.css")
    modules = ("js/once.js", "js/toasts.js", "js/menu.js", "js/confirm.js", "js/times.js", "js/signout.js")

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def _user(self) -> Any:
        """Who is signed in; None on the page of a refusal that came before anybody looked."""
        return getattr(self.request, "user", None)

    @cached_property
    def here(self) -> str:
        """The path under which this page is reached again: its own, or for the answer to a form the form's page."""
        if self.request.method in {"GET", "HEAD"}:
            return self.request.get_full_path()
        before = urlsplit(self.request.headers.get("Referer", ""))
        return urlunsplit(("", "", *before[2:4], "")) if before.netloc == self.request.get_host() else "/"

    @cached_property
    def _chinese(self) -> bool:
        return (get_language() or "zh").startswith("zh")

    @cached_property
    def name(self) -> str:
        """The name of the service."""
        return settings.SITE_NAME if self._chinese else settings.SITE_NAME_EN

    @cached_property
    def owner(self) -> str:
        """Who runs it."""
        return settings.SITE_OWNER if self._chinese else settings.SITE_OWNER_EN

    @cached_property
    def elder(self) -> bool:
        """True when text and targets are to be large: by cookie, else as the signed-in person chose."""
        chosen = self.request.COOKIES.get(settings.ELDER_COOKIE)
        if chosen in {"0", "1"}:
            return chosen == "1"
        return bool(getattr(self._user, "elder_mode", False))

    @cached_property
    def _desk(self) -> tuple[str, str]:
        """Whose the nearest desk above the person's home area is, and its phone; else of the whole installation."""
        area_id = getattr(self._user, "home_area_id", None)
        picture = tree()
        if area_id is not None and area_id in picture.by_id:
            for area in reversed(picture.lineage(area_id)):
                if area.desk_phone:
                    return area.label, area.desk_phone
        return self.owner, settings.SITE_DESK_PHONE

    @property
    def desk_of(self) -> str:
        """Whose desk answers `desk_phone`: with a home one reaches its community, without one the whole city's."""
        return self._desk[0]

    @property
    def desk_phone(self) -> str:
        """The phone of the nearest desk above the person's home area, else of the whole installation."""
        return self._desk[1]

    @cached_property
    def unread(self) -> int:
        """How many messages the signed-in person has not read."""
        return unread_count(self.request.user) if self.request.user.is_authenticated else 0

    @cached_property
    def may_search(self) -> bool:
        """Whether the person may look through the queue, from any page of the console."""
        return holds_anywhere(self.request.user, SEARCH)

    @cached_property
    def may_place(self) -> bool:
        """Whether the person may place a request on somebody's behalf: the phone rings on every page."""
        return holds_anywhere(self.request.user, PLACE)

    @cached_property
    def sections(self) -> list[Item]:
        """The sections of the console that the person's roles open, the daily ones first."""
        user = self.request.user
        may_edit_areas = user.is_authenticated and user.has_module_perms("areas")
        every = [
            (QUEUE, Item("requests", _("Requests"), reverse("desk:queue"))),
            (BOARD, Item("today", pgettext("section", "Today"), reverse("desk:today"))),
            (PLAN, Item("plan", pgettext("section", "Plan"), reverse("desk_plans:index"))),
            (ALIKE, Item("alike", pgettext("section", "Similar"), reverse("desk:alike"))),
            (VOLUNTEERS, Item("volunteers", _("Volunteers"), reverse("desk:volunteers"))),
            (APPROVALS, Item("approvals", _("Approvals"), reverse("desk:approvals"))),
            (UNIT, Item("unit", _("Referred to us"), reverse("unit:home"))),
            (RATES, Item("rates", _("Rates"), reverse("insight:index"))),
            (OPERATIONS, Item("operations", _("Operations"), reverse("operations:index"))),
            ({Role.ADMIN}, Item("calendar", _("Calendar"), reverse("worktime:index"))),
            (WORDINGS, Item("messages", _("Messages"), "/desk/messages/")),
            (IMPORT, Item("import", _("Import"), "/desk/imports/")),
            (AUTO, Item("auto", _("Auto-dispatch"), reverse("desk:auto_dispatch"))),
            (TRIAL, Item("trial", pgettext("section", "Dry run"), reverse("desk:trial"))),
        ]
        found = [item for roles, item in every if holds_anywhere(user, roles)]
        if may_edit_areas:
            found.append(Item("areas", _("Areas"), reverse("admin:areas_area_changelist")))
        return found

    @property
    def sections_shown(self) -> list[Item]:
        """Those with a place in the bar."""
        return self.sections if len(self.sections) <= SECTIONS_SHOWN + 1 else self.sections[:SECTIONS_SHOWN]

    @property
    def sections_wide(self) -> list[Item]:
        """Those in the bar that a phone has behind "more"."""
        fits = len(self.sections) <= SECTIONS_ON_PHONE + 1
        return [] if fits else self.sections_shown[SECTIONS_ON_PHONE:]

    @property
    def sections_folded(self) -> list[Item]:
        """Those behind "more"."""
        return self.sections[len(self.sections_shown) :]

    @cached_property
    def volunteer_tabs(self) -> list[Item]:
        """The tabs at the bottom of the volunteer's pages."""
        return [
            Item("offers", _("Offers"), reverse("v:home"), "inbox"),
            Item("tasks", pgettext("tab", "Tasks"), reverse("v:tasks"), "checklist"),
            Item("record", pgettext("tab", "Record"), reverse("v:record"), "clock-hour-4"),
            Item("me", _("Me"), reverse("v:profile"), "user"),
        ]


def context(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `shell` in every template."""
    return {"shell": Shell(request)}


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Returns the `next` of the form or query when it is a path of this site, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed and wanted.startswith("/") else default


@login_not_required
@require_POST
def switch_elder(request: HttpRequest) -> HttpResponse:
    """Switches elder mode on or off, for this browser and for the signed-in person."""
    on = request.POST.get("on") == "1"
    if request.user.is_authenticated and request.user.elder_mode != on:
        update_profile(request.user, elder_mode=on)
    return remember(request, redirect(safe_next(request)), elder=on)


def remember(
    request: HttpRequest, response: HttpResponse, *, elder: bool, language: str = ""
) -> HttpResponse:
    """Returns `response` that keeps elder mode, and the language when given, in this browser."""
    secure = request.is_secure()
    response.set_cookie(
        settings.ELDER_COOKIE,
        "1" if elder else "0",
        max_age=ELDER_COOKIE_SECONDS,
        samesite="Lax",
        secure=secure,
    )
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=ELDER_COOKIE_SECONDS,
            samesite="Lax",
            secure=secure,
        )
    return response


@login_not_required
def about(request: HttpRequest, page: str) -> HttpResponse:
    """Shows one of the pages about the service itself: privacy, accessibility, how numbers are computed."""
    if page not in ABOUT_PAGES:
        raise Http404
    return render(request, f"about/{page}.html", {"kept": _kept()})


def _kept() -> dict[str, str]:
    """Returns how long personal details are shown and kept, in words: the settings as the privacy notice tells them."""
    lengths = {
        "contact": settings.CONTACT_SHOWN,
        "requests": settings.REQUESTS_KEPT,
        "places": settings.PLACES_KEPT,
        "imports": settings.IMPORT_ROWS_KEPT,
        "messages": timedelta(days=settings.MESSAGE_DAYS),
        "copies": settings.EXPORT_KEPT,
        "deletion": settings.DELETION_WAITS,
    }
    return {name: spoken.period(length) for name, length in lengths.items()}


class OnlyForForms(DomainError):
    """Somebody opened an address that only takes what a form sends."""

    status = 405
    title = gettext_lazy("There is nothing to see at this address")


class DomainErrorPages:
    """Middleware: a refusal that a page did not handle becomes a page with its status, title and words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on; an address that takes only forms is explained to who typed it."""
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not request.path.startswith("/api/"):
            allowed = response.headers["Allow"]
            response = render(
                request,
                "error.html",
                {
                    "error": OnlyForForms(
                        _("It only takes what a form sends. Please go back and use the button there.")
                    )
                },
                status=405,
            )
            response.headers["Allow"] = allowed
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Renders error.html for a DomainError; anything else is left to Django."""
        if not isinstance(error, DomainError):
            return None
        response = render(request, "error.html", {"error": error}, status=error.status)
        if error.retry_after:
            response["Retry-After"] = str(error.retry_after)
        return response


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Shows every component once; only where DEMO is on."""
    if not settings.DEMO:
        raise Http404

    class Sample(forms.Form):
        name = forms.CharField(label="Name", help_text="As your neighbours know you", max_length=40)
        kind = forms.ChoiceField(label="Kind", choices=[("a", "One"), ("b", "Two")])
        who = forms.ChoiceField(label="Who", choices=[("a", "Me"), ("b", "Mother")], widget=forms.RadioSelect)
        text = forms.CharField(label="Words", widget=forms.Textarea, required=False)
        agree = forms.BooleanField(label="I agree")

    now = clock.now()
    shown = {
        "form": Sample({"name": ""}),
        "now": now,
        "soon": now + timedelta(hours=1, minutes=14),
        "then": now - timedelta(minutes=3),
        "states": ["submitted", "offered", "accepted", "in_service", "completed", "rejected"],
    }
    return render(request, "dev/styleguide.html", shown)
