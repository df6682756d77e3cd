"""Verbs that need a second person: leaving a closed request out of the rates, and a later limit."""

from typing import Any

from django.utils.translation import gettext as _

from civic.cases.approvals import why_not
from civic.cases.change import Change
from civic.cases.enums import ApprovalState
from civic.lib.errors import IllegalTransition, ValidationFailed
from requests_app import access, messages, words
from requests_app.effects import moving, referred
from requests_app.enums import ExemptReason, RequestState, Step


def counted_so_far(change: Change) -> None:
    """Guard: it is not left out already."""
    if change.case.exempt_reason:
        raise IllegalTransition(_("This request is left out of the rates already."))


def exempt(change: Change) -> None:
    """Left out of every rate, for a reason that is counted and listed in public; the words are for staff."""
    change.reason_code = str(change.fact("reason_code"))
    if change.reason_code not in ExemptReason.values:
        raise ValidationFailed.on("reason_code", _("Choose one of the reasons."))
    change.case.exempt_reason = change.reason_code
    change.text("text", str(change.fact("text")))


def extend(change: Change) -> None:
    """A later limit: of the service, or of the unit's answer while it is referred. The original one stays on record
    and is shown beside it."""
    request, due = change.case, change.fact("due_at")
    part = referred.open_one(request) if request.state == RequestState.REFERRED else None
    present = part.due_at if part is not None else request.due_at
    if due <= max(present, change.at):
        raise ValidationFailed.on(
            "due_at", _("The new limit has to be later than the present one, and than now.")
        )
    change.record(old_due_at=present.isoformat(), due_at=due.isoformat())
    change.text("reason", str(change.fact("reason")))
    if part is not None:
        part.due_at = due
        part.save(update_fields=["due_at"])
        moving.move_deadline(change, Step.ANSWER, due)
        messages.to_unit(change, "unit.extended", part.unit_id, due=due)
    if due > request.due_at:
        moving.move_deadline(change, Step.FINISH, due)
    messages.to_resident(change, "request.extended", due=due)


def tell(change: Change, approval: Any) -> None:
    """Tells, once each, those who may decide that something waits for them, and the proposer how it ended."""
    step = words.VERBS.get(approval.verb, approval.verb)
    if approval.state == ApprovalState.OPEN:
        for user in access.approvers_of(change.case):
            if not why_not(change.case, approval, user):
                messages.to_one(change, "desk.approval_wanted", user.pk, step=step, by=approval.expires_at)
    elif approval.state != ApprovalState.WITHDRAWN:
        ended = ApprovalState(approval.state).label
        messages.to_one(change, _told_as(approval), approval.proposer_id, step=step, ended=ended)


def _told_as(approval: Any) -> str:
    """Returns the message by which the proposer learns how it ended: a unit reads it on pages of its own."""
    if approval.role != "unit":
        return "desk.approval_ended"
    if approval.verb == "unit_reply" and approval.state == ApprovalState.APPROVED:
        return "unit.answer_approved"
    return "unit.approval_ended"
