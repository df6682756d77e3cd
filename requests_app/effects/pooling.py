"""Who is told that a request is in the pool: the best candidates, and nobody more often a week than is good.

Everybody suitable may claim what lies in the pool; a notice is for the few who are likeliest to. They are chosen by the
rules and scores of every dispatch, in which newcomers begin with the benefit of the doubt; whoever has had the notices
of a week makes room for the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count

from civic.cases.change import Change
from civic.notify import wishes
from civic.notify.enums import Channel, Choice
from requests_app import matching, messages, reference
from requests_app.effects import considering, parts
from requests_app.enums import PassedOver
from requests_app.matching import Candidate
from requests_app.models import Considered, Pool, ServiceRequest
from requests_app.models.matching import TOLD
from requests_app.wordings_of_asking import POOL, start_of
from volunteers.models import Volunteer

WEEK = timedelta(days=7)
HOLD = """
SELECT pg_advisory_xact_lock(hashtextextended('requests_app.pool_notices', id))
  FROM unnest(%s::bigint[]) WITH ORDINALITY AS person(id, place) ORDER BY place
"""


def tell_the_best(change: Change, pool: Pool) -> None:
    """Tells the best candidates of a pool that has just opened, keeps who was ranked how, and records how many were
    told, and how many had been before. How many there are to be is said by the area (PoolNotices).

    Whoever was told of this round before counts as one of the best and is not told again; so a pool that opens anew
    on other terms tells those alone who have come to be among the best. Left out are the one who opened it, who wants
    no such notices, and who has had those of a week where they live. Two pools at once never give anybody one too
    many: they count under a lock of those chosen. Whoever the other pool was faster with is then left out without
    somebody in their place, so that now and then one fewer is told.
    """
    request: ServiceRequest = change.case
    before = told_before(request)
    if before:
        change.record(told_before=len(before))
    free = max(0, request.needed - parts.active(request).count())
    count = reference.pool_notices(request.area_id).told(free)
    compared = matching.compare(request, (), count) if count else []
    if not compared:
        change.record(told_of_pool=0)
        return
    wanted = wishes.of_many(POOL, [each.volunteer.user_id for each in compared])
    passed_over = {
        each.volunteer.pk: PassedOver.UNWANTED
        for each in compared
        if wanted.get((each.volunteer.user_id, Channel.IN_APP)) == Choice.OFF
    }
    passed_over |= _had_enough([each.volunteer for each in compared], change.at)
    chosen, passed_by = _choose(change, compared, count, before, passed_over)
    _hold(chosen)
    late = _had_enough(chosen, change.at)
    told = [person for person in chosen if person.pk not in late]
    considering.note(change, told, compared, pool=pool, passed_over=passed_by | late)
    start = start_of(request)
    for person in told:
        by_sms = wanted.get((person.user_id, Channel.SMS)) == Choice.AT_ONCE
        messages.of_pool(change, person, by_sms=by_sms, start=start)
    change.record(told_of_pool=len(told))


def told_before(request: ServiceRequest) -> set[int]:
    """Returns the ids of the volunteers who were told of the pool in this round."""
    found = Considered.objects.filter(TOLD, request=request, round=request.round)
    return set(found.values_list("volunteer_id", flat=True))


def _choose(
    change: Change,
    compared: Sequence[Candidate],
    count: int,
    before: Collection[int],
    barred: Mapping[int, PassedOver],
) -> tuple[list[Volunteer], dict[int, PassedOver]]:
    """Returns whom to tell beside those told `before`, and who was passed over until the `count` were complete."""
    chosen, passed_by = [], {}
    for person in (each.volunteer for each in compared):
        if count == 0:
            break
        if person.pk in before:
            count -= 1
        elif person.pk in barred:
            passed_by[person.pk] = barred[person.pk]
        elif person.user_id != change.actor.pk:
            chosen.append(person)
            count -= 1
    return chosen, passed_by


def _had_enough(people: Sequence[Volunteer], at: datetime) -> dict[int, PassedOver]:
    """Returns those who have had as many notices in the week before `at` as where they live one gets; one query."""
    had = _notices([person.pk for person in people], at - WEEK)
    return {
        person.pk: PassedOver.WEEK
        for person in people
        if had[person.pk] >= reference.pool_notices(person.area_id).per_week
    }


def _notices(ids: Collection[int], since: datetime) -> Counter[int]:
    """Returns how many notices each of `ids` has had after `since`, whatever the district of the request."""
    found = Considered.objects.filter(TOLD, volunteer__in=ids, at__gt=since).values_list("volunteer_id")
    return Counter(dict(found.annotate(n=Count("pk")).order_by()))


def _hold(people: Sequence[Volunteer]) -> None:
    """Lets nobody else count or tell these until the end of the transaction, always in the same order. No row is
    locked: nobody's profile waits for a pool, and no pool for a profile."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [sorted(person.pk for person in people)])
