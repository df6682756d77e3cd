"""The rates in the browser: all of them, the rows behind one, and both as files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from civic.accounts.access import holds, holds_anywhere
from civic.areas import queries as areas
from civic.lib import clock, keyset, sheets
from civic.lib.errors import NotAllowed, NotFound, ValidationFailed
from civic.shell import QUEUE, RATES, VOLUNTEERS
from insight import forms, overview, periods, rates, rows
from volunteers.models import Volunteer

PAGE = 50
USUAL = "response"
MOST_IN_XLSX = 100_000  # rows; CSV has no end


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Every rate of an area and period; for one of them the trend and the areas below."""
    _enter(request)
    form, asked = forms.read(request.user, request.GET)
    within = asked.within
    chosen = rates.named(request.GET.get("rate", USUAL), within) or rates.named(USUAL, within)
    assert chosen is not None
    trend = overview.trend(asked, chosen.name)
    context = {
        "form": form,
        "asked": asked,
        "area": areas.path_label(asked.area) if asked.area is not None else _("All my areas"),
        "presets": [
            (label, asked.about(period=period).query(rate=chosen.name), period == asked.period)
            for label, period in periods.presets()
        ],
        "figures": [overview.Line(str(each.label), each, asked.query()) for each in rates.figures(within)],
        "chosen": chosen,
        "trend": trend,
        "bars": overview.bars(trend),
        "picture": {"width": len(trend) * 40 + 10, "height": overview.HEIGHT, "bar": overview.BAR},
        "below": overview.by_area(asked, chosen),
        "at": clock.now(),
        "section": "rates",
    }
    return render(request, "insight/index.html", context, status=400 if form.errors else 200)


@require_safe
@never_cache
def show_rows(request: HttpRequest, name: str) -> HttpResponse:
    """The rows behind one figure, a page at a time."""
    _enter(request)
    which = request.GET.get("which", "behind")
    asked = forms.read_strictly(request.user, request.GET)
    rate, found = rows.behind(asked, name, which)
    page = keyset.page(found, order=["-id"], size=PAGE, cursor=request.GET.get("cursor", ""))
    lines = [rows.line(rate, row) for row in page.rows]
    context = {
        "rate": rate,
        "figure": overview.Line(str(rate.label), rate.figure(), asked.query()),
        "which": which,
        "asked": asked,
        "area": areas.path_label(asked.area) if asked.area is not None else _("All my areas"),
        "count": found.count(),
        "lines": [(line, _address(request, line.record)) for line in lines],
        "tabs": [
            (key, label, asked.query(which=key))
            for key, label in (("counted", _("Counted")), ("missed", _("Not counted")), ("behind", _("All")))
        ],
        "page": page,
        "query": asked.query(which=which),
        "section": "rates",
    }
    return render(request, "insight/rows.html", context)


@require_safe
@never_cache
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Every rate of the area and of those below it, as a file."""
    _enter(request)
    asked = forms.read_strictly(request.user, request.GET)
    return sheets.response(overview.table(asked), name=_file_name(_("rates"), asked), kind=_known(kind))


@require_safe
@never_cache
def export_rows(request: HttpRequest, name: str, kind: str) -> HttpResponseBase:
    """All rows behind one figure, as a file."""
    _enter(request)
    asked = forms.read_strictly(request.user, request.GET)
    rate, found = rows.behind(asked, name, request.GET.get("which", "behind"))
    if _known(kind) == "xlsx" and found.count() > MOST_IN_XLSX:
        raise ValidationFailed(_("These are too many rows for XLSX. Please take the CSV file."))
    return sheets.response(rows.table(rate, found), name=_file_name(str(rate.label), asked), kind=kind)


def _enter(request: HttpRequest) -> None:
    if not holds_anywhere(request.user, RATES):
        raise NotAllowed(_("This page is for staff with a role in an area."))


def _known(kind: str) -> str:
    if kind not in sheets.FORMATS:
        raise NotFound()
    return kind


def _file_name(words: str, asked: forms.Asked) -> str:
    return f"{words} {asked.period.since} {asked.period.until}"


def _address(request: HttpRequest, record: Any) -> str:
    """Returns where the reader may open the request or volunteer of a row, "" where nowhere."""
    route, roles = (
        ("desk:volunteer", VOLUNTEERS) if isinstance(record, Volunteer) else ("desk:request", QUEUE)
    )
    readers = roles & RATES
    return reverse(route, args=[record.pk]) if holds(request.user, readers, record) else ""
