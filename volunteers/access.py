"""Who may see what volunteers show about themselves."""

from civic.accounts.access import holds
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.scope import ScopeIds
from volunteers.models import Qualification, Volunteer

DECIDING = frozenset({Role.DISPATCHER, Role.ADMIN})


def decides_about(user: User, volunteer: Volunteer) -> bool:
    """Whether `user` decides about the registration: staff of the area, never the volunteer."""
    ids = ScopeIds(*(getattr(volunteer, name) for name in ScopeIds._fields))
    return volunteer.user_id != user.pk and holds(user, DECIDING, ids)


def may_see_paper(user: User, paper_id: int) -> bool:
    """Whether the photo of this qualification is for `user`: whose it is, and who decides about them."""
    paper = Qualification.objects.filter(pk=paper_id).select_related("volunteer").first()
    return paper is not None and (paper.volunteer.user_id == user.pk or decides_about(user, paper.volunteer))
