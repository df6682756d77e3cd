"""Auto-dispatch: a new request that a rule covers is put to the best candidates without waiting for a dispatcher.

It goes out at once, or when as much of its time has passed as the rule lets it wait. Until then a dispatcher may take
it up at any time, and the rule has nothing to do with it any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from civic.accounts.queries import once
from civic.cases.change import Change
from civic.cases.models import Timer
from civic.lib.errors import IllegalTransition
from requests_app import auto_dispatch, deadlines
from requests_app.effects import asking, clocks, offering, waterfalls, weighing
from requests_app.enums import RequestState, Sensitive, Step, Urgency
from requests_app.models import AutoDispatchRule, ServiceRequest

TIMER = "auto_dispatch"
MOST = 200  # requests weighed together, those that are due next


def plan(change: Change) -> None:
    """On placing: has the sweeper dispatch the request where a rule covers it, at once or when it has waited."""
    request = change.case
    rule = auto_dispatch.expected_rule(request) if fits(request) else None
    if rule is not None:
        change.set_timer(TIMER, max(_due_at(request, rule), change.at))


def plan_again(change: Change) -> None:
    """After the request or its deadlines have changed: one that still waits is due at another moment, or waits for a
    dispatcher from now on."""
    if change.case.state == RequestState.SUBMITTED and change.clocks.is_set(TIMER):
        change.void_timers(TIMER)
        plan(change)


def fits(request: ServiceRequest) -> bool:
    """Whether nobody has to read it first: it says in writing what is needed and where, and is neither confidential,
    nor of a sensitive kind, nor waiting for triage."""
    written = bool(request.title or request.text)
    placed = bool(request.address) or request.lat is not None
    private = request.confidential or request.category.sensitive != Sensitive.NONE
    return written and placed and not private and not request.needs_triage


def dispatch(change: Change) -> None:
    """Begins a waterfall by the rule that holds now, at the wished time; the history names the rule. A request that
    was let wait is weighed with those that still do, and whom that gives it is asked first.

    Raises IllegalTransition when no rule does any more, or it was stopped, or has become too late.
    """
    request = change.case
    rule = auto_dispatch.present_rule(request)
    if rule is None or _is_late(request, change.at) or not fits(request):
        raise IllegalTransition(_("This is not dispatched automatically any more."))
    change.record(rule=rule.pk, rule_area=rule.area_id, rule_category=rule.category_id)
    first: Collection[int] = ()
    if _may_wait(request, rule):
        weighed = _weighed(change)
        first = weighed.first.get(request.pk, ())
        if request.pk in weighed.requests:
            change.record(weighed=len(weighed.requests))
    if (start := _start(request)) is not None:
        change.facts["agreed_start"] = start
    offering.agree_terms(change)
    if not waterfalls.begin(change, width=rule.width, first=first):
        change.record(nobody=True)
        waterfalls.tell_over(change)


def _start(request: ServiceRequest) -> datetime | None:
    """Returns the start at which people are asked to come: what was agreed on, else what is wished."""
    return request.agreed_start or request.preferred_start


def _latest(request: ServiceRequest) -> datetime:
    return _start(request) or asking.latest(request)


def _is_late(request: ServiceRequest, at: datetime) -> bool:
    return min(_latest(request), asking.latest(request)) <= at


def _may_wait(request: ServiceRequest, rule: AutoDispatchRule) -> bool:
    return rule.patience > 0 and request.urgency != Urgency.URGENT


def _due_at(request: ServiceRequest, rule: AutoDispatchRule) -> datetime:
    """Returns when `rule` has it dispatched: as soon as the part of its time that it may wait has passed, by the clock
    of dispatch or on the way to its start (AutoDispatchRule says how that is counted)."""
    if not _may_wait(request, rule):
        return request.placed_at
    part = rule.patience / 100
    steps, pauses = deadlines.read(request.clocks)
    by_clock = steps[Step.DISPATCH].part_run(part, pauses, clocks.calendar_of(request))
    return min(by_clock, request.placed_at + part * (_latest(request) - request.placed_at))


@dataclass(frozen=True)
class Weighed:
    """Which requests were weighed together, and the volunteers to be asked first for each of those that are due."""

    requests: frozenset[int]
    first: Mapping[int, list[int]]


def _weighed(change: Change) -> Weighed:
    """Weighs the request with all that waits; those due together, as what came by night often is, are weighed once."""
    own = Timer.objects.only("fired_at").get(pk=change.facts["timer"].pk)
    assert own.fired_at is not None  # by the sweeper, whose step this is
    return once(_weigh, (change.case.district_id, own.fired_at))


def _weigh(together: tuple[int | None, datetime]) -> Weighed:
    """Weighs what waits under auto-dispatch in a district at the moment at which the timers of those due fired."""
    district, now = together
    due_at = _waiting(district, now)
    found = list(ServiceRequest.objects.filter(pk__in=due_at).select_related("category").order_by("pk"))
    rules = auto_dispatch.present_rules((each.category_id, each.area_id) for each in found)
    requests = []
    for each in found:
        rule = rules.get((each.category_id, each.area_id))
        if rule is not None and _may_wait(each, rule) and fits(each) and not _is_late(each, now):
            requests.append(each)
    ids = frozenset(each.pk for each in requests)
    if len(ids) < 2:
        return Weighed(ids, {})
    due = {pk for pk in ids if due_at[pk] <= now}
    return Weighed(ids, weighing.first_asked(requests, due, now))


def _waiting(district: int | None, now: datetime) -> dict[int, datetime]:
    """Returns which requests of the district still wait, or waited until `now`, and when each is due, by id."""
    submitted = ServiceRequest.objects.filter(
        district_id=district, state=RequestState.SUBMITTED, paused_at=None
    )
    timers = Timer.objects.filter(
        Q(fired_at=None) | Q(fired_at=now),
        kind=ServiceRequest.kind,
        name=TIMER,
        voided_at=None,
        case_id__in=submitted.values("pk"),
    )
    return dict(timers.order_by("due_at", "pk").values_list("case_id", "due_at")[:MOST])
