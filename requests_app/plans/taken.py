"""What is taken already of the time that volunteers give: what they have promised, and what plans have asked of them.

Whom a plan has asked and who has not answered yet is reckoned to accept: a plan applied in parts, or two on end, would
otherwise ask for more than somebody wants.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _
from psycopg2.extras import DateTimeTZRange

from civic.lib import clock
from requests_app.enums import OfferState
from requests_app.matching.columns import NO_LIMIT
from requests_app.matching.given import among
from requests_app.matching.statements import numbers
from requests_app.models import LineState, Offer, Plan, PlanLine
from requests_app.planning.problem import Ints
from volunteers import hours
from volunteers.models import Commitment, Volunteer

MINUTE = 60


class Asked(NamedTuple):
    """What plans have asked of `people` (ids) and is not answered yet: for which requests (ids), from when to when in
    seconds, outwards; no time where both are 0."""

    people: Ints
    requests: Ints
    begins: Ints
    ends: Ints


def asked(districts: Collection[int]) -> Asked:
    """Returns what plans have asked in those districts; volunteers are asked in their own only."""
    return _asked(_among("request__district_id", districts))


def _asked(whose: Q) -> Asked:
    start = Coalesce(
        "request__agreed_start",
        Case(When(request__preferred_start__gt=clock.now(), then="request__preferred_start")),
    )
    lines = PlanLine.objects.filter(request=OuterRef("request"), volunteer=OuterRef("volunteer"))
    found = Offer.objects.filter(whose, Exists(lines.filter(state=LineState.APPLIED)), state=OfferState.OPEN)
    people, requests, begins, minutes = numbers(
        found.values_list(
            _whole("volunteer_id"),
            _whole("request_id"),
            Coalesce(_seconds(start), Value(0.0)),
            _whole("request__expected_minutes"),
        ).query.sql_with_params(),
        "iifi",
    )
    ends = np.where(begins > 0, np.ceil(begins + minutes * MINUTE), 0)
    return Asked(people, requests, np.floor(begins).astype(np.int64), ends.astype(np.int64))


def given(plan: Plan) -> Ints:
    """Returns whom `plan` has asked for something that they may still do, once for each such line."""
    stands = Offer.objects.filter(
        request=OuterRef("request"),
        volunteer=OuterRef("volunteer"),
        state__in=[OfferState.OPEN, OfferState.ACCEPTED],
    )
    lines = PlanLine.objects.filter(Exists(stands), plan=plan, state=LineState.APPLIED)
    return np.array(lines.values_list("volunteer", flat=True), np.int64)


def wanted(ids: Sequence[int]) -> tuple[Ints, Ints]:
    """Returns how many services a day, and how many a week, each of the volunteers `ids`, in order, wants at most."""
    limits = (Cast(Coalesce(each, NO_LIMIT), BigIntegerField()) for each in ("daily_limit", "weekly_limit"))
    daily, weekly = numbers(
        Volunteer.objects.filter(_among("pk", ids))
        .order_by("pk")
        .values_list(*limits)
        .query.sql_with_params(),
        "ii",
    )
    return daily, weekly


def promised(ids: Sequence[int], first: int, last: int) -> tuple[Ints, Ints]:
    """Returns who of the volunteers `ids` has promised something and when it begins (in seconds, whole): all of the
    weeks from that of the second `first` to that of `last`."""
    weeks = [hours.week_of(datetime.fromtimestamp(at, UTC)) for at in (first, last)]
    people, begins = numbers(
        _beginning(Commitment.objects.filter(_among("volunteer_id", ids)), weeks[0][0], weeks[1][1])
        .values_list(_whole("volunteer_id"), _seconds(F("during__startswith")))
        .query.sql_with_params(),
        "if",
    )
    return people, np.floor(begins).astype(np.int64)


def _beginning(found: QuerySet[Commitment], first: datetime, after: datetime) -> QuerySet[Commitment]:
    """Returns the promises in force that begin within a period: those that matching.wishes counts."""
    return found.filter(
        active=True, during__overlap=DateTimeTZRange(first, after), during__startswith__gte=first
    )


def why_full(line: PlanLine) -> str:
    """Returns why the person of `line` has no room for it beside what plans have asked of them, "" where they have.

    Until the end of the transaction no other plan asks them: two at once would each see room for one more.
    """
    assert line.volunteer is not None
    if line.start is None:
        return ""
    _one_plan_at_a_time(line.volunteer.pk)
    here = _asked(Q(volunteer=line.volunteer_id))
    others = here.requests != line.request_id
    begins, ends = here.begins[others], here.ends[others]
    start = line.start.timestamp()
    if ((begins < start + line.request.expected_minutes * MINUTE) & (start < ends)).any():
        return _("A plan has asked them for that time already.")
    for most, period in (
        (line.volunteer.daily_limit, hours.day_of),
        (line.volunteer.weekly_limit, hours.week_of),
    ):
        first, after = period(line.start)
        count = _beginning(line.volunteer.commitments.all(), first, after).count() if most else 0
        count += int(((begins >= first.timestamp()) & (begins < after.timestamp())).sum())
        if most and count >= most:
            return _("Together with what plans have asked of them, that would be more than they want.")
    return ""


def _one_plan_at_a_time(volunteer_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"plans.asking {volunteer_id}"])


def _among(column: str, ids: Collection[int]) -> Q:
    return among(column, Value(list(ids), output_field=ArrayField(IntegerField())))


def _whole(name: str) -> Cast:
    return Cast(name, BigIntegerField())


def _seconds(moment: Any) -> Func:
    return Func(moment, template="EXTRACT(EPOCH FROM %(expressions)s)::float8", output_field=FloatField())
