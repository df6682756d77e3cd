"""Everything that changes people, their roles and their agreements; the actor is always named."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from civic.accounts import access
from civic.accounts.enums import ConsentPurpose, ReadPurpose, Role
from civic.accounts.models import AccessLog, ApiToken, Consent, Membership, User, random_username
from civic.areas.models import Area
from civic.lib import clock
from civic.lib.errors import NotFound, ValidationFailed
from civic.lib.rows import updating
from civic.lib.text import clean
from civic.lib.together import run_together

LONGEST_NOTE = 200
# What emptying an account changes, in the order of the table.
STRIPPED = (
    "password", "last_login", "is_superuser", "username", "phone", "phone_hash", "email", "name", "language",
    "elder_mode", "home_area_id", "is_staff", "is_active", "consent_due",
)  # fmt: skip


def give_consent(user: User, purpose: str, version: str) -> Consent:
    """Returns the consent in force, recorded now unless `user` gave this version before.

    Raises ValidationFailed for an unknown purpose. Rule: PIPL art. 14, 29 (separate consent).
    """
    if purpose not in ConsentPurpose.values:
        raise ValidationFailed.on("purpose", _("There is no consent for this."))
    consent, _made = Consent.objects.get_or_create(
        user=user, purpose=purpose, version=version, withdrawn_at=None
    )
    return consent


def withdraw_consent(user: User, purpose: str) -> int:
    """Ends every version of this consent and returns how many were in force. Rule: PIPL art. 15."""
    found = Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None)
    return found.update(withdrawn_at=clock.now())


def unmask(
    user: User,
    *,
    subject_kind: str,
    subject_id: int,
    fields: Sequence[str],
    purpose: str,
    note: str = "",
    capacity: access.Held | None = None,
) -> AccessLog:
    """Records why `user` reads `fields` of a record in clear; call it before showing them.

    `purpose` is a ReadPurpose, `note` may add a few words, which the person concerned can read. Whether `user` may
    see the record at all is the caller's check; `capacity` is the membership that allows it. Raises ValidationFailed
    without a purpose, or when the words are too long. Rule: PIPL art. 51.
    """
    if purpose not in ReadPurpose.values:
        raise ValidationFailed.on("purpose", _("Please say why you need to read this."))
    try:
        words = clean(note, LONGEST_NOTE)
    except ValueError as error:
        raise ValidationFailed.on("note", error.args[0]) from error
    return access.log_access(user, subject_kind, subject_id, fields, purpose, note=words, capacity=capacity)


def grant_role(
    user: User,
    role: Role,
    area: Area,
    *,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> Membership:
    """Returns the new membership; `user` is staff from then on, without older API keys (by trigger).

    History: MembershipEvent.
    """
    membership = Membership.objects.create(
        user=user, role=role, area=area, valid_from=valid_from or clock.now(), valid_until=valid_until
    )
    access.forget(user)
    user.is_staff = True
    return membership


def end_membership(membership: Membership) -> None:
    """Ends it now; the row stays, so that old acts can be explained."""
    membership.valid_until = max(clock.now(), membership.valid_from)
    if membership.valid_until == membership.valid_from:
        membership.delete()
    else:
        membership.save(update_fields=["valid_until"])
    access.forget(membership.user)


def revoke_token(user: User, token_id: int) -> None:
    """Makes one of `user`'s own API keys useless. Raises NotFound for anybody else's."""
    found = ApiToken.objects.filter(pk=token_id, user=user, revoked_at=None)
    if not found.update(revoked_at=clock.now()):
        raise NotFound(_("There is no such key."))


def choose_language(user: User, language: str) -> None:
    """Keeps the language in which `user` reads pages and messages."""
    if language in dict(settings.LANGUAGES) and user.language != language:
        user.language = language
        user.save(update_fields=["language"])


@transaction.atomic
def deactivate(user: User) -> None:
    """Closes the account: no sign-in, no key, no open session; records of what was done stay."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
    for session in UserSession.objects.filter(user=user):
        session.end()


def empty(user: User) -> None:
    """Leaves of the account its number and when it began; nobody can sign in to it, its phone is free again."""
    _strip(user)
    user.groups.clear()
    user.user_permissions.clear()
    user.save()


def empty_many(users: Sequence[User]) -> None:
    """Does to each of `users`, whom the caller has locked, what `empty` does, in three statements."""
    for user in users:
        _strip(user)
    run_together(updating(user, STRIPPED) for user in users)
    for groups in (User.groups.through, User.user_permissions.through):
        groups._default_manager.filter(user__in=users).delete()


def _strip(user: User) -> None:
    user.username, user.name, user.phone, user.phone_hash, user.email = random_username(), "", "", None, ""
    user.home_area, user.language, user.elder_mode, user.last_login = None, "", False, None
    user.is_active = user.is_staff = user.is_superuser = user.consent_due = False
    user.set_unusable_password()


def update_profile(user: User, **changes: Any) -> None:
    """Keeps what a person says about themselves: `name`, `elder_mode`, `home_area` (an Area or None)."""
    unknown = changes.keys() - {"name", "elder_mode", "home_area"}
    if unknown:
        raise TypeError(f"not part of the profile: {sorted(unknown)}")
    for field, value in changes.items():
        setattr(user, field, value)
    user.save(update_fields=sorted(changes))
