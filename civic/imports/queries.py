"""Imports as their pages show them: the list, how far one is, its columns with samples, its rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise, cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from openpyxl.utils import get_column_letter

from civic.accounts.access import held
from civic.accounts.models import User
from civic.areas.queries import tree
from civic.imports.importer import UNDO_WITHIN, Importer
from civic.imports.models import Batch, ImportState, RowState
from civic.lib import clock, keyset
from civic.lib.errors import NotFound

BatchT = TypeVar("BatchT", bound=Batch)

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
TAB_LABELS: dict[str, str | Promise] = {
    REMARKS: pgettext_lazy("rows of an import", "With a remark"),
    RowState.KEPT: pgettext_lazy("rows of an import", "Kept"),
}


@dataclass(frozen=True)
class Told:
    """A row as understood, in words; `moment` is when it came in, `url` where what it became is shown."""

    title: str = ""
    text: str = ""
    facts: Sequence[tuple[str | Promise, str]] = ()
    moment: datetime | None = None
    notes: Sequence[str] = ()
    url: str = ""


class Shown(ABC, Generic[BatchT]):
    """How the imports of one importer are shown."""

    importer: Importer[BatchT]
    tabs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        ImportState.PREVIEW: (RowState.NEW, REMARKS, RowState.KNOWN, RowState.BAD),
        ImportState.DONE: (RowState.ADDED, REMARKS, RowState.KNOWN, RowState.BAD),
        ImportState.UNDONE: (RowState.UNDONE, RowState.KEPT, RowState.KNOWN, RowState.BAD),
    }
    with_remarks: ClassVar[tuple[str, ...]] = (RowState.NEW, RowState.ADDED)

    @abstractmethod
    def cell(self, batch: BatchT, at: int, value: str) -> str:
        """Returns the text of a cell in the column `at` as staff may see it: numbers of people masked."""

    @abstractmethod
    def telling(self, batch: BatchT) -> Callable[[Any], Told]:
        """Returns what tells a row, under the columns and defaults of the batch."""

    def visible_to(self, user: User) -> QuerySet[BatchT]:
        """Returns the imports into areas where `user` holds one of the importer's roles; nothing for others."""
        by_id = tree().by_id
        roles = self.importer.roles
        reach = [by_id[row.area_id].path for row in held(user) if row.role in roles and row.area_id in by_id]
        found = Q(pk__in=[])
        for path in reach:
            found |= Q(area__path__startswith=path)
        return self.importer.batches._default_manager.filter(found).select_related("area", "by")

    def get(self, user: User, pk: int) -> BatchT:
        """Returns one import. Raises NotFound when there is none or it lies outside the user's areas."""
        batch = self.visible_to(user).filter(pk=pk).first()
        if batch is None:
            raise NotFound()
        return batch

    def progress(self, batch: BatchT) -> Progress:
        """Returns how far one import is."""
        return self._progress_of([batch])[0]

    def page(self, user: User, cursor: str) -> keyset.Page[Progress]:
        """Returns a page of the imports `user` may see, the newest first."""
        found = keyset.page(self.visible_to(user), order=["-id"], size=LIST_SIZE, cursor=cursor)
        return keyset.Page(self._progress_of(found.rows), found.next, found.previous)

    def _progress_of(self, batches: list[BatchT]) -> list[Progress]:
        """One query over the index of rows by state, whatever their number."""
        counted: dict[int, dict[str, int]] = defaultdict(dict)
        rows = self.importer.rows._default_manager.filter(batch__in=batches)
        found = rows.values_list("batch_id", "state").order_by().annotate(count=Count("pk"))
        for batch_id, state, count in found:
            counted[batch_id][state] = count
        waiting, brought = self.importer.waiting, self.importer.brought
        return [Progress(batch, counted[batch.pk], waiting, brought) for batch in batches]

    def file_columns(self, batch: BatchT) -> list[Column]:
        """Returns the columns of the file with up to three different values each, as `cell` shows them."""
        rows = self.importer.rows._default_manager.filter(batch=batch)
        lines = list(rows.order_by("number").values_list("cells", flat=True)[:SAMPLED_ROWS])
        return [
            Column(at, column_label(at, header), self._samples(batch, at, lines))
            for at, header in enumerate(batch.headers)
        ]

    def _samples(self, batch: BatchT, at: int, lines: list[list[str]]) -> list[str]:
        found: dict[str, None] = {}
        for cells in lines:
            value = clip(self.cell(batch, at, cells[at]), SAMPLE_LENGTH) if at < len(cells) else ""
            if value:
                found[value] = None
            if len(found) == SAMPLES:
                break
        return list(found)

    def rows_page(self, batch: BatchT, counts: Progress, tab: str, cursor: str) -> RowPage:
        """Returns a page of the rows of an import in one tab, the first that has any unless `tab` is one."""
        return RowPage(self, batch, counts, tab, cursor)


@dataclass(frozen=True)
class Progress:
    """How many rows of an import are in which state."""

    batch: Batch
    by_state: dict[str, int]
    waiting: tuple[str, ...] = (RowState.NEW,)
    brought: tuple[str, ...] = (RowState.ADDED,)

    @property
    def tone(self) -> str:
        """The colour of the state's tag."""
        return TONES.get(ImportState(self.batch.state), "gray")

    @property
    def added(self) -> int:
        """How many rows brought something; those taken back again excluded."""
        return self._sum(*self.brought, RowState.KEPT)

    @property
    def new(self) -> int:
        """How many rows have something to bring."""
        return self._sum(*self.waiting)

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
        running = self.batch.state == ImportState.RUNNING
        return self._sum(*(self.waiting if running else self.brought)) + self.batch.done

    @property
    def undo_until(self) -> datetime | None:
        """Until when it can be undone, None when it no longer can."""
        if self.batch.state != ImportState.DONE or self.batch.finished_at is None or not self.added:
            return None
        until = self.batch.finished_at + UNDO_WITHIN
        return until if until >= clock.now() else None

    def _sum(self, *states: str) -> int:
        return sum(self.by_state.get(state, 0) for state in states)


@dataclass(frozen=True)
class Column:
    """A column of the file: its number, how it is called, some values in it."""

    at: int
    label: str
    samples: list[str]


def column_label(at: int, header: str) -> str:
    """Returns what a spreadsheet shows above a column: "C · Subject"."""
    letter = get_column_letter(at + 1)
    return f"{letter} · {clip(header, 40)}" if header else letter


def clip(text: str, length: int = CLIP) -> str:
    """Returns the beginning of a text on one line."""
    return Truncator(" ".join(text[: 4 * length].split())).chars(length)


def offered_columns(batch: Batch) -> list[tuple[Any, Any]]:
    """Returns the choices of a select: no column, then those of the file."""
    return [
        ("", _("— not in this file —")),
        *((at, column_label(at, header)) for at, header in enumerate(batch.headers)),
    ]


@dataclass(frozen=True)
class Line:
    """A row of the file as understood, with the row itself."""

    number: int
    state: str
    told: Told
    cells: list[tuple[str, str]]


@dataclass
class RowPage:
    """One page of the rows of an import, in one tab."""

    shown: Shown[Any]
    batch: Any
    counts: Progress
    tab: str = ""
    cursor: str = ""
    tabs: list[tuple[str, str | Promise, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = self.shown.tabs.get(self.batch.state, ())
        labels = dict(self._every.model._meta.get_field("state").choices or ()) | TAB_LABELS
        self.tabs = [
            (name, labels[name], self._count(name))
            for name in names
            if name in names[:1] or name == RowState.BAD or self._count(name)
        ]
        if self.tab not in [name for name, _label, _count in self.tabs]:
            self.tab = next((name for name, _label, count in self.tabs if count), names[0] if names else "")

    @property
    def _every(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.shown.importer.rows._default_manager.filter(batch=self.batch)
        return found

    def _count(self, name: str) -> int:
        return self._remarks.count() if name == REMARKS else self.counts.by_state.get(name, 0)

    @cached_property
    def _remarks(self) -> QuerySet[Any]:
        return self._every.filter(state__in=self.shown.with_remarks).exclude(notes=[])

    @cached_property
    def page(self) -> keyset.Page[Any]:
        """The rows themselves. Raises ValidationFailed for a cursor that cannot be read."""
        chosen = self._remarks if self.tab == REMARKS else self._every.filter(state=self.tab)
        return keyset.page(chosen, order=["number"], size=ROWS_SIZE, cursor=self.cursor)

    @cached_property
    def lines(self) -> list[Line]:
        """The rows as shown."""
        tell = self.shown.telling(self.batch)
        return [self._line(row, tell(row)) for row in self.page.rows]

    def _line(self, row: Any, told: Told) -> Line:
        headers = self.batch.headers
        cells = [
            (
                column_label(at, headers[at] if at < len(headers) else ""),
                self.shown.cell(self.batch, at, value),
            )
            for at, value in enumerate(row.cells)
            if value.strip()
        ]
        return Line(row.number, row.state, told, cells)
