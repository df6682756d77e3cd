"""Firing what is due: every open timer takes effect exactly once, whoever else sweeps at the same time."""

import logging
import time
from datetime import datetime, timedelta
from functools import cache

from django.db import connection, transaction
from django.db.models import F, QuerySet

from civic.accounts.queries import remembering
from civic.cases import clocks, registry
from civic.cases.door import perform, prepare
from civic.cases.models import Case, Timer
from civic.cases.workflow import SYSTEM, Workflow
from civic.lib import clock
from civic.lib.backing_off import wait_after
from civic.lib.errors import IllegalTransition
from civic.lib.rows import Reader, Statement, Write, execute, run
from civic.lib.together import run_together

log = logging.getLogger(__name__)

BATCH = (
    2000  # only where so many are due; held together for half a second, in quarters they take a sixth longer
)
ONE_BY_ONE = 100  # of a batch that failed: nobody waits long for the others
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
MOVED_ON = "the case had moved on"
STUCK_AFTER = 3  # failures in a row, together half a minute: no passing trouble any more
FIRE = "UPDATE cases_timer SET fired_at = %s WHERE id = ANY(%s::bigint[])"
PASS_OVER = "UPDATE cases_timer SET voided_at = %s, last_error = %s WHERE id = ANY(%s::bigint[])"
DUE = Reader(
    Timer,
    "WHERE row.id = ANY(%s) AND row.fired_at IS NULL AND row.voided_at IS NULL AND row.run_at <= %s"
    " ORDER BY row.due_at, row.id",
)


def sweep(*, seconds: float = 8.0) -> int:
    """Fires due timers of every workflow until none is left or `seconds` have passed; returns how many fired."""
    started, fired = time.monotonic(), 0
    for workflow in registry.every():
        while time.monotonic() - started < seconds:
            more, done = _fire_batch(workflow, clock.now())
            fired += done
            if not more:
                break
    return fired


def many_due() -> bool:
    """Whether more is due than one sweeper fires in its first batches."""
    due = Timer.objects.filter(fired_at=None, voided_at=None, run_at__lte=clock.now())
    return due[: 2 * BATCH].count() == 2 * BATCH


def stuck() -> QuerySet[Timer]:
    """Returns the open timers that failed again and again."""
    return Timer.objects.filter(fired_at=None, voided_at=None, attempts__gte=STUCK_AFTER)


def case_of(timer: Timer) -> Case | None:
    """Returns the case that a timer belongs to, None when neither it nor its kind exists any more."""
    if timer.kind not in {each.kind for each in registry.every()}:
        return None
    return registry.by_kind(timer.kind).model._default_manager.filter(pk=timer.case_id).first()


def try_again(timer: Timer) -> bool:
    """Lets the next sweep try a stuck timer at once; returns whether it was still stuck.

    Whoever writes a timer holds the lock of its case, so it cannot be firing meanwhile.
    """
    model = registry.by_kind(timer.kind).model
    with transaction.atomic():
        model._default_manager.select_for_update(of=("self",)).filter(pk=timer.case_id).first()
        return bool(stuck().filter(pk=timer.pk).update(run_at=clock.now()))


def _fire_batch(workflow: Workflow, now: datetime) -> tuple[bool, int]:
    """Locks the cases of a batch of due timers and fires those; returns (whether more may be due, timers fired).

    The lock of the case is the only lock: cases in somebody's hands are skipped and come again. Whoever writes a
    timer holds that lock, so reading the timers after taking it sees them as they are. They are fired together, in
    few statements; when that fails, the first of them each in a savepoint of its own, so that only the one at fault
    is held back and the others come again.
    """
    with transaction.atomic(), remembering():
        due = _claim(workflow, now)
        found = [timer for timer, _ in DUE.all(due, now)] if due else []
        firsts = list({timer.case_id: timer for timer in reversed(found)}.values())[::-1]
        try:
            fired = _fire_together(workflow, firsts, now) if firsts else 0
        except Exception as error:  # whichever it was is found, logged and held back one by one
            log.info("the first of a batch of %d timers are fired one by one: %r", len(firsts), error)
            firsts = found[:ONE_BY_ONE]
            fired = sum(_fire(workflow, timer, now) for timer in firsts)
    return len(due) == BATCH or len(firsts) < len(found), fired


def _claim(workflow: Workflow, now: datetime) -> list[int]:
    table = connection.ops.quote_name(workflow.model._meta.db_table)
    with connection.cursor() as cursor:
        execute(
            cursor,
            f"""
            SELECT timer.id FROM cases_timer timer JOIN {table} subject ON subject.id = timer.case_id
            WHERE timer.kind = %s AND timer.run_at <= %s AND timer.fired_at IS NULL AND timer.voided_at IS NULL
            ORDER BY timer.run_at LIMIT {BATCH}
            FOR UPDATE OF subject SKIP LOCKED
            """,
            [workflow.kind, now],
        )
        return [row[0] for row in cursor.fetchall()]


def _fire_together(workflow: Workflow, timers: list[Timer], now: datetime) -> int:
    """Performs the verbs of timers of different cases; returns how many took effect. All of them or, raising what
    was in the way of one, none.
    """
    ids = [timer.case_id for timer in timers]
    with transaction.atomic():
        cases = _cases(workflow.model, ids)
        in_time: list[Timer] = []
        late: list[Timer] = []
        for timer in timers:
            possible = workflow.row(workflow.timers[timer.name], cases[timer.case_id].state)
            (in_time if possible else late).append(timer)
        run(
            [
                Statement(FIRE, [now, [timer.pk for timer in in_time]]),
                Statement(PASS_OVER, [now, MOVED_ON, [timer.pk for timer in late]]),
            ]
        )
        known = clocks.read(workflow.kind, ids)
        writes: list[Write] = []
        for timer in in_time:
            case, verb = cases[timer.case_id], workflow.timers[timer.name]
            writes += prepare(case, verb, actor=SYSTEM, timers=known[case.pk], timer=timer)
        run_together(writes)
    return len(in_time)


def _cases(model: type[Case], ids: list[int]) -> dict[int, Case]:
    """Returns the cases of a batch as they stand, by id; their locks are held."""
    return {case.pk: case for case, _ in _reading(model).all(ids)}


@cache
def _reading(model: type[Case]) -> Reader[Case]:
    return Reader(model, "WHERE row.id = ANY(%s)")


def _fire(workflow: Workflow, timer: Timer, now: datetime) -> int:
    """Performs the verb of one timer in a savepoint of its own; returns 1 when it took effect, else 0."""
    this = Timer.objects.filter(pk=timer.pk, fired_at=None, voided_at=None)
    try:
        with transaction.atomic():
            if not this.update(fired_at=now):
                return 0  # voided by an earlier timer of the same batch
            case = workflow.model._default_manager.get(pk=timer.case_id)
            perform(case, workflow.timers[timer.name], actor=SYSTEM, timer=timer)
        return 1
    except IllegalTransition:
        this.update(voided_at=now, last_error=MOVED_ON)
    except Exception as error:  # whatever it is, it must not stop the other timers; it is shown to staff
        log.exception("timer %s (%s) failed", timer.pk, timer)
        delay = wait_after(timer.attempts + 1, first=FIRST_RETRY, longest=LONGEST_RETRY)
        this.update(attempts=F("attempts") + 1, run_at=now + delay, last_error=repr(error)[:300])
    return 0
