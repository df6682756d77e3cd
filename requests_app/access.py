"""Who may see which request, how much of it, and in which role somebody acts on it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.accounts import access as held_roles
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.accounts.queries import holders, holders_by_area, once
from civic.areas import queries as areas
from civic.areas.models import Area, AreaLevel
from civic.cases.workflow import SYSTEM
from civic.lib import clock
from civic.lib.errors import NotAllowed, NotFound
from civic.lib.rows import Reader
from requests_app.confidence import IsOpenTo
from requests_app.enums import AssignmentState, ReferralState
from requests_app.models import Assignment, Offer, Pool, Referral, ServiceRequest, TeamOffer, UnitMember
from volunteers.enums import MembershipState, TeamRole, TeamState, VolunteerState
from volunteers.models import Team, Volunteer

READERS = frozenset({Role.DISPATCHER, Role.AUDITOR})
ONE_BY = {
    name: Reader(ServiceRequest, f"WHERE row.{column} = %s")
    for name, column in {"pk": "id", "code": "code"}.items()
}
SERVING = frozenset({AssignmentState.ACCEPTED, AssignmentState.IN_SERVICE})


class Sight(StrEnum):
    """How much of a request somebody sees."""

    OWN = "own"  # everything: the beneficiary and the proxy
    SEALED = (
        "sealed"  # staff of the area, a confidential request they have stated no need for: that it exists
    )
    STAFF = "staff"  # everything but the phone, which is unmasked for a purpose and logged
    UNIT = "unit"  # what is needed to answer: a unit while the request is referred to it; phones as for staff
    TASK = "task"  # what is needed to serve: a volunteer with an active assignment, see `contact_open`
    SUMMARY = "summary"  # category, time, grid, public summary, rounded distance


def is_beneficiary(request: ServiceRequest, user: User) -> bool:
    """Whether `user` is whom the request is for: by account, or by the phone that was left."""
    if request.beneficiary_id is not None:
        return request.beneficiary_id == user.pk
    return bool(request.beneficiary_phone_hash) and request.beneficiary_phone_hash == user.phone_hash


def own(user: User) -> Q:
    """Returns the filter for requests of `user` as beneficiary or proxy."""
    return beneficiary_of(user) | Q(proxy=user)


def beneficiary_of(user: User) -> Q:
    """Returns the filter for requests that are for `user`, see `is_beneficiary`."""
    found = Q(beneficiary=user)
    if user.phone_hash:
        found |= Q(beneficiary=None, beneficiary_phone_hash=user.phone_hash)
    return found


def visible_to(user: User) -> QuerySet[ServiceRequest]:
    """Returns the requests `user` may open: own, in scope, or put to them as a volunteer."""
    found = own(user) | held_roles.scope_q(user, READERS)
    if units := units_of(user):
        found |= Q(Exists(referrals_to(units).filter(request=OuterRef("pk"))))
    volunteer = volunteer_of(user)
    if volunteer is not None:
        offered = Offer.objects.filter(request=OuterRef("pk"), volunteer=volunteer)
        found |= Q(Exists(offered))
        if volunteer.is_approved:
            found |= Q(Exists(to_teams_of(volunteer).filter(request=OuterRef("pk"))))
            pools = Pool.objects.filter(
                request=OuterRef("pk"), state="open", district_id=volunteer.district_id
            )
            found |= Q(Exists(pools))
    return ServiceRequest.objects.filter(found)


def listed_for(user: User) -> QuerySet[ServiceRequest]:
    """Returns the requests of a list page: for staff those in scope, for everybody else their own."""
    if held_roles.holds_anywhere(user, READERS):
        return ServiceRequest.objects.filter(held_roles.scope_q(user, READERS), open_to(user))
    return ServiceRequest.objects.filter(own(user))


def listed_in_parts(user: User) -> tuple[QuerySet[ServiceRequest], QuerySet[ServiceRequest]]:
    """Returns what `listed_for` lists to staff, the confidential ones apart: the others need nothing but the columns
    of an index to be counted."""
    found = ServiceRequest.objects.filter(held_roles.scope_q(user, READERS))
    return found.filter(confidential=False), found.filter(open_to(user), confidential=True)


def dispatched_by(user: User) -> QuerySet[ServiceRequest]:
    """Returns the requests `user` is a dispatcher for and may be shown beside another: no confidential one."""
    return ServiceRequest.objects.filter(held_roles.scope_q(user, {Role.DISPATCHER}), confidential=False)


def sealed_from(user: User) -> QuerySet[ServiceRequest]:
    """Returns the confidential requests in scope that are closed to `user` as staff.

    Open they are to whom they belong, to whoever acted on them, and to whoever has said why they need to read them
    (`actions.open_sealed`, in the access log). Lists, searches and suggestions of staff leave the others out.
    """
    return ServiceRequest.objects.filter(held_roles.scope_q(user, READERS), ~open_to(user), confidential=True)


def open_to(user: User, *, through: str = "") -> IsOpenTo:
    """Returns the condition that a request is no confidential one, or one open to `user`; of rows that belong to a
    request, `through` the lookup that leads to it."""
    return IsOpenTo(user, ServiceRequest.kind, through=through)


def sight(request: ServiceRequest, user: User) -> Sight | None:
    """Returns how much of `request` the user sees, or None when it is not to be known to them."""
    if is_beneficiary(request, user) or request.proxy_id == user.pk:
        return Sight.OWN
    if held_roles.holds(user, READERS, request.scope):
        sealed = request.confidential and sealed_from(user).filter(pk=request.pk).exists()
        return Sight.SEALED if sealed else Sight.STAFF
    if (units := units_of(user)) and referrals_to(units).filter(request=request).exists():
        return Sight.UNIT
    volunteer = volunteer_of(user)
    if volunteer is None:
        return None
    if volunteer.is_approved and request.is_open and _in_contact(request, volunteer):
        return Sight.TASK
    asked = (
        Offer.objects.filter(request=request, volunteer=volunteer).exists()
        or _pool_reaches(request, volunteer)
        or to_teams_of(volunteer).filter(request=request).exists()
    )
    return Sight.SUMMARY if asked else None


def find(user: User, *, to_act: bool = False, **which: Any) -> tuple[ServiceRequest, Sight]:
    """Returns the one request of `visible_to` that `which` names (pk, code), and how much of it `user` sees.

    The same answer as asking `visible_to`, but for its people and for staff without the subqueries about
    volunteers. With `to_act` it is also found when its pool was open to the volunteer in this round, because who
    comes too late is to read that. Raises NotFound.
    """
    [(name, value)] = which.items()
    found = ONE_BY[name].one(value)
    request = found[0] if found else None
    seen = sight(request, user) if request is not None else None
    if request is None or seen is None:
        raise NotFound()
    if seen == Sight.SUMMARY and not to_act and not visible_to(user).filter(pk=request.pk).exists():
        raise NotFound()
    if seen == Sight.SEALED:
        raise Sealed()
    return request, seen


class Sealed(NotAllowed):
    """A confidential request, asked for by staff who have not said why they need to read it."""

    title = gettext_lazy("This request is confidential")

    def __init__(self) -> None:
        super().__init__(_("Say why you need to read it; the reading is recorded."))


def may_see_evidence(user: User, request_id: int) -> bool:
    """Whether photos and voice notes of this request are for `user`: those it belongs to, staff, who serves."""
    request = ServiceRequest.objects.filter(pk=request_id).first()
    return request is not None and sight(request, user) in {Sight.OWN, Sight.STAFF, Sight.UNIT, Sight.TASK}


def units_of(user: User) -> list[int]:
    """Returns the units in use that `user` answers for; no query for who holds no such role."""
    if not held_roles.holds_anywhere(user, {Role.UNIT}):
        return []
    found = UnitMember.objects.filter(user=user, unit__active=True)
    return list(found.order_by("unit").values_list("unit_id", flat=True))


def referrals_to(units: list[int], *, lead: bool = False) -> QuerySet[Referral]:
    """Returns the open referrals in which one of `units` leads, or (without `lead`) assists."""
    part = Q(unit__in=units) if lead else Q(unit__in=units) | Q(assisting__overlap=units)
    return Referral.objects.filter(part, state=ReferralState.OPEN)


def volunteer_of(user: User) -> Volunteer | None:
    """Returns the volunteer profile of `user`; one query the first time, kept on the instance."""
    if not hasattr(user, "_volunteer"):
        user._volunteer = Volunteer.objects.filter(user_id=user.pk).first()  # type: ignore[attr-defined]
    found: Volunteer | None = user._volunteer  # type: ignore[attr-defined]
    return found


def led_teams(volunteer: Volunteer) -> QuerySet[Team]:
    """Returns the teams that `volunteer` may answer for: they lead it, are approved, and it goes on."""
    return Team.objects.filter(
        state=TeamState.ACTIVE,
        memberships__volunteer=volunteer,
        memberships__volunteer__state=VolunteerState.APPROVED,
        memberships__state=MembershipState.MEMBER,
        memberships__role=TeamRole.LEADER,
    )


def leaders_of(team: Team) -> list[Volunteer]:
    """Returns the volunteers who can answer for the team, in the order in which they came."""
    found = Volunteer.objects.filter(
        state=VolunteerState.APPROVED,
        memberships__team=team,
        memberships__state=MembershipState.MEMBER,
        memberships__role=TeamRole.LEADER,
    )
    return list(found.order_by("memberships__pk"))


def to_teams_of(volunteer: Volunteer) -> QuerySet[TeamOffer]:
    """Returns the offers to teams that `volunteer` leads, however they ended."""
    return TeamOffer.objects.filter(team__in=led_teams(volunteer))


def standing(request: ServiceRequest, actor: Any) -> frozenset[str]:
    """Returns the roles in which `actor` stands towards `request`, as named in the workflow's table."""
    if actor is SYSTEM:
        return frozenset({"system"})
    roles = set()
    if is_beneficiary(request, actor):
        roles.add("beneficiary")
    if request.proxy_id == actor.pk and "beneficiary" not in roles:
        roles.add("proxy")
    if held_roles.holds(actor, {Role.DISPATCHER}, request.scope):
        roles.add("dispatcher")
    if (units := units_of(actor)) and referrals_to(units, lead=True).filter(request=request).exists():
        roles.add("unit")
    volunteer = volunteer_of(actor)
    if volunteer is not None:
        rounds = set(request.assignments.filter(volunteer=volunteer).values_list("round", flat=True))
        if rounds:
            roles.add("assigned" if request.round in rounds else "served")
        if Offer.objects.filter(request=request, round=request.round, volunteer=volunteer).exists():
            roles.add("offered")
        elif _pool_reaches(request, volunteer):
            roles.add("claimant")
        if to_teams_of(volunteer).filter(request=request, round=request.round).exists():
            roles.add("team_leader")
    return frozenset(roles)


def dispatchers_of(request: ServiceRequest, *, from_district: bool = False) -> list[int]:
    """Returns the ids of the dispatchers nearest to the request: of its community, else street, else above.

    `from_district` leaves out those below the district, as far as there are others.
    """
    lineage = areas.tree().lineage(request.area_id)
    nearest = list(reversed(lineage))
    if from_district:  # stable: among the rest still the nearest first
        nearest.sort(key=lambda area: area.depth > AreaLevel(AreaLevel.DISTRICT).depth)
    desks = holders_by_area(Role.DISPATCHER, [area.pk for area in nearest])
    return next((desks[area.pk] for area in nearest if area.pk in desks), [])


def approvers_of(request: ServiceRequest) -> list[User]:
    """Returns the dispatchers of the request's areas, the nearest first: whoever may decide is among them."""
    found: dict[int, User] = {}
    for area in reversed(areas.tree().lineage(request.area_id)):
        found |= {user.pk: user for user in holders({Role.DISPATCHER}, [area.pk])}
    return list(found.values())


def desks_above(request: ServiceRequest) -> Sequence[tuple[Area, list[int]]]:
    """Returns (area, ids of its dispatchers) from the nearest that has any up to the district; one query in all.

    Where there is none up to the district, those of the city stand there.
    """
    return once(_desks_above, request.area_id)


def _desks_above(area_id: int) -> Sequence[tuple[Area, list[int]]]:
    lineage = areas.tree().lineage(area_id)
    desks = holders_by_area(Role.DISPATCHER, [area.pk for area in lineage])
    found = [(area, desks[area.pk]) for area in reversed(lineage) if area.pk in desks]
    below_city = [desk for desk in found if desk[0].depth >= AreaLevel(AreaLevel.DISTRICT).depth]
    return below_city or found[:1]


def may_dispatch(user: User, request: ServiceRequest) -> bool:
    """Whether `user` is a dispatcher for the request's area."""
    return held_roles.holds(user, {Role.DISPATCHER}, request.scope)


def contact_until(part: Assignment) -> datetime | None:
    """Returns when whoever has checked out sees the contact for the last time (or when the request is closed, if that
    comes first), None before they have."""
    return part.completed_at + settings.CONTACT_SHOWN if part.completed_at is not None else None


def contact_open(part: Assignment) -> bool:
    """Whether who holds this part of an open request may still see name, phone and door: from acceptance until
    CONTACT_SHOWN after checking out."""
    until = contact_until(part)
    return part.is_active and (until is None or clock.now() < until)


def _in_contact(request: ServiceRequest, volunteer: Volunteer) -> bool:
    parts = Assignment.objects.filter(request=request, round=request.round, volunteer=volunteer)
    return any(contact_open(part) for part in parts.only("state", "completed_at"))


def _pool_reaches(request: ServiceRequest, volunteer: Volunteer) -> bool:
    return (
        volunteer.is_approved
        and Pool.objects.filter(
            request=request, round=request.round, district_id=volunteer.district_id
        ).exists()
    )
