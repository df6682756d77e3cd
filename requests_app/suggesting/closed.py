"""What there is to learn from: the closed requests of an area, as somebody at the desk left them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, QuerySet

from civic.areas.models import Area
from requests_app import reference
from requests_app.enums import Outcome, RequestState
from requests_app.models import ServiceRequest
from requests_app.suggesting.store import NOTHING, Subject

NEWEST = 50_000


def rows(area: Area | None, subject: Subject = Subject.CATEGORY) -> list[tuple[str, str, str]]:
    """Returns (title, text, code of category or skill) of the newest closed requests below `area` (None: everywhere).

    Confidential ones and those whose words are forgotten or were never written are left out, as are categories
    that are no longer in force, and what was taken over from an earlier system with no category but the assumed one.
    """
    found = _closed()
    if area is not None:
        found = found.filter(**{f"{area.level}_id": area.pk})
    found = found.order_by("-pk")
    if subject == Subject.CATEGORY:
        return list(found.values_list("title", "text", "category__code")[:NEWEST])
    asked = found.values_list("title", "text", "skills", "category__skills")[:NEWEST]
    told = ((title, text, _skill(chosen, usual)) for title, text, chosen, usual in asked)
    return [(title, text, code) for title, text, code in told if code is not None]


def _closed() -> QuerySet[ServiceRequest]:
    found = ServiceRequest.objects.filter(
        state=RequestState.CLOSED,
        confidential=False,
        needs_triage=False,
        anonymised_at=None,
        category__retired_at=None,
    ).exclude(title="", text="")
    return found.exclude(outcome=Outcome.TAKEN_OVER, category=F("import_batch__category"))


def _skill(chosen: Sequence[int], usual: Sequence[int]) -> str | None:
    """Returns the code of the one skill that a request asked for, NOTHING where it asked for none; None for several,
    of which nobody has said which one it took."""
    asked = chosen or usual
    if not asked:
        return NOTHING
    named = reference.named_skills(asked)
    return named[0].code if len(asked) == len(named) == 1 else None
