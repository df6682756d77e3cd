"""Backlog imports as their pages show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from civic.areas.names import Names
from civic.areas.queries import tree
from civic.imports.queries import REMARKS, Shown, Told, clip
from civic.lib import clock, spoken
from civic.lib.phone import mask, normalize
from requests_app import reference
from requests_app.imports import columns, rows
from requests_app.imports.backlog import BACKLOG, THERE
from requests_app.models import BacklogRowState as State
from requests_app.models import ImportBatch, ImportRow, ImportState


class BacklogShown(Shown[ImportBatch]):
    """Requests of a file: subject and text, who asked, where, and which kind of help."""

    importer = BACKLOG
    tabs = {
        ImportState.PREVIEW: (State.NEW, State.PAST, REMARKS, State.KNOWN, State.BAD),
        ImportState.DONE: (State.ADDED, State.TAKEN, REMARKS, State.KNOWN, State.BAD),
        ImportState.UNDONE: Shown.tabs[ImportState.UNDONE],
    }
    with_remarks = (*BACKLOG.waiting, *BACKLOG.brought)

    def cell(self, batch: ImportBatch, at: int, value: str) -> str:
        """Returns the text of a cell; a phone number in the column of phones without its middle."""
        if batch.columns.get("contact_phone") != at:
            return value
        try:
            return mask(normalize(value))
        except ValueError:
            return value

    def telling(self, batch: ImportBatch) -> Callable[[ImportRow], Told]:
        """Returns what tells a row."""
        names = rows.names_for(batch)
        return lambda row: self._tell(batch, row, names)

    def _tell(self, batch: ImportBatch, row: ImportRow, names: Names) -> Told:
        """Returns what a row says; its notes in the reader's language when the row says them by itself."""
        reading = rows.read(batch, row.cells, names=names, now=clock.now())
        wish = reading.wish
        area = tree().by_id.get(wish.area or 0) if wish.area != batch.area_id else None
        category = reference.snapshot().by_code.get(wish.category)
        phone = mask(normalize(wish.contact_phone)) if wish.contact_phone else ""
        facts: Iterable[tuple[str | Promise, str]] = (
            (columns.TARGETS["contact_name"], wish.contact_name),
            (columns.TARGETS["contact_phone"], phone),
            (columns.TARGETS["address"], wish.address),
            (columns.TARGETS["category"], str(category or "")),
            (columns.TARGETS["area"], area.label if area is not None else ""),
            (columns.TARGETS["closed_at"], _closed(reading.closed_at)),
            (columns.TARGETS["reply"], clip(reading.reply)),
        )
        return Told(
            title=wish.title,
            text=clip(wish.text),
            facts=[fact for fact in facts if fact[1]],
            moment=reading.received_at,
            notes=(reading.problems or reading.assumed or row.notes) if row.notes else [],
            url=reverse("desk:request", args=[row.request_id])
            if row.request_id and row.state in THERE
            else "",
        )


def _closed(at: datetime | None) -> str:
    return _("closed %(day)s") % {"day": spoken.day(at)} if at is not None else ""


SHOWN = BacklogShown()
