"""`manage.py import_volunteers FILE --area CODE --by USERNAME`: a register of volunteers from the shell."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from civic.imports.command import ImportCommand
from civic.imports.models import Batch
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow, RegisterRowState

SHOWN = 20


class Command(ImportCommand):
    help = "Imports a register of volunteers (XLSX, CSV); --dry-run shows what would become of each row."
    importer, states = REGISTER, RegisterRowState

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
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

    def defaults(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: options[name] for name in ("enter_as", "insured_until", "vetted")}

    def count(self, batch: Batch) -> None:
        """Says besides which rows cannot be used, and why."""
        super().count(batch)
        bad = RegisterRow.objects.filter(batch_id=batch.pk, state=RegisterRowState.BAD)
        for row in bad.order_by("number")[:SHOWN]:
            self.stdout.write(f"  {row.number}: {' '.join(row.notes)}")
