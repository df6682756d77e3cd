"""Files that are no registers, or broken ones: each is refused with a sentence, and nothing of it is kept."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from civic.lib.errors import TooLarge
from tests.cast import Cast
from tests.requests_app.test_import import damaged
from tests.volunteers.registers import look_alike
from tests.volunteers.test_register_import import counts, run, send
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow, Volunteer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("program.xlsx", b"MZ\x90\x00\x03" + b"\x00" * 400, "不是表格"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "设有密码"),
        ("empty.xlsx", b"", "文件是空的"),
        ("latin.csv", b"\xff\xfe\xfa\xfb,\xff\xff\n", "UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(
    cast: Cast, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    batch = send(cast, path)
    assert (batch.state, batch.total) == ("failed", 0)
    assert said in batch.last_error
    assert not REGISTER.path_of(batch).exists()


def test_a_truncated_workbook_brings_nothing(cast: Cast, tmp_path: Path) -> None:
    whole = look_alike(tmp_path / "whole.xlsx", 300).read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    for path in (cut, damaged(tmp_path, "scrambled")):
        batch = send(cast, path)
        assert batch.state == "failed" and "损坏" in batch.last_error
        assert not RegisterRow.objects.filter(batch=batch).exists()


def test_a_file_over_the_limit_leaves_nothing_behind(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("civic.lib.tables.MAX_BYTES", 100)
    with pytest.raises(TooLarge):
        send(cast, look_alike(tmp_path / "large.xlsx", 3))
    assert not RegisterImport.objects.exists()
    assert not list((tmp_path / "home").rglob("*.table"))


def test_a_csv_in_gb18030_is_read_like_a_workbook(cast: Cast, tmp_path: Path) -> None:
    lines = [
        ",".join("" if cell is None else str(cell).strip() for cell in row)
        for row in load_workbook(look_alike(tmp_path / "a.xlsx", 25)).active.iter_rows(values_only=True)
    ]
    path = tmp_path / "台账.csv"
    path.write_bytes("\n".join(lines[1:]).encode("gb18030"))
    before = Volunteer.objects.count()
    batch = run(cast, send(cast, path))
    assert counts(batch) == {"added": 25}
    assert Volunteer.objects.count() == before + 25
