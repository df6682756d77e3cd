"""The rates of requests, each defined once: what is counted, out of what, and the very rows behind both numbers.

Source of the definitions: DOMAIN.md, section 8. Undone imports count nowhere, nor does what an earlier system closed;
exempted requests, which requests_app.queries.exemptions lists, are left out and counted apart. A figure on a page, in
an export or in the API is never anything but the number of rows that `Rate.behind` and `Rate.counted` return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Extract, Least
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from civic.cases.models import CaseEvent
from civic.lib import clock
from requests_app.enums import (
    UNCOUNTED,
    AssignmentState,
    OfferState,
    RatedVia,
    ReferralState,
    RejectReason,
    RequestState,
    Solved,
)
from requests_app.models import Assignment, Offer, Rating, Referral, ServiceRequest
from volunteers.models import Volunteer

ACTIVE_DAYS = 90  # a volunteer who served within them counts as active
SATISFIED_FROM = 4  # stars


def is_exempt(prefix: str) -> Q:
    """Returns the condition for requests that were exempted by approval; `prefix` leads to the request."""
    return ~Q(**{f"{prefix}exempt_reason": ""})


class Median(Aggregate):
    """percentile_cont(0.5): the middle value, between the two middle ones of an even number."""

    function = "percentile_cont"
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Within:
    """What the rates are about: a filter on the scope columns, and a period [begins, ends).

    With `exempted` the same rates are taken over exempted requests alone, to tell how many were left out.
    """

    scope: Callable[[str], Q]  # of a lookup path such as "request__"
    begins: datetime
    ends: datetime
    exempted: bool = False

    def rows(self, model: type[Model], prefix: str = "") -> QuerySet[Any]:
        """Returns the rows of `model` in scope; `prefix` leads to the request."""
        found = model._default_manager.filter(self.scope(prefix))
        if issubclass(model, Volunteer):
            return found.none() if self.exempted else found
        found = found.exclude(**{f"{prefix}outcome__in": sorted(UNCOUNTED)})
        return found.filter(is_exempt(prefix)) if self.exempted else found.exclude(is_exempt(prefix))

    def during(self, field: str) -> Q:
        """Returns the filter for moments of the period; what lies ahead of now has not happened."""
        return Q(**{f"{field}__gte": self.begins, f"{field}__lt": min(self.ends, clock.now())})


@dataclass(frozen=True)
class Figure:
    """A rate worked out; `value` is None where there is nothing to divide by. `exempted`: left out of both numbers."""

    name: str
    label: str | Promise
    formula: str | Promise
    numerator: int
    denominator: int
    value: float | None
    exempted: int = 0


@dataclass(frozen=True)
class Rate:
    """One rate: `behind` the rows it is out of, `hits` which of them count, `at` the moment that dates a row.

    `middle` names a column whose median over the rows that count is the value, instead of their share. A rate that
    `looks_back` counts what came before the end of the period, however short that is.
    """

    name: str
    label: str | Promise
    formula: str | Promise
    behind: QuerySet[Any]
    hits: Q
    at: str
    prefix: str = ""  # from a row to the columns of its areas
    middle: str = ""
    looks_back: bool = False

    @property
    def counted(self) -> QuerySet[Any]:
        """The rows that count."""
        return self.behind.filter(self.hits)

    @property
    def marked(self) -> QuerySet[Any]:
        """All rows, each with `counts`: whether it does."""
        return self.behind.annotate(counts=Case(When(self.hits, then=Value(True)), default=Value(False)))

    @property
    def sums(self) -> dict[str, Any]:
        """The aggregates behind a figure, for the whole or for groups of rows."""
        found: dict[str, Any] = {"n": Count("pk"), "k": Count("pk", filter=self.hits)}
        return found | ({"m": Median(self.middle)} if self.middle else {})

    def figure(self, found: dict[str, Any] | None = None, exempted: int = 0) -> Figure:
        """Returns the rate worked out, over all its rows (one query) or from the `sums` of a group of them."""
        sums = self.behind.aggregate(**self.sums) if found is None else found
        n, k = sums["n"], sums["k"]
        value = sums["m"] if self.middle else k / n if n else None
        return Figure(self.name, self.label, self.formula, k, n, value, exempted)


def figures(within: Within) -> list[Figure]:
    """Returns every rate of the scope and period; a query each, and one that asks whether anything is exempted."""
    left_out = dict.fromkeys((rate.name for rate in rates(within)), 0)
    apart = replace(within, exempted=True)
    if apart.rows(ServiceRequest).exists():
        left_out = {rate.name: rate.behind.count() for rate in rates(apart)}
    return [rate.figure(exempted=left_out[rate.name]) for rate in rates(within)]


def named(name: str, within: Within) -> Rate | None:
    """Returns the rate called `name`, None for an unknown one."""
    return next((rate for rate in rates(within) if rate.name == name), None)


def rates(within: Within) -> Iterable[Rate]:
    """Yields every rate, in the order they are shown."""
    asked = _with_answer(within.rows(ServiceRequest))
    unanswered_withdrawn = Q(state=RequestState.CANCELLED, answered_at=None)
    now = clock.now()
    placed = asked.filter(within.during("placed_at")).exclude(unanswered_withdrawn)
    late_or_answered = Q(answered_at__isnull=False) | Q(dispatch_due_at__lte=now)
    yield Rate(
        "response",
        _("Answered in time"),
        _(
            "Requests placed in the period that got a first offer, a referral or a refusal by their dispatch time,"
            " out of those answered or past that time. Withdrawn before any answer: not counted."
        ),
        placed.filter(late_or_answered),
        Q(answered_at__lte=F("dispatch_due_at")),
        "placed_at",
    )
    yield Rate(
        "dispatch_on_time",
        _("Dispatched in time"),
        _(
            "Requests placed in the period that were first offered or referred by their dispatch time, out of those"
            " offered, referred or past that time. Refused, or withdrawn before: not counted."
        ),
        placed.exclude(state=RequestState.REJECTED, dispatched_at=None).filter(
            Q(dispatched_at__isnull=False) | Q(dispatch_due_at__lte=now)
        ),
        Q(dispatched_at__lte=F("dispatch_due_at")),
        "placed_at",
    )
    yield Rate(
        "minutes_to_accept",
        _("Minutes until somebody accepts"),
        _(
            "The median from placing to the first acceptance, over requests placed in the period that were accepted."
        ),
        _with_waiting(within.rows(ServiceRequest).filter(within.during("placed_at"))),
        Q(waited__isnull=False),
        "placed_at",
        middle="waited",
    )
    ended_otherwise = Q(state__in=[RequestState.CANCELLED, RequestState.REJECTED])
    due = within.rows(ServiceRequest).filter(within.during("original_due_at")).exclude(ended_otherwise)
    yield Rate(
        "closure",
        _("Closed"),
        _("Requests now closed, out of those first due in the period. Withdrawn or refused: not counted."),
        due,
        Q(state=RequestState.CLOSED),
        "original_due_at",
    )
    yield Rate(
        "on_time_closure",
        _("Closed in time"),
        _(
            "Requests closed by the time they were first due, out of those first due in the period. Withdrawn or"
            " refused: not counted."
        ),
        due,
        Q(state=RequestState.CLOSED, closed_at__lte=F("original_due_at")),
        "original_due_at",
    )
    answers = within.rows(Rating, "request__").filter(within.during("at"))
    yield Rate(
        "solution",
        _("Solved"),
        _("Answers “solved”, out of all answers of the period, those given in a call-back too."),
        answers,
        Q(solved=Solved.YES),
        "at",
        "request__",
    )
    yield Rate(
        "satisfaction",
        _("Satisfied"),
        _(
            "Ratings with four or five stars, out of all ratings residents gave themselves in the period. Closed"
            " without a rating: not counted."
        ),
        answers.filter(via=RatedVia.BENEFICIARY),
        Q(stars__gte=SATISFIED_FROM),
        "at",
        "request__",
    )
    decided = [OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED]
    yield Rate(
        "offer_acceptance",
        _("Offers accepted"),
        _(
            "Offers accepted, out of offers made in the period that were answered or ran out. Withdrawn: not counted."
        ),
        within.rows(Offer, "request__").filter(within.during("made_at"), state__in=decided),
        Q(state=OfferState.ACCEPTED),
        "made_at",
        "request__",
    )
    referred = within.rows(Referral, "request__").filter(within.during("referred_at"))
    yield Rate(
        "dispatch_accuracy",
        _("Referred to the right unit"),
        _("Referrals to responsible units that were not returned, out of all referrals of the period."),
        referred,
        ~Q(state=ReferralState.RETURNED),
        "referred_at",
        "request__",
    )
    yield Rate(
        "return_rate",
        _("Returned by units"),
        _("Referrals that the responsible unit returned, out of all referrals of the period."),
        referred,
        Q(state=ReferralState.RETURNED),
        "referred_at",
        "request__",
    )
    called_so = _history("pk").filter(verb="reject", reason_code=RejectReason.DUPLICATE)
    yield Rate(
        "duplicate_rate",
        _("Duplicates"),
        _(
            "Requests joined to another or refused because they were already placed, out of all placed in the period."
        ),
        within.rows(ServiceRequest).filter(within.during("placed_at")).annotate(called_so=Exists(called_so)),
        Q(merged_into__isnull=False) | Q(state=RequestState.REJECTED, called_so=True),
        "placed_at",
    )
    since = min(within.ends, now) - timedelta(days=ACTIVE_DAYS)
    served = Assignment.objects.filter(
        volunteer=OuterRef("pk"),
        state=AssignmentState.COMPLETED,
        completed_at__gte=since,
        completed_at__lt=within.ends,
    )
    yield Rate(
        "active_volunteers",
        _("Active volunteers"),
        _(
            "Volunteers who completed a service in the 90 days before the end of the period, out of all approved ones."
        ),
        within.rows(Volunteer).filter(state="approved").annotate(has_served=Exists(served)),
        Q(has_served=True),
        "applied_at",
        looks_back=True,
    )


def _history(request: str) -> QuerySet[CaseEvent]:
    """Returns the history of the request whose number the outer query has in column `request`."""
    return CaseEvent.objects.filter(kind=ServiceRequest.kind, case_id=OuterRef(request))


def _with_waiting(found: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `waited`, the minutes from placing to the first acceptance; None where nobody has accepted."""
    waited = Extract(F("accepted_at") - F("placed_at"), "epoch", output_field=FloatField()) / 60
    return found.annotate(waited=waited)


def _with_answer(found: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `answered_at`, when it was first dispatched or refused."""
    refused = Case(When(state=RequestState.REJECTED, then=F("closed_at")), default=None)
    return found.annotate(answered_at=Least("dispatched_at", refused))
