"""Who answers for a responsible unit."""

from django.db import transaction

from civic.accounts.actions import end_membership, grant_role
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.accounts.queries import memberships_in_force
from requests_app.models import Unit, UnitMember


@transaction.atomic
def add_member(unit: Unit, user: User) -> UnitMember:
    """Returns the membership of `user` in `unit`; they hold the role "unit" in its area from now on, too."""
    member, _made = UnitMember.objects.get_or_create(unit=unit, user=user)
    held = memberships_in_force().filter(user=user, role=Role.UNIT, area=unit.area_id)
    if not held.exists():
        grant_role(user, Role.UNIT, unit.area)
    return member


@transaction.atomic
def remove_member(member: UnitMember) -> None:
    """Ends it; the role ends with the last unit of the area that they answered for."""
    area_id, user = member.unit.area_id, member.user
    member.delete()
    if not UnitMember.objects.filter(user=user, unit__area=area_id).exists():
        for held in memberships_in_force().filter(user=user, role=Role.UNIT, area=area_id):
            end_membership(held)
