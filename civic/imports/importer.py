"""What an app says about its imports, and the background work: reading, adding, undoing.

Each step can be killed and goes on later: a batch in a busy state is an obligation; `resume` (from beat) finds it
whatever became of the worker.
"""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from civic.accounts.enums import Role
from civic.imports import columns
from civic.imports.models import BUSY, UNSTARTED_KEPT, Batch, ImportState, RowState
from civic.lib import clock, copying, spoken, tables
from civic.lib.errors import DomainError

log = logging.getLogger(__name__)

BatchT = TypeVar("BatchT", bound=Batch)

READ_CHUNK = 1000
UNDO_WITHIN = timedelta(days=1)
STRAY_AFTER = timedelta(days=1)


class Importer(ABC, Generic[BatchT]):
    """One kind of import: its tables, what its rows can say, and what adding and undoing them is."""

    batches: type[BatchT]
    rows: Any  # the table of rows: a Row with `batch`, `cells` and `state`
    folder: ClassVar[str]  # below CIVIC_HOME, where files wait to be read
    task: ClassVar[str]  # the name under which Celery knows `work`
    roles: ClassVar[frozenset[Role]]  # who may import, each into the areas of the role
    chunk: ClassVar[int]  # rows that are added, or taken back, in one transaction
    targets: ClassVar[Mapping[str, Any]]  # what a row can say, in words
    known: ClassVar[columns.Words]  # the words of headers by which each is guessed
    title_rows: ClassVar[int] = 0  # that may stand above the headers
    waiting: ClassVar[tuple[str, ...]] = (RowState.NEW,)  # rows that a started import has to go through
    brought: ClassVar[tuple[str, ...]] = (RowState.ADDED,)  # rows that undoing has to go through

    @abstractmethod
    def assume(self, batch: BatchT, **defaults: Any) -> None:
        """Sets what is assumed of rows that are silent."""

    @abstractmethod
    def judging(self, batch: BatchT) -> Callable[[Sequence[Any]], None]:
        """Returns what sets `key`, `state` and `notes` of rows under the batch's columns and defaults; it is called
        with portions, in the order of the file."""

    def compare(self, batch: BatchT) -> None:
        """Judges what shows only when all rows are judged, in a few statements."""
        return

    @abstractmethod
    def add(self, batch: BatchT, lines: list[Any], now: datetime) -> None:
        """Does what the `waiting` rows stand for, in this transaction, and writes what became of them."""

    @abstractmethod
    def undo(self, batch: BatchT, lines: list[Any]) -> None:
        """Takes the `brought` rows back where nobody has touched them, and writes what became of them."""

    def finish(self, batch: BatchT) -> None:
        """Tells whoever is to know that all was added."""
        return

    def path_of(self, batch: BatchT) -> Path:
        """Returns where the uploaded file lies until it has been read."""
        return Path(settings.CIVIC_HOME) / self.folder / f"{batch.pk}.table"

    def resume(self) -> int:
        """Goes on with every busy batch; returns how many there were. Two at once do no harm."""
        busy = self.batches._default_manager.filter(state__in=BUSY).values_list("pk", flat=True)
        for pk in busy:
            try:
                self.work(pk)
            except Exception:  # one import that fails must not hold up the others; it is tried again
                log.exception("%s %s could not go on", self.folder, pk)
        return len(busy)

    def forget_unstarted(self) -> int:
        """Deletes imports that have added nothing in 7 days, rows and file, and files left without an import.

        Returns how many imports and files that were. What somebody is starting just now is left alone.
        """
        with transaction.atomic():
            old = self.batches._default_manager.select_for_update(skip_locked=True).filter(
                state__in=[ImportState.PREVIEW, ImportState.FAILED],
                created_at__lte=clock.now() - UNSTARTED_KEPT,
            )
            gone = list(old.values_list("pk", flat=True))
            self.batches._default_manager.filter(pk__in=gone).delete()
        return len(gone) + self._remove_stray_files()

    def _remove_stray_files(self) -> int:
        """Removes files that no import is going to read: of an upload broken off, of a worker killed before it
        tidied up.

        A day old at least, because a file is written before its import can be seen.
        """
        folder = Path(settings.CIVIC_HOME) / self.folder
        before = (clock.now() - STRAY_AFTER).timestamp()
        reading = self.batches._default_manager.filter(state=ImportState.READING).only("pk")
        awaited = {self.path_of(batch) for batch in reading}
        stray = [
            path for path in folder.glob("*.table") if path not in awaited and path.stat().st_mtime < before
        ]
        for path in stray:
            path.unlink(missing_ok=True)
        return len(stray)

    def work(self, batch_id: int) -> None:
        """Does what the batch's state asks for, until it is done."""
        steps: dict[str, Callable[[BatchT], bool]] = {
            ImportState.READING: self._read,
            ImportState.RUNNING: self.add_some,
            ImportState.UNDOING: self._undo_some,
        }
        going = True
        while going:
            with transaction.atomic():
                found = self.batches._default_manager.select_for_update(skip_locked=True)
                batch = found.filter(pk=batch_id).first()
                if batch is None or batch.state not in steps:
                    return  # in another worker's hands, or finished
                with translation.override(
                    batch.by.language or settings.LANGUAGE_CODE
                ):  # notes and refusals are kept as words
                    going = steps[batch.state](batch)

    def _read(self, batch: BatchT) -> bool:
        """Reads the whole file into rows; all of it or, with a sentence, nothing."""
        try:
            with transaction.atomic(), tables.open_table(self.path_of(batch)) as table:
                table = self._behind_headings(batch, table)
                if not batch.headers:
                    raise DomainError(_("The file has no rows."))
                self._keep_rows(batch, table)
            batch.state = ImportState.PREVIEW
        except DomainError as error:
            self._fail(batch, in_words(error))
        except FileNotFoundError:
            self._fail(batch, _("The uploaded file is gone. Please upload it again."))
        batch.save()
        transaction.on_commit(lambda: self.path_of(batch).unlink(missing_ok=True))
        return False

    def _behind_headings(
        self, batch: BatchT, table: Iterator[tuple[int, tables.Row]]
    ) -> Iterator[tuple[int, tables.Row]]:
        """Sets headers and columns of the batch; returns the rows behind them. The headers are the first row, or that
        of the `title_rows` below it which says more."""
        first = list(islice(table, 1 + self.title_rows))
        guessed = [columns.guess(cells, self.known) for _number, cells in first]
        at = max(range(len(first)), key=lambda row: (len(guessed[row]), -row), default=0)
        if first:
            batch.headers = [header.strip() for header in first[at][1]]
            batch.columns = guessed[at]
        return chain(first[at + 1 :], table)

    def _fail(self, batch: BatchT, words: str) -> None:
        batch.state, batch.last_error = ImportState.FAILED, words[:300]

    def _keep_rows(self, batch: BatchT, table: Iterator[tuple[int, tables.Row]]) -> None:
        """Writes the rows with what will become of them: the preview."""
        judging = self.judging(batch)
        while lines := [
            self.rows(batch=batch, number=number, cells=cells) for number, cells in islice(table, READ_CHUNK)
        ]:
            judging(lines)
            for line in lines:
                line.notes = [str(note) for note in line.notes]
            copying.insert(lines, keys=False)
            batch.total += len(lines)
        copying.analyze(self.rows)
        self.compare(batch)

    def judge(self, batch: BatchT) -> None:
        """Says anew of every row what will become of it, after columns or defaults were changed."""
        judging, last = self.judging(batch), 0
        pending = self.rows._default_manager.filter(batch=batch).order_by("number")
        while lines := list(pending.filter(number__gt=last)[:READ_CHUNK]):
            judging(lines)
            self._write_judgement(lines)
            last = lines[-1].number
        self.compare(batch)

    def judged(self) -> tuple[str, ...]:
        """Returns the columns of words that `judging` sets, besides the notes."""
        return ("key", "state")

    def _write_judgement(self, lines: list[Any]) -> None:
        """Writes what was judged in one statement; the ORM's bulk_update takes eight times as long, and a
        person waits for it when columns are corrected."""
        names = self.judged()
        said = [
            {"id": line.pk, "notes": [str(note) for note in line.notes]}
            | {name: str(getattr(line, name)) for name in names}
            for line in lines
        ]
        table = connection.ops.quote_name(self.rows._meta.db_table)
        setting = ", ".join(f"{name} = said.{name}" for name in names)
        shape = ", ".join(f"{name} text" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE {table} line SET notes = said.notes, {setting}
                FROM jsonb_to_recordset(%s::jsonb) AS said(id bigint, notes jsonb, {shape})
                WHERE line.id = said.id
                """,
                [json.dumps(said, ensure_ascii=False)],
            )

    def add_some(self, batch: BatchT) -> bool:
        """Adds the next rows in one transaction; returns whether more are waiting."""
        now = clock.now()
        lines = self._next(batch, self.waiting)
        self.add(batch, lines, now)
        batch.done = F("done") + len(lines)  # type: ignore[assignment]
        if len(lines) < self.chunk:
            batch.state, batch.finished_at = ImportState.DONE, now
            self.finish(batch)
        batch.save()
        return len(lines) == self.chunk

    def _undo_some(self, batch: BatchT) -> bool:
        """Takes back the next rows nobody has touched; returns whether more are waiting."""
        lines = self._next(batch, self.brought)
        self.undo(batch, lines)
        batch.done = F("done") + len(lines)  # type: ignore[assignment]
        if len(lines) < self.chunk:
            batch.state, batch.finished_at = ImportState.UNDONE, clock.now()
        batch.save()
        return len(lines) == self.chunk

    def _next(self, batch: BatchT, states: tuple[str, ...]) -> list[Any]:
        """Returns the next rows, state by state: so each query reads no more of the index than it returns."""
        found: list[Any] = []
        for state in states:
            rows = self.rows._default_manager.filter(batch=batch, state=state).order_by("number")
            found += rows[: self.chunk - len(found)]
        return found


def in_words(error: DomainError) -> str:
    """Returns the sentences of a refusal as one text."""
    found = [str(message) for messages in (error.errors or {}).values() for message in messages]
    return spoken.sentences(error.detail, *found) or str(error.title)
