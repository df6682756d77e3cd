"""Examines an installation and says what is wrong with it: exit 1 with reasons when anything is."""

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection

from civic import checks, operations
from civic.management.base import unapplied

LEAST_FREE_BYTES = 1024**3
CLOCKS_APART_SECONDS = 5


def database() -> str:
    return operations.database_problem() or "; ".join(
        problem.msg for problem in checks.check_database("default")
    )


def migrations() -> str:
    missing = unapplied()
    return f"{missing} are not applied: run script/manage prepare" if missing else ""


def search() -> str:
    """Whether trigram search works with Chinese, asked of the extension itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        if not cursor.fetchone()[0]:
            return ""  # no part of this version uses it yet
        cursor.execute("SELECT show_trgm('阳台漏水') <> '{}'")
        return (
            ""
            if cursor.fetchone()[0]
            else "trigrams see no Chinese: the database's locale must be libc C.UTF-8"
        )


def storage() -> str:
    name = default_storage.save("doctor.txt", ContentFile(b"examined"))
    try:
        with default_storage.open(name) as file:
            return "" if file.read() == b"examined" else "gives back something else than was stored"
    finally:
        default_storage.delete(name)


def disk() -> str:
    free = shutil.disk_usage(settings.CIVIC_HOME).free
    return f"only {free // 1024**2} MB free under {settings.CIVIC_HOME}" if free < LEAST_FREE_BYTES else ""


def clocks() -> str:
    """Whether this machine and the database agree on the time."""
    with connection.cursor() as cursor:
        begun = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        apart = abs(float(cursor.fetchone()[0]) - (begun + time.time()) / 2)
    if apart > CLOCKS_APART_SECONDS:
        return f"this machine and the database are {apart:.0f} s apart: set up NTP on both"
    return "this machine's date is in the past" if datetime.now(UTC).year < 2026 else ""


def translations() -> str:
    sources = [po for folder in settings.LOCALE_PATHS for po in Path(folder).rglob("*.po")]
    missing = [po.parent.parent.name for po in sources if not po.with_suffix(".mo").exists()]
    return f"not compiled: {', '.join(missing)} (script/manage does it)" if missing else ""


EXAMINATIONS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "search": search,
    "broker": operations.broker_problem,
    "sweepers": operations.sweepers_problem,
    "storage": storage,
    "disk": disk,
    "clocks": clocks,
    "translations": translations,
}


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--only", choices=list(EXAMINATIONS), help="one examination instead of all")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        chosen = [options["only"]] if options["only"] else list(EXAMINATIONS)
        for name in chosen:
            examine = EXAMINATIONS[name]
            try:
                problem = examine()
            except (DatabaseError, OSError) as error:
                problem = (
                    f"cannot be examined: {str(error).strip().splitlines()[0] if str(error) else error!r}"
                )
            failed += bool(problem)
            self.stdout.write(f"{'FAIL' if problem else 'ok  '}  {name}{': ' if problem else ''}{problem}")
        if failed:
            raise CommandError(f"{failed} of {len(chosen)} examinations failed")
