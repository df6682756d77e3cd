"""Which requests of a plan look alike: each would be given somebody, where one person may do for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from civic.accounts.models import User
from requests_app import access
from requests_app.models import LineState, PlanLine, ServiceRequest
from requests_app.queries import alike_groups

COMPARED = 1_000  # requests of a plan; where there are more, nobody looks for what is alike among them here


@dataclass(frozen=True)
class Likeness:
    """Which of the requests that the plan has somebody for look alike; `areas` are those whose pages show that."""

    groups: Mapping[int, list[int]]
    areas: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.groups)

    def others(self, request: ServiceRequest) -> int:
        """Returns how many others in the plan the request looks like."""
        return len(self.groups.get(request.pk, [request.pk])) - 1

    def area_of(self, request: ServiceRequest) -> int | None:
        """Returns the area whose page of look-alike requests has this one."""
        around = (request.district_id, request.street_id, request.community_id)
        return next((pk for pk in around if pk in self.areas), None)


NONE = Likeness({})


def likeness(lines: QuerySet[PlanLine], user: User) -> Likeness:
    """Returns which requests of `lines` look alike, as far as somebody is proposed or was asked for them; none where
    there are more than COMPARED. Five statements at most."""
    states = [LineState.PROPOSED, LineState.CONFLICT, LineState.APPLIED]
    given = lines.filter(state__in=states, forbidden=False).order_by()
    ids = given.values_list("request", flat=True).distinct()[: COMPARED + 1]
    if not 2 <= len(ids) <= COMPARED:
        return NONE
    found = alike_groups.among(access.dispatched_by(user).filter(pk__in=list(ids)))
    return Likeness(found, frozenset(area.pk for area in alike_groups.places(user)))
