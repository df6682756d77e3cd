"""The rates of requests, each defined once: what is counted, out of what, and the very rows behind both numbers.

Source of the definitions: DOMAIN.md, section 8. Undone imports count nowhere, nor what was exempted
(requests_app.queries.exemptions lists it). A figure on a page or in the API is never anything but the number of rows
that `Rate.behind` and `Rate.counted` return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    Min,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Extract, Least
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from civic.lib import clock
from requests_app.enums import AssignmentState, OfferState, Outcome, RatedVia, RequestState, Solved
from requests_app.models import Assignment, Offer, Pool, Rating, ServiceRequest
from volunteers.models import Volunteer

ACTIVE_DAYS = 90  # a volunteer who served within them counts as active
SATISFIED_FROM = 4  # stars


@dataclass(frozen=True)
class Within:
    """What the rates are about: a filter on the scope columns, and a period [begins, ends)."""

    scope: Callable[[str], Q]  # of a lookup path such as "request__"
    begins: datetime
    ends: datetime

    def rows(self, model: type[Model], prefix: str = "") -> QuerySet[Any]:
        """Returns the rows of `model` in scope; `prefix` leads to the request."""
        found = model._default_manager.filter(self.scope(prefix))
        if issubclass(model, Volunteer):
            return found
        found = found.exclude(**{f"{prefix}outcome": Outcome.IMPORT_UNDONE})
        return found.filter(**{f"{prefix}exempt_reason": ""})

    def during(self, field: str) -> Q:
        """Returns the filter for moments of the period; what lies ahead of now has not happened."""
        return Q(**{f"{field}__gte": self.begins, f"{field}__lt": min(self.ends, clock.now())})


@dataclass(frozen=True)
class Rate:
    """One rate: `behind` the rows it is out of, `hits` which of them count."""

    name: str
    label: str | Promise
    formula: str | Promise
    behind: QuerySet[Any]
    hits: Q

    @property
    def counted(self) -> QuerySet[Any]:
        """The rows that count."""
        return self.behind.filter(self.hits)

    def numbers(self) -> tuple[int, int]:
        """Returns numerator and denominator; one query."""
        found = self.behind.aggregate(n=Count("pk"), k=Count("pk", filter=self.hits))
        return found["k"], found["n"]


@dataclass(frozen=True)
class Figure:
    """A rate worked out; `value` is None where there is nothing to divide by."""

    name: str
    label: str | Promise
    formula: str | Promise
    numerator: int
    denominator: int
    value: float | None


def figures(within: Within) -> list[Figure]:
    """Returns every rate of the scope and period, and the median minutes until somebody accepts."""
    found = []
    for rate in rates(within):
        numerator, denominator = rate.numbers()
        value = numerator / denominator if denominator else None
        found.append(Figure(rate.name, rate.label, rate.formula, numerator, denominator, value))
    return [*found, minutes_to_accept(within)]


def rates(within: Within) -> Iterable[Rate]:
    """Yields every rate, in the order they are shown."""
    asked = _with_first_answer(within.rows(ServiceRequest))
    unanswered_withdrawn = Q(state=RequestState.CANCELLED, answered_at=None)
    now = clock.now()
    placed = asked.filter(within.during("placed_at")).exclude(unanswered_withdrawn)
    late_or_answered = Q(answered_at__isnull=False) | Q(dispatch_due_at__lte=now)
    yield Rate(
        "response",
        _("Answered in time"),
        _(
            "Requests placed in the period that got a first offer or a refusal by their dispatch time, out of those"
            " answered or past that time. Withdrawn before any answer: not counted."
        ),
        placed.filter(late_or_answered),
        Q(answered_at__lte=F("dispatch_due_at")),
    )
    yield Rate(
        "dispatch_on_time",
        _("Dispatched in time"),
        _(
            "Requests placed in the period that were first offered by their dispatch time, out of those offered or past"
            " that time. Refused, or withdrawn before any offer: not counted."
        ),
        placed.exclude(state=RequestState.REJECTED, offered_at=None).filter(
            Q(offered_at__isnull=False) | Q(dispatch_due_at__lte=now)
        ),
        Q(offered_at__lte=F("dispatch_due_at")),
    )
    ended_otherwise = Q(state__in=[RequestState.CANCELLED, RequestState.REJECTED])
    due = within.rows(ServiceRequest).filter(within.during("original_due_at")).exclude(ended_otherwise)
    yield Rate(
        "closure",
        _("Closed"),
        _("Requests now closed, out of those first due in the period. Withdrawn or refused: not counted."),
        due,
        Q(state=RequestState.CLOSED),
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
    )
    answers = within.rows(Rating, "request__").filter(within.during("at"))
    yield Rate(
        "solution",
        _("Solved"),
        _("Answers “solved”, out of all answers of the period, those given in a call-back too."),
        answers,
        Q(solved=Solved.YES),
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
    )


def minutes_to_accept(within: Within) -> Figure:
    """Returns the median of the minutes from placing to the first acceptance; `numerator` is the number of requests
    it is taken over, `denominator` that of all placed in the period."""
    placed = within.rows(ServiceRequest).filter(within.during("placed_at"))
    first = (
        Assignment.objects.filter(request=OuterRef("pk")).order_by("accepted_at").values("accepted_at")[:1]
    )
    waited = Extract(F("first_accepted") - F("placed_at"), "epoch", output_field=FloatField()) / 60
    accepted = placed.annotate(first_accepted=Subquery(first)).filter(first_accepted__isnull=False)
    found = accepted.annotate(waited=waited).aggregate(n=Count("pk"), median=Median("waited"))
    return Figure(
        "minutes_to_accept",
        _("Minutes until somebody accepts"),
        _(
            "The median from placing to the first acceptance, over requests placed in the period that were accepted."
        ),
        found["n"],
        placed.count(),
        found["median"],
    )


class Median(Aggregate):
    """percentile_cont(0.5): the middle value, between the two middle ones of an even number."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def _with_first_answer(found: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `offered_at`, when somebody was first asked, and `answered_at`, that or the refusal."""

    def first(model: type[Model], field: str) -> Subquery:
        of_request = model._default_manager.filter(request=OuterRef("pk")).order_by()
        return Subquery(of_request.values("request").annotate(first=Min(field)).values("first"))

    refused = Case(When(state=RequestState.REJECTED, then=F("closed_at")), default=None)
    offered = Least(first(Offer, "made_at"), first(Pool, "opened_at"))
    return found.annotate(offered_at=offered).annotate(answered_at=Least("offered_at", refused))
