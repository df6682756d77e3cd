"""The views of the queue that somebody can choose: their own, and those shared with their desks."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from civic.accounts.access import held
from civic.accounts.models import User
from civic.areas import queries as areas
from requests_app import access
from requests_app.models import SavedView


def views_for(user: User) -> Sequence[SavedView]:
    """Returns the views `user` can choose, own ones first; one query.

    A view shared with an area reaches the desks of that area and of those below it.
    """
    tree = areas.tree()
    reached = {
        area.pk for row in held(user) if row.role in access.READERS for area in tree.lineage(row.area_id)
    }
    found = SavedView.objects.filter(Q(owner=user) | Q(area__in=reached)).select_related("owner", "area")
    return sorted(found, key=lambda view: (view.owner_id != user.pk, view.name, view.pk))


def own_areas(user: User) -> list[tuple[int, str]]:
    """Returns (id, name) of the areas `user` can share a view with."""
    tree = areas.tree()
    ids = dict.fromkeys(row.area_id for row in held(user) if row.role in access.READERS)
    return [(pk, tree.by_id[pk].label) for pk in ids if pk in tree.by_id]
