"""Coming and going: confirming changed terms, checking in, completing, giving up, not coming."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.evidence import store
from civic.lib import spoken
from civic.lib.errors import IllegalTransition, NotAllowed, TooMany, ValidationFailed
from civic.lib.geo import distance_m
from requests_app import limiter, messages, timing
from requests_app.access import volunteer_of
from requests_app.effects import escalating, parts, team_offering
from requests_app.effects.offering import NOT_CHECKED_IN_AFTER, bar_to_serving, set_assignment_timers
from requests_app.effects.rounds import begin_round
from requests_app.enums import AssignmentState, CheckInBy, RequestState
from requests_app.models import Assignment
from volunteers import commitments

NO_SHOW_AFTER = timedelta(minutes=30)
LONG_AFTER = timedelta(hours=2)
NEAR_M = 500
LONGEST_WAIT = timedelta(hours=24)  # how late a phone may tell what was done without network
EARLY = timedelta(hours=1)  # a check-in told late counts from so long before the agreed start at most


def own_assignment(change: Change, *states: str) -> Assignment:
    """Returns the actor's assignment of this round in one of `states`; raises IllegalTransition otherwise."""
    volunteer = volunteer_of(change.actor)
    found = parts.assignments(change.case).filter(volunteer=volunteer, state__in=states).first()
    if found is None:
        raise IllegalTransition(_("Your part in this has ended or is not so far yet."))
    return found


def _named(change: Change, *states: str, rounds: str = "current") -> Assignment:
    """Returns the assignment staff or the resident mean: the one named, or the only one in such a state."""
    found = (
        parts.assignments(change.case)
        if rounds == "current"
        else Assignment.objects.filter(request=change.case).order_by("pk")
    ).filter(state__in=states)
    wanted = change.fact("assignment")
    if wanted is not None:
        found = found.filter(pk=wanted)
    lines = list(found.select_related("volunteer__user")[:2])
    if not lines:
        raise IllegalTransition(_("There is nobody to whom this applies now."))
    if len(lines) > 1:
        raise ValidationFailed.on("assignment", _("More than one person is meant: say which."))
    return lines[0]


def ask_to_confirm(change: Change, *, place_changed: bool) -> None:
    """After a change of time or place everybody who accepted confirms, or is released when the time is up.

    They have as long as for an offer, so nobody loses a task asleep. Until then no reminder of the old time.
    """
    request = change.case
    for line in parts.active(request).filter(state=AssignmentState.ACCEPTED).select_related("volunteer"):
        same_time = (line.agreed_start, line.expected_minutes) == (
            request.agreed_start or line.agreed_start,
            request.expected_minutes,
        )
        if same_time and not place_changed:
            continue
        start = request.agreed_start or line.agreed_start
        latest = start if start > change.at else None
        line.confirm_by = timing.offer_expires_at(change.at, request.urgency, latest)
        line.save(update_fields=["confirm_by"])
        change.set_timer("lapse", line.confirm_by, part_id=line.pk)
        change.void_timers("start_24h", "start_2h", part_id=line.pk)
        change.set_timer("late_check_in", start + NOT_CHECKED_IN_AFTER, part_id=line.pk)
        messages.to_volunteer(change, "task.confirm", line.volunteer, start=start, by=line.confirm_by)


def confirm(change: Change) -> None:
    """The volunteer agrees to the changed terms; only now the commitment holds the new time."""
    line = own_assignment(change, AssignmentState.ACCEPTED)
    if line.confirm_by is None:
        raise IllegalTransition(_("There is nothing to confirm."))
    _take_new_terms(change, line)


def _take_new_terms(change: Change, line: Assignment) -> None:
    request = change.case
    line.confirm_by = None
    line.agreed_start = request.agreed_start or line.agreed_start
    line.expected_minutes = request.expected_minutes
    if why_not := bar_to_serving(request, line.volunteer, line.agreed_start):
        raise NotAllowed(why_not)
    line.save(update_fields=["confirm_by", "agreed_start", "expected_minutes"])
    commitments.move(line.pk, line.agreed_start, line.expected_minutes)
    change.void_timers("lapse", "start_24h", "start_2h", "late_check_in", part_id=line.pk)
    set_assignment_timers(change, line)
    change.record(assignment=line.pk)


def lapse(change: Change) -> None:
    """Nobody confirmed in time: the person is released, the dispatchers are told."""
    line = Assignment.objects.select_related("volunteer").get(pk=change.facts["timer"].part_id)
    if line.confirm_by is None or line.state != AssignmentState.ACCEPTED:
        raise IllegalTransition(_("There is nothing to confirm."))
    parts.release(change, line)
    messages.to_dispatchers(change, "desk.unconfirmed")


def give_up(change: Change) -> None:
    """The volunteer cannot come or go on; counted with how late it was, and the slot reopens.

    It does not count for who was named by a team's leader and says so soon (team_offering.may_still_say_no).
    """
    line = own_assignment(change, AssignmentState.ACCEPTED, AssignmentState.IN_SERVICE)
    notice = int((line.agreed_start - change.at).total_seconds() // 60)
    change.reason_code = str(change.fact("reason_code") or "other")
    change.text("note", str(change.fact("note") or ""))
    change.record(notice_minutes=notice)
    blameless = team_offering.may_still_say_no(change, line)
    parts.end_assignment(
        change,
        line,
        AssignmentState.GIVEN_UP,
        end_reason=change.reason_code,
        notice_minutes=notice,
        excused=blameless,
    )
    if blameless:
        change.record(excused=True)
    messages.to_dispatchers(change, "desk.gave_up")
    if line.offer.team_offer is not None and line.offer.made_by_id != change.actor.pk:
        messages.to_leaders(change, "team.cannot", line.offer.team_offer.team)
    if not parts.active(change.case).exists():
        messages.to_resident(change, "request.looking_again")
    elif parts.compute(change.case) == RequestState.COMPLETED:
        messages.to_dispatchers(change, "desk.completed")


def reassign(change: Change) -> None:
    """Releases named people so that others can be asked; the minutes they served are kept."""
    wanted = change.fact("assignments") or ([change.fact("assignment")] if change.fact("assignment") else [])
    found = parts.active(change.case).filter(state__in=parts.SERVING)
    lines = list((found.filter(pk__in=wanted) if wanted else found).select_related("volunteer"))
    if not lines or (wanted and len(lines) != len(set(wanted))):
        raise IllegalTransition(_("There is nobody to release, or one of them has ended already."))
    for line in lines:
        parts.release(change, line)


def report_no_show(change: Change) -> None:
    """Half an hour after the agreed start at the earliest."""
    line = _named(change, AssignmentState.ACCEPTED)
    start = change.case.agreed_start if line.confirm_by is not None else None  # asked to come later instead
    earliest = max(line.agreed_start, start or line.agreed_start) + NO_SHOW_AFTER
    if change.at < earliest:
        raise ValidationFailed.on("assignment", _("Please wait until 30 minutes after the agreed start."))
    parts.end_assignment(change, line, AssignmentState.NO_SHOW, end_reason="no_show")
    messages.to_volunteer(change, "task.no_show", line.volunteer)
    if change.role != "dispatcher":
        messages.to_dispatchers(change, "desk.not_checked_in")


def excuse(change: Change) -> None:
    """A no-show or a late give-up no longer counts against the person."""
    line = _named(change, AssignmentState.NO_SHOW, AssignmentState.GIVEN_UP, rounds="every")
    if line.volunteer.user_id == change.actor.pk:
        raise NotAllowed(_("Nobody excuses themselves. Ask a colleague."))
    if line.excused:
        raise IllegalTransition(_("This has been excused already."))
    line.excused = True
    line.save(update_fields=["excused"])
    change.record(assignment=line.pk)
    messages.to_volunteer(change, "task.excused", line.volunteer)


def check_in(change: Change) -> None:
    """The service begins: by the resident's code, by place, or with a stated reason."""
    request = change.case
    line = own_assignment(change, AssignmentState.ACCEPTED)
    if not line.volunteer.is_approved:
        raise NotAllowed(_("Your registration as a volunteer is not approved or is paused."))
    how, away = _check_in_way(change, line)
    at = _done_at(change, max(line.accepted_at, line.agreed_start - EARLY))
    if line.confirm_by is not None:
        _take_new_terms(change, line)
    change.text("reason", str(change.fact("reason") or ""))
    change.record(by=how)  # how far away stands in the assignment, to be forgotten
    change.move(
        line,
        AssignmentState.IN_SERVICE,
        checked_in_at=at,
        check_in_by=how,
        check_in_distance_m=away,
    )
    change.void_timers("start_24h", "start_2h", "late_check_in", part_id=line.pk)
    expected_end = max(at, line.agreed_start) + timedelta(minutes=line.expected_minutes)
    change.set_timer("long_service", expected_end + LONG_AFTER, part_id=line.pk)
    if request.agreed_start is None:
        request.agreed_start = at
    request.start_proposed = False  # it has begun: nothing is left to agree on


def _done_at(change: Change, earliest: datetime) -> datetime:
    """Returns when it was done: now, or earlier by `waited_seconds` where a phone without network kept it.

    Never before `earliest`; how long it waited goes into the history. Raises ValidationFailed after a day.
    """
    waited = timedelta(seconds=int(change.fact("waited_seconds") or 0))
    if waited < timedelta(minutes=1):
        return change.at
    if waited > LONGEST_WAIT:
        raise ValidationFailed(_("This was done more than a day ago. Please tell the desk."))
    at = min(change.at, max(earliest, change.at - waited))
    change.record(waited_minutes=int((change.at - at).total_seconds() // 60))
    return at


def _check_in_way(change: Change, line: Assignment) -> tuple[str, int | None]:
    """Returns how the volunteer proves to be there, and the metres from the place when both are known.

    Raises ValidationFailed for a wrong code or too little, TooMany when codes of this assignment are locked
    and nothing else was given.
    """
    request = change.case
    code, lat, lon = change.fact("code"), change.fact("lat"), change.fact("lon")
    away = None
    if None not in (lat, lon, request.lat, request.lon):
        away = round(distance_m(lat, lon, request.lat, request.lon))
    tries = {limiter.CODE_AT_DOOR: str(line.pk)}
    locked = bool(code) and limiter.is_locked(tries)
    if code and not locked:
        _compare(str(code), request.check_in_code, tries)
        return CheckInBy.CODE, away
    if away is not None and away <= NEAR_M:
        return CheckInBy.PLACE, away
    if str(change.fact("reason") or "").strip():
        return CheckInBy.REASON, away
    if locked:
        raise _locked()
    where = _("You seem to be %(distance)s away.") % {"distance": spoken.distance(away)} if away else ""
    what_to_do = _("Enter the resident's code, or say why.")
    raise ValidationFailed.on("code", spoken.sentences(where, what_to_do))


def _compare(typed: str, code: str, tries: limiter.Tries) -> None:
    """Raises ValidationFailed when it is not the resident's code, TooMany when it was the last try.

    The case is locked meanwhile, so guesses come one after the other; the count outlives the rollback.
    """
    if typed.strip() == code:
        return
    if limiter.count_wrong(tries, typed.strip()):
        raise _locked()
    raise ValidationFailed.on("code", _("This is not the resident's code. Please ask again."))


def _locked() -> TooMany:
    seconds = limiter.CODE_AT_DOOR.seconds
    words = _(
        "Too many wrong codes: for %(minutes)s minutes none is taken. Check in by place, or say why without the code."
    ) % {"minutes": seconds // 60}
    return TooMany(errors={"code": [words]}, retry_after=seconds)


def complete(change: Change) -> None:
    """The service ends: minutes at most the time since check-in, rounded up; a pending record is written."""
    line = own_assignment(change, AssignmentState.IN_SERVICE)
    assert line.checked_in_at is not None
    at = _done_at(change, line.checked_in_at)
    elapsed = parts.minutes_since(line.checked_in_at, at)
    minutes = change.fact("minutes")
    minutes = elapsed if minutes is None else int(minutes)
    if not 1 <= minutes <= elapsed:
        raise ValidationFailed.on(
            "minutes", _("At most %(most)s minutes have passed since check-in.") % {"most": elapsed}
        )
    change.text("note", str(change.fact("note") or ""))
    change.record(minutes=minutes)
    change.move(line, AssignmentState.COMPLETED, completed_at=at, ended_at=at, minutes=minutes)
    store.attach(change.actor, change.fact("photos") or (), change.case.kind, change.case.pk)
    commitments.free(line.pk)
    change.void_timers("long_service", part_id=line.pk)
    parts.record_service(change, line, minutes, ended_at=at)


def abort(change: Change) -> None:
    """Breaks the service off: another round that does not count, or cancelled; completed records stay."""
    if change.role == "assigned":
        own_assignment(change, AssignmentState.IN_SERVICE)
        if parts.active(change.case).count() > 1:
            raise NotAllowed(_("Others serve here too: give up your own part instead."))
    change.reason_code = "aborted"
    change.text("reason", str(change.fact("reason") or ""))
    parts.end_round(change)
    if change.fact("outcome") == "cancel":
        change.target = RequestState.CANCELLED
        messages.to_resident(change, "request.cancelled")
        return
    change.target = RequestState.SUBMITTED
    begin_round(change, counts=False)
    messages.to_resident(change, "request.again", due=change.case.dispatch_due_at)


def remind(change: Change) -> None:
    """A timer rang for somebody: they are told once."""
    timer = change.facts["timer"]
    if timer.name in escalating.CHAIN:
        escalating.ring(change)
        return
    change.record(timer=timer.name)
    if timer.name in {"rate_1d", "rate_3d"}:
        messages.to_resident(change, "request.please_rate")
        return
    if timer.name == "answer_overdue":
        messages.to_units_of(change, "unit.overdue")
        messages.to_dispatchers(change, "desk.answer_overdue")
        return
    line = Assignment.objects.select_related("volunteer").get(pk=timer.part_id)
    template = {
        "start_24h": "task.soon",
        "start_2h": "task.soon",
        "late_check_in": "task.check_in",
        "long_service": "task.complete",
    }[timer.name]
    messages.to_volunteer(change, template, line.volunteer, start=line.agreed_start)
    if timer.name == "late_check_in":
        messages.to_dispatchers(change, "desk.not_checked_in")
    if timer.name == "long_service":
        messages.to_dispatchers(change, "desk.long_service")
