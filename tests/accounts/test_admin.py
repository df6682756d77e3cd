"""The Django admin for people: city administrators edit, auditors read, everybody else stays outside."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.test import Client

from civic.accounts import actions, queries
from civic.accounts.models import ApiToken, Membership, User
from tests.accounts.conftest import PASSWORD, PHONE, City, app_of, texts

BACKEND = "civic.accounts.backends.AccountBackend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(make_staff: Any, city: City) -> User:
    user: User = make_staff("boss", "admin", city.city)
    return user


def as_user(user: User) -> Client:
    """Returns a browser in which `user` is signed in."""
    client = Client()
    client.force_login(user, BACKEND)
    return client


@pytest.mark.parametrize(
    "model", ["user", "membership", "membershipevent", "accesslog", "consent", "apitoken"]
)
def test_a_city_administrator_sees_every_list(boss: User, resident: User, model: str) -> None:
    actions.unmask(boss, subject_kind="request", subject_id=1, fields=["phone"], purpose="audit")
    ApiToken.issue(boss)
    actions.give_consent(resident, "terms", "1")
    assert as_user(boss).get(f"/admin/accounts/{model}/").status_code == 200


def test_phones_are_masked_and_found_whole(boss: User, resident: User) -> None:
    client = as_user(boss)
    found = texts(client.get("/admin/accounts/user/", {"q": "138 0000 5678"}))
    assert "138****5678" in found
    assert "13800005678" not in texts(client.get(f"/admin/accounts/user/{resident.pk}/change/"))
    assert "138****5678" not in texts(client.get("/admin/accounts/user/", {"q": "nobody"}))


def form_of(client: Client, user: User) -> dict[str, Any]:
    """Returns what the change form would post back unchanged."""
    page = client.get(f"/admin/accounts/user/{user.pk}/change/")
    form = page.context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {name: value for name, value in values.items() if value not in (None, False)}
    for formset in page.context["inline_admin_formsets"]:
        data |= {
            f"{formset.formset.prefix}-{key}": value
            for key, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))
        }
    return {key: value for key, value in data.items() if key not in {"password", "date_joined", "last_login"}}


def test_an_edit_keeps_the_phone_and_a_new_one_must_be_free(boss: User, resident: User) -> None:
    client = as_user(boss)
    data = form_of(client, resident)
    url = f"/admin/accounts/user/{resident.pk}/change/"
    assert client.post(url, {**data, "name": "李秀兰"}).status_code == 302
    resident.refresh_from_db()
    assert (resident.name, resident.phone) == ("李秀兰", PHONE)
    taken = client.post(url, {**data, "new_phone": boss.phone})
    assert "该手机号已属于另一个账号" in texts(taken)
    client.post(url, {**data, "new_phone": "13700007777"})
    assert queries.user_by_phone("+8613700007777") == resident


def test_an_edit_is_audited_with_its_author(boss: User, resident: User, city: City) -> None:
    client = as_user(boss)
    client.post(
        "/admin/accounts/membership/add/",
        {
            "user": resident.pk,
            "role": "proxy",
            "area": city.east.pk,
            "valid_from_0": "2026-11-01",
            "valid_from_1": "08:00",
            "valid_until_0": "",
            "valid_until_1": "",
        },
    )
    membership = Membership.objects.get(user=resident)
    event = apps.get_model("accounts", "MembershipEvent").objects.get(pgh_obj=membership)
    assert event.pgh_context.metadata == {"user": boss.pk, "url": "/admin/accounts/membership/add/"}
    assert f">{boss.pk}<" in texts(client.get("/admin/accounts/membershipevent/"))


def test_a_new_staff_account_gets_name_phone_and_password(boss: User) -> None:
    response = as_user(boss).post(
        "/admin/accounts/user/add/",
        {
            "username": "zhao",
            "name": "赵敏",
            "new_phone": "13700003333",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "memberships-TOTAL_FORMS": 0,
            "memberships-INITIAL_FORMS": 0,
        },
    )
    assert response.status_code == 302, texts(response)[:3000]
    user = User.objects.get(username="zhao")
    assert (user.phone, user.check_password(PASSWORD)) == ("+8613700003333", True)


def test_only_a_superuser_makes_superusers(boss: User, resident: User) -> None:
    client = as_user(boss)
    data = form_of(client, resident)
    client.post(
        f"/admin/accounts/user/{resident.pk}/change/", {**data, "is_superuser": "on", "is_active": "on"}
    )
    resident.refresh_from_db()
    assert not resident.is_superuser
    root = as_user(User.objects.create_superuser("root"))
    root.post(
        f"/admin/accounts/user/{resident.pk}/change/", {**data, "is_superuser": "on", "is_active": "on"}
    )
    resident.refresh_from_db()
    assert resident.is_superuser


def test_accounts_are_closed_not_deleted_and_never_ones_own(boss: User, resident: User) -> None:
    client = as_user(boss)
    assert client.post(f"/admin/accounts/user/{resident.pk}/delete/").status_code == 403
    chosen = {"action": "close_accounts", "_selected_action": [boss.pk, resident.pk]}
    client.post("/admin/accounts/user/", chosen)
    assert not User.objects.get(pk=resident.pk).is_active
    assert User.objects.get(pk=boss.pk).is_active


def test_keys_are_revoked_and_lost_second_factors_reset(boss: User, resident: User) -> None:
    ApiToken.issue(resident)
    app_of(resident)
    client = as_user(boss)
    token, factor = ApiToken.objects.get(), Authenticator.objects.get()
    client.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at
    assert "secret" not in texts(client.get(f"/admin/mfa/authenticator/{factor.pk}/change/"))
    client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_what_programs_write_cannot_be_edited(boss: User) -> None:
    entry = actions.unmask(boss, subject_kind="request", subject_id=1, fields=["phone"], purpose="audit")
    client = as_user(boss)
    assert client.get("/admin/accounts/accesslog/add/").status_code == 403
    assert client.post(f"/admin/accounts/accesslog/{entry.pk}/delete/").status_code == 403
    assert client.post(f"/admin/accounts/accesslog/{entry.pk}/change/", {"purpose": "x"}).status_code == 403


def test_a_city_auditor_reads_and_changes_nothing(make_staff: Any, city: City, resident: User) -> None:
    client = as_user(make_staff("audit", "auditor", city.city))
    assert client.get("/admin/accounts/accesslog/").status_code == 200
    assert client.get(f"/admin/accounts/user/{resident.pk}/change/").status_code == 200
    assert client.post(f"/admin/accounts/user/{resident.pk}/change/", {"name": "x"}).status_code == 403
    assert client.get("/admin/accounts/membership/add/").status_code == 403


@pytest.mark.parametrize("role", ["dispatcher", "admin", "auditor", "proxy"])
def test_a_role_in_a_district_does_not_open_the_admin(make_staff: Any, city: City, role: str) -> None:
    client = as_user(make_staff("wang", role, city.east))
    assert client.get("/admin/", follow=True).status_code == 403


def test_strangers_are_asked_for_the_password_of_staff(client: Client, resident: User) -> None:
    for page in ("/admin/", "/admin/login/?next=/admin/"):
        assert client.get(page).headers["Location"] == "/accounts/staff/?next=%2Fadmin%2F"
    assert as_user(resident).get("/admin/", follow=True).status_code == 403


def test_a_city_administrator_does_not_become_a_superuser_by_setting_their_password(boss: User) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    client, url = as_user(boss), f"/admin/accounts/user/{root.pk}/"
    new = {"password1": "quite-another-1", "password2": "quite-another-1", "usable_password": "true"}
    assert client.post(f"{url}password/", new).status_code == 403
    assert client.post(f"{url}change/", {"username": "root", "new_phone": PHONE}).status_code == 403
    client.post("/admin/accounts/user/", {"action": "close_accounts", "_selected_action": [root.pk]})
    root.refresh_from_db()
    assert (root.check_password(PASSWORD), root.is_active, root.phone) == (True, True, "")
