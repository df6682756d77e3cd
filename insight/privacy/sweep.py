"""Forgetting what is due, in small steps: each is a transaction of its own, so that whoever is killed loses nothing.

Any number of sweeps may run at once: rows in somebody's hands are skipped and come again. What is forgotten is
forgotten by the same verbs and triggers as everything else; history is only added to.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from civic.cases import door
from civic.cases.workflow import SYSTEM
from civic.lib import clock
from civic.notify import heartbeat
from insight.privacy import copies, deletion, retention
from requests_app.models import ServiceRequest

log = logging.getLogger(__name__)

BATCH = 100
HEARTBEAT = "privacy"
Step = Callable[[datetime], int]


def run(*, seconds: float = 60.0) -> dict[str, int]:
    """Forgets what is due until nothing is left or `seconds` have passed; returns how much by rule.

    Leaves one line in the log and a sign of life with the same figures; "failed" counts what has to wait for the
    next sweep, because it could not be done or the account is needed again.
    """
    started, done = time.monotonic(), dict.fromkeys(retention.RULES, 0)
    failed: dict[str, set[int]] = {"requests": set(), "accounts": set()}
    for name, step in _steps(failed).items():
        while time.monotonic() - started < seconds:
            count = step(clock.now())
            done[name] += count
            if count == 0:
                break
    copies.remove_strays()
    done["failed"] = sum(map(len, failed.values()))
    log.info("privacy sweep: %s", ", ".join(f"{name} {count}" for name, count in done.items()))
    heartbeat.beat(HEARTBEAT, **done)
    return done


def due() -> dict[str, int]:
    """Returns how much would be forgotten now, by rule; changes nothing."""
    now = clock.now()
    return {name: rule(now).count() for name, rule in retention.RULES.items()}


def _steps(failed: dict[str, set[int]]) -> dict[str, Step]:
    return {
        "requests": partial(_requests, failed["requests"]),
        "check-ins": partial(_rows, retention.check_ins, _update(check_in_distance_m=None)),
        "photo places": partial(_rows, retention.photo_places, _update(lat=None, lon=None)),
        "import rows": partial(_rows, retention.import_rows, _update(cells=[], notes=[])),
        "registers": partial(_rows, retention.register_rows, _update(cells=[], notes=[], key="", id_key="")),
        "accounts": partial(_accounts, failed["accounts"]),
        "farewells": partial(_rows, retention.RULES["farewells"], _delete),
        "copies": partial(_rows, copies.expired, copies.forget),
        "sessions": partial(_rows, retention.sessions, _delete),
        "devices": partial(_rows, retention.devices, _delete),
        "spare counts": partial(_rows, retention.spare_counts, _delete),
        "admin log": partial(_rows, retention.admin_entries, _update(object_repr="", change_message="")),
    }


def _update(**blank: Any) -> Callable[[QuerySet[Any]], int]:
    return lambda rows: rows.update(**blank)


def _delete(rows: QuerySet[Any]) -> int:
    return rows.delete()[1].get(rows.model._meta.label, 0)


def _rows(
    rule: Callable[[datetime], QuerySet[Any]], forget: Callable[[QuerySet[Any]], int], now: datetime
) -> int:
    """Forgets one batch of what `rule` says; returns how many rows that were."""
    with transaction.atomic():
        rows = rule(now).select_for_update(skip_locked=True, of=("self",))
        keys = list(rows.values_list("pk", flat=True)[:BATCH])
        return forget(rows.model._default_manager.filter(pk__in=keys)) if keys else 0


def _requests(failed: set[int], now: datetime) -> int:
    """Anonymises one batch of requests, each in a savepoint; returns how many."""
    with transaction.atomic():
        rows = retention.requests(now).exclude(pk__in=failed)
        batch = list(rows.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        return sum(_tried(request.pk, failed, partial(_anonymise, request)) for request in batch)


def _anonymise(request: ServiceRequest) -> bool:
    door.perform(request, "anonymise", actor=SYSTEM)
    return True


def _accounts(failed: set[int], now: datetime) -> int:
    """Deletes one batch of accounts, each in a transaction of its own; returns how many."""
    keys = list(retention.accounts(now).exclude(pk__in=failed).values_list("pk", flat=True)[:BATCH])
    return sum(_tried(key, failed, partial(deletion.carry_out, key)) for key in keys)


def _tried(key: int, failed: set[int], forget: Callable[[], bool]) -> bool:
    """Runs `forget` in a savepoint and returns what it returned; what fails is noted and stops nobody else."""
    try:
        with transaction.atomic():
            return forget()
    except deletion.StillNeeded as needed:
        log.info("deletion %s waits: %s", key, needed)
    except Exception:  # whatever it is, the others must not wait for it; it comes again with the next sweep
        log.exception("%s could not be forgotten", key)
    failed.add(key)
    return False
