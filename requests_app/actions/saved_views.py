"""Keeping the filters of the queue under a name, and dropping them again."""

from django.db import transaction
from django.utils.translation import gettext as _

from civic.accounts.access import held
from civic.accounts.models import User
from civic.lib import clock
from civic.lib.errors import NotAllowed, NotFound, ValidationFailed
from requests_app import access
from requests_app.models import SavedView

MOST = 30  # a person's: a longer list is no shortcut


@transaction.atomic
def keep(user: User, *, name: str, query: str, area_id: int | None = None) -> SavedView:
    """Keeps `query` under `name`, in place of the former one of that name; shared with `area_id` when given.

    Raises NotAllowed for an area in which `user` has no say, ValidationFailed for more than MOST.
    """
    mine = {row.area_id for row in held(user) if row.role in access.READERS}
    if area_id is not None and area_id not in mine:
        raise NotAllowed(_("You share views with your own areas only."))
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # counts one at a time
    others = SavedView.objects.filter(owner=user).exclude(name=name)
    if others.count() >= MOST:
        raise ValidationFailed.on("name", _("At most %(n)d views. Delete one first.") % {"n": MOST})
    kept = {"query": query, "area_id": area_id, "kept_at": clock.now()}
    return SavedView.objects.update_or_create(owner=user, name=name, defaults=kept)[0]


def drop(user: User, pk: int) -> None:
    """Deletes one of the user's own views; raises NotFound for any other."""
    deleted, _by_model = SavedView.objects.filter(owner=user, pk=pk).delete()
    if not deleted:
        raise NotFound()
