"""`manage.py import_volunteers FILE --area CODE --by USERNAME`: a register of volunteers from the shell."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.imports import actions as imports
from civic.imports.models import ImportState
from civic.lib.errors import DomainError
from civic.management.base import TableCommand
from volunteers.imports.columns import TARGETS
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow, RegisterRowState

CHUNK_BYTES = 1 << 20
SHOWN = 20


class Command(TableCommand):
    help = "Imports a register of volunteers (XLSX, CSV); --dry-run shows what would become of each row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--area", required=True, help="code of the area of whoever names no community")
        parser.add_argument(
            "--by", required=True, help="username of a dispatcher or administrator of that area"
        )
        parser.add_argument(
            "--as",
            dest="enter_as",
            choices=[value for value, _label in RegisterImport.ENTER_AS],
            default="applied",
            help="approved, or waiting for approval (default)",
        )
        parser.add_argument("--insured-until", type=date.fromisoformat, help="for whom the file has no date")
        parser.add_argument(
            "--vetted", action="store_true", help="who is not marked in the file counts as vetted"
        )
        parser.add_argument("--dry-run", action="store_true", help="stop after the preview")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = self._upload(options)
        REGISTER.work(batch.pk)
        batch.refresh_from_db()
        if batch.state == ImportState.FAILED:
            raise CommandError(batch.last_error)
        for target, at in batch.columns.items():
            self.stdout.write(f"{TARGETS[target]}: {batch.headers[at]}")
        self._count(batch)
        if options["dry_run"]:
            return
        imports.start(REGISTER, batch, actor=batch.by, wake=False)
        REGISTER.work(batch.pk)
        batch.refresh_from_db()
        self._count(batch)

    def _upload(self, options: dict[str, Any]) -> RegisterImport:
        area = areas.by_code(options["area"])
        actor = User.objects.filter(username=options["by"], is_active=True).first()
        if area is None or actor is None:
            wrong = "area" if area is None else "by"
            raise CommandError(f"--{wrong} {options[wrong]} is not known here")
        try:
            with options["file"].open("rb") as file:
                return imports.upload(
                    REGISTER,
                    actor=actor,
                    file_name=options["file"].name,
                    chunks=iter(lambda: file.read(CHUNK_BYTES), b""),
                    area=area,
                    enter_as=options["enter_as"],
                    insured_until=options["insured_until"],
                    vetted=options["vetted"],
                    wake=False,
                )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _count(self, batch: RegisterImport) -> None:
        rows = RegisterRow.objects.filter(batch=batch)
        for state in RegisterRowState:
            count = rows.filter(state=state).count()
            if count:
                self.stdout.write(f"{state.label}: {count}")
        for row in rows.filter(state=RegisterRowState.BAD).order_by("number")[:SHOWN]:
            self.stdout.write(f"  {row.number}: {' '.join(row.notes)}")
