"""The backlog of requests as an import: what adding a row and taking it back is."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from civic.accounts.enums import Role
from civic.accounts.queries import holders
from civic.areas import queries as areas
from civic.cases import door
from civic.imports.importer import Importer, in_words
from civic.lib import clock
from civic.lib.errors import DomainError, IllegalTransition
from civic.notify import outbox
from requests_app.actions.place import place_request
from requests_app.enums import Source
from requests_app.imports import columns, past, rows
from requests_app.imports.rows import Reading
from requests_app.models import BacklogRowState as RowState
from requests_app.models import ImportBatch, ImportRow, ServiceRequest

THERE = (RowState.ADDED, RowState.TAKEN, RowState.KEPT)  # rows whose request stands


class Backlog(Importer[ImportBatch]):
    """Requests that another system or a spreadsheet has kept so far: open ones to work on, closed ones as history."""

    batches, rows = ImportBatch, ImportRow
    folder, task = "imports", "requests.work_import"
    roles = frozenset({Role.DISPATCHER})
    chunk = 100
    targets, known = columns.TARGETS, columns.KNOWN
    waiting, brought = (RowState.NEW, RowState.PAST), (RowState.ADDED, RowState.TAKEN)

    def assume(self, batch: ImportBatch, **defaults: Any) -> None:
        """Takes the `category`, where one is given."""
        if category := defaults.get("category"):
            batch.category = category

    def judging(self, batch: ImportBatch) -> Callable[[Sequence[ImportRow]], None]:
        """Returns what judges rows: whether they can be read, and whether they came in before."""
        seen: Counter[str] = Counter()
        now, names = clock.now(), rows.names_for(batch)

        def judge(lines: Sequence[ImportRow]) -> None:
            made = rows.keys(batch, [line.cells for line in lines], seen)
            standing = ImportRow.objects.filter(key__in=[key for key, _again in made], state__in=THERE)
            before = set(standing.exclude(batch=batch).values_list("key", flat=True))
            for line, (key, again) in zip(lines, made, strict=True):
                reading = rows.read(batch, line.cells, names=names, now=now)
                if again:
                    reading.assumed.insert(
                        0, _("A row before has the same number or says the same; this one is added too.")
                    )
                line.key, line.notes = key, reading.problems or reading.assumed
                line.state = RowState.PAST if reading.closed_at is not None else RowState.NEW
                if reading.problems:
                    line.state = RowState.BAD
                if key in before:
                    line.state, line.notes = RowState.KNOWN, []

        return judge

    def add(self, batch: ImportBatch, lines: list[ImportRow], now: datetime) -> None:
        """Places a request for each row that did not come in meanwhile; what was closed is taken over as that."""
        standing = ImportRow.objects.filter(key__in=[line.key for line in lines], state__in=THERE)
        known, names = set(standing.values_list("key", flat=True)), rows.names_for(batch)
        closed = list[tuple[ImportRow, Reading]]()
        for line in lines:
            if line.key in known:
                line.state = RowState.KNOWN
                continue
            reading = rows.read(batch, line.cells, names=names, now=now)
            if line.state == RowState.PAST:
                closed.append((line, reading))
            else:
                self._place(batch, line, reading)
        keys = past.take_over(batch, [reading for _line, reading in closed], now)
        for (line, _reading), key in zip(closed, keys, strict=True):
            line.request_id, line.state = key, RowState.TAKEN
        ImportRow.objects.bulk_update(lines, ["state", "notes", "request"])

    def _place(self, batch: ImportBatch, line: ImportRow, reading: Reading) -> None:
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
            line.state, line.notes = RowState.BAD, [in_words(error)]

    def undo(self, batch: ImportBatch, lines: list[ImportRow]) -> None:
        """Cancels the requests of rows that nobody has touched."""
        requests = ServiceRequest.objects.in_bulk([line.request_id for line in lines])
        for line in lines:
            assert line.request_id is not None  # it was added
            try:
                door.perform(requests[line.request_id], "undo_import", actor=batch.by)
                line.state = RowState.UNDONE
            except IllegalTransition:
                line.state = RowState.KEPT
        ImportRow.objects.bulk_update(lines, ["state"])

    def finish(self, batch: ImportBatch) -> None:
        """One message to each dispatcher of the area, whatever the number of requests."""
        count = ImportRow.objects.filter(batch=batch, state__in=self.brought).count()
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


BACKLOG = Backlog()
