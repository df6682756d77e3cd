"""Why somebody would be asked for a request, or why not: for any volunteer, by the rules and scores of candidates."""

from __future__ import annotations

from dataclasses import dataclass

from requests_app.matching.candidates import Candidate, compare
from requests_app.matching.questions import failed
from requests_app.matching.rule import Rule
from requests_app.models import ServiceRequest
from volunteers.models import Volunteer


@dataclass(frozen=True)
class Verdict:
    """The rules that `volunteer` fails; without any, where they stand among the `of` who are compared."""

    volunteer: Volunteer
    barred_by: list[Rule]
    rank: int | None = None
    of: int | None = None
    candidate: Candidate | None = None

    @property
    def eligible(self) -> bool:
        """Whether they may be asked."""
        return not self.barred_by


def verdict(request: ServiceRequest, volunteer: Volunteer) -> Verdict:
    """Returns what speaks against asking `volunteer` for `request`, else how well they do beside the nearest.

    One statement about the rules and, for who passes them, those of the candidates.
    """
    barred = failed(request, volunteer)
    if barred:
        return Verdict(volunteer, barred)
    ranked = compare(request, [volunteer.pk])
    [(rank, found)] = [
        (rank, each) for rank, each in enumerate(ranked, start=1) if each.volunteer.pk == volunteer.pk
    ]
    return Verdict(volunteer, [], rank, len(ranked), found)
