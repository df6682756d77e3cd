"""Sheets read as their XML streams by: the same texts as openpyxl's cells, from whatever program wrote them."""

import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from civic.lib import tables, workbooks
from civic.lib.errors import ValidationFailed

LINES = [
    ["姓名", "出生日期", " 备注 ", "a & b <c>"],
    ["王小明", date(1998, 5, 31), datetime(2024, 2, 3, 4, 5, 6), time(7, 8)],
    [13800000101, 1.38e10, 0.5, -3, 1e-7, 2.0],
    [True, False, "#N/A", None, "", "末"],
    ["=1+1", "'=1", timedelta(hours=30), CellRichText("红", TextBlock(InlineFont(b=True), "色"))],
    ["a_x005F_b", "两\n行", "\t", "  "],
]
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def written(*, streaming: bool) -> io.BytesIO:
    """Returns a workbook whose second sheet is shown first; streaming, its texts stand in the cells themselves."""
    book, file = Workbook(write_only=streaming), io.BytesIO()
    for title in ("说明", "台账"):
        sheet = book.create_sheet(title)
        for line in LINES:
            sheet.append(["说明"] if title == "说明" else line)
    book.active = len(book.sheetnames) - 1
    book.save(file)
    return file


def sheet_of(xml: str) -> io.BytesIO:
    """Returns a workbook whose only sheet is `xml` inside its outermost element."""
    plain, made = io.BytesIO(), io.BytesIO()
    Workbook().save(plain)
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            content = f"{HEAD}{xml}</worksheet>" if name == "xl/worksheets/sheet1.xml" else before.read(name)
            after.writestr(name, content)
    return made


def as_openpyxl_reads(file: io.BytesIO) -> list[list[str]]:
    """Returns the cells of the sheet shown first in words, without the empty ones behind the last."""
    sheet, found = load_workbook(file).active, []
    for line in sheet.iter_rows(values_only=True):
        texts = ["" if cell is None else str(cell) for cell in line]
        whole = [
            text.removesuffix(".0") if isinstance(cell, float) else text
            for text, cell in zip(texts, line, strict=True)
        ]
        found.append(without_end(whole))
    return found


def without_end(texts: list[str]) -> list[str]:
    while texts and not texts[-1]:
        texts = texts[:-1]
    return texts


@pytest.mark.parametrize("streaming", [False, True], ids=["strings shared", "strings in place"])
def test_every_kind_of_cell_reads_as_openpyxl_reads_it(streaming: bool) -> None:
    file = written(streaming=streaming)
    found = list(workbooks.rows(file))
    assert [number for number, _row in found] == list(range(1, len(LINES) + 1))
    assert [without_end(row) for _number, row in found] == as_openpyxl_reads(file)
    assert found[1][1][:3] == ["王小明", "1998-05-31 00:00:00", "2024-02-03 04:05:06"]
    assert found[2][1][:2] == ["13800000101", "13800000000"]
    assert found[4][1][3] == "红色"


def test_gaps_keep_their_numbers_and_every_row_is_as_wide_as_the_sheet_says() -> None:
    file = sheet_of(
        '<dimension ref="A1:D9"/><sheetData><row r="2"><c r="B2"><v>7</v></c></row>'
        '<row><c t="str"><v>x</v></c><c/><c t="b"><v>1</v></c></row>'
        '<row r="9"><c r="GZ9"><v>1</v></c><c r="C9"><v>3</v></c><c r="A9" t="e"><v>#N/A</v></c></row></sheetData>'
    )
    assert list(workbooks.rows(file)) == [
        (2, ["", "7", "", ""]), (3, ["x", "", "True", ""]), (9, ["#N/A", "", "3", ""]),
    ]  # fmt: skip


def test_how_a_name_is_pronounced_is_no_part_of_it() -> None:
    name = "<is><r><t>王</t></r><rPh sb='0' eb='1'><t>wang</t></rPh><r><t>明</t></r></is>"
    file = sheet_of(f'<sheetData><row r="1"><c r="A1" t="inlineStr">{name}</c></row></sheetData>')
    assert list(workbooks.rows(file)) == [(1, ["王明"])]


@pytest.mark.parametrize("numbers", [(3, 3), (3, 2), (1 << 20, (1 << 20) + 1)])
def test_rows_that_do_not_follow_each_other_are_damage(tmp_path: Path, numbers: tuple[int, int]) -> None:
    lines = "".join(f'<row r="{number}"><c><v>1</v></c></row>' for number in numbers)
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheet_of(f"<sheetData>{lines}</sheetData>").getvalue())
    with tables.open_table(path) as table, pytest.raises(ValidationFailed):
        list(table)
