"""The background work of an import: reading, adding, undoing. Each step can be killed and goes on later.

A batch in a busy state is an obligation; `resume` (from beat) finds it whatever became of the worker.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from civic.accounts.enums import Role
from civic.accounts.queries import holders
from civic.areas import queries as areas
from civic.cases import door
from civic.lib import clock, spoken, tables
from civic.lib.errors import DomainError, IllegalTransition
from civic.notify import outbox
from requests_app.actions.place import place_request
from requests_app.enums import Source
from requests_app.imports import columns, rows
from requests_app.models import ImportBatch, ImportRow, ImportState, RowState
from requests_app.models.imports import UNSTARTED_KEPT

log = logging.getLogger(__name__)

CHUNK = 100
READ_CHUNK = 1000
UNDO_WITHIN = timedelta(days=1)
STRAY_AFTER = timedelta(days=1)
THERE = (RowState.ADDED, RowState.KEPT)  # rows whose request stands


def path_of(batch: ImportBatch) -> Path:
    """Returns where the uploaded file lies until it has been read."""
    return Path(settings.CIVIC_HOME) / "imports" / f"{batch.pk}.table"


def resume() -> int:
    """Goes on with every busy batch; returns how many there were. Two at once do no harm."""
    busy = ImportBatch.objects.filter(
        state__in=[ImportState.READING, ImportState.RUNNING, ImportState.UNDOING]
    ).values_list("pk", flat=True)
    for pk in busy:
        try:
            work(pk)
        except Exception:  # one import that fails must not hold up the others; it is tried again
            log.exception("import %s could not go on", pk)
    return len(busy)


def forget_unstarted() -> int:
    """Deletes imports that have added nothing in 7 days, rows and file, and files left without an import.

    Returns how many imports and files that were. What somebody is starting just now is left alone.
    """
    with transaction.atomic():
        old = ImportBatch.objects.select_for_update(skip_locked=True).filter(
            state__in=[ImportState.PREVIEW, ImportState.FAILED],
            created_at__lte=clock.now() - UNSTARTED_KEPT,
        )
        gone = list(old.values_list("pk", flat=True))
        ImportBatch.objects.filter(pk__in=gone).delete()
    return len(gone) + _remove_stray_files()


def _remove_stray_files() -> int:
    """Removes files that no import is going to read: of an upload broken off, of a worker killed before it tidied up.

    A day old at least, because a file is written before its import can be seen.
    """
    folder, before = Path(settings.CIVIC_HOME) / "imports", (clock.now() - STRAY_AFTER).timestamp()
    awaited = {path_of(batch) for batch in ImportBatch.objects.filter(state=ImportState.READING).only("pk")}
    stray = [path for path in folder.glob("*.table") if path not in awaited and path.stat().st_mtime < before]
    for path in stray:
        path.unlink(missing_ok=True)
    return len(stray)


def work(batch_id: int) -> None:
    """Does what the batch's state asks for, until it is done."""
    steps: dict[str, Callable[[ImportBatch], bool]] = {
        ImportState.READING: _read,
        ImportState.RUNNING: _add,
        ImportState.UNDOING: _undo,
    }
    going = True
    while going:
        with transaction.atomic():
            batch = ImportBatch.objects.select_for_update(skip_locked=True).filter(pk=batch_id).first()
            if batch is None or batch.state not in steps:
                return  # in another worker's hands, or finished
            with translation.override(
                batch.by.language or settings.LANGUAGE_CODE
            ):  # notes and refusals are kept as words
                going = steps[batch.state](batch)


def _read(batch: ImportBatch) -> bool:
    """Reads the whole file into rows; all of it or, with a sentence, nothing."""
    try:
        with transaction.atomic(), tables.open_table(path_of(batch)) as table:
            _number, headers = next(table, (0, []))
            batch.headers = [header.strip() for header in headers]
            if not headers:
                raise DomainError(_("The file has no rows."))
            batch.columns = columns.guess(batch.headers)
            _keep_rows(batch, table)
        batch.state = ImportState.PREVIEW
        judge(batch)
    except DomainError as error:
        _fail(batch, _in_words(error))
    except FileNotFoundError:
        _fail(batch, _("The uploaded file is gone. Please upload it again."))
    batch.save()
    transaction.on_commit(lambda: path_of(batch).unlink(missing_ok=True))
    return False


def _fail(batch: ImportBatch, words: str) -> None:
    batch.state, batch.last_error = ImportState.FAILED, words[:300]


def _in_words(error: DomainError) -> str:
    found = [str(message) for messages in (error.errors or {}).values() for message in messages]
    return spoken.sentences(error.detail, *found) or str(error.title)


def _keep_rows(batch: ImportBatch, table: Iterator[tuple[int, tables.Row]]) -> None:
    made: list[ImportRow] = []
    for number, cells in table:
        made.append(ImportRow(batch=batch, number=number, cells=cells))
        if len(made) == READ_CHUNK:
            ImportRow.objects.bulk_create(made)
            batch.total += len(made)
            made = []
    ImportRow.objects.bulk_create(made)
    batch.total += len(made)


def judge(batch: ImportBatch) -> None:
    """Says of every row what will become of it under the batch's columns and defaults: the preview."""
    seen: Counter[str] = Counter()
    now = clock.now()
    pending = ImportRow.objects.filter(batch=batch).order_by("number")
    for start in range(0, batch.total, READ_CHUNK):
        lines = list(pending[start : start + READ_CHUNK])
        made = rows.keys(batch, [line.cells for line in lines], seen)
        before = set(
            ImportRow.objects.filter(key__in=made, state__in=THERE)
            .exclude(batch=batch)
            .values_list("key", flat=True)
        )
        for line, key in zip(lines, made, strict=True):
            reading = rows.read(batch, line.cells, now=now)
            line.key, line.notes = key, reading.problems or reading.assumed
            line.state = RowState.BAD if reading.problems else RowState.NEW
            if key in before:
                line.state, line.notes = RowState.KNOWN, []
        _write_judgement(lines)


def _write_judgement(lines: list[ImportRow]) -> None:
    """Writes key, state and notes in one statement; the ORM's bulk_update takes eight times as long, and a
    person waits for it when columns are corrected."""
    said = [
        {"id": line.pk, "key": line.key, "state": line.state, "notes": [str(note) for note in line.notes]}
        for line in lines
    ]
    table = connection.ops.quote_name(ImportRow._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} line SET key = said.key, state = said.state, notes = said.notes
            FROM jsonb_to_recordset(%s::jsonb) AS said(id bigint, key text, state text, notes jsonb)
            WHERE line.id = said.id
            """,
            [json.dumps(said, ensure_ascii=False)],
        )


def _add(batch: ImportBatch) -> bool:
    """Adds the next rows in one transaction; returns whether more are waiting."""
    lines = list(ImportRow.objects.filter(batch=batch, state=RowState.NEW).order_by("number")[:CHUNK])
    known = set(
        ImportRow.objects.filter(key__in=[line.key for line in lines], state__in=THERE).values_list(
            "key", flat=True
        )
    )
    now = clock.now()
    for line in lines:
        if line.key in known:
            line.state = RowState.KNOWN
            continue
        reading = rows.read(batch, line.cells, now=now)
        try:
            with transaction.atomic():
                line.request = place_request(
                    actor=batch.by,
                    wish=reading.wish,
                    received_at=reading.received_at,
                    source=Source.IMPORT,
                    batch_id=batch.pk,
                )
                line.state = RowState.ADDED
        except DomainError as error:
            line.state, line.notes = RowState.BAD, [_in_words(error)]
    ImportRow.objects.bulk_update(lines, ["state", "notes", "request"])
    batch.done = F("done") + len(lines)
    if len(lines) < CHUNK:
        batch.state, batch.finished_at = ImportState.DONE, now
        _tell_dispatchers(batch)
    batch.save()
    return len(lines) == CHUNK


def _tell_dispatchers(batch: ImportBatch) -> None:
    """One message to each dispatcher of the area, whatever the number of requests."""
    count = ImportRow.objects.filter(batch=batch, state=RowState.ADDED).count()
    lineage = [area.pk for area in areas.tree().lineage(batch.area_id)]
    drafts = [
        outbox.Draft(
            event="desk.imported",
            template="desk.imported",
            dedupe_key=f"import:{batch.pk}:done:{user_id}",
            user=user_id,
            params={"count": count, "file": batch.file_name},
        )
        for user_id in holders({Role.DISPATCHER}, lineage).values_list("pk", flat=True)
    ]
    if drafts:
        outbox.enqueue(*drafts)


def _undo(batch: ImportBatch) -> bool:
    """Cancels the next rows nobody has touched; returns whether more are waiting."""
    added = ImportRow.objects.filter(batch=batch, state=RowState.ADDED).select_related("request")
    lines = list(added.order_by("number")[:CHUNK])
    for line in lines:
        assert line.request is not None  # it was added
        try:
            door.perform(line.request, "undo_import", actor=batch.by)
            line.state = RowState.UNDONE
        except IllegalTransition:
            line.state = RowState.KEPT
    ImportRow.objects.bulk_update(lines, ["state"])
    batch.done = F("done") + len(lines)
    if len(lines) < CHUNK:
        batch.state, batch.finished_at = ImportState.UNDONE, clock.now()
    batch.save()
    return len(lines) == CHUNK
