"""Several requests of the queue at once, as far as their reader may list them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from civic.accounts.models import User
from requests_app import access
from requests_app.actions.many import Result
from requests_app.models import ServiceRequest
from requests_app.queries import desk_history


@dataclass(frozen=True)
class Told:
    """A result as the panel shows it; `moved` is what colleagues did meanwhile."""

    result: Result
    headline: str
    code: str
    moved: list[desk_history.Line]


def found(user: User, ids: Iterable[int]) -> dict[int, ServiceRequest]:
    """Returns those of `ids` that `user` may list, by number; one query."""
    listed = access.listed_for(user).select_related("category", "area").filter(pk__in=list(ids))
    return {request.pk: request for request in listed}


def told(user: User, results: Iterable[Result]) -> list[Told]:
    """Returns the results in words, what was not done first. Only a conflict costs further queries."""
    shown = [_told(user, each) for each in results]
    return sorted(shown, key=lambda each: each.result.done)


def _told(user: User, result: Result) -> Told:
    request = result.request
    if request is None:
        return Told(result, "", "", [])
    moved = []
    if result.changed_meanwhile:
        hides = request.needs_triage and request.district_id is None  # as the request's own page does
        moved = desk_history.story(request, user, staff=True, since=result.seen, hide_person=hides)
    return Told(result, request.headline, request.code, moved)
