"""The flow of a team: founded > people apply, are answered, lead, go > dissolved."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.cases.workflow import SYSTEM, Goal, PartTable, Transition, Workflow
from volunteers import team_effects as effects
from volunteers.access import looks_after
from volunteers.enums import MembershipState as M
from volunteers.enums import TeamState as S
from volunteers.models import Team, TeamMembership, Volunteer


def standing(team: Team, actor: Any) -> frozenset[str]:
    """Returns the roles in which `actor` stands towards the team: staff of its area, and what they are in it.

    "volunteer" is who could apply: approved, of the team's district, not in it.
    """
    if actor is SYSTEM:
        return frozenset({"system"})
    roles = {"staff"} if looks_after(actor, team) else set()
    volunteer = Volunteer.objects.filter(user_id=actor.pk).first()
    if volunteer is None:
        return frozenset(roles)
    found = effects.belonging(team, volunteer)
    if found is None:
        if volunteer.is_approved and volunteer.district_id == team.district_id:
            roles.add("volunteer")
    elif found.state == M.APPLIED:
        roles.add("applicant")
    else:
        roles.add("member")
        if found.is_leader:
            roles.add("leading")
            if volunteer.is_approved:
                roles.add("leader")
    return frozenset(roles)


def _row(verb: str, effect: Any, *roles: str, requires: tuple[str, ...] = (), target: Any = Goal.SAME) -> Any:
    return Transition(
        verb=verb,
        sources=frozenset({S.ACTIVE}),
        target=target,
        roles=roles,
        effect=effect,
        requires=requires,
    )


TEAMS = Workflow(
    kind=Team.kind,
    model=Team,
    initial=S.ACTIVE,
    final=frozenset({S.DISSOLVED}),
    standing=standing,
    transitions=(
        # Who comes in
        _row("apply", effects.apply, "volunteer"),
        _row("withdraw", effects.withdraw, "applicant"),
        _row("admit", effects.admit, "leader", "staff", requires=("membership",)),
        _row("refuse", effects.refuse, "leader", "staff", requires=("membership", "reason")),
        # Who goes
        _row("leave", effects.leave, "member"),
        _row("remove", effects.remove, "staff", "leader", requires=("membership", "reason")),
        _row("forget_member", effects.forget, "system", requires=("volunteer",)),
        # Who leads
        _row("appoint", effects.appoint, "staff", requires=("membership",)),
        _row("relieve", effects.relieve, "staff", requires=("membership",)),
        _row("step_down", effects.step_down, "leading"),
        # The team itself
        _row("edit", effects.edit, "staff"),
        _row("dissolve", effects.dissolve, "staff", requires=("reason",), target=S.DISSOLVED),
    ),
    parts=(
        PartTable(
            name="membership",
            model=TeamMembership,
            initial=frozenset({M.APPLIED}),
            edges={
                M.APPLIED: frozenset({M.MEMBER, M.REFUSED, M.WITHDRAWN, M.DISSOLVED}),
                M.MEMBER: frozenset({M.LEFT, M.REMOVED, M.DISSOLVED}),
            },
        ),
    ),
    words={
        "verb": {
            "found": pgettext_lazy("verb", "found the team"),
            "apply": pgettext_lazy("verb", "apply to the team"),
            "withdraw": pgettext_lazy("verb", "take the application back"),
            "admit": pgettext_lazy("verb", "accept into the team"),
            "refuse": pgettext_lazy("verb", "not accept into the team"),
            "leave": pgettext_lazy("verb", "leave the team"),
            "remove": pgettext_lazy("verb", "remove from the team"),
            "forget_member": pgettext_lazy("verb", "end with the registration"),
            "appoint": pgettext_lazy("verb", "appoint as leader"),
            "relieve": pgettext_lazy("verb", "relieve of leading"),
            "step_down": pgettext_lazy("verb", "lead no longer"),
            "edit": pgettext_lazy("verb", "edit the team"),
            "dissolve": pgettext_lazy("verb", "dissolve the team"),
        },
        "role": {
            "staff": _("Staff"),
            "leader": _("Team leader"),
            "leading": _("Team leader"),
            "member": _("Team member"),
            "applicant": _("Volunteer"),
            "volunteer": _("Volunteer"),
            "system": _("System"),
        },
    },
)
