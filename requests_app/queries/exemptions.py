"""What the rates leave out, for everybody to read: how many for which reason, and each of them.

Public: it says what kind of help, in which district, when it ended and why it does not count, and nothing of whom
it was for. Not even the tracking code, which opens the public page of a request.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from civic.areas import queries as areas
from civic.lib import clock, keyset
from requests_app import reference
from requests_app.enums import ExemptReason
from requests_app.models import ServiceRequest

DAYS = 365
PAGE = 50
ORDER = ("-closed_at", "-id")


@dataclass(frozen=True)
class Exempt:
    """One of them."""

    category: str
    district: str
    closed_on: date
    reason_code: str
    reason: str


def rows() -> QuerySet[ServiceRequest]:
    """Returns what was left out and closed within the last 365 days."""
    since = clock.now() - timedelta(days=DAYS)
    return ServiceRequest.objects.exclude(exempt_reason="").filter(closed_at__gte=since)


def counts() -> list[tuple[str, str, int]]:
    """Returns (code, reason in words, how many) of each reason, the most frequent first; those without any last."""
    found = dict(rows().order_by().values_list("exempt_reason").annotate(n=Count("pk")))
    lines = [(code, str(label), found.get(code, 0)) for code, label in ExemptReason.choices]
    return sorted(lines, key=lambda line: -line[2])


def page(cursor: str = "", size: int = PAGE) -> keyset.Page[Exempt]:
    """Returns a page, the newest first. Raises ValidationFailed for a cursor that cannot be read."""
    found = keyset.page(rows(), order=ORDER, size=size, cursor=cursor)
    return keyset.Page([_shown(each) for each in found.rows], found.next, found.previous)


def _shown(request: ServiceRequest) -> Exempt:
    district = areas.tree().by_id.get(request.district_id or 0)
    assert request.closed_at is not None
    return Exempt(
        category=str(reference.snapshot().by_id[request.category_id]),
        district=district.label if district else "",
        closed_on=timezone.localdate(request.closed_at),
        reason_code=request.exempt_reason,
        reason=str(ExemptReason(request.exempt_reason).label),
    )
