"""manage.py load_areas FILE.geojson: brings areas and boundaries in, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from civic.areas import loading
from civic.lib.errors import ValidationFailed
from civic.management.base import TableCommand


class Command(TableCommand):
    help = "Loads areas and boundaries from a GeoJSON FeatureCollection; known codes are changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            collection = json.loads(file.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except ValueError as error:
            raise CommandError(f"{file}: this is not JSON ({error})") from error
        try:
            loaded = loading.load(collection)
        except ValidationFailed as refused:
            lines = [str(line) for found in (refused.errors or {}).values() for line in found]
            raise CommandError("\n".join(["Nothing was loaded:", *lines])) from refused
        self.stdout.write(
            f"{loaded.added} areas added, {loaded.changed} changed, {loaded.drawn} boundaries drawn"
        )
