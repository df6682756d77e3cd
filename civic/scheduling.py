"""The beat's scheduler."""

import fcntl
from datetime import timedelta
from pathlib import Path

from celery.beat import PersistentScheduler
from celery.schedules import schedule


class TickAtOnce(PersistentScheduler):  # type: ignore[misc]  # celery ships no types
    """The file-based scheduler, with each interval entry due as soon as beat starts.

    A second beat on the same machine takes the next free file, because two of them would spoil one.
    """

    schedule_filename: str

    def setup_schedule(self) -> None:
        self.schedule_filename = self._own_file(Path(self.schedule_filename))
        super().setup_schedule()
        for entry in self.schedule.values():
            if type(entry.schedule) is schedule:
                entry.last_run_at = self.app.now() - entry.schedule.run_every - timedelta(seconds=1)

    def close(self) -> None:
        """Writes the schedule and lets its file go."""
        super().close()
        self._lock.close()

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
