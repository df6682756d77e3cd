"""An import from the shell: preview, then everything added, with the same counts a person sees on the pages."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandError

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.imports import actions as imports
from civic.imports.importer import Importer
from civic.imports.models import Batch, ImportState
from civic.lib.errors import DomainError
from civic.management.base import TableCommand

CHUNK_BYTES = 1 << 20


class ImportCommand(TableCommand):
    """Imports a file as `importer` says, into an area and in the name of somebody who may."""

    importer: ClassVar[Importer[Any]]
    states: ClassVar[Any]  # of its rows, in words

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--area", required=True, help="code of the area of rows that name none")
        parser.add_argument("--by", required=True, help="username of somebody who may import into that area")
        parser.add_argument("--dry-run", action="store_true", help="stop after the preview")

    def defaults(self, options: dict[str, Any]) -> dict[str, Any]:
        """Returns what is assumed of rows that are silent. Raises CommandError for what is not known here."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        batch = self._upload(options)
        self.importer.work(batch.pk)
        batch.refresh_from_db()
        if batch.state == ImportState.FAILED:
            raise CommandError(batch.last_error)
        for target, at in batch.columns.items():
            self.stdout.write(f"{self.importer.targets[target]}: {batch.headers[at]}")
        self.count(batch)
        if options["dry_run"]:
            return
        imports.start(self.importer, batch, actor=batch.by, wake=False)
        self.importer.work(batch.pk)
        batch.refresh_from_db()
        self.count(batch)

    def count(self, batch: Batch) -> None:
        """Says how many rows stand in each state."""
        for state in self.states:
            if count := self.importer.rows.objects.filter(batch=batch, state=state).count():
                self.stdout.write(f"{state.label}: {count}")

    def _upload(self, options: dict[str, Any]) -> Any:
        area = areas.by_code(options["area"])
        actor = User.objects.filter(username=options["by"], is_active=True).first()
        if area is None or actor is None:
            wrong = "area" if area is None else "by"
            raise CommandError(f"--{wrong} {options[wrong]} is not known here")
        defaults = self.defaults(options)
        try:
            with options["file"].open("rb") as file:
                return imports.upload(
                    self.importer,
                    actor=actor,
                    file_name=options["file"].name,
                    chunks=iter(lambda: file.read(CHUNK_BYTES), b""),
                    area=area,
                    wake=False,
                    **defaults,
                )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
