"""The candidates for a request: the nearest of those who may be asked and whoever knows the resident, wherever they
live, ranked by what speaks for each.

Six statements whatever their number: who knows the resident, who is found, who they are, and three about the past.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise

from civic.lib import clock
from requests_app import reference
from requests_app.matching import nearest, past, scores
from requests_app.models import ServiceRequest
from volunteers.models import Volunteer

SHOWN = 12  # at the desk, beside a request
POOL_AT_LEAST, POOL_TIMES = 100, 5
# All that is compared of somebody, shown of a candidate, or wanted for asking them: half the time of whole rows.
READ = (
    *(
        "number",
        "skills",
        "service_classes",
        "languages",
        "wanted",
        "lat",
        "lon",
        "area_id",
        "community_id",
        "state",
    ),
    *("user__name", "user__language", "user__is_active"),
)


@dataclass(frozen=True)
class Candidate:
    """A volunteer who can be asked: the score, its named parts and their shares of it, and codes of reasons."""

    volunteer: Volunteer
    score: float
    parts: dict[str, float]
    shares: Mapping[str, float]
    distance_m: int | None
    reason_codes: list[str] = field(default_factory=list)

    @property
    def reasons(self) -> list[str | Promise]:
        """The reasons in words."""
        return [scores.REASONS[code] for code in self.reason_codes]

    def reasons_told(self, *, own: bool) -> list[str | Promise]:
        """Returns the reasons for the desk; those for the volunteer leave out how residents rated them."""
        return [scores.REASONS[code] for code in self.reason_codes if not own or code not in scores.NOT_OWN]


def candidates(request: ServiceRequest, limit: int = 20) -> list[Candidate]:
    """Returns the best `limit` candidates, the best first; the same order every time for the same facts."""
    return rank(request, _pool(request, limit))[:limit]


def compare(request: ServiceRequest, named: Collection[int], limit: int = SHOWN) -> list[Candidate]:
    """Returns everybody who is compared for the best `limit`, and those of `named` who may be asked among them, the
    best first."""
    return rank(request, _pool(request, limit, named=named))


def fresh(request: ServiceRequest, limit: int = SHOWN) -> list[Candidate]:
    """Returns everybody who is compared for the best `limit` of those never asked in this round, the best first."""
    return rank(request, _pool(request, limit, fresh=True))


def _pool(
    request: ServiceRequest, limit: int, *, named: Collection[int] = (), fresh: bool = False
) -> list[Volunteer]:
    count = max(limit * POOL_TIMES, POOL_AT_LEAST)
    ids = nearest.pool(request, count, named={*named, *past.acquainted(request)}, fresh=fresh)
    return list(Volunteer.objects.filter(pk__in=ids).select_related("user").only(*READ))


def rank(request: ServiceRequest, people: Sequence[Volunteer]) -> list[Candidate]:
    """Returns `people` as candidates for `request`, the best first; three statements."""
    now = clock.now()
    known = past.of(request, [person.pk for person in people], now)
    weights = reference.weights(request.area_id)
    found = [_rate(request, person, known[person.pk], weights, now) for person in people]
    found.sort(key=lambda each: scores.order(each.score, request.code, each.volunteer.number))
    return found


def _rate(
    request: ServiceRequest,
    person: Volunteer,
    known: scores.Past,
    weights: Mapping[str, float],
    now: datetime,
) -> Candidate:
    wanted = reference.skills_of(request)
    likes = reference.likes(request.category_id, person.wanted, person.service_classes)
    away = nearest.away_m(request, person.lat, person.lon)
    same_community = request.community_id is not None and request.community_id == person.community_id
    parts = scores.parts(
        away_m=away,
        same_community=same_community,
        wanted=wanted,
        has=person.skills,
        asks=request.talks,
        speaks=person.languages,
        past=known,
        now=now,
    )
    return Candidate(
        volunteer=person,
        score=scores.total(parts, weights),
        parts=parts,
        shares=scores.shares(weights),
        distance_m=away,
        reason_codes=scores.reasons(
            parts, known, same_community=same_community, wanted=bool(wanted), likes=likes
        ),
    )
