"""The ends: rejected, cancelled, rated, called back, closed unrated, and opened again."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.cases.change import Change
from civic.cases.models import CaseEvent
from civic.lib.errors import Conflict, IllegalTransition, ValidationFailed
from requests_app import messages
from requests_app.access import is_beneficiary, volunteer_of
from requests_app.effects import parts, referring
from requests_app.effects.rounds import begin_round
from requests_app.enums import (
    AssignmentState,
    Outcome,
    RatedVia,
    RejectReason,
    RequestState,
    Solved,
)
from requests_app.models import Assignment, Block, Concern, Rating, ServiceRequest
from volunteers import ledger
from volunteers.enums import ConfirmedBy
from volunteers.models import Volunteer

MAX_ROUNDS = 3
ANSWER_WITHIN = timedelta(days=15)
DISPATCHING = ("offer", "reassign", "close_staffing", "withdraw_offer", "refer", "merge", "unit_reply")


def reject(change: Change) -> None:
    """Not taken on: the reason, and what to do instead, which the resident reads."""
    change.reason_code = str(change.fact("reason_code"))
    if change.reason_code not in RejectReason.values:
        raise ValidationFailed.on("reason_code", _("Choose one of the reasons."))
    change.text("reply", str(change.fact("text")))
    parts.end_round(change)
    messages.to_resident(change, "request.rejected", reason=RejectReason(change.reason_code).label)


def cancel(change: Change) -> None:
    """No longer needed: everybody who was asked or had accepted is told once."""
    change.reason_code = str(change.fact("reason_code") or "")
    change.text("reason", str(change.fact("reason") or ""))
    referring.end_with_request(change)
    parts.end_round(change)
    messages.to_resident(change, "request.cancelled")


def untouched_import(change: Change) -> None:
    """Guard: it came with an import and nobody has done anything with it since."""
    if change.case.import_batch_id is None or change.case.version != 1:
        raise IllegalTransition(_("Somebody has worked on this already."))


def undo_import(change: Change) -> None:
    """Takes an imported request back: outside every rate, nobody is told."""
    change.reason_code = Outcome.IMPORT_UNDONE
    change.case.outcome = Outcome.IMPORT_UNDONE
    change.void_timers()


def served_here(change: Change) -> None:
    """Guard: what was closed in the earlier system is history; nothing of it is answered or counted here."""
    if change.case.outcome == Outcome.TAKEN_OVER:
        raise IllegalTransition(
            _("This was closed in the earlier system. Please place a new request if it is needed again.")
        )


def within_answer_time(change: Change) -> None:
    """Guard: a closed request can be answered or reopened for 15 days, by staff at any time."""
    closed = change.case.closed_at
    if closed is not None and change.role != "dispatcher" and change.at > closed + ANSWER_WITHIN:
        raise IllegalTransition(_("It was closed more than 15 days ago. Please place a new request."))


def not_rated_yet(change: Change) -> None:
    """Guard: one rating a round."""
    if Rating.objects.filter(request=change.case, round=change.case.round).exists():
        raise IllegalTransition(_("This round has been rated already."))


def rate(change: Change) -> None:
    """The beneficiary's answer: solved is one question, stars another. Any answer confirms the records."""
    solved, stars = _solved(change), _stars(change, required=True)
    change.text("comment", str(change.fact("comment") or ""))
    _answer(change, solved, stars, RatedVia.BENEFICIARY)
    if stars is not None and stars <= 2 and solved != Solved.NO:
        change.case.call_back_wanted = True
        messages.to_dispatchers(change, "desk.call_back")


def bar_to_calling_back(request: ServiceRequest, actor: Any) -> str:
    """Bar: whoever calls back neither dispatched nor served this request, nor is it their own."""
    if is_beneficiary(request, actor):
        return _("It is your own request: please rate it instead.")
    if had_a_hand_in([request.pk], actor):
        return _("Whoever dispatched or served a request cannot call back about it. Ask a colleague.")
    return ""


def had_a_hand_in(ids: Collection[int], actor: Any) -> set[int]:
    """Returns those of the requests `ids` that `actor` dispatched or served."""
    dispatched = Q(verb__in=DISPATCHING) | Q(verb="amend", facts__start_confirmed=True)
    events = CaseEvent.objects.filter(dispatched, kind="request", case_id__in=ids, actor_id=actor.pk)
    found = set(events.values_list("case_id", flat=True))
    if volunteer := volunteer_of(actor):
        served = Assignment.objects.filter(request__in=ids, volunteer=volunteer)
        found.update(served.values_list("request_id", flat=True))
    return found


def call_back(change: Change) -> None:
    """Staff ask the resident by telephone: closes, opens another round, or answers a poor rating."""
    request, solved = change.case, _solved(change)
    change.text("note", str(change.fact("note") or ""))
    request.call_back_wanted = False
    if Rating.objects.filter(request=request, round=request.round).exists():
        if solved == Solved.NO and request.rounds_counted < MAX_ROUNDS and change.fact("again"):
            _again(change)
        else:
            request.outcome = _outcome(solved)
            change.target = RequestState.CLOSED
            change.record(solved=solved)
        return
    _answer(change, solved, _stars(change, required=False), RatedVia.CALL_BACK)


def something_to_ask(change: Change) -> None:
    """Guard: a closed request is called back about when unrated or when a call-back was asked for."""
    request = change.case
    if request.state == RequestState.CLOSED and not (
        request.outcome == Outcome.UNRATED or request.call_back_wanted
    ):
        raise IllegalTransition(_("This request was rated and nobody asked for a call-back."))


def close_unrated(change: Change) -> None:
    """Seven days without an answer: closed, never counted as satisfaction; the record stays unconfirmed."""
    change.case.outcome = Outcome.UNRATED
    parts.end_round(change)
    messages.to_resident(change, "request.closed")


def rounds_left(change: Change) -> None:
    """Guard: at most three rounds."""
    if change.case.rounds_counted >= MAX_ROUNDS:
        raise Conflict(
            _("There were three rounds already; the district will call back instead."),
            code="illegal_transition",
        )


def reopen(change: Change) -> None:
    """Another round from the start."""
    change.text("reason", str(change.fact("reason") or ""))
    _again(change)


def report_concern(change: Change) -> None:
    """A safety report of either side, for the dispatchers at once; with the volunteer it is about, if one is named."""
    if change.fact("volunteer") is not None:
        change.record(volunteer=_who_is_meant(change).pk)
    change.text("concern", str(change.fact("text")))
    Concern.objects.create(request=change.case, by=change.actor, seq=change.seq, at=change.at)
    messages.to_dispatchers(change, "desk.concern")


def block(change: Change) -> None:
    """This resident and this volunteer are never matched again."""
    request = change.case
    themselves = volunteer_of(change.actor) if change.role in {"assigned", "served"} else None
    volunteer = themselves or _who_is_meant(change)
    Block.objects.get_or_create(
        volunteer=volunteer,
        resident_id=request.beneficiary_id,
        phone_hash="" if request.beneficiary_id else request.beneficiary_phone_hash,
        defaults={"by": change.actor, "at": change.at},
    )
    change.record(volunteer=volunteer.pk)


def _who_is_meant(change: Change) -> Volunteer:
    """Returns the volunteer whom the facts name, or the only one who ever had a part in the request.

    Raises ValidationFailed for anybody else, and when several had one and nobody is named.
    """
    found = Volunteer.objects.filter(assignments__request=change.case).distinct()
    wanted = change.fact("volunteer")
    meant = list((found if wanted is None else found.filter(pk=wanted))[:2])
    if not meant:
        raise ValidationFailed.on("volunteer", _("Say which volunteer is meant."))
    if len(meant) > 1:
        raise ValidationFailed.on("volunteer", _("More than one person is meant: say which."))
    return meant[0]


def _answer(change: Change, solved: str, stars: int | None, via: str) -> None:
    request = change.case
    Rating.objects.create(
        request=request,
        round=request.round,
        solved=solved,
        stars=stars,
        via=via,
        by=change.actor,
        at=change.at,
    )
    change.record(solved=solved, stars=stars, via=via)
    _confirm_records(change, via)
    if solved == Solved.NO:
        if request.rounds_counted < MAX_ROUNDS:
            _again(change)
            return
        request.call_back_wanted = True
        messages.to_dispatchers(change, "desk.unsolved", from_district=True)
    parts.end_round(change)
    request.outcome = _outcome(solved)
    change.target = RequestState.CLOSED


def _again(change: Change) -> None:
    parts.end_round(change)
    begin_round(change, counts=True)
    change.target = RequestState.SUBMITTED
    messages.to_resident(change, "request.again", due=change.case.dispatch_due_at)


def _confirm_records(change: Change, via: str) -> None:
    """Every record of the round: of who completed, and of who gave up or was released on the way."""
    lines = list(parts.assignments(change.case).filter(minutes__gt=0).select_related("volunteer"))
    how = ConfirmedBy.RATING if via == RatedVia.BENEFICIARY else ConfirmedBy.CALL_BACK
    assert isinstance(change.actor, User)
    ledger.confirm([line.pk for line in lines], how=how, by=change.actor, at=change.at)
    for line in lines:
        if line.state == AssignmentState.COMPLETED:
            messages.to_volunteer(change, "task.rated", line.volunteer, minutes=line.minutes)


def _outcome(solved: str) -> str:
    return {Solved.YES: Outcome.SOLVED, Solved.PARTLY: Outcome.PARTLY, Solved.NO: Outcome.UNSOLVED}[solved]  # type: ignore[index]


def _solved(change: Change) -> str:
    solved = str(change.fact("solved") or "")
    if solved not in Solved.values:
        raise ValidationFailed.on("solved", _("Choose one of the three answers."))
    return solved


def _stars(change: Change, *, required: bool) -> int | None:
    stars = change.fact("stars")
    if stars is None and not required:
        return None
    if not isinstance(stars, int) or not 1 <= stars <= 5:
        raise ValidationFailed.on("stars", _("Give 1 to 5 stars."))
    return stars
