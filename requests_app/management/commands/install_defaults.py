"""`manage.py install_defaults`: the categories and skills a new installation begins with."""

from typing import Any

from civic.management.base import TableCommand
from requests_app import defaults


class Command(TableCommand):
    help = "Adds the default categories and skills that are missing; changes none that exist."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{defaults.install()} added")
