"""manage.py anonymise: shows what is due to be forgotten; --now forgets it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from civic.management.base import TableCommand
from insight.privacy import sweep


class Command(TableCommand):
    help = (
        "Shows how much is due to be forgotten, by rule (docs/operations.md). Changes nothing without --now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now", action="store_true", help="forget it now instead of waiting for the sweep"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = sweep.run(seconds=float("inf")) if options["now"] else sweep.due()
        width = max(map(len, found))
        for name, count in found.items():
            self.stdout.write(f"{name:<{width}}  {count}")
        if not options["now"]:
            self.stdout.write(
                "Nothing was changed. The sweep forgets it once an hour; --now does it at once."
            )
