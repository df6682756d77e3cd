"""Teams for tests: founded, led and filled by the verbs that people use."""

from civic.areas.models import Area
from requests_app import actions
from requests_app.models import ServiceRequest
from tests.cast import Cast
from volunteers import team_actions
from volunteers.models import Team, TeamMembership, Volunteer


def membership(team: Team, volunteer: Volunteer) -> TeamMembership:
    """Returns the newest membership of `volunteer` in the team."""
    return TeamMembership.objects.filter(team=team, volunteer=volunteer).latest("pk")


def join(cast: Cast, team: Team, *volunteers: Volunteer) -> None:
    """Has each apply, and staff of the district take them in."""
    for each in volunteers:
        team_actions.act(team, "apply", actor=each.user)
        team_actions.act(team, "admit", actor=cast.colleague, membership=membership(team, each).pk)


def team_of(
    cast: Cast,
    *leaders: Volunteer,
    members: tuple[Volunteer, ...] = (),
    name: str = "青禾救援队",
    area: Area | None = None,
) -> Team:
    """Returns a corps at home in the district (or `area`) with these leaders and members."""
    team = team_actions.found(actor=cast.colleague, area=area or cast.district, name=name)
    join(cast, team, *leaders, *members)
    for each in leaders:
        team_actions.act(team, "appoint", actor=cast.colleague, membership=membership(team, each).pk)
    return team


def offered_to(cast: Cast, team: Team, **wish: object) -> ServiceRequest:
    """Returns a request that is offered to the team."""
    request = cast.place(**wish)
    return actions.act(
        request, "offer", actor=cast.dispatcher, team=team.pk, agreed_start=request.preferred_start
    )
