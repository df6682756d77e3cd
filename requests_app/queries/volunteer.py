"""What the volunteer's pages show: cards of offers and of the pool, tasks, and one request up close.

Before acceptance nothing personal is read from the database at all: category, time, grid, the public summary and a
distance from the middle of the grid, rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext as _

from civic.areas import queries as areas
from civic.lib import clock, spoken
from civic.lib.geo import distance_m, rounded_distance_m
from requests_app import reference
from requests_app.enums import ACTIVE, AssignmentState, Urgency
from requests_app.models import Assignment, Category, Considered, Offer, Pool, ServiceRequest
from requests_app.queries import for_volunteer
from requests_app.queries.for_volunteer import SUMMARY_COLUMNS
from volunteers.models import Volunteer

POOLS_READ, POOLS_SHOWN = 200, 12
OFTEN = 3  # times somebody has done a kind of help to "often do" it
NEAR_PART = 0.8  # of the score's part "distance": within a kilometre
MOST_REASONS = 3
LIVING = (AssignmentState.ACCEPTED, AssignmentState.IN_SERVICE)


@dataclass(frozen=True)
class Card:
    """A request as a volunteer reads it before accepting."""

    request: ServiceRequest
    category: Category
    place: str
    distance_m: int | None
    skills: list[str]
    lacking: list[str] = field(default_factory=list)
    missing: int = 0  # people still needed; 0 where one person is enough
    offer: Offer | None = None
    pool: Pool | None = None
    why: list[str] = field(default_factory=list)

    @property
    def pk(self) -> int:
        """The request's id, as addresses name it."""
        return self.request.pk

    @property
    def title(self) -> str:
        """What volunteers read: written by the desk, else suggested by the category."""
        return self.category.told(self.request.public_summary)

    @property
    def is_urgent(self) -> bool:
        return self.request.urgency == Urgency.URGENT

    @property
    def start(self) -> datetime | None:
        """When it begins, None while that is open."""
        return self.request.agreed_start

    @property
    def start_words(self) -> str:
        """The start as short as it can be said: "Wed 8:30" within the week."""
        start = self.request.agreed_start
        if start is None:
            return ""
        ahead = (timezone.localtime(start).date() - timezone.localtime(clock.now()).date()).days
        if 2 <= ahead <= 6:
            return f"{spoken.weekday_name(timezone.localtime(start))} {spoken.clock_time(start)}"
        return spoken.moment(start)

    @property
    def start_exact(self) -> str:
        """The start to the second, for hover."""
        return spoken.exact(self.request.agreed_start) if self.request.agreed_start else ""

    @property
    def wished(self) -> str:
        """What is known of an open start: the day and hours wished for, that it is pressing, else that it is to be
        agreed."""
        begins, ends = self.request.preferred_start, self.request.preferred_end
        if self.request.as_soon_as_possible:
            return _("As soon as possible")
        if begins is None:
            return _("Time to be agreed")
        words = spoken.moment(begins, weekday=True)
        if ends is not None and timezone.localtime(ends).date() == timezone.localtime(begins).date():
            words += f"–{spoken.clock_time(ends)}"
        return _("%(when)s, to be agreed") % {"when": words}

    @property
    def wide_place(self) -> bool:
        """Whether the place needs a line of its own."""
        width = sum(2 if ord(sign) > 0x2E7F else 1 for sign in self.place)
        return self.distance_m is None or width > 18

    @property
    def until(self) -> datetime | None:
        """Until when it can be answered."""
        if self.offer is not None:
            return self.offer.expires_at
        return self.pool.closes_at if self.pool is not None else None

    @property
    def seconds_total(self) -> int:
        """How long the offer runs altogether, for its bar."""
        if self.offer is None or self.offer.expires_at is None:
            return 0
        return max(1, int((self.offer.expires_at - self.offer.made_at).total_seconds()))

    @property
    def seconds_left(self) -> int:
        """How much of that is left."""
        return max(0, int((self.until - clock.now()).total_seconds())) if self.until else 0


@dataclass(frozen=True)
class Home:
    """The first page: what is put to the volunteer, and what lies open near them."""

    offers: list[Card]
    pool: list[Card]
    more: int  # how many of the pool are not shown
    next_task: Assignment | None
    for_teams: list[Any] = field(
        default_factory=list
    )  # what is put to the teams they lead (team_offers.TeamTask)

    def fingerprint(self) -> list[Any]:
        """What changes when the page has to be drawn anew."""
        offers = [(card.offer.pk, card.request.version) for card in self.offers if card.offer]
        pool = [(card.pk, card.request.version, card.missing) for card in self.pool]
        task = self.next_task
        teams = [(each.offer.pk, each.request.version) for each in self.for_teams]
        return [offers, pool, teams, self.more, task and (task.pk, task.state, task.confirm_by)]


def home(volunteer: Volunteer, *, everything: bool = False) -> Home:
    """Returns what waits for the volunteer: own offers by expiry, the pool by distance; a fixed number of queries."""
    offers = list(_offers(volunteer).order_by("expires_at"))
    offered = {offer.request_id for offer in offers}
    pools = [
        pool
        for pool in for_volunteer.open_pool(volunteer).order_by("closes_at")[:POOLS_READ]
        if pool.request_id not in offered
    ]
    by_distance = sorted(pools, key=lambda pool: (_far(pool.request, volunteer), pool.closes_at, pool.pk))
    shown = by_distance if everything else by_distance[:POOLS_SHOWN]
    missing = missing_of([each.request for each in (*offers, *shown)])
    done = times_done(volunteer) if offers else {}
    return Home(
        offers=[card_of(o.request, volunteer, missing, offer=o, done=done) for o in offers],
        pool=[card_of(p.request, volunteer, missing, pool=p) for p in shown],
        more=len(by_distance) - len(shown),
        next_task=tasks(volunteer).first(),
    )


def _offers(volunteer: Volunteer) -> Any:
    found = for_volunteer.open_offers(volunteer)
    columns = [f"request__{name}" for name in SUMMARY_COLUMNS]
    return found.only("volunteer_id", "state", "terms", "expires_at", "made_at", "reasons", *columns)


def tasks(volunteer: Volunteer) -> Any:
    """Returns the volunteer's living assignments with the summary of their requests, those under way first."""
    columns = [f"request__{name}" for name in SUMMARY_COLUMNS]
    found = Assignment.objects.filter(
        volunteer=volunteer, state__in=LIVING, round=F("request__round")
    ).select_related("request")
    return found.only(
        "state", "round", "agreed_start", "expected_minutes", "confirm_by", "checked_in_at", *columns
    ).order_by("-state", "agreed_start", "pk")


@dataclass(frozen=True)
class Item:
    """One line of the task list."""

    part: Assignment
    card: Card
    late: bool

    @property
    def serving(self) -> bool:
        """Whether it is under way."""
        return self.part.state == AssignmentState.IN_SERVICE


@dataclass(frozen=True)
class Day:
    """The tasks of one local day."""

    at: datetime
    today: bool
    items: list[Item]


def days(volunteer: Volunteer) -> list[Day]:
    """Returns what is under way, today and to come, by local day; what should have begun counts as today."""
    lines = list(tasks(volunteer))
    now = clock.now()
    found: dict[Any, Day] = {}
    for line in sorted(lines, key=lambda each: (each.agreed_start, each.pk)):
        serving = line.state == AssignmentState.IN_SERVICE
        at = max(line.agreed_start, now) if not serving else now
        day = timezone.localtime(at).date()
        today = day == timezone.localtime(now).date()
        found.setdefault(day, Day(at, today, [])).items.append(
            Item(
                line,
                card_of(line.request, volunteer, {}),
                late=not serving and line.agreed_start < now,
            )
        )
    return [found[day] for day in sorted(found)]


def card_of(
    request: ServiceRequest,
    volunteer: Volunteer,
    missing: dict[int, int],
    *,
    offer: Offer | None = None,
    pool: Pool | None = None,
    done: dict[int, int] | None = None,
    told: Considered | None = None,
) -> Card:
    """Returns the card of a request; `told` is how it stood with somebody who was told of its pool."""
    reasons = offer.reasons if offer else {"parts": told.parts, "codes": told.reasons} if told else None
    category = reference.snapshot().by_id[request.category_id]
    skills = reference.named_skills(reference.skills_of(request))
    return Card(
        request=request,
        category=category,
        place=areas.fresh_if_unknown(request.area_id).by_id[request.grid_id or request.area_id].label,
        distance_m=from_centre(request, volunteer),
        skills=[str(skill) for skill in skills],
        lacking=[str(skill) for skill in skills if skill.pk not in volunteer.skills],
        missing=missing.get(request.pk, 0),
        offer=offer,
        pool=pool,
        why=_why(request, category, reasons, done or {}) if reasons is not None else [],
    )


def from_centre(request: ServiceRequest, volunteer: Volunteer) -> int | None:
    """Returns rounded metres from the volunteer's point to the middle of the request's grid (or area).

    None where the two are one point: who registers without a position is given the middle of the same area, and
    "about 100 m" would then be invented.
    """
    away = _metres(request, volunteer)
    return None if away is None or away < 1 else rounded_distance_m(away)


def _metres(request: ServiceRequest, volunteer: Volunteer) -> float | None:
    area = areas.fresh_if_unknown(request.area_id).by_id[request.grid_id or request.area_id]
    if None in (area.centre_lat, area.centre_lon, volunteer.lat, volunteer.lon):
        return None
    return distance_m(area.centre_lat, area.centre_lon, volunteer.lat, volunteer.lon)  # type: ignore[arg-type]


def _far(request: ServiceRequest, volunteer: Volunteer) -> float:
    away = _metres(request, volunteer)
    return float("inf") if away is None else rounded_distance_m(away)


def _why(
    request: ServiceRequest, category: Category, reasons: dict[str, Any], done: dict[int, int]
) -> list[str]:
    """Returns why this person was asked or told, in words that give nothing about the resident away."""
    parts, words = reasons.get("parts", {}), []
    if parts.get("distance", 0) >= NEAR_PART:
        words.append(_("you live close by"))
    if done.get(category.pk, 0) >= OFTEN:
        words.append(_("you often do this"))
    elif reference.skills_of(request) and parts.get("skill") == 1:
        words.append(_("you have the skill"))
    if request.agreed_start is not None:
        words.append(_("you are free then"))
    if "rested" in reasons.get("codes", ()):
        words.append(_("you were not asked lately"))
    return words[:MOST_REASONS]


def times_done(volunteer: Volunteer) -> dict[int, int]:
    """Returns how often the volunteer has completed each kind of help."""
    rows = Assignment.objects.filter(volunteer=volunteer, state=AssignmentState.COMPLETED)
    return dict(rows.values_list("request__category_id").annotate(n=Count("pk")).order_by())


def missing_of(requests: Sequence[ServiceRequest]) -> dict[int, int]:
    """Returns how many people are still needed, of the requests that need more than one."""
    several = {request.pk: request for request in requests if request.needed > 1}
    if not several:
        return {}
    rows = Assignment.objects.filter(
        request__in=several, state__in=ACTIVE, round=F("request__round")
    ).values_list("request_id")
    there = dict(rows.annotate(n=Count("pk")).order_by())
    return {pk: max(0, request.needed - there.get(pk, 0)) for pk, request in several.items()}
