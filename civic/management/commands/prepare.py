"""Makes an installation ready to serve: checks, migrations, static files, the demo city when asked for."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.db import DatabaseError, OperationalError, connection

from civic import checks
from civic.management.base import first_line, unapplied

LOCK = 0x63697669  # two containers that start together migrate once


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # each step says itself what is wrong, in one line

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--no-static", action="store_true", help="leave static files alone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.check_database()
            with ThreadPoolExecutor(1) as beside:  # files need no database
                collected = None if options["no_static"] else beside.submit(self.collect_static)
                self.migrate()
                self.load_demo()
                if collected:
                    collected.result()
        except DatabaseError as error:
            raise CommandError(first_line(error)) from error

    def say(self, text: str) -> None:
        self.stdout.write(f"· {text}")
        self.stdout.flush()

    def check_database(self) -> None:
        try:
            problems = checks.check_database("default")
        except OperationalError as error:
            raise CommandError(f"DATABASE_URL cannot be reached: {first_line(error)}") from error
        if problems:
            raise CommandError(" ".join(f"{problem.msg} {problem.hint}" for problem in problems))

    def migrate(self) -> None:
        """Applies migrations under a lock of the database."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            if missing := unapplied():
                self.say(f"applying {missing} database migrations")
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def collect_static(self) -> None:
        """Collects static files when any of them, or the packages' lock, has changed."""
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        wanted = static_digest()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        self.say("collecting and compressing static files")
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(wanted)

    def load_demo(self) -> None:
        if not settings.DEMO or apps.get_model("areas", "Area").objects.exists():
            return
        if "load_demo" not in get_commands():
            self.say("no demo city: this version has no load_demo")
            return
        self.say("loading the demo city")
        call_command("load_demo", size="small")


def static_digest() -> str:
    """Returns a hash of every static file's name, size and time."""
    lines = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            lines.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
