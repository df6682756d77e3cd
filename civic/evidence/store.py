"""Taking photos and voice notes in, giving them to a record, letting go of those nobody wanted.

A file is written completely before its row; when the row fails the file goes too. What a killed process
leaves behind is a file without a row, which `sweep_files` removes a day later.
"""

import hashlib
import logging
import posixpath
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from civic.accounts.models import User
from civic.evidence import access, images, sniff, sound
from civic.evidence.models import KEPT_UNATTACHED, Photo, Voice
from civic.evidence.owners import Owner, as_owner
from civic.lib import clock
from civic.lib.errors import TooLarge, Unavailable, ValidationFailed, WrongType
from civic.lib.rows import Reader

logger = logging.getLogger(__name__)

Who = Owner | User | AnonymousUser
Kind = TypeVar("Kind", Photo, Voice)

PHOTOS_OF: Final = Reader(
    Photo, "WHERE row.subject_kind = %s AND row.subject_id = %s ORDER BY row.position, row.created_at"
)
FOLDER: Final = "evidence"
PHOTOS_A_RECORD: Final = 9
FILES_A_SWEEP: Final = 500
_EXTENSION: Final = {"audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a", "audio/wav": "wav"}


def store_photo(uploaded_file: "UploadedFile[Any]", *, uploader: Who) -> Photo:
    """Returns the photo, kept anew without metadata, owned by `uploader` until it is attached.

    Raises WrongType, TooLarge, ValidationFailed (empty file), Busy, Unavailable (storage full), each with a
    reason to show.
    """
    content = _read(uploaded_file, images.MAX_BYTES)
    picture = images.redraw(content)
    owner = as_owner(uploader)
    with _written(("jpg", picture.jpeg), ("jpg", picture.thumb)) as (file, thumb):
        return Photo.objects.create(
            uploader_id=owner.user_id,
            owner_hash=owner.session_hash,
            sha256=hashlib.sha256(content).hexdigest(),
            file=file,
            thumb=thumb,
            width=picture.width,
            height=picture.height,
            taken_at=picture.taken_at,
            lat=picture.lat,
            lon=picture.lon,
        )


def store_voice(uploaded_file: "UploadedFile[Any]", *, uploader: Who) -> Voice:
    """Returns the voice note, kept as it is, owned by `uploader` until it is attached.

    Up to 60 seconds; where the container does not tell, up to 1.5 MB. Raises as `store_photo` does.
    """
    content = _read(uploaded_file, max(sound.BYTES_WHEN_KNOWN.values()))
    content_type = sniff.voice_type(content[: images.HEAD_BYTES])
    if sound.has_pictures(content_type, content):
        raise WrongType(_("This is a film; please send a recording of your voice only."))
    seconds = sound.seconds(content_type, content)
    allowed = sound.BYTES_WHEN_UNKNOWN if seconds is None else sound.BYTES_WHEN_KNOWN[content_type]
    if len(content) > allowed or (seconds or 0) > sound.SECONDS_ALLOWED + sound.SLACK_SECONDS:
        raise TooLarge(
            format_lazy(_("A recording may last at most {seconds} seconds."), seconds=sound.SECONDS_ALLOWED)
        )
    owner = as_owner(uploader)
    with _written((_EXTENSION[content_type], content)) as (file,):
        return Voice.objects.create(
            uploader_id=owner.user_id,
            owner_hash=owner.session_hash,
            sha256=hashlib.sha256(content).hexdigest(),
            file=file,
            content_type=content_type,
            seconds=seconds,
        )


def attach(uploader: Who, ids: Iterable[UUID | str], subject_kind: str, subject_id: int) -> list[Photo]:
    """Gives photos of `uploader` to a record, in that order; again to the same record changes nothing.

    Part of the caller's transaction. Raises ValidationFailed on "photos": too many, no id, not theirs, gone,
    or given to another record. `subject_kind` must be registered with civic.evidence.access.
    """
    return _attach(Photo, "photos", uploader, ids, subject_kind, subject_id)


def attach_voice(uploader: Who, voice_id: UUID | str, subject_kind: str, subject_id: int) -> Voice:
    """Gives one voice note to a record, see `attach`. Raises ValidationFailed on "voice"."""
    return _attach(Voice, "voice", uploader, [voice_id], subject_kind, subject_id)[0]


def let_go(subject_kind: str, subject_id: int) -> None:
    """Takes the photos of a record from it: they belong to nothing again, and go with the sweep unless attached."""
    held = Photo.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
    held.update(subject_kind="", subject_id=None, position=0)


def photos_of(subject_kind: str, subject_id: int) -> list[Photo]:
    """Returns the photos of a record in order."""
    return [photo for photo, _ in PHOTOS_OF.all(subject_kind, subject_id)]


def unattached(uploader: Who, ids: Iterable[UUID]) -> list[Photo]:
    """Returns those of these photos that `uploader` sent and has not given to a record yet."""
    return list(Photo.objects.filter(as_owner(uploader).owned(), pk__in=list(ids), subject_id=None))


def voices_of(subject_kind: str, subject_id: int) -> list[Voice]:
    """Returns the voice notes of a record in order."""
    return list(
        Voice.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by(
            "position", "created_at"
        )
    )


def find(model: type[Kind], pk: UUID) -> Kind | None:
    """Returns the photo or voice note with this key, attached or not; who may see it is for access to say."""
    return model._default_manager.filter(pk=pk).first()


def take_back(uploader: Who, evidence: Photo | Voice) -> bool:
    """Removes what `uploader` sent and has not given to a record yet. Returns whether it was there to
    remove.
    """
    model = type(evidence)
    with transaction.atomic():
        rows = model.objects.select_for_update().filter(
            as_owner(uploader).owned(), pk=evidence.pk, subject_id=None
        )
        return _discard(rows) > 0


def discard_of(subject_kind: str, subject_id: int) -> int:
    """Removes the photos and voice notes of a record, their files with the caller's commit; returns how many."""
    here = {"subject_kind": subject_kind, "subject_id": subject_id}
    return sum(_discard(model.objects.select_for_update().filter(**here)) for model in (Photo, Voice))


def discard_unattached(uploader: User) -> int:
    """Removes what `uploader` sent and has not given to a record yet; returns how many."""
    mine = {"uploader": uploader, "subject_id": None}
    return sum(_discard(model.objects.select_for_update().filter(**mine)) for model in (Photo, Voice))


def sweep_orphans(limit: int = 200) -> int:
    """Removes photos and voice notes that belonged to nothing for 24 hours; returns how many.

    Rows locked by somebody who is attaching them are left alone.
    """
    before = clock.now() - KEPT_UNATTACHED
    removed = 0
    for model in (Photo, Voice):
        with transaction.atomic():
            rows = model.objects.select_for_update(skip_locked=True).filter(
                subject_id=None, created_at__lt=before
            )
            removed += _discard(rows.order_by("created_at")[:limit])
    return removed


def sweep_files(now: datetime | None = None) -> int:
    """Removes files older than a day that no row names, left by a killed process or a rolled-back caller.

    Looks at the folders of the last week only, so that its work does not grow with the archive. Machine time,
    not the domain's clock: it is compared with what the storage says.
    """
    today = now or datetime.now(UTC)
    removed = 0
    for days in range(8):
        folder = _folder(today - timedelta(days=days))
        try:
            names = [posixpath.join(folder, name) for name in default_storage.listdir(folder)[1]]
        except FileNotFoundError:
            continue
        for start in range(0, len(names), FILES_A_SWEEP):
            removed += _remove_unknown(names[start : start + FILES_A_SWEEP], today - KEPT_UNATTACHED)
    return removed


def _remove_unknown(names: Sequence[str], before: datetime) -> int:
    known = set(Voice.objects.filter(file__in=names).values_list("file", flat=True))
    for pair in Photo.objects.filter(Q(file__in=names) | Q(thumb__in=names)).values_list("file", "thumb"):
        known.update(pair)
    unknown = [
        name for name in names if name not in known and default_storage.get_modified_time(name) < before
    ]
    _delete_files(unknown)
    return len(unknown)


def _attach(
    model: type[Kind],
    field: str,
    uploader: Who,
    ids: Iterable[UUID | str],
    subject_kind: str,
    subject_id: int,
) -> list[Kind]:
    if not access.is_known(subject_kind):
        raise LookupError(f"nobody said who may see the evidence of {subject_kind!r}")
    wanted = _uuids(field, ids)
    if not wanted:
        return []
    owner = as_owner(uploader)
    locked = model.objects.select_for_update().filter(owner.owned(), pk__in=wanted).order_by("pk")
    found = locked.in_bulk()
    rows = [found[key] for key in wanted if key in found]
    here = (subject_kind, subject_id)
    if len(rows) < len(wanted) or any(
        row.is_attached and (row.subject_kind, row.subject_id) != here for row in rows
    ):
        raise ValidationFailed.on(field, _("This was not found any more; please add it again."))
    for position, row in enumerate(rows):
        row.subject_kind, row.subject_id, row.position = subject_kind, subject_id, position
        row.uploader_id, row.owner_hash = row.uploader_id or owner.user_id, ""
    model.objects.bulk_update(rows, ["subject_kind", "subject_id", "position", "uploader", "owner_hash"])
    return rows


def _uuids(field: str, ids: Iterable[UUID | str]) -> list[UUID]:
    """Returns the ids without repeats, in order. Raises ValidationFailed."""
    try:
        wanted = list(dict.fromkeys(one if isinstance(one, UUID) else UUID(str(one)) for one in ids))
    except (TypeError, ValueError) as error:
        raise ValidationFailed.on(field, _("This is not the number of an upload.")) from error
    if len(wanted) > PHOTOS_A_RECORD:
        raise ValidationFailed.on(
            field, format_lazy(_("At most {number} photos can be added."), number=PHOTOS_A_RECORD)
        )
    return wanted


def _read(uploaded_file: "UploadedFile[Any]", limit: int) -> bytes:
    """Returns the bytes. Raises TooLarge before reading more than `limit`, ValidationFailed for none."""
    if (uploaded_file.size or 0) > limit:
        raise TooLarge(format_lazy(_("A file may have at most {megabytes} MB."), megabytes=limit >> 20))
    content: bytes = uploaded_file.read(limit + 1)
    if not content:
        raise ValidationFailed(_("The file is empty."))
    return content


def _folder(moment: datetime) -> str:
    return f"{FOLDER}/{moment:%Y/%m/%d}"


@contextmanager
def _written(*files: tuple[str, bytes]) -> Iterator[list[str]]:
    """Writes (extension, content) under random names and yields those; takes all back when the block
    fails.
    """
    folder = _folder(datetime.now(UTC))
    names = [f"{folder}/{secrets.token_urlsafe(24)}.{extension}" for extension, _content in files]
    try:
        for name, (_extension, content) in zip(names, files, strict=True):
            default_storage.save(name, ContentFile(content))
        with transaction.atomic():
            yield names
    except OSError as error:
        _delete_files(names)
        raise Unavailable(
            _("The file could not be kept just now. Please try again later."), retry_after=60
        ) from error
    except BaseException:
        _delete_files(names)
        raise


def _discard(rows: "Iterable[Photo] | Iterable[Voice]") -> int:
    """Deletes rows, and their files once that is committed; returns how many."""
    names: list[str] = []
    count = 0
    for row in rows:
        files = [row.file, row.thumb] if isinstance(row, Photo) else [row.file]
        names += [file.name for file in files if file.name]
        row.delete()
        count += 1
    transaction.on_commit(partial(_delete_files, names))
    return count


def _delete_files(names: Iterable[str]) -> None:
    """Removes files; one that cannot be removed now is without a row and goes with a later sweep."""
    for name in names:
        try:
            default_storage.delete(name)
        except OSError as error:
            logger.warning("could not remove %s: %s", name, error)
