"""`manage.py workflows --json | --mermaid`: every transition table."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from civic.cases import drawing, registry


class Command(BaseCommand):
    help = "Prints every transition table, as JSON or as Mermaid state diagrams."

    def add_arguments(self, parser: ArgumentParser) -> None:
        shape = parser.add_mutually_exclusive_group(required=True)
        shape.add_argument("--json", action="store_true", dest="as_json")
        shape.add_argument("--mermaid", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["as_json"]:
            self.stdout.write(json.dumps(drawing.every(), ensure_ascii=False, indent=2))
            return
        for workflow in registry.every():
            self._diagram(workflow.kind, drawing.mermaid(workflow))
            for name, diagram in drawing.part_diagrams(workflow).items():
                self._diagram(f"{workflow.kind}: {name}", diagram)

    def _diagram(self, title: str, text: str) -> None:
        self.stdout.write(f"### {title}\n\n```mermaid\n{text}\n```\n")
