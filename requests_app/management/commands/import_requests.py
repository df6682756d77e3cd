"""`manage.py import_requests FILE --area CODE --category CODE --by USERNAME`: a backlog file from the shell."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.imports import actions as imports
from civic.lib.errors import DomainError
from civic.management.base import TableCommand
from requests_app import reference
from requests_app.imports import columns
from requests_app.imports.backlog import BACKLOG
from requests_app.models import ImportBatch, ImportRow, ImportState, RowState

CHUNK_BYTES = 1 << 20


class Command(TableCommand):
    help = "Imports a backlog of requests (XLSX, CSV); --dry-run shows what would become of each row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--area", required=True, help="code of the area assumed for every row")
        parser.add_argument("--category", required=True, help="code of the category assumed for every row")
        parser.add_argument("--by", required=True, help="username of a dispatcher of that area")
        parser.add_argument("--dry-run", action="store_true", help="stop after the preview")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = self._upload(options)
        BACKLOG.work(batch.pk)
        batch.refresh_from_db()
        if batch.state == ImportState.FAILED:
            raise CommandError(batch.last_error)
        for target, at in batch.columns.items():
            self.stdout.write(f"{columns.TARGETS[target]}: {batch.headers[at]}")
        self._count(batch)
        if options["dry_run"]:
            return
        imports.start(BACKLOG, batch, actor=batch.by, wake=False)
        BACKLOG.work(batch.pk)
        batch.refresh_from_db()
        self._count(batch)

    def _upload(self, options: dict[str, Any]) -> ImportBatch:
        area, category = areas.by_code(options["area"]), reference.category(options["category"])
        actor = User.objects.filter(username=options["by"], is_active=True).first()
        if area is None or category is None or actor is None:
            wrong = "area" if area is None else "category" if category is None else "by"
            raise CommandError(f"--{wrong} {options[wrong]} is not known here")
        try:
            with options["file"].open("rb") as file:
                return imports.upload(
                    BACKLOG,
                    actor=actor,
                    file_name=options["file"].name,
                    chunks=iter(lambda: file.read(CHUNK_BYTES), b""),
                    area=area,
                    category=category,
                    wake=False,
                )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _count(self, batch: ImportBatch) -> None:
        for state in RowState:
            count = ImportRow.objects.filter(batch=batch, state=state).count()
            if count:
                self.stdout.write(f"{state.label}: {count}")
