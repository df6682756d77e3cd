"""Why these people, and why not others: what a dispatch was based on, and the answer about anybody else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from civic.lib.crypto import keyed_hash
from civic.lib.errors import NotFound
from civic.lib.phone import normalize
from requests_app import matching
from requests_app.matching import Verdict
from requests_app.matching.scores import REASONS
from requests_app.models import Considered, ServiceRequest
from requests_app.models.matching import TOLD
from requests_app.queries.bars import Segment, segments
from volunteers.models import Volunteer

NAMESAKES = 3


@dataclass(frozen=True)
class Asked:
    """What spoke for somebody when they were asked, or told of a pool."""

    line: Considered

    @property
    def segments(self) -> list[Segment]:
        """The pieces of the bar."""
        return segments(self.line.parts, self.line.shares)

    @property
    def reasons(self) -> list[str | Promise]:
        """The reasons in words."""
        return [REASONS[code] for code in self.line.reasons if code in REASONS]


def asked(request: ServiceRequest) -> dict[int, Asked]:
    """Returns what spoke for each who was asked, the last time they were, by the volunteer's id."""
    found = Considered.objects.filter(request=request, asked=True).order_by("seq")
    return {line.volunteer_id: Asked(line) for line in found}


def told(request: ServiceRequest) -> list[Asked]:
    """Returns what spoke for each who was told of the pool in this round, in the order of their ranks."""
    found = Considered.objects.filter(TOLD, request=request, round=request.round)
    return [Asked(line) for line in found.select_related("volunteer__user").order_by("seq", "rank")]


def volunteer(request: ServiceRequest, pk: int) -> Volunteer:
    """Returns the volunteer `pk` of the request's district. Raises NotFound for any other."""
    found = _of_district(request).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True)
class Answer:
    """Why somebody would be asked, or why not, as the desk reads it."""

    verdict: Verdict

    @property
    def segments(self) -> list[Segment]:
        """The pieces of the bar of who can be asked."""
        found = self.verdict.candidate
        return segments(found.parts, found.shares) if found else []


def answers(request: ServiceRequest, who: str) -> list[Answer]:
    """Returns one answer for each volunteer of the district with this number, phone or whole name, a few at most."""
    who = who.strip()
    if not who:
        return []
    try:
        named = Q(user__phone_hash=keyed_hash(normalize(who)))
    except ValueError:
        named = Q(number__iexact=who) | Q(user__name=who)
    people = _of_district(request).filter(named).order_by("pk")[:NAMESAKES]
    return [Answer(matching.verdict(request, person)) for person in people]


def _of_district(request: ServiceRequest) -> QuerySet[Volunteer]:
    return Volunteer.objects.filter(district_id=request.district_id).select_related("user")
