"""What the installation stands on: database, broker, files, disk, clocks, languages."""

import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis import Redis
from redis.exceptions import RedisError

from civic import checks
from civic.lib.health import Check, Measured, Unit
from civic.management.base import unapplied

PROBE_SECONDS = 1  # how long the broker may take to answer


def problem(words: str) -> Measured:
    """Returns a reading that is either in order ("") or a problem in words."""
    return Measured(1 if words else 0, words or _("in order"))


def database() -> Measured:
    """Whether the database answers and is set up as it must be."""
    try:
        wrong = checks.check_database("default")
    except DatabaseError as error:
        return problem(_("does not answer: %(reason)s") % {"reason": error.__class__.__name__})
    return problem("; ".join(f"{each.msg} {each.hint or ''}".strip() for each in wrong))


def migrations() -> Measured:
    """Whether the tables are those of this version."""
    missing = unapplied()
    return Measured(missing, _("%(n)d are not applied") % {"n": missing} if missing else _("in order"))


def search() -> Measured:
    """Whether trigram search works with Chinese, asked of the extension itself."""
    [(found,)] = ask("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
    works = not found or ask("SELECT show_trgm('阳台漏水') <> '{}'")[0][0]
    return problem("" if works else _("trigrams see no Chinese"))


def broker() -> Measured:
    """Whether broker and cache (one server) take a value and give it back."""
    mark = secrets.token_hex(4)
    try:  # not through the cache, which forgives a Redis that is away
        with redis() as server:
            server.set(f"readyz:{mark}", mark, ex=10)
            came_back = server.get(f"readyz:{mark}") == mark.encode()
    except (RedisError, OSError) as error:
        return problem(_("does not answer: %(reason)s") % {"reason": error.__class__.__name__})
    return problem("" if came_back else _("forgets what it is given"))


def storage() -> Measured:
    """Whether uploads can be written and read again."""
    name = default_storage.save("doctor.txt", ContentFile(b"examined"))
    try:
        with default_storage.open(name) as file:
            return problem(
                "" if file.read() == b"examined" else _("gives back something else than was stored")
            )
    finally:
        default_storage.delete(name)


def disk() -> Measured:
    """Free space where data and uploads are kept."""
    free = shutil.disk_usage(settings.CIVIC_HOME).free / 1024**2
    return Measured(free)


def clocks() -> Measured:
    """How far this machine and the database are apart on the time."""
    begun = time.time()
    [(said,)] = ask("SELECT extract(epoch FROM clock_timestamp())")
    apart = abs(float(said) - (begun + time.time()) / 2)
    if datetime.now(UTC).year < 2026:
        return Measured(apart + 86400, _("this machine's date is in the past"))
    return Measured(apart)


def translations() -> Measured:
    """Which catalogues are not compiled, so that their language is not spoken."""
    missing = [po.parent.parent.name for po in _catalogues() if not po.with_suffix(".mo").exists()]
    words = _("not compiled: %(names)s") % {"names": ", ".join(missing)} if missing else _("in order")
    return Measured(len(missing), words)


def translation_gaps() -> Measured:
    """How many sentences of the product have no translation yet, or a doubtful one."""
    gaps = {po.parent.parent.name: _gaps(po, po.stat().st_mtime_ns) for po in _catalogues()}
    return Measured(sum(gaps.values()), parts=gaps)


def ask(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    """Returns the rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def redis() -> Redis:
    """Returns a short-lived connection to the broker that waits a second at most."""
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PROBE_SECONDS, socket_connect_timeout=PROBE_SECONDS
    )


def _catalogues() -> Iterator[Path]:
    for folder in settings.LOCALE_PATHS:
        yield from sorted(Path(folder).rglob("*.po"))


@lru_cache(maxsize=16)
def _gaps(path: Path, _changed: int) -> int:
    """Counts once a version of the file: reading a catalogue takes a third of a second."""
    catalogue = polib.pofile(str(path))
    return len(catalogue.untranslated_entries()) + len(catalogue.fuzzy_entries())


CHECKS = [
    Check(
        "database",
        gettext_lazy("Database"),
        database,
        gettext_lazy(
            "See that PostgreSQL runs and that DATABASE_URL is right; docs/operations.md says how it is set up."
        ),
        failure=0,
        ready=True,
    ),
    Check(
        "migrations",
        gettext_lazy("Tables of this version"),
        migrations,
        gettext_lazy("Run script/manage prepare."),
        failure=0,
    ),
    Check(
        "search",
        gettext_lazy("Search in Chinese"),
        search,
        gettext_lazy("The database's locale must be libc C.UTF-8: back up, make the database anew, restore."),
        failure=0,
    ),
    Check(
        "broker",
        gettext_lazy("Broker and cache"),
        broker,
        gettext_lazy(
            "See that Redis runs and that REDIS_URL is right. People sign in and place requests meanwhile; what waits"
            " goes on when it is back."
        ),
        failure=0,
        ready=True,
    ),
    Check(
        "storage",
        gettext_lazy("Uploads"),
        storage,
        gettext_lazy("See that the folder of uploads can be written by this account."),
        failure=0,
    ),
    Check(
        "disk",
        gettext_lazy("Free disk space"),
        disk,
        gettext_lazy("Make room under CIVIC_HOME or enlarge the disk: PostgreSQL stops when it is full."),
        unit=Unit.MEGABYTES,
        attention=5 * 1024,
        failure=1024,
        least=True,
    ),
    Check(
        "clocks",
        gettext_lazy("Clock against the database's"),
        clocks,
        gettext_lazy("Set up NTP on both machines: deadlines hang on the time."),
        unit=Unit.SECONDS,
        failure=5,
    ),
    Check(
        "translations",
        gettext_lazy("Languages"),
        translations,
        gettext_lazy("Start by script/manage or script/server, which compile the catalogues."),
        failure=0,
    ),
    Check(
        "translation_gaps",
        gettext_lazy("Sentences without translation"),
        translation_gaps,
        gettext_lazy("Add them to locale/*/LC_MESSAGES/django.po; until then they are shown in English."),
        attention=0,
    ),
]
