"""Asking a worker to begin at once."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def wake(plan_id: int) -> None:
    """Sends the task; when the broker is away, beat finds the plan within a minute."""
    try:
        current_app.send_task("requests.work_plan", [plan_id])
    except (OperationalError, OSError) as error:
        log.warning("plan %s waits for the sweeper: %s", plan_id, error)
