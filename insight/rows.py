"""The very rows behind a figure, in words: nothing about a person but a volunteer's public number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from civic.areas import queries as areas
from civic.areas.models import AreaLevel
from civic.cases import registry
from civic.lib.errors import NotFound
from insight import rates
from insight.forms import WHICH, Asked
from insight.rates import Rate
from requests_app.models import Offer, Rating, Referral, ServiceRequest
from volunteers.models import Volunteer

CHUNK = 500


@dataclass(frozen=True)
class Line:
    """One row: what it is called, of which kind, where, how it stands, when, and whether it counts."""

    record: Any  # the request or the volunteer that the row is about
    name: str
    kind: str
    area: str
    state: str
    at: datetime
    counts: bool


def behind(asked: Asked, name: str, which: str) -> tuple[Rate, QuerySet[Any]]:
    """Returns a rate and the rows asked for: those that count, those that do not, all, or those left out.

    Raises NotFound for an unknown rate or choice; NotAllowed outside the reader's areas.
    """
    within = replace(asked.within, exempted=which == "exempted")
    rate = rates.named(name, within)
    if rate is None or which not in WHICH:
        raise NotFound()
    found = rate.marked
    if which in {"counted", "missed"}:
        found = found.filter(counts=which == "counted")
    return rate, _with_relations(found)


def line(rate: Rate, row: Any) -> Line:
    """Returns one row in words."""
    area_id = row.area_id if isinstance(row, Volunteer | ServiceRequest) else row.request.area_id
    where = areas.path_label(area_id, below=AreaLevel.DISTRICT)
    moment, counts = getattr(row, rate.at), bool(getattr(row, "counts"))  # noqa: B009  # annotated
    if isinstance(row, Volunteer):
        standing = registry.workflow_of(row).word("state", row.state)
        return Line(row, row.number, "", where, standing, moment, counts)
    request = row if isinstance(row, ServiceRequest) else row.request
    return Line(request, request.code, str(request.category), where, _state(row), moment, counts)


def table(rate: Rate, found: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yields the rows of a file, the headings first; reads as it goes."""
    yield [_("Number"), _("Kind"), _("Area"), _("State"), _("Time"), _("Counts")]
    for row in found.order_by("-id").iterator(chunk_size=CHUNK):
        each = line(rate, row)
        moment = localtime(each.at).strftime("%Y-%m-%d %H:%M")
        yield [each.name, each.kind, each.area, each.state, moment, _("yes") if each.counts else _("no")]


def _with_relations(found: QuerySet[Any]) -> QuerySet[Any]:
    if found.model is Volunteer:
        return found
    if found.model is ServiceRequest:
        return found.select_related("category")
    with_unit = ("unit",) if found.model is Referral else ()
    return found.select_related("request__category", *with_unit)


def _state(row: Any) -> str:
    if isinstance(row, Rating):
        stars = f"{row.stars} ★" if row.stars else ""
        return " · ".join(part for part in (str(row.get_solved_display()), stars) if part)  # type: ignore[attr-defined]
    if isinstance(row, Referral):
        return f"{row.unit} · {row.get_state_display()}"  # type: ignore[attr-defined]
    assert isinstance(row, ServiceRequest | Offer)
    return str(row.get_state_display())  # type: ignore[attr-defined]
