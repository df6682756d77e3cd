"""Backups: what was written comes back, and a damaged file changes nothing."""

import json
import zipfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from civic import archive
from civic.notify import heartbeat
from civic.notify.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.CIVIC_HOME = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media" / "a").mkdir(parents=True)
    (tmp_path / "media" / "a" / "photo.jpg").write_bytes(b"photo")
    yield


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a database with one heartbeat in it."""
    heartbeat.beat("kept")
    target = tmp_path / "x.zip"
    call_command("backup", target, stdout=StringIO())
    return target


def test_database_and_uploads_come_back_as_they_were(backup: Path, tmp_path: Path) -> None:
    Heartbeat.objects.all().delete()
    heartbeat.beat("new")
    (tmp_path / "media" / "a" / "photo.jpg").write_bytes(b"changed")
    (tmp_path / "media" / "later.jpg").touch()
    out = StringIO()
    call_command("restore", backup, "--replace", stdout=out)
    assert "row counts agree" in out.getvalue()
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["kept"]
    assert (tmp_path / "media" / "a" / "photo.jpg").read_bytes() == b"photo"
    assert not (tmp_path / "media" / "later.jpg").exists()
    assert not list(tmp_path.glob("*.unfinished")) and not list(tmp_path.glob("media.*"))
    assert archive.count_rows()["django_migrations"] > 10


def test_a_backup_is_readable_by_its_owner_only_and_never_overwritten(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", backup)
    with pytest.raises(CommandError, match="is no folder"):
        call_command("backup", backup / "x" / "y.zip")


def test_a_database_with_data_is_not_replaced_unasked(backup: Path) -> None:
    with pytest.raises(CommandError, match="add --replace"):
        call_command("restore", backup)


def rewritten(backup: Path, name: str, change: Any) -> Path:
    """Returns a copy of the backup with one member changed."""
    target = backup.with_name("changed.zip")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            new.writestr(member, change(data) if member == name else data)
    return target


def more_rows(manifest: bytes) -> bytes:
    content = json.loads(manifest)
    content["rows"]["notify_heartbeat"] += 1
    return json.dumps(content).encode()


def outside(manifest: bytes) -> bytes:
    content = json.loads(manifest)
    content["sha256"]["../evil"] = "0"
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("member", "change", "says"),
    [
        ("database.dump", lambda data: data[:-1] + b"?", "checksum differs"),
        ("media/a/photo.jpg", lambda data: b"other", "checksum differs"),
        ("manifest.json", more_rows, "other rows than backed up"),
        ("manifest.json", outside, "outside itself"),
        ("manifest.json", lambda data: b"{}", "not a backup"),
        ("manifest.json", lambda data: b"?", "damaged"),
    ],
)
def test_a_damaged_backup_changes_nothing(
    backup: Path, tmp_path: Path, member: str, change: Any, says: str
) -> None:
    heartbeat.beat("since")
    with pytest.raises(CommandError, match=says):
        call_command("restore", rewritten(backup, member, change), "--replace")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"kept", "since"}
    assert (tmp_path / "media" / "a" / "photo.jpg").read_bytes() == b"photo"


def test_what_is_no_zip_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("nothing")
    with pytest.raises(CommandError, match="damaged or no backup"):
        call_command("restore", tmp_path / "no.zip", "--replace")
    with pytest.raises(CommandError, match="does not exist"):
        call_command("restore", tmp_path / "absent.zip")
