"""Who a session belongs to, and what memberships mean for Django's permissions, i.e. for the Django admin."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.models import AreaLevel
from civic.lib.rows import Reader

BY_ID = Reader(User, "WHERE row.id = %s")


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """allauth's; every page of a signed-in person begins with `get_user`, so its statement is built once."""

    def get_user(self, user_id: int) -> User | None:
        """Returns the user of a session while the account is active."""
        found = BY_ID.one(user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None


class MembershipBackend(BaseBackend):
    """The admin knows no areas, so only those who answer for the whole city get in: its administrators to
    change, its auditors to read."""

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Any = None) -> bool:
        """True for a city administrator, and for a city auditor where `perm` is a view permission."""
        roles = {row.role for row in held(user_obj) if row.level == AreaLevel.CITY}
        if Role.ADMIN in roles:
            return True
        return Role.AUDITOR in roles and perm.partition(".")[2].startswith("view_")

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        """True for both: what they find inside is decided per model."""
        return self.has_perm(user_obj, f"{app_label}.view_")
