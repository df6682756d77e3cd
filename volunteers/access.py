"""Who may see what volunteers show about themselves, and which teams."""

from django.db.models import Q, QuerySet

from civic.accounts.access import held, holds, scope_q
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import scope
from civic.areas.scope import ScopeIds
from volunteers.enums import TeamState
from volunteers.models import Qualification, Team, TeamMembership, Volunteer

DECIDING = frozenset({Role.DISPATCHER, Role.ADMIN})
READING = frozenset({*DECIDING, Role.AUDITOR})


def decides_about(user: User, volunteer: Volunteer) -> bool:
    """Whether `user` decides about the registration: staff of the area, never the volunteer."""
    ids = ScopeIds(*(getattr(volunteer, name) for name in ScopeIds._fields))
    return volunteer.user_id != user.pk and holds(user, DECIDING, ids)


def may_see_paper(user: User, paper_id: int) -> bool:
    """Whether the photo of this qualification is for `user`: whose it is, and who decides about them."""
    paper = Qualification.objects.filter(pk=paper_id).select_related("volunteer").first()
    return paper is not None and (paper.volunteer.user_id == user.pk or decides_about(user, paper.volunteer))


def looks_after(user: User, team: Team) -> bool:
    """Whether `user` is staff who decide about the team: of its area or above."""
    return holds(user, DECIDING, ScopeIds(*(getattr(team, name) for name in ScopeIds._fields)))


def teams_visible_to(user: User) -> QuerySet[Team]:
    """Returns the teams that `user` may know: in scope and of the own district, for volunteers those that go on and
    those they belong to. Who is in a team is another question (`people_of`)."""
    found = scope_q(user, READING)
    areas = {row.area_id for row in held(user) if row.role in READING}
    districts = {scope.of(area_id).district_id for area_id in areas} - {None}
    if districts:
        found |= Q(district_id__in=districts)
    volunteer = Volunteer.objects.filter(user_id=user.pk).only("pk", "district_id").first()
    if volunteer is not None:
        mine = TeamMembership.objects.filter(volunteer=volunteer, state__in=["applied", "member"])
        found |= Q(district_id=volunteer.district_id, state=TeamState.ACTIVE) | Q(
            pk__in=mine.values("team_id")
        )
    return Team.objects.filter(found)


def leads(user: User, team: Team) -> bool:
    """Whether `user` leads the team."""
    found = TeamMembership.objects.filter(team=team, volunteer__user=user, state="member", role="leader")
    return team.is_active and found.filter(volunteer__state="approved").exists()


def may_see_people(user: User, team: Team) -> bool:
    """Whether who belongs to the team and who has applied is for `user`: its leaders, and staff of its area."""
    ids = ScopeIds(*(getattr(team, name) for name in ScopeIds._fields))
    return holds(user, READING, ids) or leads(user, team)
