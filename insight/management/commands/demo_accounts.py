"""manage.py demo_accounts [--json]: who can sign in to the demo city; only where DEMO=1."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from civic.management.base import TableCommand
from insight.demo import accounts


class Command(TableCommand):
    help = "Lists the demo accounts of every role in two districts, with password and API key. Only where DEMO=1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo accounts are told only where DEMO=1.")
        found = accounts.every()
        if not found:
            raise CommandError("There are no demo accounts: load the demo city first (manage.py load_demo).")
        if options["json"]:
            rows = [account.as_dict() for account in found]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        self.stdout.write(
            f"password of all: {accounts.password()}   residents and volunteers: phone and a code,"
        )
        self.stdout.write("which appears under /dev/outbox/")
        for account in found:
            self.stdout.write(
                f"{account.role:<11} {account.username:<18} {account.phone:<15} {account.name}  {account.area_name}"
            )
