"""`manage.py import_requests FILE --area CODE --category CODE --by USERNAME`: a backlog file from the shell."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from civic.imports.command import ImportCommand
from requests_app import reference
from requests_app.imports.backlog import BACKLOG
from requests_app.models import BacklogRowState


class Command(ImportCommand):
    help = "Imports a backlog of requests (XLSX, CSV); --dry-run shows what would become of each row."
    importer, states = BACKLOG, BacklogRowState

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--category", required=True, help="code of the category assumed for every row")

    def defaults(self, options: dict[str, Any]) -> dict[str, Any]:
        category = reference.category(options["category"])
        if category is None:
            raise CommandError(f"--category {options['category']} is not known here")
        return {"category": category}
