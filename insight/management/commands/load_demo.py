"""manage.py load_demo --size small|district|city: fills an empty database with the demo city."""

from __future__ import annotations

import sys
from datetime import datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from civic.lib import clock
from civic.management.base import TableCommand
from insight.demo import load
from insight.demo.plan import SIZES

BAR = 40
HARMLESS = ("file", "console")


class Command(TableCommand):
    help = "Loads the demo city: 90 days of an invented city that end now. Only into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=sorted(SIZES), default="small")
        parser.add_argument("--until", help="the moment the 90 days end (ISO 8601); now unless given")
        parser.add_argument(
            "--if-empty", action="store_true", help="say so and succeed where there is data already"
        )

    def handle(self, *args: Any, size: str, until: str | None, if_empty: bool, **options: Any) -> None:
        if settings.SMS_PROVIDER not in HARMLESS:
            raise CommandError(
                f"SMS_PROVIDER={settings.SMS_PROVIDER} sends real messages: the demo city is not loaded here."
            )
        if not load.is_empty():
            line = "The database is not empty: the demo city is loaded into an empty one only. Nothing was changed."
            if if_empty:
                self.stdout.write(line)
                return
            raise CommandError(line)
        begun = monotonic()
        loaded = load.load(SIZES[size], until=_moment(until), report=self._report)
        self._end_of_bar()
        if options["verbosity"] > 1:
            self.stdout.write(f"{loaded.stumbles} stories were cut short by the rules")
        self.stdout.write(
            f"Demo city loaded in {monotonic() - begun:.0f} s: {loaded.areas} areas, {loaded.volunteers} volunteers, "
            f"{loaded.requests} requests. Accounts: manage.py demo_accounts"
        )

    def _report(self, share: float) -> None:
        """Draws a bar on a terminal; elsewhere one line every tenth."""
        if sys.stderr.isatty():
            done = round(BAR * share)
            self.stderr.write(f"\r[{'#' * done}{'.' * (BAR - done)}] {share:4.0%}", ending="")
        elif int(share * 10) > getattr(self, "_told", -1):
            self._told = int(share * 10)
            self.stderr.write(f"demo city {self._told * 10} %")

    def _end_of_bar(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")


def _moment(text: str | None) -> datetime:
    if not text:
        return clock.now()
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"--until {text!r} is not a moment; write for example 2026-07-01T09:30:00+08:00")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
