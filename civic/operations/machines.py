"""What the machines around the product ask: does it live, is it ready, how is it doing."""

import ipaddress
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.log import log_response
from django.utils.translation import override
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from civic.lib import health
from civic.lib.health import Verdict


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process lives; asks nobody else."""
    return HttpResponse("ok", "text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database and broker answer and sweepers are fresh, else 503 with which and why, in English."""
    with override("en"):
        found = health.examine(check for check in health.every() if check.ready)
        problems = {each.check.name: each.said for each in found if each.verdict == Verdict.FAILED}
    body = {"ready": not problems, **{each.check.name: problems.get(each.check.name, "ok") for each in found}}
    response = JsonResponse(body, status=503 if problems else 200)
    if problems:  # an answer, not a failure of this request: Django would log an error each time a probe asks
        log_response("Not ready: %s", ", ".join(problems), response=response, request=request, level="debug")
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
    """Returns every check as figures: its verdict, its value, and the parts the value is made of."""
    registry = CollectorRegistry()
    verdicts = Gauge("civic_check_verdict", "0 green, 1 attention, 2 failed", ["check"], registry=registry)
    values = Gauge("civic_check_value", "What was measured", ["check", "unit"], registry=registry)
    parts = Gauge("civic_check_part", "What it is made of", ["check", "unit", "part"], registry=registry)
    for each in health.examine():
        name, unit = each.check.name, each.check.unit.value
        verdicts.labels(name).set(each.verdict)
        values.labels(name, unit).set(each.measured.value)
        for part, value in each.measured.parts.items():
            parts.labels(name, unit, part).set(value)
    return registry
