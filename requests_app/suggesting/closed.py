"""What there is to learn from: the closed requests of an area, as somebody at the desk left them."""

from __future__ import annotations

from django.db.models import F

from civic.areas.models import Area
from requests_app.enums import Outcome, RequestState
from requests_app.models import ServiceRequest

NEWEST = 50_000


def rows(area: Area | None) -> list[tuple[str, str, str]]:
    """Returns (title, text, category code) of the newest closed requests below `area` (None: everywhere).

    Confidential ones and those whose words are forgotten or were never written are left out, as are categories
    that are no longer in force, and what was taken over from an earlier system with no category but the assumed one.
    """
    found = ServiceRequest.objects.filter(
        state=RequestState.CLOSED,
        confidential=False,
        needs_triage=False,
        anonymised_at=None,
        category__retired_at=None,
    ).exclude(title="", text="")
    found = found.exclude(outcome=Outcome.TAKEN_OVER, category=F("import_batch__category"))
    if area is not None:
        found = found.filter(**{f"{area.level}_id": area.pk})
    return list(found.order_by("-pk").values_list("title", "text", "category__code")[:NEWEST])
