"""What memberships mean for Django's permissions, i.e. for the Django admin."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.models import AreaLevel


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
