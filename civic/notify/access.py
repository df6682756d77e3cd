"""Who may read and edit wordings, and who sees to messages that could not be delivered.

A wording holds for the whole city, so those who administer the city edit it; administrators below it read and try it.
"""

from django.contrib.auth.models import AnonymousUser

from civic.accounts.access import holds_anywhere
from civic.accounts.enums import Role
from civic.accounts.models import User

Person = User | AnonymousUser


def may_read_wordings(user: Person) -> bool:
    """Administrators of any area, and whoever may see all."""
    return holds_anywhere(user, {Role.ADMIN}) or user.has_perm("notify.view_wording")


def may_edit_wordings(user: Person) -> bool:
    """Administrators of the city."""
    return user.has_perm("notify.change_wording")


def may_replay(user: Person) -> bool:
    """Administrators of the city: a dead message may be about anybody."""
    return user.has_perm("notify.replay_message")
