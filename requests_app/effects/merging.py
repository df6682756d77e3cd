"""Requests about the same thing: one is joined to another, shares its end, and can be separated again."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from civic.cases import door
from civic.cases.change import Change
from civic.cases.workflow import SYSTEM
from civic.lib.errors import Conflict, ValidationFailed
from civic.lib.geo import distance_m
from requests_app import access, messages
from requests_app.effects import clocks, parts
from requests_app.enums import FINAL, RequestState
from requests_app.models import ServiceRequest

S = RequestState
NEAR_M = 1_000  # what lies further apart is not the same thing
NEAR_TIME = timedelta(days=60)
TAKES_OTHERS = frozenset(
    set(S) - FINAL - {S.COMPLETED, S.MERGED}
)  # states in which others can be joined to it
SHARED = {"reject": "reply", "unit_reply": "answer"}  # verb -> the words that those joined to it read too


def hold(request: ServiceRequest, into: int) -> None:
    """Locks both requests of a merge in the order of their numbers, so that two merges never wait for each other."""
    door.hold(ServiceRequest, {request.pk, into})


def joined_to(request: ServiceRequest) -> Any:
    """Returns the requests that are joined to this one now."""
    return ServiceRequest.objects.filter(merged_into=request, state=S.MERGED).order_by("pk")


def stands_alone(change: Change) -> None:
    """Guard: others are joined to it; whoever wants to move them joins each of them."""
    if joined_to(change.case).exists():
        raise Conflict(
            _("Other requests are joined to this one. Join this one's neighbours to it instead."),
            code="illegal_transition",
        )


def merge(change: Change) -> None:
    """Joined to another open request, near in place and time. From now on it waits for that one's end."""
    request, into = change.case, change.fact("into")
    if into == request.pk:
        raise ValidationFailed.on("into", _("A request cannot be joined to itself."))
    other = ServiceRequest.objects.filter(pk=into).first()
    if other is None or not access.may_dispatch(change.actor, other):
        raise ValidationFailed.on("into", _("There is no such request in your areas."))
    _check_fit(request, other)
    request.merged_into = other
    change.record(into=other.pk)
    if request.paused_at is not None and request.paused_until is not None:  # which ends here
        pause = [request.paused_at.isoformat(), request.paused_until.isoformat(), request.pause_reason]
        change.record(before=pause)
    change.void_timers()
    messages.to_resident(change, "request.merged")


def _check_fit(request: ServiceRequest, other: ServiceRequest) -> None:
    """Raises ValidationFailed when `other` takes nobody in, or is too far away to be about the same thing.

    A confidential one takes nobody in, whoever has stated a need to read it: those joined read what is answered to it.
    """
    if other.state == S.MERGED:
        raise ValidationFailed.on(
            "into", _("That request is joined to another one itself. Choose the one it is joined to.")
        )
    if other.state not in TAKES_OTHERS:
        raise ValidationFailed.on("into", _("That request has ended or is done. Choose an open one."))
    if other.confidential:
        raise ValidationFailed.on("into", _("That request is confidential: no other is joined to it."))
    if request.district_id is None or request.district_id != other.district_id:
        raise ValidationFailed.on("into", _("The two lie in different districts."))
    if abs(request.placed_at - other.placed_at) > NEAR_TIME:
        raise ValidationFailed.on("into", _("They were placed more than 60 days apart."))
    if None not in (request.lat, request.lon, other.lat, other.lon):
        far = distance_m(request.lat, request.lon, other.lat, other.lon) > NEAR_M  # type: ignore[arg-type]
    else:
        far = request.community_id != other.community_id
    if far:
        raise ValidationFailed.on("into", _("The two places are too far apart to be the same thing."))


def let_go(change: Change) -> None:
    """Separates those that are joined to this request: each waits for dispatch by itself again."""
    _take_along(change, S.SUBMITTED)


def split(change: Change) -> None:
    """Separated again: it waits for dispatch by itself. Where the merge is undone, its pause goes on too."""
    change.text("reason", str(change.fact("reason") or ""))
    if before := change.fact("before"):
        request, (since, until, reason) = change.case, before
        request.paused_at, request.paused_until = datetime.fromisoformat(since), datetime.fromisoformat(until)
        request.pause_reason = reason
        clocks.stand_again(request, S.SUBMITTED)
    _separate(change)


def follow(change: Change) -> None:
    """The request it was joined to came to an end, and this one shares it: done, not taken on, or by itself again."""
    change.target = str(change.fact("goal"))
    change.record(after=change.case.merged_into_id)
    if change.target == S.SUBMITTED:
        _separate(change)
        return
    change.reason_code = str(change.fact("reason_code") or "")
    for name, body in change.fact("words", ()):
        change.text(name, body)
    if change.target == S.REJECTED:
        messages.to_resident(change, "request.rejected", reason=messages.reject_reason(change.reason_code))


def settle(change: Change) -> None:
    """Keeps what is derived from the state, and takes those along that are joined to this request."""
    parts.settle(change)
    if change.row.verb == "split" and change.fact("undone"):
        change.set_timers_again(change.fact("undone"))
    request, source, target = change.case, change.case.state, change.target
    if target in {S.SUBMITTED, S.CANCELLED}:  # on its own from now on, also after a later round
        request.merged_into_id = None
    if target != source and target in SHARED_ENDS:
        _take_along(change, SHARED_ENDS[S(target)])


# What those joined to a request become when it gets there.
SHARED_ENDS = {
    S.COMPLETED: S.COMPLETED,
    S.REJECTED: S.REJECTED,
    S.CANCELLED: S.SUBMITTED,
}


def _take_along(change: Change, goal: str) -> None:
    waiting = list(joined_to(change.case).select_for_update())
    name = SHARED.get(change.row.verb, "")
    words = [text for text in change.texts if text[0] == name]
    for each in waiting:
        facts: dict[str, Any] = {"goal": goal, "reason_code": change.reason_code, "words": words}
        door.perform(each, "follow", actor=SYSTEM, **facts)


def _separate(change: Change) -> None:
    change.record(out_of=change.case.merged_into_id)
    messages.to_resident(change, "request.split")
