"""Replaces database and uploads by those of a backup, after verifying it; stop web, worker and beat first."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from civic import archive


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path, help="a file that `backup` wrote")
        parser.add_argument("--replace", action="store_true", help="even though the database holds data now")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"].absolute()
        if not source.is_file():
            raise CommandError(f"{source} does not exist")
        if not options["replace"] and archive.count_rows():
            raise CommandError("the database is not empty; add --replace to lose what is in it")
        try:
            rows = archive.restore(source)
        except archive.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"restored {sum(rows.values())} rows in {len(rows)} tables; row counts agree")
