"""Prints every environment variable the product reads, as a Markdown table; --write puts it into a document."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from civic import env

# Read by script/* before Django is there (civic/embedded).
BY_SCRIPTS = (
    ("PORT", "8000", "script/server: the port of the web"),
    ("HOST", "127.0.0.1", "script/server: the address it listens on; 0.0.0.0 for every one"),
    ("WEB_WORKERS", "2, or 1 with one core", "script/server: web processes"),
    ("WEB_THREADS", "3", "script/server: threads, and so database connections, of each web process"),
    ("WORKER_CONCURRENCY", "2", "script/server: tasks done at once"),
    ("PYTHON", "", "script/*: the Python to use instead of the first fitting one"),
    ("CHROMIUM", "", "script/test: the browser to use instead of the first found"),
)
BY_MODE = {
    "STAFF_SECOND_FACTOR": "1; 0 with DEMO",
    "HTTPS": "1; 0 with DEMO or DEBUG",
    "LOG_FORMAT": "json; text with DEMO or DEBUG",
}
MARKS = re.compile(r"(<!-- variables -->\n).*(<!-- end variables -->)", re.DOTALL)


def table() -> str:
    """Returns the Markdown table, sorted by name."""
    rows = [
        (each.name, BY_MODE.get(each.name, shown(each.default)), each.meaning)
        for each in env.VARIABLES.values()
    ] + list(BY_SCRIPTS)
    lines = [f"| `{name}` | {default} | {escape(meaning)} |" for name, default, meaning in sorted(rows)]
    return "\n".join(["| variable | default | what it is |", "|---|---|---|", *lines]) + "\n"


def escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def shown(default: str | None) -> str:
    """Returns a default as the table shows it: no path of this machine, no mode of this run."""
    if default is None:
        return "required"
    return default.replace(f"{settings.BASE_DIR}/", "").replace(str(settings.CIVIC_HOME), "$CIVIC_HOME")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--write", type=Path, help="a document with <!-- variables --> marks")

    def handle(self, *args: Any, **options: Any) -> None:
        document: Path | None = options["write"]
        if document is None:
            self.stdout.write(table())
            return
        document.write_text(MARKS.sub(lambda found: found[1] + table() + found[2], document.read_text()))
