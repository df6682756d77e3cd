"""When a request is wanted: the start agreed on or planned, else the day and hours that were wished for."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from civic.lib import clock, spoken
from civic.notify import params
from requests_app.models import ServiceRequest
from requests_app.wordings_of_asking import start_of


def in_words(request: ServiceRequest) -> str:
    """Returns it for a page: "Fri 4 Dec 14:30", "Fri 4 Dec 8:00–12:00", "As soon as possible", "Time to be agreed"."""
    if request.agreed_start is not None:
        return spoken.moment(request.agreed_start, weekday=True)
    if request.as_soon_as_possible:
        return _("As soon as possible")
    if request.preferred_start is None:
        return _("Time to be agreed")
    return wish_in_words(request.preferred_start, request.preferred_end)


def wish_in_words(begins: datetime, ends: datetime | None) -> str:
    """Returns a wished time, fixed or with an end: "Fri 4 Dec 8:00–12:00"."""
    words = spoken.moment(begins, weekday=True)
    if ends is None:
        return words
    until = spoken.clock_time(ends) if _same_day(begins, ends) else f" {spoken.moment(ends, weekday=True)}"
    return f"{words}–{until}"


def in_message(request: ServiceRequest) -> Any:
    """Returns it as the parameter of a message: a moment, or words in both languages."""
    begins, ends = request.preferred_start, request.preferred_end
    if request.agreed_start is not None or begins is None:
        return start_of(request)
    if ends is None:
        return begins
    return {language: _span(begins, ends, language) for language in params.LANGUAGES}


def _span(begins: datetime, ends: datetime, language: str) -> str:
    first, last = (params.show(params.store(each), language) for each in (begins, ends))
    return f"{first}–{spoken.clock_time(ends)}" if _same_day(begins, ends) else f"{first} – {last}"


def is_before_dispatch(request: ServiceRequest) -> bool:
    """Whether somebody is wanted sooner than the desk has promised to ask anybody: then a call is quicker."""
    start = request.agreed_start or request.preferred_start
    return start is not None and clock.now() < start < request.dispatch_due_at


def _same_day(begins: datetime, ends: datetime) -> bool:
    return timezone.localtime(begins).date() == timezone.localtime(ends).date()
