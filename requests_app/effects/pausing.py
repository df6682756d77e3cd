"""Pausing: nothing can be done for a while. Nobody is asked, every clock stands, and it goes on by itself."""

from datetime import timedelta

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import IllegalTransition, ValidationFailed
from requests_app import messages, timing
from requests_app.effects import clocks, escalating, parts
from requests_app.effects.offering import NOT_CHECKED_IN_AFTER, set_assignment_timers
from requests_app.enums import AssignmentState, PauseReason

LONGEST = timedelta(days=30)


def not_paused(change: Change) -> None:
    """Guard: nothing is arranged while the request is paused."""
    if change.case.paused_at is not None:
        raise IllegalTransition(_("It is paused. Resume it first."))


def is_paused(change: Change) -> None:
    """Guard: only what is paused goes on."""
    if change.case.paused_at is None:
        raise IllegalTransition(_("It is not paused."))


def pause(change: Change) -> None:
    """Stops the clocks until a day within 30: open offers and the pool are withdrawn, and who would come before the
    end is released; who comes later still comes."""
    request, until = change.case, change.fact("until")
    change.reason_code = str(change.fact("reason_code"))
    if change.reason_code not in PauseReason.values:
        raise ValidationFailed.on("reason_code", _("Choose one of the reasons."))
    if until <= change.at:
        raise ValidationFailed.on("until", _("Please choose a time in the future."))
    if until > change.at + LONGEST:
        raise ValidationFailed.on("until", _("A pause lasts 30 days at most."))
    parts.stop_asking(change)
    coming = parts.active(request).filter(state=AssignmentState.ACCEPTED, agreed_start__lt=until)
    for line in coming.select_related("volunteer"):
        parts.release(change, line)
    if request.agreed_start is not None and request.agreed_start < until:
        change.record(dropped=request.agreed_start.isoformat())
        request.agreed_start, request.start_proposed = None, False
        request.terms += 1
    request.paused_at, request.paused_until, request.pause_reason = change.at, until, change.reason_code
    clocks.stop(request, change.at)
    change.set_timer("resume", until)
    change.text("note", str(change.fact("note") or ""))
    change.record(until=until.isoformat())
    reason = PauseReason(change.reason_code).label
    messages.to_resident(change, "request.paused", reason=reason, until=until)


def resume(change: Change) -> None:
    """The clocks run on with what was left of each limit; the original deadline stays. By itself: whoever must act
    is told. Where the pause is undone, everything is as if it had not been."""
    request = change.case
    before = request.due_at
    request.paused_at = request.paused_until = None
    request.pause_reason = ""
    if undone := change.fact("undone"):
        clocks.never_stopped(request)
        change.set_timers_again(undone)
    else:
        clocks.go_on(request, change.at)
        _run_on(change)
    change.record(due=[before.isoformat(), request.due_at.isoformat()])
    messages.to_resident(change, "request.resumed")
    if change.role == "system":
        _area, people = next(iter(escalating.must_act(request)), (None, []))
        messages.to_staff(change, "desk.resumed", people)


def _run_on(change: Change) -> None:
    """Sets what was to ring during the pause, or rings after it, by the deadlines as they are now."""
    request = change.case
    change.void_timers("resume")
    for line in parts.active(request).filter(state=AssignmentState.ACCEPTED).select_related("volunteer"):
        if line.confirm_by is None:
            set_assignment_timers(change, line)
            continue
        start = request.agreed_start or line.agreed_start
        line.confirm_by = timing.offer_expires_at(change.at, request.urgency, max(start, change.at))
        line.save(update_fields=["confirm_by"])
        change.set_timer("lapse", line.confirm_by, part_id=line.pk)
        change.set_timer("late_check_in", start + NOT_CHECKED_IN_AFTER, part_id=line.pk)
    escalating.plan_again(change)
