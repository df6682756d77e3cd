"""Teams as they are shown: to volunteers near them, to their leaders, at the desk and over the API."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import AreaLevel
from civic.cases.models import CaseEvent, CaseText
from civic.lib.geo import distance_m, rounded_distance_m
from volunteers import access
from volunteers.enums import MembershipState, TeamRole, TeamState
from volunteers.models import ServiceClass, Team, TeamMembership, Volunteer
from volunteers.queries import point_of
from volunteers.team_effects import BELONGING


@dataclass(frozen=True)
class TeamCard:
    """A team for a list: its service classes, who leads it, how many belong to it, and how the reader stands to it."""

    team: Team
    service_classes: list[ServiceClass]
    place: str
    leaders: list[TeamMembership] = field(default_factory=list)
    members: int = 0
    waiting: int = 0  # applications, for whoever may answer them
    own: TeamMembership | None = None
    distance_m: int | None = None
    fits: bool = False  # the reader chose one of its service classes

    @property
    def is_member(self) -> bool:
        return self.own is not None and self.own.state == MembershipState.MEMBER

    @property
    def is_waiting(self) -> bool:
        """Whether the reader has applied."""
        return self.own is not None and self.own.state == MembershipState.APPLIED

    @property
    def is_led(self) -> bool:
        """Whether the reader leads it."""
        return self.own is not None and self.own.is_leader

    @property
    def leader_names(self) -> list[str]:
        return [each.volunteer.user.name for each in self.leaders]


@dataclass(frozen=True)
class Person:
    """Somebody in a team or applying to it; `words` are what they said when they applied."""

    membership: TeamMembership
    words: str = ""


def cards(teams: Iterable[Team], user: User, volunteer: Volunteer | None = None) -> list[TeamCard]:
    """Returns the teams as cards, in their order; three queries whatever their number.

    How many wait for an answer is told of teams whose people `user` may see.
    """
    rows = list(teams)
    classes = {each.pk: each for each in ServiceClass.objects.all()}
    people = (
        TeamMembership.objects.filter(team__in=rows, state__in=BELONGING)
        .filter(role=TeamRole.LEADER)
        .select_related("volunteer__user")
        .order_by("pk")
    )
    leaders: dict[int, list[TeamMembership]] = defaultdict(list)
    for leader in people:
        leaders[leader.team_id].append(leader)
    counts = Counter(
        TeamMembership.objects.filter(team__in=rows, state__in=BELONGING).values_list("team_id", "state")
    )
    mine = {}
    if volunteer is not None:
        own = TeamMembership.objects.filter(team__in=rows, volunteer=volunteer, state__in=BELONGING)
        mine = {each.team_id: each for each in own}
    return [
        TeamCard(
            team=team,
            service_classes=[classes[pk] for pk in team.service_classes if pk in classes],
            place=areas.path_label(team.area_id, below=AreaLevel.CITY),
            leaders=leaders[team.pk],
            members=counts[(team.pk, MembershipState.MEMBER)],
            waiting=counts[(team.pk, MembershipState.APPLIED)],
            own=mine.get(team.pk),
            distance_m=_far(team, volunteer),
            fits=volunteer is not None
            and not set(volunteer.service_classes).isdisjoint(team.service_classes),
        )
        for team in rows
    ]


def for_volunteer(volunteer: Volunteer) -> tuple[list[TeamCard], list[TeamCard]]:
    """Returns the teams somebody belongs to or has applied to, and the others of the district: those whose service
    class they chose first, and the nearest of these."""
    user = volunteer.user
    found = cards(
        access.teams_visible_to(user).filter(state=TeamState.ACTIVE).order_by("path"), user, volunteer
    )
    own = [card for card in found if card.own is not None]
    home = {area.pk for area in areas.tree().lineage(volunteer.area_id)}
    others = [card for card in found if card.own is None]
    others.sort(
        key=lambda card: (
            not card.fits,
            card.team.area_id not in home,  # those of one's own street and community first
            -areas.tree().by_id[card.team.area_id].depth,
            card.distance_m if card.distance_m is not None else float("inf"),
            card.team.path,
        )
    )
    return own, others


def one(team: Team, user: User, volunteer: Volunteer | None = None) -> TeamCard:
    """Returns one team as a card."""
    return cards([team], user, volunteer)[0]


def belonging(team: Team) -> tuple[list[Person], list[Person]]:
    """Returns who waits for an answer, the longest first, and the members, leaders first; two queries and the words."""
    found = (
        TeamMembership.objects.filter(team=team, state__in=BELONGING)
        .select_related("volunteer__user")
        .order_by("pk")
    )
    rows = list(found)
    words = _words(team) if any(each.state == MembershipState.APPLIED for each in rows) else {}
    waiting = [Person(each, words.get(each.pk, "")) for each in rows if each.state == MembershipState.APPLIED]
    members = [Person(each) for each in rows if each.state == MembershipState.MEMBER]
    members.sort(key=lambda each: (not each.membership.is_leader, each.membership.pk))
    return waiting, members


def why_ended(team: Team, volunteer: Volunteer) -> tuple[TeamMembership, str] | None:
    """Returns the newest membership of `volunteer` that others ended, and the words that went with it; None for who
    belongs to the team, never did, or left by themselves."""
    last = TeamMembership.objects.filter(team=team, volunteer=volunteer).order_by("-pk").first()
    if last is None or last.state not in {MembershipState.REFUSED, MembershipState.REMOVED}:
        return None
    events = CaseEvent.objects.filter(
        kind=Team.kind,
        case_id=team.pk,
        verb__in=["refuse", "remove"],
        facts__contains={"parts": [{"membership": last.pk}]},
    )
    seq = events.order_by("-seq").values_list("seq", flat=True).first() or 0
    words = CaseText.objects.filter(kind=Team.kind, case_id=team.pk, seq=seq, name="reason").first()
    return last, words.body if words is not None else ""


def above(team: Team) -> Team | None:
    """Returns the team above, None above a corps."""
    return Team.objects.filter(path=team.path[: -Team.steplen]).first() if team.depth > 1 else None


def below(team: Team) -> QuerySet[Team]:
    """Returns the teams that go on directly below."""
    return Team.objects.filter(
        path__startswith=team.path, depth=team.depth + 1, state=TeamState.ACTIVE
    ).order_by("path")


def in_use() -> QuerySet[ServiceClass]:
    """Returns the service classes that can be chosen."""
    return ServiceClass.objects.filter(retired_at=None)


def _words(team: Team) -> dict[int, str]:
    """Returns by membership what people said when they applied."""
    said = CaseText.objects.filter(kind=Team.kind, case_id=team.pk, name="words").exclude(body="")
    by_seq = dict(said.values_list("seq", "body"))
    events = CaseEvent.objects.filter(kind=Team.kind, case_id=team.pk, seq__in=by_seq)
    return {
        line["membership"]: by_seq[seq]
        for seq, facts in events.values_list("seq", "facts")
        for line in facts.get("parts", ())
    }


def _far(team: Team, volunteer: Volunteer | None) -> int | None:
    if volunteer is None or volunteer.lat is None or volunteer.lon is None:
        return None
    point = point_of(areas.tree().by_id[team.area_id])
    return rounded_distance_m(distance_m(*point, volunteer.lat, volunteer.lon)) if point else None
