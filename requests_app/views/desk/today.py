"""The board of a day, today's unless another is chosen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from civic import shell
from civic.lib import clock
from civic.lib.conditional import unless_same
from civic.lib.numbers import whole
from requests_app.queries import day_board
from requests_app.views.desk.door import for_roles
from requests_app.views.desk.queue import areas_to_choose


def context_of(request: HttpRequest) -> dict[str, Any]:
    """Returns what the board shows of the day and area in the address."""
    area = request.GET.get("area", "")
    chosen = whole(area)
    day = day_board.day_of(request.GET.get("day", ""))
    today = localdate(clock.now())
    shown = day_board.board(request.user, day, chosen)  # type: ignore[arg-type]

    def address(of: Any) -> str:
        return "?" + urlencode({"day": of.isoformat(), **({"area": chosen} if chosen else {})})

    return {
        "section": "today",
        "board": shown,
        "heading": day_board.heading(day),
        "is_today": day == today,
        "hours": [(hour, day_board.hour_label(hour), hour == shown.hour_now) for hour in shown.hours],
        "steps_an_hour": day_board.STEPS_AN_HOUR,
        "by_hour": [(day_board.hour_label(hour), tasks) for hour, tasks in shown.by_hour],
        "empty_words": day_board.empty_words(),
        "params": address(day),
        "before": address(day - timedelta(days=1)),
        "after": address(day + timedelta(days=1)),
        "to_today": address(today),
    }


@require_safe
@for_roles(shell.BOARD)
def board(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    context = context_of(request) | {"areas": areas_to_choose(request)}
    return render(request, "requests_app/desk/today.html", context)


@require_safe
@for_roles(shell.BOARD)
def board_fragment(request: HttpRequest) -> HttpResponse:
    """The board as the page polls it; 304 while nothing in it has changed within the minute."""
    context = context_of(request)
    shown = context["board"]
    minute = int(shown.read_at.timestamp() // 60) if any(task.presses for task in shown.tasks) else 0
    seen = (shown.day, shown.hour_now, shown.tasks, minute)
    return unless_same(request, seen, lambda: render(request, "requests_app/desk/_board.html", context))
