"""The suggestion for one request: by what was learned from closed requests, else by keyword rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from civic.areas import queries as areas
from requests_app import reference
from requests_app.models import Category, ServiceRequest
from requests_app.suggesting import keywords, store
from requests_app.suggesting.ngrams import plain

SHOWN_FROM = 0.5  # at the desk; below, as likely wrong as right, nothing is said
WORDS_SHOWN = 3


class Basis(StrEnum):
    """What a suggestion rests on."""

    LEARNED = "learned"
    KEYWORDS = "keywords"


@dataclass(frozen=True)
class Suggestion:
    """A category, how certain (0 to 1), on which basis; `words` of the rule that were found, if by keywords."""

    category: Category
    certainty: float
    basis: Basis
    words: tuple[str, ...] = ()

    @property
    def percent(self) -> int:
        """The certainty as it is shown; never 100."""
        return min(99, round(self.certainty * 100))

    @property
    def is_shown(self) -> bool:
        """Whether it is certain enough to be shown at the desk."""
        return self.certainty >= SHOWN_FROM


def suggestion(request: ServiceRequest) -> Suggestion | None:
    """Returns the likeliest of the categories in force, or None where the words say nothing. Asks no database."""
    offered = {each.code: each for each in reference.in_force()}
    learned = store.trained(_lineage(request))
    if learned is not None:
        likely = learned.certainties(request.title, request.text)
        if known := {code: share for code, share in likely.items() if code in offered}:
            best = max(known, key=lambda code: known[code])
            return Suggestion(offered[best], known[best], Basis.LEARNED)
    hits = keywords.found(offered.values(), f"{plain(request.title)}\n{plain(request.text)}")
    if not hits:
        return None
    shares = keywords.certainties(hits)
    best = max(shares, key=lambda code: shares[code])
    return Suggestion(offered[best], shares[best], Basis.KEYWORDS, tuple(hits[best][:WORDS_SHOWN]))


def worth_saying(request: ServiceRequest) -> Suggestion | None:
    """Returns the suggestion if it is certain enough and differs from the category, or the request is to be sorted."""
    made = suggestion(request)
    if made is None or not made.is_shown:
        return None
    return made if request.needs_triage or made.category.pk != request.category_id else None


def _lineage(request: ServiceRequest) -> list[str]:
    """Returns the codes of the request's area and those above it, the nearest first."""
    known = areas.fresh_if_unknown(request.area_id)
    return [area.code for area in reversed(known.lineage(request.area_id))]
