"""Imports of registers as their pages show them: numbers of people with their middle hidden."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from civic.areas.models import AreaLevel
from civic.areas.queries import path_label
from civic.imports.models import ImportState, RowState
from civic.imports.queries import REMARKS, Shown, Told
from civic.lib import clock, id_number, phone
from volunteers.enums import Spoken
from volunteers.imports.columns import TARGETS
from volunteers.imports.reading import Reader
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow, RegisterRowState, ServiceClass, Skill

PHONES = ("phone", "guardian_phone")
STANDING = (RowState.ADDED, RowState.KEPT, RegisterRowState.FILLED)


class RegisterShown(Shown[RegisterImport]):
    """People of a file: who they are, where they live, what they can do."""

    importer = REGISTER
    tabs = {
        ImportState.PREVIEW: (RowState.NEW, RegisterRowState.FILL, REMARKS, RowState.KNOWN, RowState.BAD),
        ImportState.DONE: (RowState.ADDED, RegisterRowState.FILLED, REMARKS, RowState.KNOWN, RowState.BAD),
        ImportState.UNDONE: (RowState.UNDONE, RowState.KEPT, RowState.KNOWN, RowState.BAD),
    }

    def cell(self, batch: RegisterImport, at: int, value: str) -> str:
        """Returns the text of a cell; phones and ID numbers without their middle, also those that cannot be read."""
        target = next((name for name, column in batch.columns.items() if column == at), "")
        if target in PHONES:
            return _hidden(value, 3, 4)
        return _hidden(value, 4, 4) if target == "id_number" else value

    def telling(self, batch: RegisterImport) -> Callable[[RegisterRow], Told]:
        """Returns what tells a row."""
        reader = Reader(batch, clock.now())
        skills = {pk: str(skill) for pk, skill in Skill.objects.in_bulk().items()}
        classes = {pk: str(each) for pk, each in ServiceClass.objects.in_bulk().items()}
        return lambda row: self._tell(reader, skills, classes, row)

    def _tell(
        self, reader: Reader, skills: dict[int, str], classes: dict[int, str], row: RegisterRow
    ) -> Told:
        """Returns what a row says; its notes as they were written when it was judged."""
        person = reader.read(row.cells)
        place = path_label(person.area.pk, below=AreaLevel.DISTRICT) if person.area else ""
        facts = (
            (TARGETS["phone"], phone.mask(person.phone)),
            (TARGETS["id_number"], id_number.mask(person.id_number)),
            (TARGETS["birth_date"], person.birth_date.isoformat() if person.birth_date else ""),
            (TARGETS["area"], place),
            (TARGETS["joined_on"], person.joined_on.isoformat() if person.joined_on else ""),
            (TARGETS["skills"], "、".join(skills[pk] for pk in person.skills)),
            (TARGETS["service_classes"], "、".join(classes[pk] for pk in person.service_classes)),
            (TARGETS["languages"], "、".join(str(Spoken(each).label) for each in person.languages)),
        )
        standing = row.volunteer_id is not None and row.state in STANDING
        return Told(
            title=person.name,
            facts=[fact for fact in facts if fact[1]],
            notes=row.notes,
            url=reverse("desk:volunteer", args=[row.volunteer_id]) if standing else "",
        )


def _hidden(value: str, head: int, tail: int) -> str:
    """Returns the beginning and the end of a number; a short one is hidden whole."""
    value = value.strip()
    middle = len(value) - head - tail
    return f"{value[:head]}{'*' * middle}{value[-tail:]}" if middle > 2 else "*" * len(value)


SHOWN = RegisterShown()
