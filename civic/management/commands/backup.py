"""Writes one file with the database and the uploads, checksums and row counts; keys are not in it."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from civic import archive


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path, help="the backup to write; must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"].absolute()
        if target.exists():
            raise CommandError(f"{target} exists already")
        if not target.parent.is_dir():
            raise CommandError(f"{target.parent} is no folder")
        try:
            rows = archive.write(target)
        except archive.BackupError as error:
            raise CommandError(f"no backup was made: {error}") from error
        megabytes = target.stat().st_size / 1024**2
        self.stdout.write(f"{target}: {sum(rows.values())} rows in {len(rows)} tables, {megabytes:.1f} MB")
