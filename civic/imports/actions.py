"""Taking a file in: upload, correct, start, undo, discard. The work itself is the importer's."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from celery import current_app
from django.db import transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from civic.accounts.access import holds
from civic.accounts.models import User
from civic.areas import scope
from civic.areas.models import Area
from civic.imports.importer import UNDO_WITHIN, Importer
from civic.imports.models import Batch, ImportState
from civic.lib import clock, tables
from civic.lib.errors import IllegalTransition, NotAllowed, NotFound, TooLarge, ValidationFailed
from civic.lib.text import clean

log = logging.getLogger(__name__)
BatchT = TypeVar("BatchT", bound=Batch)


def upload(
    importer: Importer[BatchT],
    *,
    actor: User,
    file_name: str,
    chunks: Iterable[bytes],
    area: Area,
    wake: bool = True,
    **defaults: Any,
) -> BatchT:
    """Keeps a file and starts reading it in the background; returns the batch.

    `area` and `defaults` are assumed for every row that says nothing else. Raises NotAllowed outside the actor's
    areas, TooLarge over 50 MB. With `wake` False the caller runs the job itself.
    """
    with transaction.atomic():
        batch = importer.batches(
            by=actor, file_name=clean(Path(file_name).name, 200) or "table", created_at=clock.now()
        )
        _assume(importer, batch, actor, area, defaults)
        batch.save()
        _keep(importer.path_of(batch), chunks)
        if wake:
            transaction.on_commit(lambda: _wake(importer, batch.pk))
    return batch


def _keep(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        with path.open("wb") as kept:
            for chunk in chunks:
                size += len(chunk)
                if size > tables.MAX_BYTES:
                    raise TooLarge(_("The file is larger than 50 MB. Please split it."))
                kept.write(chunk)
            kept.flush()
            os.fsync(kept.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def correct(
    importer: Importer[BatchT],
    batch: BatchT,
    *,
    actor: User,
    chosen: dict[str, int],
    area: Area | None = None,
    **defaults: Any,
) -> BatchT:
    """Changes which column says what (target > number) and what is assumed; judges every row anew."""
    with transaction.atomic():
        batch = _locked(importer, batch, actor, ImportState.PREVIEW)
        unknown = [name for name in chosen if name not in importer.targets]
        if unknown or not all(0 <= at < len(batch.headers) for at in chosen.values()):
            raise ValidationFailed.on("columns", _("Choose among the columns of the file."))
        if len(set(chosen.values())) != len(chosen):
            raise ValidationFailed.on("columns", _("One column cannot say two things."))
        batch.columns = chosen
        _assume(importer, batch, actor, area or batch.area, defaults)
        importer.judge(batch)
        batch.save()
    return batch


def start(importer: Importer[BatchT], batch: BatchT, *, actor: User, wake: bool = True) -> BatchT:
    """Starts adding the rows that can be added."""
    return _begin(importer, batch, actor, ImportState.PREVIEW, ImportState.RUNNING, wake)


def undo(importer: Importer[BatchT], batch: BatchT, *, actor: User, wake: bool = True) -> BatchT:
    """Starts taking back what nobody has touched; within a day of the import."""
    if batch.finished_at is not None and clock.now() > batch.finished_at + UNDO_WITHIN:
        raise IllegalTransition(_("An import can be undone within a day."))
    return _begin(importer, batch, actor, ImportState.DONE, ImportState.UNDOING, wake)


def discard(importer: Importer[BatchT], batch: BatchT, *, actor: User) -> None:
    """Forgets an import that has added nothing: its rows, with the names and numbers in them, are gone."""
    with transaction.atomic():
        _locked(importer, batch, actor, ImportState.PREVIEW, ImportState.FAILED).delete()


def _assume(
    importer: Importer[BatchT], batch: BatchT, actor: User, area: Area, defaults: dict[str, Any]
) -> None:
    if not holds(actor, importer.roles, scope.of(area)):
        raise NotAllowed(_("You import into your own areas only."))
    batch.area = area
    importer.assume(batch, **defaults)


def _begin(
    importer: Importer[BatchT], batch: BatchT, actor: User, before: str, after: str, wake: bool
) -> BatchT:
    with transaction.atomic():
        batch = _locked(importer, batch, actor, before)
        batch.state, batch.done, batch.by = after, 0, actor
        batch.save(update_fields=["state", "done", "by"])
        if wake:
            transaction.on_commit(lambda: _wake(importer, batch.pk))
    return batch


def _locked(importer: Importer[BatchT], batch: BatchT, actor: User, *states: str) -> BatchT:
    found = importer.batches._default_manager.select_for_update(of=("self",)).select_related("area")
    locked = found.filter(pk=batch.pk).first()
    if locked is None:
        raise NotFound()
    if not holds(actor, importer.roles, scope.of(locked.area)):
        raise NotAllowed()
    if locked.state not in states:
        raise IllegalTransition(_("This import is not at that point; please look at it again."))
    return locked


def _wake(importer: Importer[BatchT], batch_id: int) -> None:
    """Asks a worker to begin at once; when the broker is away, beat finds the batch within a minute."""
    try:
        current_app.send_task(importer.task, [batch_id])
    except (OperationalError, OSError) as error:
        log.warning("%s %s waits for the sweeper: %s", importer.folder, batch_id, error)
