"""What the machines around the product ask: does it live, is it ready, how is it doing."""

import ipaddress
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from redis import Redis
from redis.exceptions import RedisError

from civic.cases.models import Timer
from civic.lib import clock
from civic.notify.models import Heartbeat, Message

# The names under which sweepers leave their heartbeat, and how old it may be. They tick every 10 s.
SWEEPERS = ("timers", "notify.sweep")
FRESH = timedelta(seconds=60)


def database_problem() -> str:
    """Returns what is wrong with the database, "" when it answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"does not answer: {error.__class__.__name__}"
    return ""


def broker_problem() -> str:
    """Returns what is wrong with the broker and cache (one server), "" when it takes a value and gives it
    back.
    """
    mark = secrets.token_hex(4)
    try:  # not through the cache, which forgives a Redis that is away
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as redis:
            redis.set(f"readyz:{mark}", mark, ex=10)
            came_back = redis.get(f"readyz:{mark}") == mark.encode()
    except (RedisError, OSError) as error:
        return f"does not answer: {error.__class__.__name__}"
    return "" if came_back else "forgets what it is given"


def sweepers_problem() -> str:
    """Returns which sweepers have not ticked lately, "" when all are fresh."""
    try:
        seen = dict(Heartbeat.objects.filter(pk__in=SWEEPERS).values_list("name", "at"))
    except DatabaseError as error:
        return f"unknown: {error.__class__.__name__}"
    now = clock.now()
    stale = [name for name in SWEEPERS if name not in seen or now - seen[name] > FRESH]
    return f"not fresh: {', '.join(stale)}" if stale else ""


PROBES: dict[str, Callable[[], str]] = {
    "database": database_problem,
    "broker": broker_problem,
    "sweepers": sweepers_problem,
}


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process lives; asks nobody else."""
    return HttpResponse("ok", "text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database and broker answer and sweepers are fresh, else 503 with which and why."""
    problems = {name: probe() for name, probe in PROBES.items()}
    ready = not any(problems.values())
    body = {"ready": ready, **{name: problem or "ok" for name, problem in problems.items()}}
    response = JsonResponse(body, status=200 if ready else 503)
    add_never_cache_headers(response)
    return response


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, read from the database, so that any worker answers for all."""
    if not may_read_metrics(request):
        return HttpResponse("a token is needed", "text/plain", 403)
    return HttpResponse(generate_latest(collect()), CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    """Tells whether the caller shows METRICS_TOKEN, or sits on this machine with no proxy between."""
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "")
        if secrets.compare_digest(shown.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
            return True
    forwarded = (
        settings.BEHIND_PROXY or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    )
    return not forwarded and is_loopback(request.META.get("REMOTE_ADDR", ""))


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def collect() -> CollectorRegistry:
    """Returns the present figures: sweepers' ages, open timers, messages by state, database connections."""
    registry = CollectorRegistry()
    now = clock.now()
    ages = Gauge(
        "civic_heartbeat_age_seconds", "Since a sweeper last ended well", ["name"], registry=registry
    )
    for name, at in Heartbeat.objects.values_list("name", "at"):
        ages.labels(name).set((now - at).total_seconds())
    open_timers = Timer.objects.filter(fired_at=None, voided_at=None)
    overdue = open_timers.filter(due_at__lt=now).aggregate(rows=Count("pk"), oldest=Min("due_at"))
    Gauge("civic_timers_overdue", "Timers past due and unfired", registry=registry).set(overdue["rows"])
    late = (now - overdue["oldest"]).total_seconds() if overdue["oldest"] else 0
    Gauge("civic_timers_lateness_seconds", "How late the latest timer is", registry=registry).set(late)
    Gauge("civic_timers_failing", "Open timers that have failed before", registry=registry).set(
        open_timers.filter(attempts__gt=0).count()
    )
    messages = Gauge("civic_messages", "Messages not delivered yet, by state", ["state"], registry=registry)
    waiting = Message.objects.filter(state__in=["pending", "sending", "dead"])
    for state, rows in waiting.values_list("state").annotate(rows=Count("pk")):
        messages.labels(state).set(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        count = cursor.fetchone()[0]
    Gauge("civic_database_connections", "Connections to this database", registry=registry).set(count)
    return registry
