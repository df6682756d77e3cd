"""manage.py check_consistency: replays every history against its rows; exit 1 and the list when something
disagrees.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from civic.lib.snapshot import one_picture
from civic.management.base import TableCommand
from insight import consistency

SHOWN = 200


class Command(TableCommand):
    help = "Checks that histories, states, slots, timers and ledgers agree. Reads only; the same for any database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help=f"show every fault, not the first {SHOWN} only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with one_picture():
            cases, faults = consistency.count_cases(), consistency.check()
        shown = faults if options["all"] else faults[:SHOWN]
        for fault in shown:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} faults in {cases} cases ({len(shown)} shown).")
        self.stdout.write(f"{cases} cases agree with their histories.")
