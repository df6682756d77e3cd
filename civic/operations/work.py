"""Whether the work gets done: sweepers, workers, queues, nightly jobs, timers, messages, queries, the calendar."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.cases import registry
from civic.cases.models import Timer
from civic.cases.timers import stuck
from civic.lib import clock, spoken
from civic.lib.health import Check, Measured, Trouble, Unit
from civic.lib.named import kind_word
from civic.notify import queries as messages
from civic.notify.enums import MessageState
from civic.notify.models import UNDELIVERED, Heartbeat, Message
from civic.operations.ground import ask, redis
from civic.operations.signs import regular_jobs
from civic.operations.tasks import canary_of
from civic.worktime import calendar

# The names under which sweepers leave their heartbeat. They tick every 10 s.
SWEEPERS = ("timers", "notify.sweep")
FRESH_SECONDS = 60
GRACE = timedelta(minutes=15)  # a regular job may begin this much later
LISTED = 50  # troubles listed one by one
NEVER_SECONDS = 10.0**6  # stands for "has not been seen at all"


def sweepers() -> Measured:
    """How long ago each sweeper last ended well; the longest counts."""
    return _ages({name: name for name in SWEEPERS})


def workers() -> Measured:
    """How long ago a worker last carried out the canary of each queue: one that lives but does nothing shows here."""
    return _ages({queue: canary_of(queue) for queue in settings.TASK_QUEUES})


def queues() -> Measured:
    """How many tasks wait in each queue; the longest counts."""
    with redis() as server:
        waiting = {queue: float(server.llen(queue)) for queue in settings.TASK_QUEUES}
    return Measured(max(waiting.values()), parts=waiting)


def jobs() -> Measured:
    """Which regular jobs of the beat (those rarer than a minute) have not ended well when they should have."""
    seen = dict(Heartbeat.objects.values_list("name", "at"))
    [(since,)] = ask("SELECT max(applied) FROM django_migrations")  # a new version gives everybody time again
    late = [task for task, when in regular_jobs().items() if _is_behind(when, seen.get(task, since))]
    return Measured(len(late), ", ".join(late))


def timer_lateness() -> Measured:
    """How late the timer is that waits longest, stuck ones aside."""
    now = clock.now()
    waiting = Timer.objects.filter(
        fired_at=None,
        voided_at=None,
        run_at__lt=now,
        attempts=0,
        kind__in=[each.kind for each in registry.every()],
    ).aggregate(rows=Count("pk"), oldest=Min("run_at"))
    late = (now - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0
    return Measured(late, parts={"overdue": waiting["rows"]})


def stuck_timers() -> Measured:
    """Timers that failed again and again; tried again ever more rarely until somebody removes the cause."""
    found = stuck()
    listed = list(found.order_by("run_at")[:LISTED])
    cases = _cases(listed)
    troubles = tuple(_stuck_one(timer, cases.get((timer.kind, timer.case_id))) for timer in listed)
    return Measured(found.count(), troubles=troubles)


def dead_messages() -> Measured:
    """Messages given up, by channel."""
    by_channel = messages.dead().order_by("channel").values_list("channel").annotate(rows=Count("pk"))
    parts = {str(channel): float(rows) for channel, rows in by_channel}
    newest = messages.dead()[:LISTED]
    troubles = tuple(
        Trouble(f"{each}: {each.last_error}", each._meta.label_lower, each.pk) for each in newest
    )
    return Measured(sum(parts.values()), parts=parts, troubles=troubles)


def message_lateness() -> Measured:
    """How long the message has waited that should have gone first; one that failed waits for its own next try."""
    now = clock.now()
    due = Message.objects.filter(state__in=UNDELIVERED, next_attempt_at__lt=now)
    oldest = due.aggregate(oldest=Min("next_attempt_at"))["oldest"]
    waiting = Message.objects.filter(state=MessageState.PENDING, next_attempt_at__lt=now).count()
    return Measured((now - oldest).total_seconds() if oldest else 0.0, parts={"due": waiting})


def slow_statements() -> Measured:
    """The slowest statement by its mean, as pg_stat_statements tells, where the database has it."""
    if not ask("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"):
        return Measured(
            0.0, _("not measured: the database has no pg_stat_statements; the check below says what runs now")
        )
    rows = ask(
        "SELECT mean_exec_time / 1000, calls, left(query, 200) FROM pg_stat_statements"
        " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND calls >= 10"
        " ORDER BY mean_exec_time DESC LIMIT 5"
    )
    troubles = tuple(
        Trouble(
            _("%(seconds).2f s on average in %(calls)d calls: %(query)s")
            % {"seconds": mean, "calls": calls, "query": text}
        )
        for mean, calls, text in rows
        if mean > SLOW_SECONDS
    )
    return Measured(float(rows[0][0]) if rows else 0.0, troubles=troubles)


def longest_query() -> Measured:
    """The statement that has been running longest now, as pg_stat_activity tells; parts: connections in use."""
    rows = ask(
        "SELECT extract(epoch FROM clock_timestamp() - query_start), left(query, 200) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' ORDER BY query_start LIMIT 1"
    )
    [(connections,)] = ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    seconds = max(0.0, float(rows[0][0])) if rows else 0.0
    troubles = (Trouble(without_values(rows[0][1])),) if seconds > RUNNING_SECONDS else ()
    return Measured(seconds, parts={"connections": connections}, troubles=troubles)


def calendar_coverage() -> Measured:
    """Which years in use have holidays nobody has told."""
    years = calendar.years_by_weekend_only()
    return Measured(len(years), ", ".join(str(year) for year in years) or _("in order"))


SLOW_SECONDS, RUNNING_SECONDS = 1, 30


def _ages(names: dict[str, str]) -> Measured:
    """Returns the age of the oldest of some heartbeats; `names` has what each is called and where it is kept."""
    seen = dict(Heartbeat.objects.filter(pk__in=names.values()).values_list("name", "at"))
    now = clock.now()
    ages = {
        name: max(0.0, (now - seen[key]).total_seconds()) if key in seen else NEVER_SECONDS
        for name, key in names.items()
    }
    late = ", ".join(name for name, age in ages.items() if age > FRESH_SECONDS)
    return Measured(max(ages.values()), _("not fresh: %(names)s") % {"names": late} if late else "", ages)


def _is_behind(when: Any, last: datetime | None) -> bool:
    return last is not None and when.remaining_estimate(last) < -GRACE


def without_values(statement: str) -> str:
    """Returns a statement without the texts and numbers in it, which may be about people."""
    return re.sub(r"\d+", "?", re.sub(r"'(?:[^']|'')*(?:'|$)", "?", statement))


def _cases(found: list[Timer]) -> dict[tuple[str, int], Any]:
    """Returns the cases of some timers, by kind and number; one query a kind."""
    cases: dict[tuple[str, int], Any] = {}
    for kind in {timer.kind for timer in found} & {each.kind for each in registry.every()}:
        numbers = [timer.case_id for timer in found if timer.kind == kind]
        for case in registry.by_kind(kind).model._default_manager.filter(pk__in=numbers):
            cases[kind, case.pk] = case
    return cases


def _stuck_one(timer: Timer, case: Any) -> Trouble:
    facts = {
        "case": kind_word(timer.kind),
        "number": timer.case_id,
        "timer": _timer_word(timer),
        "times": timer.attempts,
        "when": spoken.moment(timer.run_at),
        "error": timer.last_error,
    }
    words = _("%(case)s %(number)d, %(timer)s: failed %(times)d times, next try %(when)s. %(error)s") % facts
    record = case._meta.label_lower if case is not None else Timer._meta.label_lower
    return Trouble(words, record, timer.case_id if case is not None else timer.pk, case, timer.pk)


def _timer_word(timer: Timer) -> str:
    known = timer.kind in {each.kind for each in registry.every()}
    return registry.by_kind(timer.kind).word("timer", timer.name) if known else timer.name


CHECKS = [
    Check(
        "sweepers",
        gettext_lazy("Sweepers' last round"),
        sweepers,
        gettext_lazy(
            "See that beat and worker run and read their log: they are what fires timers and sends messages."
        ),
        unit=Unit.SECONDS,
        failure=FRESH_SECONDS,
        ready=True,
    ),
    Check(
        "workers",
        gettext_lazy("Workers' last sign of work"),
        workers,
        gettext_lazy(
            "A worker that lives but does no work: restart it, and read its log for the task it hangs in."
        ),
        unit=Unit.SECONDS,
        failure=FRESH_SECONDS,
    ),
    Check(
        "queues",
        gettext_lazy("Tasks waiting"),
        queues,
        gettext_lazy(
            "Raise WORKER_CONCURRENCY or add workers. Emptying the queue loses nothing: sweepers find the work again."
        ),
        attention=100,
        failure=10000,
    ),
    Check(
        "jobs",
        gettext_lazy("Regular jobs that did not run"),
        jobs,
        gettext_lazy("Read the worker's log for the job's name; it runs again at its next time."),
        attention=0,
    ),
    Check(
        "timer_lateness",
        gettext_lazy("Lateness of timers"),
        timer_lateness,
        gettext_lazy(
            "Add workers if it grows. If sweepers are fresh, a case is locked: see the longest query."
        ),
        unit=Unit.SECONDS,
        attention=60,
        failure=600,
    ),
    Check(
        "stuck_timers",
        gettext_lazy("Stuck timers"),
        stuck_timers,
        gettext_lazy(
            "Open the case, remove what the error names, then try again: what is done twice takes effect once."
        ),
        failure=0,
    ),
    Check(
        "message_lateness",
        gettext_lazy("Lateness of messages"),
        message_lateness,
        gettext_lazy(
            "See that the worker runs and that gateway and mail server answer; no message is lost meanwhile."
        ),
        unit=Unit.SECONDS,
        attention=180,
        failure=1800,
    ),
    Check(
        "dead_messages",
        gettext_lazy("Messages given up"),
        dead_messages,
        gettext_lazy(
            "Read the reason, correct the number or the gateway, then send them again or tell the person by phone."
        ),
        attention=0,
        failure=100,
    ),
    Check(
        "slow_statements",
        gettext_lazy("Slowest statement on average"),
        slow_statements,
        gettext_lazy("Show the statement to whoever keeps the program; an index may be missing."),
        unit=Unit.SECONDS,
        attention=SLOW_SECONDS,
    ),
    Check(
        "longest_query",
        gettext_lazy("Longest query running now"),
        longest_query,
        gettext_lazy(
            "A report or an export may take this long. One that never ends can be stopped by pg_cancel_backend."
        ),
        unit=Unit.SECONDS,
        attention=RUNNING_SECONDS,
    ),
    Check(
        "calendar",
        gettext_lazy("Years without known holidays"),
        calendar_coverage,
        gettext_lazy(
            "Enter the year's holidays and make-up workdays as exceptional days; until then deadlines follow weekends."
        ),
        attention=0,
    ),
]
