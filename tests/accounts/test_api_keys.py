"""Authorization: Token <key>."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from civic.accounts import actions
from civic.accounts.authentication import TokenAuthentication
from civic.accounts.enums import Role
from civic.accounts.models import ApiToken, User
from civic.lib import clock
from civic.lib.errors import NotAllowed
from tests.accounts.conftest import City


def authenticate(header: str | bytes) -> Any:
    """Returns what the API makes of an Authorization header."""
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=header)
    return TokenAuthentication().authenticate(request)


def test_a_key_stands_for_its_owner(resident: User, django_assert_num_queries: Any) -> None:
    key = ApiToken.issue(resident)
    authenticate(f"Token {key}")
    with django_assert_num_queries(1):
        user, _token = authenticate(f"token {key}")
    assert user == resident


def test_use_is_noted_at_most_hourly(resident: User) -> None:
    key, now = ApiToken.issue(resident), clock.now()
    seen = []
    for minutes in (0, 30, 59, 60, 61):
        with clock.at(now + timedelta(minutes=minutes)):
            authenticate(f"Token {key}")
        seen.append((ApiToken.objects.get().last_used_at - now) // timedelta(minutes=1))
    assert seen == [0, 0, 0, 60, 60]


@pytest.mark.parametrize("header", ["Token wrong", "Token ", "Token é".encode("latin-1"), "Token a b"])
def test_a_key_that_is_none_is_refused(db: None, header: str | bytes) -> None:
    with pytest.raises(AuthenticationFailed):
        authenticate(header)


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic eDp5"])
def test_other_ways_to_sign_in_are_left_to_others(db: None, header: str) -> None:
    assert authenticate(header) is None
    assert TokenAuthentication().authenticate_header(APIRequestFactory().get("/")) == "Token"


def test_a_key_made_before_its_owner_became_staff_is_refused(resident: User, city: City) -> None:
    """No second factor was asked for when it was made; the key of somebody else, and one made since, go on."""
    stranger = User.objects.create_user(phone="+8613700001234")
    early, other, stale = ApiToken.issue(resident), ApiToken.issue(stranger), User.objects.get(pk=resident.pk)
    actions.grant_role(resident, Role.DISPATCHER, city.east)
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {early}")
    with pytest.raises(NotAllowed):
        ApiToken.issue(stale)  # by a session whose request began before
    late = ApiToken.issue(resident)
    actions.grant_role(resident, Role.AUDITOR, city.east)
    assert [authenticate(f"Token {key}")[0] for key in (other, late)] == [stranger, resident]


def test_keys_end_too_where_somebody_is_made_staff_without_a_role(resident: User) -> None:
    key = ApiToken.issue(resident)
    resident.is_staff = True
    resident.save()
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {key}")


def test_a_revoked_key_and_the_key_of_a_closed_account_are_refused(resident: User) -> None:
    revoked, kept = ApiToken.issue(resident), ApiToken.issue(resident)
    actions.revoke_token(resident, ApiToken.objects.order_by("pk")[0].pk)
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {revoked}")
    resident.is_active = False
    resident.save()
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {kept}")
