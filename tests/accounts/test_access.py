"""A role reaches its area's subtree while it is in force, and nothing else; checks cost one query a person."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from civic.accounts import access, actions, queries
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import scope
from civic.lib import clock
from tests.accounts.conftest import City

STAFF = {Role.DISPATCHER, Role.ADMIN}


def fresh(user: User) -> User:
    """Returns the user as the next request would load it."""
    return User.objects.get(pk=user.pk)


def test_a_role_reaches_down_but_neither_up_nor_sideways(staff: User, city: City) -> None:
    for inside in (city.east, city.street, city.community, city.grid):
        assert access.holds(staff, STAFF, scope.of(inside))
    for outside in (city.city, city.west):
        assert not access.holds(staff, STAFF, scope.of(outside))
    assert not access.holds(staff, {Role.AUDITOR}, scope.of(city.grid))


def test_any_number_of_checks_costs_one_query(
    staff: User, city: City, django_assert_num_queries: Any
) -> None:
    user, inside = fresh(staff), scope.of(city.grid)
    with django_assert_num_queries(1):
        for _ in range(20):
            access.holds(user, STAFF, inside)
        access.scope_q(user, STAFF)
        access.holds_anywhere(user, {Role.AUDITOR})


def test_a_membership_holds_from_its_beginning_to_before_its_end(staff: User, city: City) -> None:
    now = clock.now()
    actions.grant_role(
        staff,
        Role.AUDITOR,
        city.west,
        valid_from=now + timedelta(days=1),
        valid_until=now + timedelta(days=2),
    )
    user, place = fresh(staff), scope.of(city.west)
    expected = {0: False, 23: False, 24: True, 47: True, 48: False, 72: False}
    for hours, held in expected.items():
        with clock.at(now + timedelta(hours=hours)):
            assert access.holds(user, {Role.AUDITOR}, place) is held, hours


def test_a_role_granted_or_ended_counts_at_once(staff: User, city: City) -> None:
    assert not access.holds(staff, {Role.PROXY}, scope.of(city.west))
    membership = actions.grant_role(staff, Role.PROXY, city.west)
    assert access.holds(staff, {Role.PROXY}, scope.of(city.west))
    with clock.at(clock.now() + timedelta(seconds=5)):
        actions.end_membership(membership)
        assert not access.holds(fresh(staff), {Role.PROXY}, scope.of(city.west))


@pytest.mark.parametrize("who", ["anonymous", "closed", "resident"])
def test_those_without_role_hold_nothing_and_see_nothing(
    who: str, staff: User, resident: User, city: City
) -> None:
    user: User | AnonymousUser = {"anonymous": AnonymousUser(), "resident": resident}.get(who, staff)
    if who == "closed":
        actions.deactivate(staff)
        user = fresh(staff)
    assert access.held(user) == ()
    assert not access.holds(user, STAFF, scope.of(city.grid))
    assert access.scope_q(user, STAFF) == Q(pk__in=[])


def test_the_filter_is_an_equality_per_level(staff: User, city: City) -> None:
    assert access.scope_q(staff, STAFF) == Q(district_id=city.east.pk)
    assert access.scope_q(staff, STAFF, "request__") == Q(request__district_id=city.east.pk)
    actions.grant_role(staff, Role.DISPATCHER, city.west)
    actions.grant_role(staff, Role.ADMIN, city.grid)
    assert access.scope_q(staff, STAFF) == Q(district_id__in=[city.east.pk, city.west.pk]) | Q(
        grid_id=city.grid.pk
    )
    assert access.scope_q(staff, {Role.AUDITOR}) == Q(pk__in=[])


def test_the_holders_of_a_role_in_an_area_are_found(staff: User, resident: User, city: City) -> None:
    assert list(queries.holders({Role.DISPATCHER}, [city.east.pk])) == [staff]
    assert not queries.holders({Role.DISPATCHER}, [city.street.pk]).exists()
    with clock.at(clock.now() + timedelta(seconds=5)):
        actions.end_membership(staff.memberships.get())
        assert not queries.holders({Role.DISPATCHER}, [city.east.pk]).exists()
