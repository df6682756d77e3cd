"""The background work of a plan: computing it, and asking the people of its lines. Each can be killed and goes on.

A plan in a busy state is an obligation; `resume` (from beat) finds it whatever became of the worker. Computing holds
the plan by a lease, since its progress is to be read meanwhile; applying holds the row for one line at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from copy import copy
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from civic import collecting
from civic.accounts.models import User
from civic.lib import clock, copying, spoken
from civic.lib.errors import Conflict, DomainError, VersionConflict
from requests_app import matching
from requests_app.actions.act import act
from requests_app.enums import RequestState
from requests_app.matching import pairs
from requests_app.models import LineState, Plan, PlanLine, PlanState, ServiceRequest
from requests_app.models.plans import BUSY, KEPT, MOST_TRIES
from requests_app.plans import backlog, computing, taken

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)  # renewed after every thousand requests; solving takes seconds


class LostHold(Exception):
    """The plan was discarded, or another worker has taken it up."""


def resume() -> int:
    """Goes on with every plan that has work left; returns how many there were. Two at once do no harm."""
    busy = list(Plan.objects.filter(state__in=BUSY).order_by("pk").values_list("pk", flat=True))
    for pk in busy:
        try:
            work(pk)
        except Exception:  # one plan that fails must not hold up the others; it is tried again
            log.exception("plan %s could not go on", pk)
    return len(busy)


def forget_old() -> int:
    """Deletes plans made longer than KEPT ago, with their lines; returns how many. Busy ones are left alone."""
    old = Plan.objects.filter(~Q(state__in=BUSY), made_at__lte=clock.now() - KEPT)
    return old.delete()[1].get("requests_app.Plan", 0)


def work(plan_id: int) -> None:
    """Does what the plan's state asks for, until it is done or in another worker's hands."""
    state = Plan.objects.filter(pk=plan_id).values_list("state", flat=True).first()
    if state == PlanState.COMPUTING:
        compute(plan_id)
    elif state == PlanState.APPLYING:
        apply(plan_id)


def compute(plan_id: int) -> None:
    """Computes a plan anew unless somebody is at it; what its maker pinned and forbade is held."""
    plan = _take(plan_id)
    if plan is None:
        return
    with _words_for(plan.made_by), collecting.resting():
        try:
            _compute(plan)
        except LostHold:
            log.info("plan %s was discarded or taken up elsewhere", plan_id)


def _words_for(user: User) -> translation.override:
    """Speaks the language of `user` meanwhile, or that of the page they look at: what went wrong is kept as words."""
    return translation.override(user.language or translation.get_language() or settings.LANGUAGE_CODE)


def _take(plan_id: int) -> Plan | None:
    """Takes the plan for a while; None when it is held, or has been given up after workers died over it."""
    now = clock.now()
    with transaction.atomic():
        free = Plan.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(
            Q(lease_until=None) | Q(lease_until__lte=now), pk=plan_id, state=PlanState.COMPUTING
        )
        plan = free.select_related("made_by", "area").first()
        if plan is None:
            return None
        if plan.tries >= MOST_TRIES:
            plan.state, plan.lease_until = PlanState.FAILED, None
            with _words_for(plan.made_by):
                plan.last_error = _("The computing was broken off several times. Try a smaller area.")
            plan.save(update_fields=["state", "lease_until", "last_error"])
            return None
        plan.tries, plan.lease_until, plan.done = plan.tries + 1, now + LEASE, 0
        plan.save(update_fields=["tries", "lease_until", "done"])
    return plan


def _compute(plan: Plan) -> None:
    now, began = clock.now(), monotonic()
    wishes = backlog.backlog(plan, now)
    timely = [wish for wish in wishes if not wish.passed]
    held = PlanLine.objects.filter(plan=plan).exclude(state__in=[LineState.APPLIED, LineState.LEFT])
    pins = set(held.filter(pinned=True).values_list("request_id", "volunteer_id"))
    bans = set(held.filter(forbidden=True).values_list("request_id", "volunteer_id"))
    also = _by_request(pins)
    _say(plan, total=len(timely), done=0)
    book = pairs.book(
        [wish.request for wish in timely], also, now, done=lambda so_far: _say(plan, done=so_far)
    )
    looked_s = monotonic() - began
    try:
        found = computing.made(plan, timely, book, pins, bans)
    except computing.Opposed as opposed:
        _fail_over_pins(plan, opposed)
        return
    late = computing.passed(plan, [wish for wish in wishes if wish.passed])
    if plan.computed_at is not None:
        proposed = held.filter(state__in=[LineState.PROPOSED, LineState.CONFLICT], score__isnull=False)
        before = _by_request(proposed.values_list("request_id", "volunteer_id"))
        computing.tell_news([*found.lines, *late], before)
    with transaction.atomic():
        _hold(plan)
        PlanLine.objects.filter(plan=plan).exclude(state=LineState.APPLIED).delete()
        copying.insert(found.lines + late, keys=False)
        plan.state, plan.computed_at = PlanState.READY, clock.now()
        plan.served, plan.proven = found.served, found.proven
        plan.outcome = {**found.outcome, "looked_s": looked_s, "seconds": monotonic() - began}
        plan.left_over = found.left_over + sum(line.slots_left for line in late)
        plan.lease_until, plan.tries, plan.last_error = None, 0, ""
        plan.save()


def _by_request(pairs_of: Iterable[tuple[int, Any]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for request, volunteer in pairs_of:
        found.setdefault(request, set()).add(volunteer)
    return found


def _fail_over_pins(plan: Plan, opposed: computing.Opposed) -> None:
    """Says which pins cannot all be kept; every hold stays, so that one of them can be taken back."""
    with transaction.atomic():
        _hold(plan)
        for request, volunteer in opposed.pairs:
            PlanLine.objects.filter(plan=plan, request=request, volunteer=volunteer, pinned=True).update(
                refusal_code="opposed"
            )
        plan.state, plan.lease_until, plan.tries = PlanState.FAILED, None, 0
        plan.last_error = _("These pins cannot all be kept. Take one of them back and compute again.")
        plan.save()


def _say(plan: Plan, **progress: int) -> None:
    """Writes how far it is and holds the plan for longer. Raises LostHold."""
    for name, value in progress.items():
        setattr(plan, name, value)
    if not _mine(plan).update(lease_until=clock.now() + LEASE, **progress):
        raise LostHold


def _hold(plan: Plan) -> None:
    """Locks the plan for the rest of the transaction. Raises LostHold when it is no longer this worker's."""
    if _mine(plan).select_for_update(no_key=True).first() is None:
        raise LostHold


def _mine(plan: Plan) -> QuerySet[Plan]:
    """Returns the plan as long as this worker holds it: its try, of this computing and no later one."""
    return Plan.objects.filter(pk=plan.pk, state=PlanState.COMPUTING, made_at=plan.made_at, tries=plan.tries)


def apply(plan_id: int, *, most: int | None = None) -> None:
    """Asks the people of the lines about to be asked, one transaction a line; `most` of them when given.

    Offer and line are written together: a line that was applied is never offered again.
    """
    done = 0
    while most is None or done < most:
        with transaction.atomic():
            held = Plan.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
            plan = held.select_related("applied_by").filter(pk=plan_id, state=PlanState.APPLYING).first()
            if plan is None:
                return  # in another worker's hands, or finished
            line = (
                PlanLine.objects.select_related("request", "volunteer")
                .filter(plan=plan, state=LineState.QUEUED)
                .order_by("pk")
                .first()
            )
            if line is None:
                _end(plan)
                return
            assert plan.applied_by is not None  # whoever pressed
            with _words_for(plan.applied_by):
                _ask(plan, line)
        done += 1


def _ask(plan: Plan, line: PlanLine) -> None:
    try:
        with transaction.atomic():
            if full := taken.why_full(line):
                raise Conflict(full, code="full")
            given = {"volunteers": [line.volunteer_id], "agreed_start": line.start}
            asked = act(line.request, "offer", actor=plan.applied_by, expected_version=line.version, **given)  # type: ignore[arg-type]
    except DomainError as refused:
        line.state, line.refusal_code = LineState.CONFLICT, refused.code
        line.refusal = (_why_not(line, refused) or _words(refused))[:300]
    except Exception:  # one line that fails must not hold up the others for ever; it is shown to staff
        log.exception("line %s of plan %s failed", line.pk, plan.pk)
        line.state, line.refusal_code = LineState.CONFLICT, "failed"
        line.refusal = _("This failed on our side. Please ask this person from the request itself.")
    else:
        line.state = LineState.APPLIED
        line.refusal_code = line.refusal = ""
        # Its other lines have seen all that changed: it was this plan.
        same = PlanLine.objects.filter(plan=plan, request=line.request_id, version=line.version)
        same.exclude(pk=line.pk).update(version=asked.version)
    line.applied_at = clock.now()
    line.save(update_fields=["state", "refusal_code", "refusal", "applied_at"])


def _why_not(line: PlanLine, refused: DomainError) -> str:
    """Returns how the request stands that has changed, or which rules keep the person of the line from being asked; ""
    for anything else."""
    if isinstance(refused, VersionConflict):
        state = ServiceRequest.objects.values_list("state", flat=True).get(pk=line.request_id)
        words = _("It has changed since the plan was computed. Now: %(state)s.")
        return words % {"state": RequestState(state).label}
    if line.volunteer is None or "volunteers" not in (refused.errors or {}):
        return ""
    as_asked = copy(line.request)
    as_asked.agreed_start = line.start or as_asked.agreed_start
    return spoken.sentences(*(rule.words for rule in matching.verdict(as_asked, line.volunteer).barred_by))


def _words(refused: DomainError) -> str:
    found = [str(message) for messages in (refused.errors or {}).values() for message in messages]
    return spoken.sentences(refused.detail, *found) or str(refused.title)


def _end(plan: Plan) -> None:
    """Says what came of applying: all of the plan, or part of it. A pair that is not to be waits for somebody else."""
    open_still = PlanLine.objects.filter(plan=plan, state__in=[LineState.PROPOSED, LineState.CONFLICT])
    plan.state = PlanState.PARTLY if open_still.exists() else PlanState.APPLIED
    plan.save(update_fields=["state"])
