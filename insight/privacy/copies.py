"""A copy of everything we hold about a person, as a ZIP: asked for, made by a task, downloadable for a while.

A row is the obligation: `resume` (from beat) makes what a killed worker left. Rule: PIPL art. 45.
"""

import json
import logging
import tempfile
import zipfile
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import IO, Any, Final

from celery import current_app
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from kombu.exceptions import OperationalError

from civic.accounts.models import User
from civic.evidence.models import Photo, Voice
from civic.lib import clock, codes
from civic.lib.backing_off import wait_after
from civic.lib.errors import NotFound
from insight.privacy import contents
from insight.privacy.models import Export

log = logging.getLogger(__name__)

FOLDER: Final = "copies"
STRAY_AFTER: Final = timedelta(days=1)
FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(hours=6)
IN_MEMORY_BYTES: Final = 8 * 1024 * 1024
READ_ME: Final = """这是平台保存的与您有关的全部信息。data.json 是文字内容，photos、voice 文件夹里是您的照片和语音。
请妥善保管：里面有您的电话和住址。

This is everything the service holds about you: data.json has the words, the folders photos and voice your files.
Please keep it safe: your phone and address are in it.
"""


def latest(user: User) -> Export | None:
    """Returns the copy `user` asked for last, None when they never did."""
    return Export.objects.filter(user=user).order_by("-pk").first()


@transaction.atomic
def ask(user: User) -> Export:
    """Returns the copy that is under way or can be downloaded; else begins a new one in the background."""
    User.objects.select_for_update().get(pk=user.pk)
    last = latest(user)
    if last is not None and (last.ready_at is None or last.is_there):
        return last
    made = Export.objects.create(user=user, asked_at=clock.now(), try_at=clock.now())
    transaction.on_commit(partial(_wake, made.pk))
    return made


def opened(user: User, export_id: int) -> IO[bytes]:
    """Returns the file of the user's own copy. Raises NotFound for anybody else's, and when its time is over."""
    found = Export.objects.filter(pk=export_id, user=user).first()
    if found is None or not found.is_there:
        raise NotFound()
    try:
        return default_storage.open(found.file)
    except OSError as error:
        log.error("the file of copy %s is missing: %s", found.pk, error)
        raise NotFound() from error


def resume() -> int:
    """Makes every copy that is due and in nobody's hands; returns how many were made."""
    due = Export.objects.filter(ready_at=None, try_at__lte=clock.now()).order_by("try_at")
    return sum(make(key) for key in list(due.values_list("pk", flat=True)[:100]))


def make(export_id: int) -> bool:
    """Makes one copy; returns whether it was there to be made. One that fails is tried again, later each time."""
    written: list[str] = []
    try:
        with transaction.atomic():
            rows = Export.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
            found = rows.filter(pk=export_id, ready_at=None).first()
            if found is None:
                return False
            name, size = _write(found.user)
            written.append(name)
            now = clock.now()
            found.file, found.size, found.ready_at = name, size, now
            found.kept_until = now + settings.EXPORT_KEPT
            found.save(update_fields=["file", "size", "ready_at", "kept_until"])
        return True
    except Exception:  # a full disk, a file that is gone: the person waits a little longer
        log.exception("copy %s could not be made", export_id)
        for name in written:
            default_storage.delete(name)
        later = Export.objects.filter(pk=export_id, ready_at=None)
        attempts = later.values_list("attempts", flat=True).first() or 0
        delay = wait_after(attempts + 1, first=FIRST_RETRY, longest=LONGEST_RETRY)
        later.update(attempts=F("attempts") + 1, try_at=clock.now() + delay)
        return False


def expired(now: datetime) -> Any:
    """Returns the copies whose file is to be removed."""
    return Export.objects.filter(kept_until__lte=now).exclude(file="")


def forget(rows: Any) -> int:
    """Removes the files of `rows` with the commit; returns how many. The row says that there was one."""
    names = list(rows.values_list("file", flat=True))
    transaction.on_commit(partial(_remove, names))
    return int(rows.update(file=""))


def remove_strays() -> int:
    """Removes files older than a day that no row names, left by a killed worker; returns how many. Machine time."""
    try:
        names = [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return 0
    known = set(Export.objects.filter(file__in=names).values_list("file", flat=True))
    before = datetime.now(UTC) - STRAY_AFTER
    stray = [name for name in names if name not in known and default_storage.get_modified_time(name) < before]
    _remove(stray)
    return len(stray)


def _remove(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _write(user: User) -> tuple[str, int]:
    """Writes the ZIP under a name nobody can guess; returns it with its size in bytes."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as spool:
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", READ_ME)
            told = json.dumps(contents.of(user), ensure_ascii=False, indent=2, default=str)
            archive.writestr("data.json", told)
            for folder, evidence in contents.files_of(user):
                _add(archive, folder, evidence)
        size = spool.tell()
        spool.seek(0)
        return default_storage.save(f"{FOLDER}/{codes.token()}.zip", File(spool)), size


def _add(archive: zipfile.ZipFile, folder: str, evidence: Photo | Voice) -> None:
    """Adds one file, uncompressed: pictures and sound are so already. One that is gone is said to be."""
    name = f"{folder}/{evidence.pk}.{str(evidence.file.name).rpartition('.')[2]}"
    try:
        with evidence.file.open("rb") as opened_file:
            archive.writestr(name, opened_file.read(), zipfile.ZIP_STORED)
    except FileNotFoundError:
        archive.writestr(f"{name}.missing.txt", "此文件已不在平台保存。 This file is no longer kept.\n")


def _wake(export_id: int) -> None:
    """Asks a worker to begin at once; when the broker is away, beat finds the copy within a minute."""
    try:
        current_app.send_task("privacy.make_copy", [export_id])
    except (OperationalError, OSError) as error:
        log.warning("copy %s waits for the sweeper: %s", export_id, error)
