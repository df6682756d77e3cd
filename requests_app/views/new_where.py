"""Where help is needed: the last address, the phone's position, estate and door from a list, or the map."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods

from civic.areas import locate, queries
from civic.areas.models import Area, AreaLevel
from requests_app import drafts, places
from requests_app.forms.new import DoorForm, PointForm, WhereForm, area_in_use
from requests_app.views import draft_cookie
from requests_app.views.new import PAGES, kept, onward, step_context


@never_cache
@login_not_required
@require_http_methods(PAGES)
def where(request: HttpRequest) -> HttpResponse:
    """Asks by which way the place shall be given; the last address needs no further page."""
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    last = places.last_place(request.user)
    first = "last" if last else "pick"
    form = WhereForm(request.POST or None, initial={"way": draft.step("where").get("way", first)})
    if request.method == "POST" and form.is_valid():
        way = form.cleaned_data["way"]
        if way != "last":
            return redirect(f"new_where_{way}")
        if last is not None:
            with drafts.editing(token, request.user) as draft:
                draft.answers["where"] = {"way": "last", **last}
            return kept(request, draft, onward("where", draft))
    context = step_context(request, "where", draft, form=form, last=last, chosen=form["way"].value())
    return render(request, "requests_app/new_where.html", context, status=400 if form.errors else 200)


@never_cache
@login_not_required
@require_http_methods(PAGES)
def pick(request: HttpRequest) -> HttpResponse:
    """From district to community by links, then estate, building and door: no map, no JavaScript."""
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    answered = draft.step("where")
    area = area_in_use(request.GET.get("in")) or _start(request, answered, "all" in request.GET)
    if area is None:
        return render(request, "requests_app/new_where_none.html", step_context(request, "where", draft))
    context = step_context(request, "where", draft, area=area, trail=queries.tree().lineage(area.pk)[1:])
    context["back"] = reverse("new_where")
    if area.level not in {AreaLevel.COMMUNITY, AreaLevel.GRID}:
        context |= {"choices": places.below(area), "dock": False}
        return render(request, "requests_app/new_where_pick.html", context)
    form = DoorForm(request.POST or None, initial=answered if answered.get("way") == "pick" else {})
    if request.method == "POST" and form.is_valid():
        grid = area_in_use(request.POST.get("grid"))
        inside = grid if grid and area.pk in queries.tree().scopes[grid.pk] else area
        with drafts.editing(token, request.user) as draft:
            draft.answers["where"] = {
                "way": "pick",
                "area_id": inside.pk,
                "address": form.address(),
                **form.cleaned_data,
            }
        return kept(request, draft, onward("where", draft))
    context |= {"form": form, "grids": places.below(area), "grid": answered.get("area_id")}
    status = 400 if form.errors else 200
    return render(request, "requests_app/new_where_door.html", context, status=status)


def _start(request: HttpRequest, answered: dict[str, Any], everything: bool) -> Area | None:
    """Returns the area to begin at: the one chosen before, the home area, else the top of the city."""
    city = queries.city()
    if everything or city is None:
        return city
    home = getattr(request.user, "home_area_id", None)
    near = area_in_use(answered.get("area_id")) or area_in_use(home)
    if near is None:
        return city
    return next((area for area in queries.tree().lineage(near.pk) if area.level == AreaLevel.COMMUNITY), near)


@never_cache
@login_not_required
@require_http_methods(PAGES)
def here(request: HttpRequest) -> HttpResponse:
    """Asks the phone where it is."""
    return _point(request, "here")


@never_cache
@login_not_required
@require_http_methods(PAGES)
def on_map(request: HttpRequest) -> HttpResponse:
    """Lets people press a place on the map."""
    return _point(request, "map")


def _point(request: HttpRequest, way: str) -> HttpResponse:
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    answered = draft.step("where")
    form = PointForm(request.POST or None, way=way, initial=answered if answered.get("way") == way else {})
    if request.method == "POST" and form.is_valid():
        with drafts.editing(token, request.user) as draft:
            draft.answers["where"] = {"way": way, **form.cleaned_data}
        return kept(request, draft, onward("where", draft))
    context = step_context(request, "where", draft, form=form, way=way)
    context["back"] = reverse("new_where")
    if way == "map":
        context |= {"map_centre": places.map_centre(request.user), "map_tiles": settings.MAP_TILE_URL}
    return render(request, "requests_app/new_where_point.html", context, status=400 if form.errors else 200)


@login_not_required
def locate_point(request: HttpRequest) -> HttpResponse:
    """Says in which area a point lies, for the pages above: {"label": "锦苑社区 · 第三网格"}."""
    try:
        lat, lon = float(request.GET.get("lat", "")), float(request.GET.get("lon", ""))
        area = locate.locate(lat, lon)
    except ValueError:
        return JsonResponse({"label": "", "inside": False}, status=400)
    if area is None:
        words = _("Outside the city we serve. Choose another place, or call the desk.")
        return JsonResponse({"label": words, "inside": False})
    return JsonResponse({"label": queries.path_label(area.pk, below=AreaLevel.DISTRICT), "inside": True})


@login_not_required
@cache_control(max_age=3600, public=True)
def outlines(request: HttpRequest) -> HttpResponse:
    """Returns the outlines of communities as GeoJSON: the map that needs no outside tiles."""
    return JsonResponse(places.outlines(AreaLevel.COMMUNITY), content_type="application/geo+json")
