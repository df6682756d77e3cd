"""What staff decide about requests that look alike: one and the same, not the same, or a common problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import Area
from civic.lib import clock
from civic.lib.errors import NotFound, ValidationFailed
from civic.lib.text import clean
from requests_app import access
from requests_app.models import ProjectRequest, ServiceProject, ServiceRequest, ToldApart
from requests_app.models.alike import MAX_TITLE


def tell_apart(ids: Collection[int], *, actor: User) -> ToldApart:
    """Remembers that the requests `ids` are not about the same thing; they make no group any more.

    Raises ValidationFailed for fewer than two of the actor's.
    """
    requests = _of(actor, ids)
    return ToldApart.objects.create(
        requests=[each.pk for each in requests], area=_area_of(requests), by=actor, at=clock.now()
    )


def ask_again(told: ToldApart) -> None:
    """Forgets that they were told apart: where they still look alike, they are put side by side again."""
    told.delete()


@transaction.atomic
def propose_project(ids: Collection[int], *, actor: User, title: str) -> ServiceProject:
    """Proposes a service project for what the requests `ids` have in common; they themselves stay as they are.

    Its area is the smallest around all of them, its category that of most. Raises ValidationFailed.
    """
    try:
        title = clean(title, MAX_TITLE, required=True)
    except ValueError as wrong:
        raise ValidationFailed.on("title", str(wrong)) from None
    requests = _of(actor, ids)
    [(category_id, _count)] = Counter(each.category_id for each in requests).most_common(1)
    made = ServiceProject.objects.create(
        title=title,
        area=_area_of(requests),
        category_id=category_id,
        proposed_by=actor,
        proposed_at=clock.now(),
    )
    _add(made, requests)
    return made


@transaction.atomic
def add_to_project(project: ServiceProject, ids: Collection[int], *, actor: User) -> None:
    """Lets the requests `ids` speak for a project there is already; its area grows where they lie outside.

    Raises ValidationFailed, NotFound when the project was withdrawn meanwhile.
    """
    held = _held(project)
    requests = _of(actor, ids, least=1)
    held.area = _smallest_around([held.area_id, *(each.area_id for each in requests)])
    held.save(update_fields=["area"])
    _add(held, requests)


def withdraw_project(project: ServiceProject) -> None:
    """Drops a proposal; its requests stay as they are, and are put side by side again where they look alike."""
    project.delete()


def _held(project: ServiceProject) -> ServiceProject:
    """Returns the project as it now is, locked: two who widen it at once do so one after the other."""
    held = ServiceProject.objects.select_for_update().filter(pk=project.pk).first()
    if held is None:
        raise NotFound()
    return held


def _add(project: ServiceProject, requests: Collection[ServiceRequest]) -> None:
    rows = [ProjectRequest(project=project, request=each) for each in requests]
    ProjectRequest.objects.bulk_create(rows, ignore_conflicts=True)


def _of(actor: User, ids: Collection[int], *, least: int = 2) -> list[ServiceRequest]:
    """Returns the requests `ids` the actor dispatches, none of them confidential. Raises NotFound when one is not
    among them, ValidationFailed for fewer than `least`.
    """
    found = list(access.dispatched_by(actor).filter(pk__in=ids).order_by("pk"))
    if len(found) < len(set(ids)):
        raise NotFound()
    if len(found) < least:
        raise ValidationFailed(_("Tick at least two requests."))
    return found


def _area_of(requests: Collection[ServiceRequest]) -> Area:
    return _smallest_around([each.area_id for each in requests])


def _smallest_around(area_ids: Collection[int]) -> Area:
    """Returns the lowest area that contains all of them; the city contains everything."""
    lineages = [areas.tree().lineage(pk) for pk in area_ids]
    shared = [level[0] for level in zip(*lineages, strict=False) if len({area.pk for area in level}) == 1]
    return shared[-1]
