"""Asking people and their answers: the verbs of dispatch, accepting and declining."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import AlreadyTaken, IllegalTransition, NotAllowed, ValidationFailed, VersionConflict
from requests_app import matching, messages, timing
from requests_app.access import volunteer_of
from requests_app.effects import asking, parts, waterfalls
from requests_app.enums import ACTIVE, AssignmentState, DispatchMode, OfferState, OfferVia, PoolState
from requests_app.models import Assignment, Block, Offer, Pool, ServiceRequest
from volunteers import commitments
from volunteers.models import Volunteer

NOT_CHECKED_IN_AFTER = timedelta(minutes=30)
NOT_AGAIN = (AssignmentState.NO_SHOW, AssignmentState.GIVEN_UP)  # not in the same round


def has_free_slot(change: Change) -> None:
    """Guard: somebody can still be asked."""
    if parts.active(change.case).count() >= change.case.needed:
        raise AlreadyTaken(_("Every slot has somebody. Release a person first."))


def offer(change: Change) -> None:
    """Puts the request to named volunteers, to a team, to the best one after another, or opens the pool."""
    in_turn = change.fact("mode") == DispatchMode.WATERFALL
    if in_turn:
        waterfalls.take_over(change)
    agree_terms(change)
    if in_turn:
        waterfalls.begin_by_hand(change)
    elif change.fact("team"):
        asking.ask_named_team(change)
    elif change.fact("pool"):
        asking.open_pool(change, _closes(change))
    else:
        asking.ask_named(change)


def agree_terms(change: Change) -> None:
    """Sets the terms that the facts give and what volunteers read; whoever has been asked is asked on these.

    Raises ValidationFailed when it is too late for anybody to come.
    """
    request, terms = change.case, change.case.terms
    set_terms(change)
    _summarise(change)
    starts = request.agreed_start
    if starts is not None and starts <= change.at:
        raise ValidationFailed.on("agreed_start", _("The agreed start has passed. Please choose a new one."))
    if asking.latest(request) <= change.at:
        raise ValidationFailed.on(
            "agreed_start", _("The wished time has passed. Please agree on a new start.")
        )
    if request.terms != terms:
        asking.reissue_offers(change)


def _closes(change: Change) -> datetime:
    """Returns when the pool closes: as the facts say, but not after the start; a start that moves opens it anew."""
    latest = asking.latest(change.case)
    wanted = change.fact("closes_at") or latest
    if wanted <= change.at:
        raise ValidationFailed.on("closes_at", _("Please choose a time in the future."))
    return min(wanted, latest)


def _summarise(change: Change) -> None:
    """What volunteers read before they accept: given by staff, else what the category suggests."""
    given, category = str(change.fact("public_summary") or "").strip(), change.case.category
    kept = given or change.case.public_summary
    change.case.public_summary = category.summary if category.suggests(kept) else kept


def set_terms(change: Change) -> None:
    """Takes agreed_start and expected_minutes from the facts while nobody is on the way on others.

    Whoever serves already has begun on theirs: a free slot beside them is offered with a start of its own.
    """
    request = change.case
    start, minutes = change.fact("agreed_start"), change.fact("expected_minutes")
    if start is None and minutes is None:
        return
    differs = (start is not None and start != request.agreed_start) or (
        minutes is not None and minutes != request.expected_minutes
    )
    before = request.agreed_start, request.expected_minutes
    if differs and parts.active(request).filter(state=AssignmentState.ACCEPTED).exists():
        raise ValidationFailed.on(
            "agreed_start", _("Somebody has accepted other terms. Change the time with “amend” instead.")
        )
    if differs and parts.open_waterfall(request) is not None:
        raise ValidationFailed.on(
            "agreed_start",
            _("People are being asked one after another. Change the time with “amend” instead."),
        )
    if start is not None:
        request.agreed_start = start
        change.record(agreed_start=start.isoformat())
    if minutes is not None:
        request.expected_minutes = minutes
        change.record(expected_minutes=minutes)
    if differs:
        request.terms += 1
        change.record(before=[before[0].isoformat() if before[0] else None, before[1]])


def withdraw(change: Change) -> None:
    """Takes back open offers: the given ones (also `team_offers`), or all and the pool."""
    wanted, of_teams = change.fact("offers"), change.fact("team_offers")
    if of_teams:
        asked = parts.open_team_offers(change.case).filter(pk__in=of_teams)
        if asked.count() != len(set(of_teams)):
            raise IllegalTransition(_("One of these offers is no longer open."))
        parts.withdraw_team_offers(change, offers=asked)
        if not wanted:
            return
    if wanted:
        chosen = parts.open_offers(change.case).filter(pk__in=wanted)
        if chosen.count() != len(set(wanted)):
            raise IllegalTransition(_("One of these offers is no longer open."))
        parts.withdraw_offers(change, offers=chosen)
        return
    if not asking.is_anything_open(change.case):
        raise IllegalTransition(_("There is no open offer to withdraw."))
    parts.stop_asking(change)
    if before := change.fact("before"):  # the offer is undone, and with it the terms it brought
        start, minutes = before
        change.case.agreed_start = datetime.fromisoformat(start) if start else None
        change.case.expected_minutes = minutes
        change.case.terms += 1


def close_staffing(change: Change) -> None:
    """Goes ahead with the people there are: needs at least one."""
    count = parts.active(change.case).count()
    if not count:
        raise ValidationFailed.on(
            "headcount", _("Nobody has accepted yet; there is nobody to go ahead with.")
        )
    change.case.needed = count
    change.record(needed=count)
    parts.stop_asking(change)


def accept(change: Change) -> None:
    """Gives the volunteer the lowest free slot, first come first served, and commits the time."""
    request, volunteer = change.case, volunteer_of(change.actor)
    assert volunteer is not None
    taken = _offer_to_accept(change, volunteer)
    _check_may_serve(request, volunteer)
    start, minutes = terms_of_acceptance(change)
    if why_not := bar_to_serving(request, volunteer, start):
        raise NotAllowed(why_not)
    _free_slot(request, volunteer)
    if taken.pk is None:
        change.add(taken)
    else:
        change.move(taken, OfferState.ACCEPTED, answered_at=change.at)
        change.void_timers("expire_offer", part_id=taken.pk)
    take_slot(change, taken, start, minutes)
    parts.stop_when_full(change)
    tell_of_acceptance(change, start)


def take_slot(change: Change, taken: Offer, start: datetime, minutes: int) -> None:
    """Gives the volunteer of an accepted offer the lowest free slot and commits their time; raises AlreadyTaken,
    Overlap."""
    request = change.case
    assignment = Assignment(
        request=request,
        round=request.round,
        slot=_free_slot(request, taken.volunteer),
        volunteer=taken.volunteer,
        offer=taken,
        accepted_at=change.at,
        agreed_start=start,
        expected_minutes=minutes,
    )
    try:
        with transaction.atomic():
            change.add(assignment)
    except IntegrityError as error:
        raise AlreadyTaken(_("Somebody else was first. Thank you all the same.")) from error
    request.accepted_at = request.accepted_at or change.at
    commitments.promise(taken.volunteer_id, assignment.pk, start, minutes)
    set_assignment_timers(change, assignment)


def tell_of_acceptance(change: Change, start: datetime) -> None:
    """Tells the resident who can expect somebody when, and the dispatchers of a start that was proposed with it."""
    request, count = change.case, parts.active(change.case).count()
    is_another = count > 1 and request.accepted_at != change.at
    told = "request.accepted_more" if is_another else "request.accepted"
    told = "request.proposed" if request.start_proposed else told
    messages.to_resident(change, told, start=start, check_in=request.check_in_code, count=count)
    if request.start_proposed:
        messages.to_dispatchers(change, "desk.proposed", start=start)


def _offer_to_accept(change: Change, volunteer: Volunteer) -> Offer:
    """Returns the volunteer's open offer on the present terms, or a new accepted one as a claim."""
    request = change.case
    mine = Offer.objects.filter(request=request, round=request.round, volunteer=volunteer)
    wanted, terms = change.fact("offer"), change.fact("terms")
    found = mine.filter(state=OfferState.OPEN).first()
    if terms is not None and int(terms) != request.terms:
        raise VersionConflict(_("Time or place has changed. Please read it again before you accept."))
    if found is not None:
        if found.terms != request.terms or (wanted is not None and int(wanted) != found.pk):
            raise VersionConflict(_("Time or place has changed. Please read it again before you accept."))
        if found.expires_at is not None and found.expires_at <= change.at:
            raise IllegalTransition(_("The time to answer has run out."))
        return found
    mine_before = parts.assignments(request).filter(volunteer=volunteer)
    if mine_before.filter(state__in=ACTIVE).exists():
        raise AlreadyTaken(_("You have accepted this already."))
    if mine_before.filter(state__in=NOT_AGAIN).exists():
        raise NotAllowed(_("This request is not open to you."))
    declined = mine.filter(state=OfferState.DECLINED).exists()
    pool = parts.open_pool(request)
    reached = pool is not None and pool.district_id == volunteer.district_id and pool.closes_at > change.at
    if reached and not declined:
        return Offer(
            request=request,
            round=request.round,
            volunteer=volunteer,
            state=OfferState.ACCEPTED,
            via=OfferVia.POOL,
            terms=request.terms,
            made_at=change.at,
            answered_at=change.at,
        )
    last = mine.order_by("-pk").first()
    if last is not None and last.state in {OfferState.EXPIRED, OfferState.DECLINED}:
        raise IllegalTransition(_("This offer is closed: it ran out or you declined it."))
    raise AlreadyTaken(_("Somebody else was first. Thank you all the same."))


def _check_may_serve(request: ServiceRequest, volunteer: Volunteer) -> None:
    """Raises NotAllowed for who may not be asked here: not approved, on pause, blocked."""
    if not volunteer.is_approved or not volunteer.active:
        raise NotAllowed(_("Your registration as a volunteer is not approved or is paused."))
    if Block.objects.filter(matching.blocked_with(request), volunteer=volunteer).exists():
        raise NotAllowed(_("This request is not open to you."))


def bar_to_serving(request: ServiceRequest, volunteer: Volunteer, start: datetime) -> str:
    """Returns why `volunteer` must not serve from `start`, "" when nothing stands against it: the own request,
    a check, an insurance, a qualification or an age that the category asks for, a guardian who has not agreed.
    Rule: insurance before danger (志愿服务条例 art. 17)."""
    phone = volunteer.user.phone_hash
    if volunteer.user_id in {request.beneficiary_id, request.proxy_id} or (
        phone and phone in {request.beneficiary_phone_hash, request.contact_phone_hash}
    ):
        return _("You cannot serve a request of your own.")
    if request.category.needs_vetting and volunteer.vetted_at is None:
        return _("This kind of help needs a background check first.")
    if request.category.needs_insurance and not matching.is_insured(volunteer, start):
        return _("This kind of help needs valid insurance. Please talk to your community.")
    return matching.bar(request.category, volunteer, timezone.localdate(start))


def terms_of_acceptance(change: Change) -> tuple[datetime, int]:
    """Returns start and minutes; with an open start the first to accept proposes, staff confirm."""
    request = change.case
    start = change.fact("agreed_start")
    if request.agreed_start is not None:
        if start is not None and start != request.agreed_start:
            raise VersionConflict(_("Time or place has changed. Please read it again before you accept."))
        if request.agreed_start <= change.at and not parts.active(request).exists():
            raise IllegalTransition(_("The agreed start has passed."))
        return request.agreed_start, request.expected_minutes
    if start is None:
        raise ValidationFailed.on(
            "agreed_start", _("No time is agreed yet: please propose when you can come.")
        )
    if start <= change.at:
        raise ValidationFailed.on("agreed_start", _("Please propose a time in the future."))
    minutes = change.fact("expected_minutes") or request.expected_minutes
    request.agreed_start, request.expected_minutes, request.start_proposed = start, minutes, True
    change.record(agreed_start=start.isoformat(), expected_minutes=minutes)
    return start, minutes


def _free_slot(request: ServiceRequest, volunteer: Volunteer) -> int:
    taken = dict(parts.active(request).values_list("slot", "volunteer_id"))
    if volunteer.pk in taken.values():
        raise AlreadyTaken(_("You have accepted this already."))
    if len(taken) >= request.needed:
        raise AlreadyTaken(_("Somebody else was first. Thank you all the same."))
    return next(slot for slot in range(1, 52) if slot not in taken)


def set_assignment_timers(change: Change, assignment: Assignment) -> None:
    """Sets the reminders of one assignment: a day and two hours before (the evening before when that is at
    night), and half an hour after the start for a missing check-in."""
    for name, before in (("start_24h", timedelta(hours=24)), ("start_2h", timedelta(hours=2))):
        due = timing.reminder_at(assignment.agreed_start - before)
        if due > change.at:
            change.set_timer(name, due, part_id=assignment.pk)
    change.set_timer("late_check_in", assignment.agreed_start + NOT_CHECKED_IN_AFTER, part_id=assignment.pk)


def decline(change: Change) -> None:
    """Declines the volunteer's open offer; a reason is welcome, never asked for."""
    volunteer = volunteer_of(change.actor)
    mine = parts.open_offers(change.case).filter(volunteer=volunteer).first()
    if mine is None:
        raise IllegalTransition(_("This offer is no longer open."))
    reason = str(change.fact("reason_code") or "")
    change.reason_code = reason
    change.move(mine, OfferState.DECLINED, answered_at=change.at, reason_code=reason)
    change.void_timers("expire_offer", part_id=mine.pk)
    if mine.waterfall_id is None or parts.open_waterfall(change.case) is None:  # else the next is asked
        messages.to_dispatchers(change, "desk.declined")


def expire(change: Change) -> None:
    """An offer ran out: its volunteer is told; so are the dispatchers when nobody is left to answer."""
    gone = Offer.objects.select_related("volunteer").get(pk=change.facts["timer"].part_id)
    if gone.state != OfferState.OPEN:
        raise IllegalTransition(_("This offer is no longer open."))
    change.move(gone, OfferState.EXPIRED, answered_at=change.at)
    messages.to_volunteer(change, "offer.expired", gone.volunteer)
    asking.tell_when_nobody(change)


def expire_pool(change: Change) -> None:
    """The pool reached its time."""
    pool = Pool.objects.get(pk=change.facts["timer"].part_id)
    if pool.state != PoolState.OPEN:
        raise IllegalTransition(_("The pool is closed already."))
    change.move(pool, PoolState.CLOSED)
    asking.tell_when_nobody(change)
