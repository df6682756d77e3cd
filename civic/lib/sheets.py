"""Tables as files: CSV that streams and XLSX that is written row by row, neither of which runs as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, Final

from django.http import FileResponse, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, override
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMATS: Final = ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A text that begins so is a formula to spreadsheets; an apostrophe in front makes it a text (OWASP: CSV injection).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK: Final = "\ufeff"  # without it Excel takes UTF-8 for something else
CHUNK: Final = 500

Row = Sequence[Any]


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def safe(value: Any) -> Any:
    """Returns a cell's value as it may stand in a file: texts made harmless, numbers as they are."""
    if isinstance(value, str | Promise):
        text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
        return f"'{text}" if text.startswith(FORMULA) else text
    return "" if value is None else value


def response(rows: Iterable[Row], *, name: str, kind: str) -> StreamingHttpResponse | FileResponse:
    """Returns the download `name`.`kind` of `rows`, the headings first; `kind` is one of FORMATS."""
    return _csv(rows, name) if kind == "csv" else _xlsx(rows, name)


def _csv(rows: Iterable[Row], name: str) -> StreamingHttpResponse:
    found = StreamingHttpResponse(_lines(rows, get_language() or "zh-hans"), "text/csv; charset=utf-8")
    found["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or ""
    return found


def _lines(rows: Iterable[Row], language: str) -> Iterator[str]:
    """Yields the file in pieces. The language is set for each: it is no longer that of the request by then."""
    writer, waiting = csv.writer(_Echo()), iter(rows)
    yield BYTE_ORDER_MARK
    while True:
        with override(language):
            piece = [writer.writerow([safe(cell) for cell in row]) for row in islice(waiting, CHUNK)]
        if not piece:
            return
        yield "".join(piece)


def _xlsx(rows: Iterable[Row], name: str) -> FileResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append([safe(cell) for cell in row])
    file = TemporaryFile()  # noqa: SIM115  # the response closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
