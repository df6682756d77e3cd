"""After the work calendar has changed: every open deadline is worked out anew, in batches, once.

A pass belongs to one stamp of the calendar and keeps how far it got with what it did: whoever is killed in the
middle of a batch has done nothing of it, and the next sweep goes on from there. A calendar that changes meanwhile
begins another pass from the start, which finds most of it done.
"""

import logging
import time
from datetime import UTC, datetime, timedelta

from django.db import transaction

from civic.cases import door
from civic.cases.workflow import SYSTEM
from civic.lib import clock
from civic.lib.errors import IllegalTransition
from civic.worktime import calendar
from civic.worktime.models import CalendarPass, CalendarStamp
from requests_app.effects import clocks
from requests_app.enums import OPEN
from requests_app.models import ServiceRequest

log = logging.getLogger(__name__)
BATCH = 100
# A process reads the calendar anew after at most 5 s (civic.worktime.calendar): what was placed by the old one until
# then is there to be found when the pass begins.
SETTLE = timedelta(seconds=10)


def sweep(*, seconds: float = 20.0, settle: timedelta = SETTLE) -> int:
    """Goes on with the pass of the present calendar until it is done or `seconds` have passed; returns how many
    requests moved."""
    stamp = CalendarStamp.objects.first()
    if stamp is None or datetime.now(UTC) < stamp.changed_at + settle:
        return 0
    if CalendarPass.objects.filter(stamp=stamp.stamp, finished_at__isnull=False).exists():
        return 0
    calendar.forget()
    CalendarPass.objects.get_or_create(stamp=stamp.stamp, defaults={"started_at": clock.now()})
    started, moved, more = time.monotonic(), 0, True
    while more and time.monotonic() - started < seconds:
        more, count = _batch(stamp)
        moved += count
    return moved


def _batch(stamp: CalendarStamp) -> tuple[bool, int]:
    """Does one batch in a transaction of its own; returns whether there is more to do at once, and how many moved."""
    with transaction.atomic():
        found = CalendarPass.objects.select_for_update(skip_locked=True).filter(stamp=stamp.stamp)
        this = found.filter(finished_at=None).first()
        if this is None:
            return False, 0  # done, or in another worker's hands
        still_open = ServiceRequest.objects.filter(state__in=sorted(OPEN)).order_by("pk")
        cases = list(still_open.filter(pk__gt=this.cursor)[:BATCH])
        last_round = not cases
        if last_round:
            cases, this.again = list(still_open.filter(pk__in=this.again)), []
        moved = 0
        for case in cases:
            this.cursor = max(this.cursor, case.pk)
            if clocks.recalculated(case):
                moved += _move(case, this)
        this.moved += moved
        if last_round and not this.again:
            this.finished_at = clock.now()
        this.save()
    return not last_round, moved


def _move(case: ServiceRequest, this: CalendarPass) -> int:
    """Performs the verb in a savepoint; one that fails is noted for the next sweep and stops nobody."""
    try:
        with transaction.atomic():
            door.perform(case, "recalculate", actor=SYSTEM)
    except IllegalTransition:
        return 0  # somebody moved it meanwhile
    except Exception:
        log.exception("request %s could not be recalculated", case.pk)
        this.again.append(case.pk)
        return 0
    return 1
