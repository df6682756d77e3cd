"""What the map of the queue draws: the requests of the list as points, and outlines of areas."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from civic.lib.conditional import unless_same_bytes
from civic.lib.numbers import whole
from requests_app.forms.desk import filters as filter_form
from requests_app.queries import desk_points
from requests_app.views.desk.door import QUEUE, for_roles

CHOICE_COOKIE = "desk_view"  # "map" or "list", set by static/js/desk_queue.js


def shown(request: HttpRequest) -> bool:
    """Whether the reader wants the queue as a map in this browser."""
    return request.COOKIES.get(CHOICE_COOKIE) == "map"


@require_safe
@for_roles(QUEUE)
def points(request: HttpRequest) -> HttpResponse:
    """The requests of the queue with a place, under the same filters; 304 while nothing has changed."""
    drawn = desk_points.points(request.user, filter_form.read(request.GET))  # type: ignore[arg-type]
    return unless_same_bytes(request, drawn, "application/json")


@require_safe
@for_roles(QUEUE)
@cache_control(private=True, max_age=600)
def land(request: HttpRequest) -> HttpResponse:
    """The outlines of the reader's areas, or of the one chosen."""
    drawn = desk_points.land(request.user, whole(request.GET.get("area", "")))  # type: ignore[arg-type]
    return HttpResponse(drawn, content_type="application/geo+json")
