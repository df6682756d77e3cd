"""`manage.py train_suggestions`: learns category and skill from closed requests or a labelled sheet."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from civic.areas import queries as areas
from civic.areas.models import Area
from civic.lib import tables
from civic.lib.errors import DomainError
from civic.management.base import TableCommand
from requests_app import reference
from requests_app.suggesting import closed, learning, model, store
from requests_app.suggesting.store import Subject
from requests_app.suggesting.suggestions import SHOWN_FROM

Labelled = tuple[str, str, str]  # title, text, label
CALLED = {Subject.CATEGORY: "category in force", Subject.SKILL: "skill"}


class Command(TableCommand):
    help = (
        "Learns from closed requests (or a labelled sheet) which category a text is about and which skill it asks for, "
        "says how well it does on rows kept back, and puts the models into use."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--area", help="code of an area: learn from its requests, for its requests alone")
        parser.add_argument(
            "--from-xlsx", type=Path, metavar="FILE", help="learn from a sheet (XLSX, CSV) instead"
        )
        parser.add_argument("--text-column", help="its column with the words")
        parser.add_argument("--title-column", help="its column with a title, if it has one")
        parser.add_argument("--label-column", help="its column with the label: code, name or English name")
        parser.add_argument(
            "--of",
            choices=[each.value for each in Subject],
            help="learn only this; without it both, and from a sheet the category",
        )
        parser.add_argument("--evaluate", action="store_true", help="only measure; the model in use stays")

    def handle(self, *args: Any, **options: Any) -> None:
        area = self._area(options["area"])
        sheet = list(self._sheet(options)) if options["from_xlsx"] else None
        subjects = [Subject(options["of"] or Subject.CATEGORY)] if sheet or options["of"] else list(Subject)
        refused = []
        for subject in subjects:
            self._tell(f"{subject}:")
            try:
                self._learn(subject, sheet or closed.rows(area, subject), area, evaluate=options["evaluate"])
            except learning.TooFew as error:
                refused.append(f"{subject}: {error}. The model in use, or the keyword rules, stay.")
        if len(refused) == len(subjects):
            raise CommandError("\n".join(refused))
        for each in refused:
            self._tell(each)

    def _learn(self, subject: Subject, rows: list[Labelled], area: Area | None, *, evaluate: bool) -> None:
        """Learns one of the two. Raises TooFew, and CommandError for labels that are none."""
        given = learning.sample(rows)
        if not evaluate:
            given = self._by_code(subject, given)
        for label, count in sorted(given.left_out.items()):
            self.stdout.write(f"left out, fewer than {learning.LEAST_OF_A_KIND} rows: {label} ({count})")
        learned, measured = learning.learn(given, self._tell)
        self._report(measured)
        if evaluate:
            return
        path = store.path_of(area.code if area else "", subject)
        try:
            model.write(learned, path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from error
        store.forget()
        self.stdout.write(f"in use from now on: {path} ({path.stat().st_size / 1024:.0f} KB)")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _area(self, code: str | None) -> Area | None:
        found = areas.by_code(code) if code else None
        if code and found is None:
            raise CommandError(f"--area {code} is not known here")
        return found

    def _sheet(self, options: dict[str, Any]) -> list[Labelled]:
        path: Path = options["from_xlsx"]
        wanted = [options[f"{name}_column"] for name in ("title", "text", "label")]
        if not wanted[1] or not wanted[2]:
            raise CommandError("--from-xlsx needs --text-column and --label-column")
        try:
            with tables.open_table(path) as table:
                return list(self._read(table, wanted))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _read(self, table: Iterator[tuple[int, tables.Row]], wanted: list[str | None]) -> Iterator[Labelled]:
        _number, headers = next(table, (0, []))
        headers = [each.strip() for each in headers]
        for name in wanted:
            if name and name not in headers:
                raise CommandError(
                    f"the sheet has no column {name}; it has {', '.join(filter(None, headers))}"
                )
        at = [headers.index(name) if name else None for name in wanted]
        for _number, cells in table:
            title, text, label = (
                cells[each] if each is not None and each < len(cells) else "" for each in at
            )
            yield title, text, label.strip()

    def _by_code(self, subject: Subject, given: learning.Sample) -> learning.Sample:
        """Returns the rows with codes for labels. Raises CommandError when labels are no categories in force, or no
        skills."""
        offered: Iterable[Any] = reference.in_force()
        if subject == Subject.SKILL:
            offered = reference.snapshot().skills.values()
        codes = {name: each.code for each in offered for name in (each.name, each.name_en, each.code)}
        codes[store.NOTHING] = store.NOTHING
        unknown = sorted({label for label in given.labels if label not in codes})
        if unknown:
            raise CommandError(
                f"no {CALLED[subject]} is called {', '.join(unknown)}: rename them in the sheet, or add --evaluate to "
                "measure only"
            )
        return learning.Sample(given.said, [codes[label] for label in given.labels], given.left_out)

    def _report(self, measured: learning.Measured) -> None:
        self.stdout.write(
            f"macro-F1 {measured.macro_f1:.4f} by {learning.FOLDS}-fold cross-validation, accuracy ",
            ending="",
        )
        self.stdout.write(f"{measured.accuracy:.4f}")
        for label, value in measured.by_label.items():
            self.stdout.write(f"  {value:.4f} {label}")
        for least in (SHOWN_FROM, 0.8):
            share, right = measured.from_certainty(least)
            self.stdout.write(
                f"{least:.0%} certain or more: {share:.0%} of the rows, {right:.0%} of them right"
            )
