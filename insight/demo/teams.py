"""Teams of the demo city: in each district a corps, a team and a squad with leaders and members, and what they are
asked for. No dice of the world's own are thrown, so that everything else stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from civic.areas import queries
from civic.areas.models import Area, AreaLevel
from civic.lib import clock
from insight.demo import people
from insight.demo.hours import by_day, last_waking
from insight.demo.present import _free_time, _text, _volunteer
from insight.demo.stories import Part, Steps, Story, through
from insight.demo.world import World
from requests_app import matching
from requests_app.enums import DeclineReason
from requests_app.queries.team_offers import teams_to_ask
from volunteers import team_actions
from volunteers.models import ServiceClass, Team, TeamMembership, Volunteer

LEADER = "volunteer-zhao"  # of the tour's squad
MEMBERS = 6
NAMES = {"corps": "志愿服务总队", "team": "邻里互助分队", "squad": "爱心服务队"}
CLASSES = {"corps": ["policy", "culture"], "team": ["health", "teaching"], "squad": ["environment", "relief"]}


def found(world: World) -> None:
    """Founds the teams of both districts and fills them, a day before the stories begin."""
    with clock.at(world.start - timedelta(hours=12)):
        for district in queries.tree().by_id.values():
            if district.level == AreaLevel.DISTRICT:
                _found_in(world, district)


def _found_in(world: World, district: Area) -> None:
    helpers = sorted(
        (each for each in world.volunteers.values() if each.district_id == district.pk),
        key=lambda each: each.number,
    )
    known = next((each for each in helpers if each.user.username == LEADER), None)
    others = [each for each in helpers if not each.user.username.startswith("volunteer-")]
    if not others:
        return
    home = known or others[0]
    classes = dict(ServiceClass.objects.values_list("code", "pk"))
    staff = world.staff[f"{world._district_name(district.pk)}-desk"]
    above: Team | None = None
    tree = queries.tree()
    homes = {"corps": district.pk, "team": home.street_id, "squad": home.community_id}
    for number, (tier, area_id) in enumerate(homes.items()):
        assert area_id is not None
        area = tree.by_id[area_id]
        name = f"{area.name}{NAMES[tier]}"
        above = team_actions.found(
            actor=staff,
            area=area,
            name=name,
            parent=above,
            service_classes=[classes[code] for code in CLASSES[tier]],
        )
        leader = known if tier == "squad" and known is not None else others[number % len(others)]
        start = 3 + number * MEMBERS
        _fill(above, leader, others[start : start + MEMBERS], staff)


def _fill(team: Team, leader: Volunteer, members: list[Volunteer], staff: object) -> None:
    for each in dict.fromkeys([leader, *members]):
        team_actions.act(team, "apply", actor=each.user)
        line = TeamMembership.objects.get(team=team, volunteer=each)
        team_actions.act(team, "admit", actor=staff, membership=line.pk)  # type: ignore[arg-type]
        if each == leader:
            team_actions.act(team, "appoint", actor=staff, membership=line.pk)  # type: ignore[arg-type]


def scenes(world: World) -> Iterator[tuple[datetime, Story]]:
    """Yields what teams are asked for: one squad went, one is asked now, and somebody would like to join it."""
    yield by_day(world.until - timedelta(days=6, hours=3)), went_as_a_team
    yield by_day(world.until - timedelta(days=9, hours=2)), asked_otherwise
    yield by_day(world.until - timedelta(days=12, hours=5)), no_team_has_time
    yield by_day(last_waking(world.until) - timedelta(hours=7)), team_asked_now


def went_as_a_team(world: World) -> Steps:
    """The leader of a squad named whom the rules allow, who has it among their tasks."""
    leader = _volunteer(world, LEADER)
    start = _free_time(world, leader, 3)
    request = world.place(world.known("resident-wang"), _text("轮椅推不出单元门"), wished=start)
    yield world.after(20, 40)
    team = _led_by(leader)
    request = world.act(
        world.fresh(request), "offer", world.desk_of(request), team=team.pk, agreed_start=start
    )
    yield world.after(10, 20)
    request = world.fresh(request)
    members = TeamMembership.objects.filter(team=team, state="member").values("volunteer_id")
    able = list(
        matching.eligible(request).filter(pk__in=members).order_by("number").values_list("pk", flat=True)
    )
    named = able[: request.needed]
    if named:
        world.act(request, "accept_for_team", leader.user, members=named)
    else:
        world.act(request, "decline_for_team", leader.user, reason_code=DeclineReason.BUSY)


def asked_otherwise(world: World) -> Steps:
    """The desk takes the offer to a squad back and asks people by name."""
    team = _led_by(_volunteer(world, LEADER))
    request = yield from _asked(world, team, 3)
    request = world.act(request, "withdraw_offer", world.desk_of(request))
    yield from through(world, request, decline=0)


def no_team_has_time(world: World) -> Steps:
    """One team says that it cannot, another one lets the time run out; the desk asks somebody by name."""
    leader = _volunteer(world, LEADER)
    team = _led_by(leader)
    request = yield from _asked(world, team, 4)
    request = world.act(request, "decline_for_team", leader.user, reason_code=DeclineReason.BUSY)
    others = [each for each in teams_to_ask(request) if each.pk != team.pk]
    if others:
        world.act(request, "offer", world.desk_of(request), team=others[0].pk)
    yield world.after(300, 400)
    yield from through(world, world.fresh(request), decline=0)


def _asked(world: World, team: Team, days: int) -> Part:
    """A request of the tour's district that the team is asked for."""
    start = _free_time(world, _volunteer(world, LEADER), days)
    request = world.place(world.known("resident-wang"), _text("轮椅推不出单元门"), wished=start)
    yield world.after(10, 30)
    request = world.fresh(request)
    request = world.act(request, "offer", world.desk_of(request), team=team.pk, agreed_start=start)
    yield world.after(5, 15)
    return world.fresh(request)


def team_asked_now(world: World) -> Steps:
    """A squad is asked and has not answered; another volunteer has applied to it."""
    leader = _volunteer(world, LEADER)
    request = world.place(
        world.resident(district=people.QINGHE),
        world.text_for("cleaning"),
        wished=_free_time(world, leader, 2),
    )
    yield last_waking(world.until) - timedelta(minutes=25)
    request = world.fresh(request)
    team = _led_by(leader)
    world.act(request, "offer", world.desk_of(request), team=team.pk, agreed_start=request.preferred_start)
    inside = TeamMembership.objects.filter(team=team).values("volunteer_id")
    waiting = Volunteer.objects.filter(state="approved", district_id=team.district_id).exclude(pk__in=inside)
    newcomer = waiting.select_related("user").order_by("number").first()
    if newcomer is not None:
        team_actions.act(team, "apply", actor=newcomer.user, words="我会修水电，周末都有空。")


def _led_by(leader: Volunteer) -> Team:
    found = Team.objects.filter(memberships__volunteer=leader, memberships__role="leader")
    return found.order_by("-depth")[0]
