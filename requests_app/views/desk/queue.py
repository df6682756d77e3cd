"""The queue and one request beside it, in three panes; every pane is also a fragment of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from civic import shell
from civic.accounts.access import held, holds_anywhere
from civic.accounts.enums import ReadPurpose, Role
from civic.areas.choices import area_choices
from civic.areas.models import AreaLevel
from civic.lib.conditional import unless_same
from civic.lib.errors import NotAllowed
from civic.lib.numbers import whole
from requests_app import access, actions, reference
from requests_app.actions.many import MOST
from requests_app.enums import Urgency
from requests_app.forms.desk import filters as filter_form
from requests_app.forms.desk.offering import OfferForm
from requests_app.queries import desk_eyes, desk_queue
from requests_app.queries import why as why_not
from requests_app.queries.desk_map import small_map
from requests_app.queries.desk_queue import Filters
from requests_app.queries.desk_request import Picture, sealed_open
from requests_app.suggesting.suggestions import Advice
from requests_app.views.desk import map as desk_map
from requests_app.views.desk import sealed
from requests_app.views.desk.door import ANYBODY, QUEUE, for_roles
from requests_app.views.desk.saved_views import views_context

SUGGESTED = ("suggested", "skill")  # of a verb's page: category and skill to show as chosen


def kept_params(request: HttpRequest, **more: str) -> str:
    """Returns the queue's filters as "?..." for the next address, with the parameters in `more`; "" for none."""
    kept = request.GET.copy()
    for name in SUGGESTED:
        kept.pop(name, None)
    for name, value in more.items():
        kept[name] = value
    return f"?{kept.urlencode()}" if kept else ""


def suggested_params(request: HttpRequest, advice: Advice) -> str:
    """Returns the parameters of a form that shows what is suggested as chosen."""
    made = zip(SUGGESTED, (advice.category, advice.skill), strict=True)
    return kept_params(request, **{name: each.what.code for name, each in made if each is not None})


def queue_context(request: HttpRequest) -> dict[str, Any]:
    """Returns what the left pane shows."""
    page = desk_queue.page(request.user, filter_form.read(request.GET))  # type: ignore[arg-type]
    reads = holds_anywhere(request.user, shell.SEARCH)
    return {
        "section": "requests",
        "page": page,
        "on_map": desk_map.shown(request),
        "first_page": desk_queue.PAGE,
        "filters": page.filters,
        "params": page.filters.query(),
        "tabs": [
            {"key": key, "label": label, "count": count, "url": page.filters.query(tab=key, q="", after="")}
            for key, label, count in page.tabs
        ],
        "more_url": page.filters.query(after=page.next_after) if page.next_after else "",
        "start_url": page.filters.query(after=""),
        "clear_url": Filters(tab=page.filters.tab).query(),
        "reads_queue": reads,
        "picks": holds_anywhere(request.user, {Role.DISPATCHER}),
        "most_picked": MOST,
        "sealed_count": SimpleLazyObject(lambda: len(sealed_open(request.user))) if reads else 0,  # type: ignore[arg-type]
        "views": SimpleLazyObject(
            lambda: views_context(request, page.filters.query())
        ),  # not for the fragment
        "areas": SimpleLazyObject(lambda: areas_to_choose(request)) if reads else [],  # not for the fragment
        "categories": tuple((each.code, str(each)) for each in reference.snapshot().by_code.values()),
        "urgencies": tuple((value, str(label)) for value, label in Urgency.choices),
    }


def areas_to_choose(request: HttpRequest) -> list[tuple[int, str]]:
    """Returns the areas to choose from: those the person has a role in and what lies below, grids left out."""
    found: dict[int, str] = {}
    for row in held(request.user):
        found |= dict(area_choices(row.area_id, AreaLevel.COMMUNITY) or area_choices(row.area_id))
    return list(found.items())


def work_context(
    request: HttpRequest, picture: Picture, *, offer_form: OfferForm | None = None, **more: Any
) -> dict[str, Any]:
    """Returns what the middle and right panes show of one request."""
    choices = picture.choices
    offering = "offer" in picture.verbs
    return {
        "picture": picture,
        "case": picture.request,
        "choices": choices,
        "map": small_map(picture.request, choices),
        "offer_form": offer_form or (OfferForm(picture=picture) if offering else None),
        "purposes": ReadPurpose.choices,
        "params": kept_params(request),
        "suggested_params": suggested_params(request, picture.advice) if picture.advice else "",
        "eye": desk_eyes.look_at(request.user, picture.request.pk),  # type: ignore[arg-type]
        **more,
    }


@require_safe
@for_roles(ANYBODY)
def queue(request: HttpRequest) -> HttpResponse:
    """The queue alone; who has no role about requests is shown the volunteers instead."""
    if not holds_anywhere(request.user, QUEUE):
        return redirect("desk:volunteers")
    return render(request, "requests_app/desk/queue.html", queue_context(request))


@require_safe
@for_roles(QUEUE)
def queue_fragment(request: HttpRequest) -> HttpResponse:
    """The left pane as the page polls it; 304 while nothing in it has changed."""
    context = queue_context(request)
    page = context["page"]
    rows = [(row.pk, row.version, row.tone, row.eye) for row in page.rows]
    shown = (page.tabs, page.waiting, rows, page.next_after)
    more = request.htmx and "after" in request.GET  # type: ignore[attr-defined]  # "More" below the last row
    template = "requests_app/desk/_rows.html" if more else "requests_app/desk/_queue.html"
    return unless_same(request, shown, lambda: render(request, template, context))


@require_safe
@for_roles(QUEUE)
def rows_now(request: HttpRequest) -> HttpResponse:
    """The rows "of" these numbers as they stand now: what has left the list that somebody has before them."""
    ids = [pk for pk in map(whole, request.GET.get("of", "").split(",")) if pk]
    context = {
        "page": {"rows": desk_queue.rows_now(request.user, ids)},  # type: ignore[arg-type]
        "params": filter_form.read(request.GET).query(),
        "picks": holds_anywhere(request.user, {Role.DISPATCHER}),
    }
    return render(request, "requests_app/desk/_rows.html", context)


@require_safe
@for_roles(QUEUE)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One request; for htmx the two panes that change, else the whole desk. A confidential one asks why first."""
    try:
        picture = Picture(request.user, pk)  # type: ignore[arg-type]
    except access.Sealed:
        return sealed.gate(request, pk)
    return respond(request, picture)


def respond(request: HttpRequest, picture: Picture, *, status: int = 200, **more: Any) -> HttpResponse:
    """Returns one request as the fragment #work or as a whole page, whichever was asked for."""
    context = work_context(request, picture, **more)
    if request.htmx and not request.htmx.history_restore_request:  # type: ignore[attr-defined]
        return render(request, "requests_app/desk/_work.html", context, status=status)
    context = queue_context(request) | context | {"selected": picture.request.pk}
    return render(request, "requests_app/desk/request.html", context, status=status)


@require_safe
@for_roles(QUEUE)
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is asked, who comes, and what happened since the page was read ("seen"); polled."""
    picture = Picture(request.user, pk)  # type: ignore[arg-type]
    seen = request.GET.get("seen", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 9 else picture.request.version
    eye = desk_eyes.look_at(request.user, pk)  # type: ignore[arg-type]

    def shown() -> HttpResponse:
        moved = picture.moved_since(version) if version < picture.request.version else []
        context = {"picture": picture, "case": picture.request, "moved": moved, "eye": eye, "polled": True}
        return render(request, "requests_app/desk/_live.html", context)

    return unless_same(request, (picture.request.version, eye, version), shown)


@require_POST
@for_roles(QUEUE)
def phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the contact to whoever says why; the reading is logged."""
    picture = Picture(request.user, pk)  # type: ignore[arg-type]
    said = {name: request.POST.get(name, "") for name in ("purpose", "note")}
    contact = actions.unmask_phone(picture.request, actor=request.user, **said)  # type: ignore[arg-type]
    if request.htmx:  # type: ignore[attr-defined]
        context = {"contact": contact, "case": picture.request, "picture": picture}
        return render(request, "requests_app/desk/_contact.html", context)
    return respond(request, picture, contact=contact)


@require_safe
@for_roles(QUEUE)
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why the named volunteer would be asked, or why not: as a fragment below the candidates, or a page of its own."""
    picture = Picture(request.user, pk)  # type: ignore[arg-type]
    if not access.may_dispatch(request.user, picture.request):  # type: ignore[arg-type]
        raise NotAllowed()
    who = request.GET.get("who", "")[:80]
    context = {
        "picture": picture,
        "case": picture.request,
        "section": "requests",
        "who": who,
        "answers": why_not.answers(picture.request, who),
        "choosable": bool(request.htmx) and "offer" in picture.verbs,  # type: ignore[attr-defined]
    }
    page = "_why" if request.htmx else "why"  # type: ignore[attr-defined]
    return render(request, f"requests_app/desk/{page}.html", context)


@require_safe
@for_roles(QUEUE)
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """One sheet of A4 for the resident: the code, what was agreed, a QR code that leads to the track page."""
    picture = Picture(request.user, pk)  # type: ignore[arg-type]
    context = {"picture": picture, "case": picture.request, "section": "requests"}
    return render(request, "requests_app/desk/slip.html", context)
