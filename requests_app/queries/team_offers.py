"""What is put to the teams that a volunteer leads, and whom they can name for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from civic.lib import clock
from requests_app import matching
from requests_app.access import led_teams, to_teams_of
from requests_app.enums import ACTIVE, OfferState
from requests_app.matching.rule import Rule
from requests_app.models import Assignment, ServiceRequest, TeamOffer
from requests_app.queries.for_volunteer import SUMMARY_COLUMNS
from requests_app.queries.volunteer import Card, card_of, missing_of
from volunteers.models import Team, TeamMembership, Volunteer

# What a leader is told stands against a member, by the rule; of any other rule only that it does: it can be the
# resident's wish, or what the member said of themselves (docs/decisions/named-people-may-say-no.md).
AT_REST, LACKS = _("takes no offers at present"), _("lacks what this asks for")
WHY_NOT = {
    "approved": AT_REST,
    "active": AT_REST,
    "skill": LACKS,
    "vetting": LACKS,
    "insurance": LACKS,
    "qualification": LACKS,
    "busy": _("has promised that time elsewhere"),
    "available": _("not in the hours they named"),
}
NOT_THIS_ONE = _("not for this one; the desk knows more")


@dataclass(frozen=True)
class Nameable:
    """A member of the team; whether they may be named, by the rules for whoever is asked, and why not."""

    volunteer: Volunteer
    able: bool
    own: bool  # the leader themselves
    why_not: str | Promise = ""


class TeamTask:
    """A request up close, as it was put to a team."""

    def __init__(self, offer: TeamOffer, volunteer: Volunteer) -> None:
        self.offer, self.volunteer, self.request, self.team = offer, volunteer, offer.request, offer.team

    @property
    def is_open(self) -> bool:
        """Whether it can be answered."""
        return self.offer.state == OfferState.OPEN and self.offer.expires_at > clock.now()

    @cached_property
    def card(self) -> Card:
        """The summary, as every volunteer reads it before accepting."""
        return card_of(self.request, self.volunteer, missing_of([self.request]))

    @cached_property
    def free(self) -> int:
        """How many more people are needed."""
        there = Assignment.objects.filter(
            request=self.request, round=self.request.round, state__in=ACTIVE
        ).count()
        return max(0, self.request.needed - there)

    @cached_property
    def people(self) -> list[Nameable]:
        """The members, those who may be named first, each part by name."""
        members = TeamMembership.objects.filter(team=self.team, state="member").select_related(
            "volunteer__user"
        )
        known = [each.volunteer for each in members]
        whole = ServiceRequest.objects.get(pk=self.request.pk)
        barred = matching.failed_by(whole, [each.pk for each in known]) if self.is_open else {}
        shown = [
            Nameable(
                each, barred.get(each.pk) == [], each.pk == self.volunteer.pk, _why_not(barred.get(each.pk))
            )
            for each in known
        ]
        return sorted(shown, key=lambda each: (not each.able, not each.own, each.volunteer.user.name))

    @property
    def able(self) -> int:
        """How many may be named."""
        return sum(each.able for each in self.people)

    @property
    def seconds_left(self) -> int:
        """How long it can still be answered."""
        return max(0, int((self.offer.expires_at - clock.now()).total_seconds()))

    @property
    def seconds_total(self) -> int:
        """How long it runs altogether."""
        return max(1, int((self.offer.expires_at - self.offer.made_at).total_seconds()))

    @cached_property
    def named(self) -> list[str]:
        """The names of those whom the leader named and who still come."""
        lines = Assignment.objects.filter(offer__team_offer=self.offer, state__in=ACTIVE)
        return list(lines.order_by("slot").values_list("volunteer__user__name", flat=True))


def _why_not(barred: list[Rule] | None) -> str | Promise:
    """Returns the first reason that may be told, "" where nothing stands against somebody."""
    if not barred:
        return ""
    return next((WHY_NOT[rule.code] for rule in barred if rule.code in WHY_NOT), NOT_THIS_ONE)


def open_offers(volunteer: Volunteer) -> QuerySet[TeamOffer]:
    """Returns the offers to the teams of `volunteer` that can still be answered, with the summary of the request."""
    found = to_teams_of(volunteer).filter(state=OfferState.OPEN, expires_at__gt=clock.now())
    return _with_summary(found)


def tasks(volunteer: Volunteer) -> list[TeamTask]:
    """Returns what waits for the volunteer as a leader, the soonest to expire first; one query where nothing does."""
    return [TeamTask(offer, volunteer) for offer in open_offers(volunteer).order_by("expires_at", "pk")]


def find(volunteer: Volunteer, request_id: int, offer_id: int | None = None) -> TeamTask | None:
    """Returns the request as it was put to a team that `volunteer` leads: the open offer, else the newest."""
    found = _with_summary(to_teams_of(volunteer).filter(request=request_id))
    if offer_id is not None:
        found = found.filter(pk=offer_id)
    offers = sorted(found, key=lambda each: (each.state != OfferState.OPEN, -each.pk))
    return TeamTask(offers[0], volunteer) if offers else None


def teams_to_ask(request: ServiceRequest) -> list[Team]:
    """Returns the teams of the district that could be asked now: they have a leader and are not asked already."""
    asked = TeamOffer.objects.filter(request=request, round=request.round, state=OfferState.OPEN)
    found = Team.objects.filter(
        district_id=request.district_id,
        state="active",
        memberships__state="member",
        memberships__role="leader",
        memberships__volunteer__state="approved",
    ).exclude(pk__in=asked.values("team_id"))
    return list(found.distinct().order_by("path"))


def leads_a_team(volunteer: Volunteer) -> bool:
    """Whether somebody answers for a team."""
    return led_teams(volunteer).exists()


def _with_summary(found: QuerySet[TeamOffer]) -> QuerySet[TeamOffer]:
    columns = [f"request__{name}" for name in SUMMARY_COLUMNS]
    return found.select_related("request", "team").only(
        "state",
        "terms",
        "round",
        "expires_at",
        "made_at",
        "reason_code",
        "team__name",
        "team__state",
        *columns,
    )
