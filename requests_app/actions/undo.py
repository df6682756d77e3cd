"""Taking back what one has just done, where the table has the opposite step and nothing else would have to follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.cases.models import CaseEvent
from civic.lib import clock
from civic.lib.errors import IllegalTransition
from requests_app.actions.act import act
from requests_app.enums import RequestState
from requests_app.models import ServiceRequest

OPPOSITE = {"offer": "withdraw_offer", "pause": "resume", "refer": "recall", "merge": "split"}
WANT_REASON = {"refer", "merge"}
WITHIN = timedelta(minutes=2)  # later the opposite step is one to think about, with a form of its own


def undoable(done: Mapping[int, int], actor: User) -> list[int]:
    """Returns those of `done` (request id > version it stands at) whose last step `actor` can take back."""
    events = CaseEvent.objects.filter(
        kind=ServiceRequest.kind, case_id__in=list(done), seq__in=set(done.values()), actor_id=actor.pk
    )
    able = {event.case_id for event in events if event.seq == done[event.case_id] and _has_opposite(event)}
    return [pk for pk in done if pk in able]


def undo(request: ServiceRequest, *, actor: User, version: int) -> ServiceRequest:
    """Takes back the step of `actor` that led to `version` of `request`, by the opposite one; returns it as it stands.

    Raises VersionConflict when something has happened since, IllegalTransition for a step without an opposite or too
    long ago, and what the opposite step raises.
    """
    event = CaseEvent.objects.filter(
        kind=ServiceRequest.kind, case_id=request.pk, seq=version, actor_id=actor.pk
    ).first()
    if event is None or not _has_opposite(event):
        raise IllegalTransition(_("This step has no opposite that would undo it."))
    if clock.now() > event.at + WITHIN:
        raise IllegalTransition(
            _("It was done too long ago to be undone here. Take the opposite step instead.")
        )
    facts: dict[str, Any] = {"undone": event.at}
    if event.verb in WANT_REASON:
        facts["reason"] = _("Undone right away.")
    if "before" in event.facts:
        facts["before"] = event.facts["before"]
    return act(request, OPPOSITE[event.verb], actor=actor, expected_version=version, **facts)


def _has_opposite(event: CaseEvent) -> bool:
    """Whether the opposite step leads back to where it was.

    Offers beside earlier ones would all be withdrawn, and what a pause withdrew or released does not come back.
    """
    if event.verb == "offer":
        return event.from_state == RequestState.SUBMITTED
    if event.verb == "pause":
        return event.from_state == event.to_state != RequestState.OFFERED and "dropped" not in event.facts
    return event.verb in OPPOSITE
