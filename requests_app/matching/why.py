"""Why somebody would be asked, or was told of a pool, or why not: by the rules and scores of candidates."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from requests_app.enums import PassedOver
from requests_app.matching.candidates import Candidate, compare
from requests_app.matching.questions import failed
from requests_app.matching.rule import Rule
from requests_app.models import Considered, Pool, ServiceRequest
from volunteers.models import Volunteer

OTHERS = "others"


@dataclass(frozen=True)
class OfPool:
    """Whether somebody was told that the request is in the pool, as it stood when that opened: `line` is where they
    ranked, None for who was not among those compared or kept."""

    line: Considered | None

    @property
    def told(self) -> bool:
        """Whether they were."""
        return self.line is not None and self.line.asked

    @property
    def why_not(self) -> str:
        """A code of PassedOver, "others" where others came first or they could not be asked then; "" for who was."""
        if self.told:
            return ""
        return (self.line.passed_over if self.line is not None else "") or OTHERS

    @property
    def words(self) -> str:
        """The same in a sentence of the desk."""
        if self.told and self.line is not None:
            place = {"rank": self.line.rank, "of": self.line.of}
            return _("Was told of the open pool: number %(rank)s of %(of)s compared") % place
        if self.why_not == OTHERS:
            return _(
                "Not told of the open pool: others came first, or they could not be asked when it opened"
            )
        return _("Not told of the open pool: %(why)s") % {"why": PassedOver(self.why_not).label}


@dataclass(frozen=True)
class Verdict:
    """The rules that `volunteer` fails; without any, where they stand among the `of` who are compared. `of_pool` is
    about the pool of the present round, None where there was none."""

    volunteer: Volunteer
    barred_by: list[Rule]
    rank: int | None = None
    of: int | None = None
    candidate: Candidate | None = None
    of_pool: OfPool | None = None

    @property
    def eligible(self) -> bool:
        """Whether they may be asked."""
        return not self.barred_by


def verdict(request: ServiceRequest, volunteer: Volunteer) -> Verdict:
    """Returns what speaks against asking `volunteer` for `request`, else how well they do beside the nearest.

    One statement about the rules, one or two about the pool and, for who passes the rules, those of the candidates.
    """
    barred, pool = failed(request, volunteer), of_pool(request, volunteer)
    if barred:
        return Verdict(volunteer, barred, of_pool=pool)
    ranked = compare(request, [volunteer.pk])
    [(rank, found)] = [
        (rank, each) for rank, each in enumerate(ranked, start=1) if each.volunteer.pk == volunteer.pk
    ]
    return Verdict(volunteer, [], rank, len(ranked), found, pool)


def of_pool(request: ServiceRequest, volunteer: Volunteer) -> OfPool | None:
    """Returns whether `volunteer` was told of the pool in this round, None where none was opened."""
    opened = {"request": request, "round": request.round}
    lines = Considered.objects.filter(**opened, volunteer=volunteer, pool__isnull=False)
    line = lines.order_by("-asked", "-seq").first()
    if line is None and not Pool.objects.filter(**opened).exists():
        return None
    return OfPool(line)
