"""What a team mate reads of a task that was passed on to them and that only the desk can offer."""

from __future__ import annotations

from requests_app.enums import ACTIVE
from requests_app.models import Assignment
from requests_app.queries import for_volunteer
from requests_app.queries.volunteer import Card, card_of, missing_of
from volunteers.models import Volunteer


def find(volunteer: Volunteer, request_id: int) -> Card | None:
    """Returns the summary, None where it is not for this volunteer; what anybody may read before acceptance."""
    request = for_volunteer.open_to_hear_of(volunteer).filter(pk=request_id).first()
    if request is None:
        return None
    return card_of(request, volunteer, missing_of([request]))


def is_full(card: Card) -> bool:
    """Whether everybody who is needed has accepted."""
    there = Assignment.objects.filter(request=card.request, round=card.request.round, state__in=ACTIVE)
    return there.count() >= card.request.needed
