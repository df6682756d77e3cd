"""The calendar page of the console: a month, days marked by hand, hours of work. For administrators of areas."""

from collections.abc import Callable
from datetime import date, time, timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from civic.accounts.access import holds_anywhere
from civic.accounts.enums import Role
from civic.areas.models import Area
from civic.lib import clock, spoken
from civic.lib.errors import DomainError, NotAllowed, NotFound, ValidationFailed
from civic.lib.numbers import whole
from civic.worktime import actions, calendar, queries
from civic.worktime.forms import DaysForm, HoursForm

View = Callable[..., HttpResponse]


def _for_admins(view: View) -> View:
    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest) -> HttpResponse:
        if not holds_anywhere(request.user, {Role.ADMIN}):
            raise NotAllowed(_("This page is for administrators of an area."))
        return view(request)

    return guarded


@require_safe
@_for_admins
def index(request: HttpRequest) -> HttpResponse:
    """One month of one area."""
    return _page(request)


@require_POST
@_for_admins
def days(request: HttpRequest) -> HttpResponse:
    """Marks days."""
    form = DaysForm(request.POST)

    def act(area: Area) -> str:
        count = actions.mark_days(actor=request.user, area=area, **form.cleaned_data)  # type: ignore[arg-type]
        words = _("%(count)s days are marked. Open deadlines follow within a minute.")
        return words % {"count": count}

    return _do(request, form, act, days_form=form)


@require_POST
@_for_admins
def hours(request: HttpRequest) -> HttpResponse:
    """Sets the hours of work."""
    form = HoursForm(request.POST)

    def act(area: Area) -> str:
        found = form.cleaned_data
        four = (
            found["morning_from"],
            found["morning_until"],
            found["afternoon_from"],
            found["afternoon_until"],
        )
        actions.set_hours(actor=request.user, area=area, hours=four)  # type: ignore[arg-type]
        return _("The hours are set. Open deadlines follow within a minute.")

    return _do(request, form, act, hours_form=form)


def _do(request: HttpRequest, form: Any, act: Callable[[Area], str], **forms: Any) -> HttpResponse:
    if not form.is_valid():
        return _page(request, status=400, **forms)
    try:
        words = act(_area(request))
    except ValidationFailed as refused:
        _beside(form, refused)
        return _page(request, status=400, **forms)
    messages.success(request, words)
    shown = form.cleaned_data.get("first") or _month(request)
    query = f"?area={_area(request).pk}&month={shown:%Y-%m}"
    return redirect(reverse("worktime:index") + query)


def _beside(form: Any, refused: DomainError) -> None:
    for name, found in (refused.errors or {}).items():
        form.add_error(name if name in form.fields else None, [str(each) for each in found])


def _page(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    area, first = _area(request), _month(request)
    today = timezone.localdate(clock.now())
    before, after = queries.neighbours(first)
    last, running = queries.recalculation()
    weeks = queries.month(area, first, today)
    context = {
        "section": "calendar",
        "area": area,
        "areas": queries.editable(request.user),  # type: ignore[arg-type]
        "first": first,
        "before": before,
        "after": after,
        "weekdays": [spoken.weekday_name(day.date) for day in weeks[0]],
        "weeks": weeks,
        "gaps": queries.calendar_gaps(today),
        "last_pass": last,
        "recalculates": running,
        "days_form": DaysForm(initial=dict.fromkeys(("first", "last"), _day(request) or max(first, today))),
        "hours_form": HoursForm(initial=_hours(area)),
        **forms,
    }
    return render(request, "worktime/calendar.html", context, status=status)


def _area(request: HttpRequest) -> Area:
    """Returns the area asked for, else the first that the person edits. Raises NotFound for another's."""
    mine = {area.pk: area for area in queries.editable(request.user)}  # type: ignore[arg-type]
    wanted = request.POST.get("area") or request.GET.get("area") or ""
    chosen = whole(wanted) if wanted else next(iter(mine), None)
    if chosen not in mine:
        raise NotFound()
    return mine[chosen]


def _month(request: HttpRequest) -> date:
    wanted = request.POST.get("month") or request.GET.get("month") or ""
    try:
        found = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        found = timezone.localdate(clock.now()).replace(day=1)
    return found if 2001 <= found.year <= 2099 else timezone.localdate(clock.now()).replace(day=1)


def _day(request: HttpRequest) -> date | None:
    """Returns the day that was pressed in the month, to be marked."""
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def _hours(area: Area) -> dict[str, time]:
    names = ("morning_from", "morning_until", "afternoon_from", "afternoon_until")
    periods = calendar.for_area(area.pk).periods
    if len(periods) != 2:
        return {}
    return dict(zip(names, (_time(edge) for period in periods for edge in period), strict=True))


def _time(microseconds: int) -> time:
    minutes = timedelta(microseconds=microseconds) // timedelta(minutes=1)
    return time(minutes // 60 % 24, minutes % 60)
