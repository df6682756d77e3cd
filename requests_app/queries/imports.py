"""Backlog imports as their pages show them: the list, how far one is, its columns with samples, its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise, cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from openpyxl.utils import get_column_letter

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.queries import tree
from civic.lib import clock, keyset
from civic.lib.errors import NotFound
from civic.lib.phone import mask, normalize
from requests_app import reference
from requests_app.imports import columns, jobs, rows
from requests_app.models import ImportBatch, ImportRow, ImportState, RowState

LIST_SIZE = 20
ROWS_SIZE = 25
SAMPLES = 3
SAMPLED_ROWS = 60
SAMPLE_LENGTH = 60
CLIP = 140
REMARKS = "remarks"  # a tab across states: rows of which something was assumed

TONES = {
    ImportState.READING: "info",
    ImportState.PREVIEW: "warn",
    ImportState.RUNNING: "info",
    ImportState.DONE: "ok",
    ImportState.FAILED: "red",
    ImportState.UNDOING: "info",
}
ROW_TABS: dict[str, tuple[str, ...]] = {
    ImportState.PREVIEW: (RowState.NEW, REMARKS, RowState.KNOWN, RowState.BAD),
    ImportState.DONE: (RowState.ADDED, REMARKS, RowState.KNOWN, RowState.BAD),
    ImportState.UNDONE: (RowState.UNDONE, RowState.KEPT, RowState.KNOWN, RowState.BAD),
}
TAB_LABELS: dict[str, str | Promise] = {
    REMARKS: pgettext_lazy("rows of an import", "With a remark"),
    RowState.KEPT: pgettext_lazy("rows of an import", "Kept"),
}


def visible_to(user: User) -> QuerySet[ImportBatch]:
    """Returns the imports into areas where `user` is a dispatcher; nothing for everybody else."""
    by_id = tree().by_id
    reach = [
        by_id[row.area_id].path for row in held(user) if row.role == Role.DISPATCHER and row.area_id in by_id
    ]
    found = Q(pk__in=[])
    for path in reach:
        found |= Q(area__path__startswith=path)
    return ImportBatch.objects.filter(found).select_related("area", "category", "by")


def get(user: User, pk: int) -> ImportBatch:
    """Returns one import. Raises NotFound when there is none or it lies outside the user's areas."""
    batch = visible_to(user).filter(pk=pk).first()
    if batch is None:
        raise NotFound()
    return batch


@dataclass(frozen=True)
class Progress:
    """How many rows of an import are in which state."""

    batch: ImportBatch
    by_state: dict[str, int]

    @property
    def tone(self) -> str:
        """The colour of the state's tag."""
        return TONES.get(ImportState(self.batch.state), "gray")

    @property
    def added(self) -> int:
        """How many requests it brought; those taken back again excluded."""
        return self._sum(RowState.ADDED, RowState.KEPT)

    @property
    def new(self) -> int:
        """How many rows can be added."""
        return self._sum(RowState.NEW)

    @property
    def known(self) -> int:
        """How many were there before."""
        return self._sum(RowState.KNOWN)

    @property
    def bad(self) -> int:
        """How many cannot be added."""
        return self._sum(RowState.BAD)

    @property
    def undone(self) -> int:
        """How many were taken back."""
        return self._sum(RowState.UNDONE)

    @property
    def kept(self) -> int:
        """How many somebody had worked on before the import was undone."""
        return self._sum(RowState.KEPT)

    @property
    def whole(self) -> int:
        """How many rows the running job has to go through."""
        waiting = RowState.NEW if self.batch.state == ImportState.RUNNING else RowState.ADDED
        return self._sum(waiting) + self.batch.done

    @property
    def undo_until(self) -> datetime | None:
        """Until when it can be undone, None when it no longer can."""
        if self.batch.state != ImportState.DONE or self.batch.finished_at is None or not self.added:
            return None
        until = self.batch.finished_at + jobs.UNDO_WITHIN
        return until if until >= clock.now() else None

    def _sum(self, *states: str) -> int:
        return sum(self.by_state.get(state, 0) for state in states)


def progress(batch: ImportBatch) -> Progress:
    """Returns how far one import is."""
    return _progress_of([batch])[0]


def _progress_of(batches: list[ImportBatch]) -> list[Progress]:
    """One query over the index of rows by state, whatever their number."""
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    found = ImportRow.objects.filter(batch__in=batches).values_list("batch_id", "state").order_by()
    for batch_id, state, count in found.annotate(count=Count("pk")):
        counted[batch_id][state] = count
    return [Progress(batch, counted[batch.pk]) for batch in batches]


def page(user: User, cursor: str) -> keyset.Page[Progress]:
    """Returns a page of the imports `user` may see, the newest first."""
    found = keyset.page(visible_to(user), order=["-id"], size=LIST_SIZE, cursor=cursor)
    return keyset.Page(_progress_of(found.rows), found.next, found.previous)


@dataclass(frozen=True)
class Column:
    """A column of the file: its number, how it is called, some values in it."""

    at: int
    label: str
    samples: list[str]


def file_columns(batch: ImportBatch) -> list[Column]:
    """Returns the columns of the file with up to three different values each; phone numbers are masked."""
    head = ImportRow.objects.filter(batch=batch).order_by("number").values_list("cells", flat=True)
    lines = list(head[:SAMPLED_ROWS])
    return [
        Column(at, column_label(at, header), _samples(batch, at, lines))
        for at, header in enumerate(batch.headers)
    ]


def column_label(at: int, header: str) -> str:
    """Returns what a spreadsheet shows above a column: "C · Subject"."""
    letter = get_column_letter(at + 1)
    return f"{letter} · {clip(header, 40)}" if header else letter


def _samples(batch: ImportBatch, at: int, lines: list[list[str]]) -> list[str]:
    found: dict[str, None] = {}
    for cells in lines:
        value = clip(_shown(batch, at, cells[at]), SAMPLE_LENGTH) if at < len(cells) else ""
        if value:
            found[value] = None
        if len(found) == SAMPLES:
            break
    return list(found)


def _shown(batch: ImportBatch, at: int, value: str) -> str:
    """Returns the text of a cell; a phone number in the column of phones without its middle."""
    if batch.columns.get("contact_phone") != at:
        return value
    try:
        return mask(normalize(value))
    except ValueError:
        return value


def clip(text: str, length: int = CLIP) -> str:
    """Returns the beginning of a text on one line."""
    return Truncator(" ".join(text[: 4 * length].split())).chars(length)


@dataclass(frozen=True)
class Line:
    """A row of the file as understood, with the row itself."""

    number: int
    state: str
    label: str | Promise
    title: str
    text: str
    facts: list[tuple[str | Promise, str]]
    received_at: datetime | None
    notes: list[str]
    cells: list[tuple[str, str]]
    request_id: int | None


@dataclass
class RowPage:
    """One page of the rows of an import, in one tab."""

    batch: ImportBatch
    counts: Progress
    tab: str = ""
    cursor: str = ""
    tabs: list[tuple[str, str | Promise, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = ROW_TABS.get(self.batch.state, ())
        self.tabs = [
            (name, TAB_LABELS.get(name) or RowState(name).label, self._count(name))
            for name in names
            if name in names[:1] or name == RowState.BAD or self._count(name)
        ]
        if self.tab not in [name for name, _label, _count in self.tabs]:
            self.tab = next((name for name, _label, count in self.tabs if count), names[0] if names else "")

    def _count(self, name: str) -> int:
        return self._remarks.count() if name == REMARKS else self.counts.by_state.get(name, 0)

    @cached_property
    def _remarks(self) -> QuerySet[ImportRow]:
        states = (RowState.NEW, RowState.ADDED)
        return ImportRow.objects.filter(batch=self.batch, state__in=states).exclude(notes=[])

    @cached_property
    def page(self) -> keyset.Page[ImportRow]:
        """The rows themselves. Raises ValidationFailed for a cursor that cannot be read."""
        mine = ImportRow.objects.filter(batch=self.batch, state=self.tab)
        chosen = self._remarks if self.tab == REMARKS else mine
        return keyset.page(chosen, order=["number"], size=ROWS_SIZE, cursor=self.cursor)

    @cached_property
    def lines(self) -> list[Line]:
        """The rows as shown."""
        now = clock.now()
        return [self._line(row, now) for row in self.page.rows]

    def _line(self, row: ImportRow, now: datetime) -> Line:
        reading = rows.read(self.batch, row.cells, now=now)
        wish = reading.wish
        category = reference.snapshot().by_code.get(wish.category)
        facts: Iterable[tuple[str | Promise, str]] = (
            (columns.TARGETS["contact_name"], wish.contact_name),
            (
                columns.TARGETS["contact_phone"],
                mask(normalize(wish.contact_phone)) if wish.contact_phone else "",
            ),
            (columns.TARGETS["address"], wish.address),
            (columns.TARGETS["category"], str(category or "")),
        )
        headers = self.batch.headers
        return Line(
            number=row.number,
            state=row.state,
            label=RowState(row.state).label,
            title=wish.title,
            text=clip(wish.text),
            facts=[fact for fact in facts if fact[1]],
            received_at=reading.received_at,
            notes=_notes(row, reading),
            cells=[
                (column_label(at, headers[at] if at < len(headers) else ""), _shown(self.batch, at, value))
                for at, value in enumerate(row.cells)
                if value.strip()
            ],
            request_id=row.request_id if row.state in (RowState.ADDED, RowState.KEPT) else None,
        )


def _notes(row: ImportRow, reading: rows.Reading) -> list[str]:
    """Returns the notes kept with the row; in the reader's language when the row says them by itself."""
    return (reading.problems or reading.assumed or row.notes) if row.notes else []


def offered_columns(batch: ImportBatch) -> list[tuple[Any, Any]]:
    """Returns the choices of a select: no column, then those of the file."""
    return [
        ("", _("— not in this file —")),
        *((at, column_label(at, header)) for at, header in enumerate(batch.headers)),
    ]
