"""How many messages a second are written with their transaction, and how many one sweeper carries out.

Counted in this process, over one connection, against the goals of PERFORMANCE.md; what a gateway needs to answer
comes on top of the second.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.test import override_settings

from benchmarks import data
from civic.lib import clock
from civic.notify import deliver
from civic.notify.outbox import Draft, enqueue

TOGETHER = 3  # as a placed request writes: to the resident in the app and by text message, to a dispatcher
ENQUEUED_GOAL = 1000
TO_DELIVER = 1500
BATCH = 50


@dataclass(frozen=True)
class Rate:
    """One measured rate; `goal` is the least, or None where none is set."""

    what: str
    per_second: float
    goal: float | None

    @property
    def met(self) -> bool:
        return self.goal is None or self.per_second >= self.goal


class Nowhere:
    """A gateway that takes everything at once."""

    def send(self, template_code: str, parameters: Mapping[str, str], phone: str) -> None:
        """Takes it."""


def measure(scene: data.Scene, seconds: float, wanted: Callable[[str], bool]) -> list[Rate]:
    """Returns the rates whose names are wanted."""
    made = []
    if wanted("messages enqueued"):
        made.append(
            Rate(f"messages enqueued, {TOGETHER} a transaction", _enqueued(scene, seconds), ENQUEUED_GOAL)
        )
    if wanted("messages delivered"):
        with override_settings(
            SMS_PROVIDER="benchmarks.messages.Nowhere", SMS_PER_PHONE_DAY=10**9, QUIET_HOURS=None, DEMO=False
        ):
            made.append(Rate("messages delivered, one sweeper, gateway at once", _delivered(scene), None))
    return made


def _enqueued(scene: data.Scene, seconds: float) -> float:
    began, written = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds:
        with transaction.atomic():
            written += enqueue(*(_draft(scene, f"bench:{written}:{n}", n) for n in range(TOGETHER)))
    return written / passed


def _delivered(scene: data.Scene) -> float:
    with transaction.atomic():
        enqueue(*(_draft(scene, f"bench:out:{n}", 1) for n in range(TO_DELIVER)))
    began, handled = time.perf_counter(), 0
    while handled < TO_DELIVER and (taken := deliver.sweep(BATCH)):
        handled += taken
    return handled / (time.perf_counter() - began)


def _draft(scene: data.Scene, key: str, number: int) -> Draft:
    volunteer, _key = scene.volunteers[number % len(scene.volunteers)]
    return Draft(
        event="request.placed",
        template="request.placed",
        dedupe_key=key,
        user=volunteer.user_id,
        channel="sms" if number == 1 else "in_app",
        params={"code": "QH-7K3M-9PX2-W4TA", "due": clock.now()},
        subject_kind="request",
        subject_id=1,
    )
