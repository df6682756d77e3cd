"""The Celery application: workers, the beat that ticks the sweepers, and the heartbeat each tick leaves.

Nothing that matters hangs on a message: sweepers find their work in the database, so that a flushed broker,
a killed worker or two beats change nothing.
"""

import fcntl
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.beat import PersistentScheduler
from celery.schedules import schedule

from civic import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "civic.settings")


class HeartbeatTask(Task):  # type: ignore[misc]  # celery ships no types
    """A task that, when it ends well, notes the time, so that /readyz can tell whether sweepers are fresh."""

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        if heartbeat.is_watched(self.name):
            heartbeat.beat(self.name)


class TickAtOnce(PersistentScheduler):  # type: ignore[misc]
    """The file-based scheduler, with each interval entry due as soon as beat starts.

    A second beat on the same machine takes the next free file, because two of them would spoil one.
    """

    def setup_schedule(self) -> None:
        self.schedule_filename = self._own_file(Path(self.schedule_filename))
        super().setup_schedule()
        for entry in self.schedule.values():
            if type(entry.schedule) is schedule:
                entry.last_run_at = self.app.now() - entry.schedule.run_every - timedelta(seconds=1)

    def _own_file(self, wanted: Path) -> str:
        """Returns the first of schedule, schedule-2, ... that no living beat holds; a lock dies with it."""
        wanted.parent.mkdir(parents=True, exist_ok=True)
        for number in range(1, 100):
            path = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
            self._lock = path.with_name(path.name + ".lock").open("w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                continue
            return str(path)
        raise RuntimeError(f"{wanted}: 99 beats hold a schedule already")


app = Celery("civic", task_cls=HeartbeatTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
