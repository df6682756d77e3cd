"""What is stored about people, and what the database refuses."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from civic.accounts import actions, queries
from civic.accounts.enums import ConsentPurpose, ReadPurpose, Role
from civic.accounts.models import AccessLog, ApiToken, Consent, Membership, User
from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.lib.errors import NotFound, ValidationFailed
from tests.accounts.conftest import PHONE, City


def stored(user: User, column: str) -> str:
    """Returns a column as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_user WHERE id = %s", [user.pk])
        return str(cursor.fetchone()[0])


def refused(sql: str) -> bool:
    """Tells whether the database refuses a statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError:
        return True
    return False


def test_a_phone_is_encrypted_at_rest_and_found_by_its_hash(resident: User) -> None:
    assert "13800005678" not in stored(resident, "phone")
    assert stored(resident, "phone_hash") == keyed_hash(PHONE)
    assert queries.user_by_phone(PHONE) == resident
    assert queries.user_by_phone("+8613800005679") is None
    resident.refresh_from_db()
    assert resident.phone == PHONE


def test_the_hash_follows_the_phone_also_in_bulk_and_when_it_changes(db: None) -> None:
    User.objects.bulk_create([User(username="a", phone="+8613800000001"), User(username="b")])
    first, second = User.objects.order_by("username")
    assert first.phone_hash == keyed_hash("+8613800000001")
    assert second.phone_hash is None
    first.phone = ""
    first.save()
    first.refresh_from_db()
    assert first.phone_hash is None


def test_two_accounts_cannot_share_a_phone(resident: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(phone=PHONE)


def test_an_account_made_by_phone_has_no_password_and_is_made_once(db: None) -> None:
    user = queries.get_or_create_by_phone(PHONE, "李秀英")
    assert not user.has_usable_password()
    assert queries.get_or_create_by_phone(PHONE, "somebody else") == user
    assert str(user) == user.get_full_name() == user.get_short_name() == "李秀英"


def test_a_person_without_name_is_shown_by_the_masked_phone(db: None) -> None:
    assert str(queries.get_or_create_by_phone(PHONE)) == "138****5678"
    assert str(User(username="wang")) == "wang"


def test_ten_sign_ups_at_once_make_one_account(
    django_db_blocker: pytest.FixtureRequest, django_db_setup: None
) -> None:
    phone, start, made = "+8613700000042", Barrier(10), []

    def sign_up() -> None:
        start.wait(10)
        made.append(queries.get_or_create_by_phone(phone).pk)
        connection.close()

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        threads = [Thread(target=sign_up) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        User.objects.filter(phone_hash=keyed_hash(phone)).delete()
    assert len(made) == 10
    assert len(set(made)) == 1


def test_whoever_gets_a_role_is_staff_however_it_is_written(resident: User, city: City) -> None:
    Membership.objects.bulk_create([Membership(user=resident, role=Role.PROXY, area=city.east)])
    resident.refresh_from_db()
    assert resident.is_staff


def test_the_same_open_role_cannot_be_held_twice_and_must_end_after_it_begins(
    staff: User, city: City
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.grant_role(staff, Role.DISPATCHER, city.east)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.grant_role(staff, Role.PROXY, city.east, valid_until=clock.now() - timedelta(days=1))


def test_what_happened_to_memberships_is_kept_and_cannot_be_edited(staff: User, city: City) -> None:
    membership = staff.memberships.get()
    actions.end_membership(membership)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgh_label FROM accounts_membershipevent ORDER BY pgh_id")
        assert [row[0] for row in cursor.fetchall()] == ["insert", "update"]
    assert refused("UPDATE accounts_membershipevent SET role = 'admin'")
    assert refused("DELETE FROM accounts_membershipevent")
    assert refused("TRUNCATE accounts_membershipevent")
    assert refused("TRUNCATE accounts_userevent")


def test_a_role_ended_before_it_began_leaves_no_row(staff: User, city: City) -> None:
    coming = actions.grant_role(staff, Role.PROXY, city.east, valid_from=clock.now() + timedelta(days=3))
    actions.end_membership(coming)
    assert not Membership.objects.filter(role=Role.PROXY).exists()


def test_the_access_log_takes_entries_and_nothing_else(staff: User) -> None:
    entry = actions.unmask(
        staff,
        subject_kind="request",
        subject_id=7,
        fields=["phone"],
        purpose=ReadPurpose.CONTACT,
        note="call back",
    )
    assert (entry.purpose, entry.fields, entry.user_id) == ("contact", ["phone"], staff.pk)
    assert entry.note.words == "call back"
    assert str(entry) == "request 7"
    assert refused("UPDATE accounts_accesslog SET purpose = ''")
    assert refused("DELETE FROM accounts_accesslog")
    assert refused("TRUNCATE accounts_accesslog")
    assert AccessLog.objects.count() == 1


@pytest.mark.parametrize("purpose", ["", "curiosity"])
def test_reading_in_clear_needs_a_reason(staff: User, purpose: str) -> None:
    with pytest.raises(ValidationFailed):
        actions.unmask(staff, subject_kind="request", subject_id=7, fields=["phone"], purpose=purpose)
    assert not AccessLog.objects.exists()


def test_consent_is_recorded_once_per_version_and_can_be_withdrawn_and_given_again(resident: User) -> None:
    first = actions.give_consent(resident, ConsentPurpose.SENSITIVE, "2026-11")
    assert actions.give_consent(resident, ConsentPurpose.SENSITIVE, "2026-11") == first
    assert queries.has_consent(resident, ConsentPurpose.SENSITIVE, "2026-11")
    assert not queries.has_consent(resident, ConsentPurpose.SENSITIVE, "2027-01")
    assert actions.withdraw_consent(resident, ConsentPurpose.SENSITIVE) == 1
    assert not queries.has_consent(resident, ConsentPurpose.SENSITIVE, "2026-11")
    assert actions.give_consent(resident, ConsentPurpose.SENSITIVE, "2026-11") != first
    assert Consent.objects.count() == 2
    assert "2026-11" in str(first)


def test_there_is_no_consent_for_an_unknown_purpose(resident: User) -> None:
    with pytest.raises(ValidationFailed):
        actions.give_consent(resident, "anything", "1")


def test_an_api_key_is_not_in_the_database(resident: User) -> None:
    key = ApiToken.issue(resident, "print shop")
    token = ApiToken.objects.get()
    assert token.digest == ApiToken.digest_of(key) != key
    assert str(token) == f"{key[:8]}…"
    assert len(key) >= 43


def test_a_key_is_revoked_by_its_owner_only_and_once(resident: User, staff: User) -> None:
    ApiToken.issue(resident)
    token = ApiToken.objects.get()
    with pytest.raises(NotFound):
        actions.revoke_token(staff, token.pk)
    actions.revoke_token(resident, token.pk)
    with pytest.raises(NotFound):
        actions.revoke_token(resident, token.pk)


def test_createsuperuser_makes_staff(db: None) -> None:
    boss = User.objects.create_superuser("boss", "three wise red pandas", name="赵")
    assert boss.is_staff
    assert boss.is_superuser


def test_a_profile_keeps_what_a_person_says_and_nothing_else(resident: User, city: City) -> None:
    actions.update_profile(resident, name="李秀兰", home_area=city.grid, elder_mode=True)
    resident.refresh_from_db()
    assert (resident.name, resident.home_area, resident.elder_mode) == ("李秀兰", city.grid, True)
    with pytest.raises(TypeError):
        actions.update_profile(resident, is_staff=True)
