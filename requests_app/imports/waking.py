"""Asking a worker to begin at once."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def wake(batch_id: int) -> None:
    """Sends the task; when the broker is away, beat finds the batch within a minute."""
    try:
        current_app.send_task("requests.work_import", [batch_id])
    except (OperationalError, OSError) as error:
        log.warning("import %s waits for the sweeper: %s", batch_id, error)
