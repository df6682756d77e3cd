"""The register of volunteers as an import: what adding a row, completing somebody and taking it back is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.cases import door
from civic.cases.models import CaseEvent, Timer
from civic.imports.importer import Importer, in_words
from civic.imports.models import RowState
from civic.lib import clock, copying
from civic.lib.errors import DomainError
from civic.lib.rows import to_json
from volunteers.access import DECIDING
from volunteers.imports import columns, undoing
from volunteers.imports.enrolling import admits, enrol
from volunteers.imports.known import Verdict, verdicts
from volunteers.imports.reading import Person, Reader
from volunteers.models import Papers, RegisterImport, RegisterRow, RegisterRowState, Volunteer

# After so many rows the tables may be many times what PostgreSQL took them for.
MEASURED_AT = frozenset({0, 5_000, 25_000})
TWICE = """
    UPDATE volunteers_registerrow line SET state = 'bad', notes = jsonb_build_array(replace(%s, '{row}', first::text))
    FROM (SELECT id, first_value(number) OVER (PARTITION BY {column} ORDER BY number) AS first
            FROM volunteers_registerrow WHERE batch_id = %s AND {column} <> '' AND state <> 'bad') same
    WHERE line.id = same.id AND same.first < line.number
"""


class Register(Importer[RegisterImport]):
    """Volunteers whom a spreadsheet or another system has kept so far."""

    batches, rows = RegisterImport, RegisterRow
    folder, task = "registers", "volunteers.work_import"
    roles = DECIDING
    chunk = 1000
    title_rows = 4
    targets, known = columns.TARGETS, columns.KNOWN
    waiting = (RowState.NEW, RegisterRowState.FILL)
    brought = (RowState.ADDED, RegisterRowState.FILLED)

    def assume(self, batch: RegisterImport, **defaults: Any) -> None:
        """Takes `enter_as`, `insured_until` and `vetted`."""
        for name in ("enter_as", "insured_until", "vetted"):
            if name in defaults:
                setattr(batch, name, defaults[name])

    def judging(self, batch: RegisterImport) -> Callable[[Sequence[RegisterRow]], None]:
        """Returns what judges rows: whether they can be read, and who of them is known."""
        reader = Reader(batch, clock.now())

        def judge(lines: Sequence[RegisterRow]) -> None:
            people = [reader.read(line.cells) for line in lines]
            for line, person, verdict in zip(lines, people, verdicts(batch, people), strict=True):
                line.key, line.id_key = person.phone_hash, person.id_hash
                line.state, line.notes = (
                    verdict.state,
                    [*verdict.notes, *_stays(batch, person, verdict.state)],
                )

        return judge

    def judged(self) -> tuple[str, ...]:
        """The key of the ID number is found while judging, too."""
        return (*super().judged(), "id_key")

    def compare(self, batch: RegisterImport) -> None:
        """A phone or an ID number that stands in the file twice belongs to the first row that can be used."""
        with connection.cursor() as cursor:
            for column, words in (
                ("key", _("The same phone stands in row {row} already.")),
                ("id_key", _("The same ID number stands in row {row} already.")),
            ):
                cursor.execute(TWICE.replace("{column}", column), [words, batch.pk])

    def add(self, batch: RegisterImport, lines: list[RegisterRow], now: datetime) -> None:
        """Registers the new ones together and completes the others one by one."""
        reader = Reader(batch, now)
        people = [reader.read(line.cells) for line in lines]
        new: list[tuple[RegisterRow, Person, Verdict]] = []
        for line, person, verdict in zip(lines, people, verdicts(batch, people), strict=True):
            if verdict.state == RowState.NEW:
                new.append((line, person, verdict))
                continue
            line.state, line.notes = verdict.state, [str(note) for note in verdict.notes]
            if verdict.state == RegisterRowState.FILL:
                self._fill(batch, line, verdict)
        made = enrol(reader, [(person, verdict.user) for _line, person, verdict in new], now)
        for (line, _person, verdict), (volunteer_id, version) in zip(new, made, strict=True):
            line.state, line.volunteer_id, line.version = RowState.ADDED, volunteer_id, version
            line.made_account = verdict.user is None
        _keep(lines)
        if batch.done in MEASURED_AT and len(lines) == self.chunk:
            copying.analyze(User, Volunteer, Papers, CaseEvent, Timer)

    def _fill(self, batch: RegisterImport, line: RegisterRow, verdict: Verdict) -> None:
        assert verdict.volunteer is not None
        try:
            with transaction.atomic():
                given: dict[str, Any] = {"given": verdict.fill, "batch": batch.pk}
                volunteer = door.perform(verdict.volunteer, "fill_in", actor=batch.by, **given)
        except DomainError as error:
            line.state, line.notes = RowState.BAD, [in_words(error)]
        else:
            line.state, line.volunteer, line.version = RegisterRowState.FILLED, volunteer, volunteer.version
            line.filled = list(verdict.fill)

    def undo(self, batch: RegisterImport, lines: list[RegisterRow]) -> None:
        """Takes back what nobody has touched: registrations leave nothing but their number, completed columns are
        emptied again."""
        undoing.take_back(batch, lines)
        for state in (RowState.UNDONE, RowState.KEPT):
            ids = [line.pk for line in lines if line.state == state]
            RegisterRow.objects.filter(pk__in=ids).update(state=state)


def _stays(batch: RegisterImport, person: Person, state: str) -> list[str]:
    """Returns why somebody new is not approved at once, though that was chosen."""
    if state != RowState.NEW or admits(batch, person) or batch.enter_as != "approved":
        return []
    if person.is_minor:
        return [_("Under 18: waits for approval until staff have asked the guardian.")]
    return [_("The ID number is needed here: waits for approval.")]


def _keep(lines: list[RegisterRow]) -> None:
    """Writes what became of the rows in one statement."""
    columns = ("id", "state", "notes", "volunteer_id", "version", "made_account", "filled")
    said = [tuple(getattr(line, name) for name in columns) for line in lines]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE volunteers_registerrow line
               SET state = said.state, notes = said.notes, volunteer_id = said.volunteer_id, version = said.version,
                   made_account = said.made_account, filled = said.filled
              FROM jsonb_to_recordset(%s::jsonb) AS said(id bigint, state text, notes jsonb, volunteer_id bigint,
                                                         version int, made_account bool, filled varchar[])
             WHERE line.id = said.id
            """,
            [to_json([dict(zip(columns, line, strict=True)) for line in said])],
        )


REGISTER = Register()
