"""Reading tables: XLSX, and CSV in UTF-8 or GB18030. What cannot be read is refused with a sentence."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from civic.lib.errors import TooLarge, ValidationFailed, WrongType

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED = 600 * 1024 * 1024
MAX_COLUMNS = 200
MAX_CELL = 32_767  # what a cell of a spreadsheet can hold
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"

Row = list[str]


def refuse_unreadable(file: BinaryIO, named: str = "") -> bytes:
    """Looks at what a file is, not at its rows, so that an upload is refused at once; returns its first bytes. `named`
    is what it is called: text that calls itself a workbook is a mistake, not a table of one column.

    Raises WrongType, TooLarge or ValidationFailed with a sentence that says what to do.
    """
    if file.seek(0, io.SEEK_END) > MAX_BYTES:
        raise TooLarge(_("The file is larger than 50 MB. Please split it."))
    file.seek(0)
    head = file.read(4096)
    if not head:
        raise ValidationFailed.on("file", _("The file is empty."))
    if head.startswith(OLE):
        raise WrongType(
            _(
                "This workbook is password-protected or in the old .xls format. Save it as .xlsx without a password."
            )
        )
    if head.startswith(ZIP):
        _refuse_other_archives(file)
    elif b"\x00" in head:
        raise WrongType(_("This is not a table. Please send an .xlsx or .csv file."))
    elif named.lower().endswith(".xlsx"):
        raise WrongType(_("This is called .xlsx but is no workbook. Save it as .xlsx, or send it as .csv."))
    file.seek(0)
    return head


def _refuse_other_archives(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise TooLarge(_("The workbook unpacks to more than it should. Please split it."))
            if "xl/workbook.xml" not in archive.namelist():
                raise WrongType(_("This is not a spreadsheet. Please send an .xlsx or .csv file."))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _damaged() from error


@contextmanager
def open_table(path: Path) -> Iterator[Iterator[tuple[int, Row]]]:
    """Yields the rows of a file as texts with their number in it, the first non-empty one being the headers;
    blank rows are left out.

    Dates become ISO texts, formulas stay as written (nothing is ever evaluated). Raises WrongType, TooLarge or
    ValidationFailed with a sentence that says what to do.
    """
    with path.open("rb") as file:
        head = refuse_unreadable(file)
    if head.startswith(ZIP):
        with _workbook(path) as rows:
            yield _filled(rows)
    else:
        yield _filled(_csv_rows(path))


@contextmanager
def _workbook(path: Path) -> Iterator[Iterator[Row]]:
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True)
        except Exception as error:  # as in _whole
            raise _damaged() from error
        try:
            sheet = book.active
            if sheet is None:
                raise ValidationFailed.on("file", _("The workbook has no sheet."))
            yield _whole(_texts(cells[:MAX_COLUMNS]) for cells in sheet.iter_rows(values_only=True))
        finally:
            book.close()


def _whole(rows: Iterator[Row]) -> Iterator[Row]:
    """Passes rows on; whatever the parser trips over is the fault of the file."""
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise _damaged() from error
        yield row


def _damaged() -> ValidationFailed:
    return ValidationFailed.on(
        "file", _("The workbook is damaged or incomplete. Please save and send it again.")
    )


def _csv_rows(path: Path) -> Iterator[Row]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise WrongType(_("The text is neither UTF-8 nor GB18030. Please save it as CSV UTF-8."))
    try:
        dialect: Any = csv.Sniffer().sniff(text[:8192], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    csv.field_size_limit(MAX_CELL)
    try:
        yield from (_texts(cells) for cells in csv.reader(io.StringIO(text, newline=""), dialect))
    except csv.Error as error:
        raise ValidationFailed.on("file", _("The table breaks off in a line that cannot be read.")) from error


def _texts(cells: Any) -> Row:
    return [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\x00", "")


def _filled(rows: Iterator[Row]) -> Iterator[tuple[int, Row]]:
    """Numbers the rows as a spreadsheet program does and leaves the blank ones out."""
    return ((number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row))
