"""What a dispatcher does with a plan: make one, pin and forbid, compute again, apply, discard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from civic.accounts.access import holds
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import scope
from civic.areas.models import Area
from civic.cases.models import CaseEvent
from civic.lib import clock
from civic.lib.errors import (
    Conflict,
    IllegalTransition,
    NotAllowed,
    NotFound,
    ValidationFailed,
    VersionConflict,
)
from requests_app import access
from requests_app.models import Category, LineState, Plan, PlanLine, PlanState, ServiceRequest
from requests_app.models.plans import OVER
from requests_app.plans import waking
from requests_app.workflow import REQUESTS
from volunteers.models import Volunteer

MOST_EACH = 10
AT_ONCE = 30  # lines applied while their dispatcher waits; the others in the background
MOST_HOLDS = 500
Pair = tuple[int, int]

# What can be asked: what was not refused, and what only met somebody at work on it.
FRESH = Q(state=LineState.PROPOSED, forbidden=False) | Q(state=LineState.CONFLICT, refusal_code="busy")


class Hold(StrEnum):
    """What is said about a pair: it is to be, it is not to be, or nothing any more."""

    PIN = "pin"
    FORBID = "forbid"
    FREE = "free"


def start(
    *,
    actor: User,
    area: Area,
    categories: Sequence[Category] = (),
    most_each: int = 1,
    pins: Collection[Pair] = (),
    forbidden: Collection[Pair] = (),
    wake: bool = True,
) -> Plan:
    """Starts computing a plan for the backlog of `area` in the background; returns it.

    Where the same is being computed for that area already, that one. Raises NotAllowed outside the actor's areas,
    Conflict when another plan is being computed for it, ValidationFailed. With `wake` False the caller runs the job.
    """
    if not holds(actor, {Role.DISPATCHER}, scope.of(area)):
        raise NotAllowed(_("You plan for your own areas only."))
    if not 1 <= most_each <= MOST_EACH:
        raise ValidationFailed.on("most_each", _("1 to 10 tasks a person."))
    parameters = {"categories": sorted(each.code for each in categories), "most_each": most_each}
    try:
        with transaction.atomic():
            plan = Plan.objects.create(
                area=area,
                made_by=actor,
                made_at=clock.now(),
                parameters=parameters,
                state=PlanState.COMPUTING,
            )
            for hold, pairs in ((Hold.PIN, pins), (Hold.FORBID, forbidden)):
                for request, volunteer in pairs:
                    _set(plan, actor, hold, request, volunteer)
            if wake:
                transaction.on_commit(lambda: waking.wake(plan.pk))
    except IntegrityError as error:
        if "plan_computed_once" not in str(error):
            raise
        return _same(area, None if pins or forbidden else parameters)
    return plan


def _same(area: Area, parameters: dict[str, object] | None) -> Plan:
    """Returns the plan that is being computed for `area` by the same `parameters`; else (None: there is no same, for
    it was to hold pairs of its own) raises Conflict.
    """
    plan = Plan.objects.filter(area=area, state=PlanState.COMPUTING).first()
    if plan is None or plan.parameters != parameters:
        raise Conflict(_("Another plan is being computed for this area. Please wait for it."), code="busy")
    return plan


def again(plan: Plan, *, actor: User, wake: bool = True) -> Plan:
    """Starts computing it anew: pins and bans are held, what was applied stays."""
    with transaction.atomic():
        plan = _locked(plan, actor, PlanState.READY, PlanState.PARTLY, PlanState.FAILED)
        plan.state, plan.made_by, plan.made_at = PlanState.COMPUTING, actor, clock.now()
        plan.tries, plan.lease_until = 0, None
        plan.total = plan.done = 0
        PlanLine.objects.filter(plan=plan, refusal_code="opposed").update(refusal_code="")
        try:
            with transaction.atomic():
                plan.save()
        except IntegrityError as error:
            raise Conflict(
                _("Another plan is being computed for this area. Please wait for it."), code="busy"
            ) from error
        if wake:
            transaction.on_commit(lambda: waking.wake(plan.pk))
    return plan


def hold(plan: Plan, *, actor: User, what: Hold, request_id: int, volunteer_id: int) -> None:
    """Pins or forbids a pair, or takes that back; what it comes to is seen when the plan is computed again.

    Raises NotFound for a request outside the actor's areas and for a volunteer of another district.
    """
    with transaction.atomic():
        plan = _locked(plan, actor, PlanState.READY, PlanState.PARTLY, PlanState.FAILED)
        _set(plan, actor, what, request_id, volunteer_id)


def _set(plan: Plan, actor: User, what: Hold, request_id: int, volunteer_id: int) -> None:
    request = access.dispatched_by(actor).filter(pk=request_id).first()
    if (
        request is None
        or not Volunteer.objects.filter(pk=volunteer_id, district_id=request.district_id).exists()
    ):
        raise NotFound()
    lines = PlanLine.objects.filter(plan=plan, request=request).exclude(state=LineState.APPLIED)
    line = lines.filter(volunteer=volunteer_id).first()
    if line is None:
        if what == Hold.FREE:
            return
        held = PlanLine.objects.filter(Q(pinned=True) | Q(forbidden=True), plan=plan)
        if held.count() >= MOST_HOLDS:
            raise ValidationFailed(_("A plan holds 500 pins and bans at most."))
        line = PlanLine(plan=plan, request=request, volunteer_id=volunteer_id, state=LineState.ASIDE)
    line.pinned, line.forbidden = what == Hold.PIN, what == Hold.FORBID
    if what == Hold.PIN and request.needed == 1:
        _unpin(lines.filter(pinned=True).exclude(pk=line.pk))
    if what == Hold.FREE and line.score is None:
        line.delete()
    else:
        line.save()


def _unpin(lines: object) -> None:
    """Takes pins back that a new one replaces: one slot has one person."""
    for other in lines:  # type: ignore[attr-defined]
        other.pinned = False
        if other.score is None:
            other.delete()
        else:
            other.save(update_fields=["pinned"])


def apply(
    plan: Plan,
    *,
    actor: User,
    lines: Collection[int] | None = None,
    seen: datetime | None = None,
    wake: bool = True,
) -> Plan:
    """Marks the chosen lines (without any chosen, all that can be and are decided) to be asked; jobs.apply then asks.

    Lines applied before are left alone, so that applying twice offers once. `seen` is when the plan was computed that
    the actor has looked at. Raises IllegalTransition while the plan is being computed or is over, Conflict while a
    colleague applies it, VersionConflict when it was computed again since, ValidationFailed for lines of another plan.
    """
    with transaction.atomic():
        plan = _locked(plan, actor, PlanState.READY, PlanState.PARTLY, PlanState.APPLYING)
        if plan.state == PlanState.APPLYING and plan.applied_by_id != actor.pk:
            raise Conflict(_("A colleague is applying this plan. Please wait for it."), code="busy")
        if seen is not None and seen != plan.computed_at:
            raise VersionConflict(_("The plan was computed again meanwhile. Please look at it first."))
        mine = PlanLine.objects.filter(plan=plan, request__in=access.dispatched_by(actor))
        if lines is None:
            mine = mine.exclude(request__in=undecided(plan))
        else:
            mine = mine.filter(pk__in=lines)
            if mine.count() != len(set(lines)):
                raise ValidationFailed.on("lines", _("Choose among the lines of this plan."))
        if not mine.filter(FRESH).update(state=LineState.QUEUED):
            return plan
        if plan.state != PlanState.APPLYING:  # else it goes on, with more lines
            plan.pressed_at = clock.now()
        plan.state, plan.applied_by = PlanState.APPLYING, actor
        plan.save(update_fields=["state", "applied_by", "pressed_at"])
        if wake:
            transaction.on_commit(lambda: waking.wake(plan.pk))
    return plan


def undecided(plan: Plan) -> QuerySet[PlanLine, int]:
    """Returns the requests for which somebody else was pinned since the plan was computed: all does not mean them."""
    wished = PlanLine.objects.filter(plan=plan, state=LineState.ASIDE, pinned=True)
    return wished.values_list("request", flat=True)


def changed() -> Q:
    """Returns the filter for lines whose request has changed since the plan was computed."""
    since = CaseEvent.objects.filter(
        kind=ServiceRequest.kind, case_id=OuterRef("request_id"), seq__gt=OuterRef("version")
    )
    return Q(Exists(since.exclude(verb__in=REQUESTS.quiet)), request__version__gt=F("version"))


def discard(plan: Plan, *, actor: User) -> None:
    """Puts a plan away; offers that were made stay as they are."""
    with transaction.atomic():
        plan = _locked(plan, actor, *(set(PlanState) - {*OVER, PlanState.APPLYING}))
        plan.state, plan.lease_until = PlanState.DISCARDED, None
        plan.save(update_fields=["state", "lease_until"])


def _locked(plan: Plan, actor: User, *states: str) -> Plan:
    found = Plan.objects.select_for_update(of=("self",), no_key=True).select_related("area")
    locked = found.filter(pk=plan.pk).first()
    if locked is None:
        raise NotFound()
    if not holds(actor, {Role.DISPATCHER}, scope.of(locked.area)):
        raise NotAllowed()
    if locked.state not in states:
        raise IllegalTransition(_("This plan is not at that point; please look at it again."))
    return locked
