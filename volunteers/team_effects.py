"""What the verbs of a team do: people come, are answered, lead, go; the team changes or ends.

Rule: nobody is compelled (志愿服务条例 art. 25): who belongs to a team has applied, and leaves by a word.
"""

from typing import Any

from django.utils.translation import gettext as _

from civic.cases import door
from civic.cases.change import Change
from civic.cases.models import CaseEvent, CaseText
from civic.cases.workflow import SYSTEM
from civic.lib import clock
from civic.lib.errors import IllegalTransition, NotAllowed, NotFound, ValidationFailed
from civic.notify.outbox import Draft
from volunteers.enums import MembershipState, TeamRole, TeamState
from volunteers.models import Team, TeamMembership, Volunteer

BELONGING = (MembershipState.APPLIED, MembershipState.MEMBER)
EDITED = ("name", "service_classes", "about")


def belonging(team: Team, volunteer: Volunteer) -> TeamMembership | None:
    """Returns the application or membership of `volunteer` that is open now."""
    return TeamMembership.objects.filter(team=team, volunteer=volunteer, state__in=BELONGING).first()


def edit(change: Change) -> None:
    """Changes name, service classes or what the team says of itself."""
    fields = [name for name in EDITED if name in change.facts]
    for name in fields:
        setattr(change.case, name, change.facts[name])
    change.record(fields=fields)


def apply(change: Change) -> None:
    """Asks to belong to the team; its leaders are told."""
    volunteer = Volunteer.objects.get(user_id=change.actor.pk)
    change.add(TeamMembership(team=change.case, volunteer=volunteer, applied_at=change.at))
    change.text("words", str(change.fact("words") or ""))
    for leader in leaders(change.case):
        tell(change, "team.applied", leader.volunteer)


def withdraw(change: Change) -> None:
    """Takes the own application back."""
    _end(change, _own(change, MembershipState.APPLIED), MembershipState.WITHDRAWN)


def admit(change: Change) -> None:
    """Takes somebody in."""
    found = _named(change, MembershipState.APPLIED)
    if not found.volunteer.is_approved:
        raise IllegalTransition(_("They are no approved volunteer any more."))
    change.move(found, MembershipState.MEMBER, joined_at=change.at)
    tell(change, "team.admitted", found.volunteer)


def refuse(change: Change) -> None:
    """Does not take somebody in, with words that they read."""
    found = _named(change, MembershipState.APPLIED)
    change.text("reason", str(change.fact("reason")))
    _end(change, found, MembershipState.REFUSED)
    tell(change, "team.refused", found.volunteer)


def leave(change: Change) -> None:
    """Goes, whenever one likes."""
    _end(change, _own(change, MembershipState.MEMBER), MembershipState.LEFT)


def remove(change: Change) -> None:
    """Takes somebody out, with words that they read."""
    found = _named(change, MembershipState.MEMBER)
    if found.is_leader and change.role != "staff":
        raise NotAllowed(_("Only staff take a leader out."))
    change.text("reason", str(change.fact("reason")))
    _end(change, found, MembershipState.REMOVED)
    tell(change, "team.removed", found.volunteer)


def appoint(change: Change) -> None:
    """Makes a member a leader, one of any number."""
    _set_role(change, TeamRole.LEADER)


def relieve(change: Change) -> None:
    """Makes a leader a member like the others."""
    _set_role(change, TeamRole.MEMBER)


def step_down(change: Change) -> None:
    """Leads no longer, by one's own wish, and stays a member."""
    found = _own(change, MembershipState.MEMBER)
    _give_role(change, found, TeamRole.MEMBER)


def dissolve(change: Change) -> None:
    """Ends the team for everybody in it; what it has promised stays promised by its people."""
    below = Team.objects.filter(path__startswith=change.case.path, state=TeamState.ACTIVE)
    if below.exclude(pk=change.case.pk).exists():
        raise IllegalTransition(_("Dissolve the teams below it first."))
    change.text("reason", str(change.fact("reason")))
    everybody = TeamMembership.objects.filter(team=change.case, state__in=BELONGING)
    for found in everybody.select_related("volunteer").order_by("pk"):
        _end(change, found, MembershipState.DISSOLVED)
        tell(change, "team.dissolved", found.volunteer)


def forget(change: Change) -> None:
    """Ends the membership of somebody who is no volunteer any more."""
    found = belonging(change.case, change.facts["volunteer"])
    if found is None:
        raise IllegalTransition(_("They do not belong to the team."))
    left = found.state == MembershipState.MEMBER
    _end(change, found, MembershipState.LEFT if left else MembershipState.WITHDRAWN)


def leave_every_team(volunteer: Volunteer) -> None:
    """Ends every membership and application of `volunteer`, who leaves for good, in the caller's transaction.

    The words that were written about them go: what they said when they applied, why they were refused or removed.
    """
    teams = Team.objects.filter(memberships__volunteer=volunteer, memberships__state__in=BELONGING)
    for team in teams.order_by("pk"):
        door.perform(team, "forget_member", actor=SYSTEM, volunteer=volunteer)
    ever = TeamMembership.objects.filter(volunteer=volunteer).values("team_id")
    about = CaseEvent.objects.filter(
        kind=Team.kind, case_id__in=ever, facts__contains={"parts": [{"volunteer": volunteer.pk}]}
    )
    for case_id, seq in about.values_list("case_id", "seq"):
        words = CaseText.objects.filter(kind=Team.kind, case_id=case_id, seq=seq, erased_at=None)
        words.update(body="", erased_at=clock.now())


def leaders(team: Team) -> list[TeamMembership]:
    """Returns who leads the team, in the order in which they came, with their volunteer and user."""
    found = TeamMembership.objects.filter(team=team, state=MembershipState.MEMBER, role=TeamRole.LEADER)
    return list(found.select_related("volunteer__user").order_by("pk"))


def tell(change: Change, template: str, volunteer: Volunteer) -> None:
    """Tells one volunteer in the app, once for this change."""
    change.tell(
        Draft(
            event=template,
            template=template,
            dedupe_key=f"team:{change.case.pk}:{change.seq}:{volunteer.pk}",
            user=volunteer.user_id,
            channel="in_app",
            params={"team": change.case.name},
            subject_kind="team",
            subject_id=change.case.pk,
        )
    )


def _named(change: Change, state: str) -> TeamMembership:
    """Returns the membership that the facts name, in `state`; nobody decides about themselves."""
    found = (
        TeamMembership.objects.filter(team=change.case, pk=change.fact("membership"))
        .select_related("volunteer")
        .first()
    )
    if found is None:
        raise ValidationFailed.on("membership", _("They do not belong to the team."))
    if found.state != state:
        raise IllegalTransition(_("This has been answered or has ended already."))
    if found.volunteer.user_id == change.actor.pk:
        raise NotAllowed(_("Nobody decides about themselves."))
    return found


def _own(change: Change, state: str) -> TeamMembership:
    found = TeamMembership.objects.filter(team=change.case, volunteer__user=change.actor, state=state).first()
    if found is None:
        raise NotFound()
    return found


def _end(change: Change, membership: TeamMembership, to: str) -> None:
    change.move(membership, to, ended_at=change.at, role=TeamRole.MEMBER)


def _set_role(change: Change, role: str) -> None:
    found = _named(change, MembershipState.MEMBER)
    if found.role == role:
        raise IllegalTransition(_("That is so already."))
    _give_role(change, found, role)
    tell(change, "team.appointed" if role == TeamRole.LEADER else "team.relieved", found.volunteer)


def _give_role(change: Change, membership: TeamMembership, role: str) -> None:
    membership.role = role
    membership.save(update_fields=["role"])
    recorded: dict[str, Any] = {"membership": membership.pk, "role": str(role)}
    change.record(volunteer=membership.volunteer_id, **recorded)
