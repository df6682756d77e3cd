"""What one row of a register says, and what of it cannot be used."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache, partial
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from civic.areas.models import Area
from civic.lib import id_number, phone
from civic.lib.crypto import keyed_hash
from civic.lib.text import clean
from volunteers import terms
from volunteers.actions import MAX_AGE_YEARS, MIN_AGE_YEARS
from volunteers.enums import IdNumber, Spoken
from volunteers.imports.columns import TARGETS
from volunteers.imports.places import Places
from volunteers.models import RegisterImport, ServiceClass, Skill

NAME_LENGTH, GUARDIAN_LENGTH = 40, 80
BETWEEN = re.compile(r"[、，,;；/|\s]+")
DATE = re.compile(r"^(\d{4})[年/.\-](\d{1,2})(?:[月/.\-](\d{1,2})日?|月)?(?:[ T].*)?$")
DIGITS = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
SERIAL = re.compile(r"^\d{5}$")
SERIAL_BEGINS = date(1899, 12, 30)  # day 0 of spreadsheets
YES = frozenset(
    {"是", "已", "有", "√", "✓", "通过", "已通过", "合格", "已审查", "已核查", "yes", "y", "true", "1"}
)
NO = frozenset({"否", "未", "无", "×", "未通过", "不合格", "未审查", "未核查", "no", "n", "false", "0", ""})


@dataclass
class Person:
    """A row as understood: the person, why the row cannot be used, what was assumed or left out."""

    name: str = ""
    phone: str = ""
    birth_date: date | None = None
    id_number: str = ""
    area: Area | None = None
    skills: list[int] = field(default_factory=list)
    service_classes: list[int] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    insured_until: date | None = None
    vetted_on: date | None = None
    joined_on: date | None = None
    guardian_name: str = ""
    guardian_phone: str = ""
    is_minor: bool = False
    needs_id: bool = False
    problems: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    @cached_property
    def phone_hash(self) -> str:
        """What the phone is looked up by; "" without one."""
        return keyed_hash(self.phone) if self.phone else ""

    @cached_property
    def id_hash(self) -> str:
        """What the ID number is looked up by; "" without one."""
        return keyed_hash(self.id_number) if self.id_number else ""


class Reader:
    """Reads the rows of one batch; what they are compared with is looked up once."""

    def __init__(self, batch: RegisterImport, now: datetime) -> None:
        self.batch, self.places = batch, Places(batch)
        self.today = timezone.localdate(now)
        self._skills: dict[str, int | None] = dict(_by_word(Skill.objects.all()))
        self._classes: dict[str, int | None] = dict(_by_word(ServiceClass.objects.filter(retired_at=None)))
        self._languages = _languages_by_word()
        self._terms: dict[int, str] = {}

    def read(self, cells: Sequence[str]) -> Person:
        """Returns what a row says under the batch's columns and defaults. Never raises for what a cell holds."""
        columns = self.batch.columns.items()
        cell = {target: cells[at].strip().lstrip("'") for target, at in columns if at < len(cells)}
        found = Person()
        for target, value in cell.items():
            if value.startswith("="):
                found.problems.append(
                    _("“%(column)s” holds a formula; save the file with its values.")
                    % {"column": TARGETS[target]}
                )
        if found.problems:
            return found
        self._who(found, cell)
        self._born(found, cell)
        self._where(found, cell.get("area", ""))
        self._abilities(found, cell)
        self._standing(found, cell)
        self._guardian(found, cell)
        return found

    def _who(self, found: Person, cell: Mapping[str, str]) -> None:
        found.name = self._clean(found, cell.get("name", ""), NAME_LENGTH)
        if not found.name and not found.problems:
            found.problems.append(_("The name is missing."))
        try:
            found.phone = phone.normalize(cell.get("phone", ""))
        except ValueError as error:
            found.problems.append(str(error.args[0]))
        if found.phone and not phone.is_mobile(found.phone):
            found.problems.append(
                _("This number receives no text messages, and nobody could sign in with it.")
            )

    def _born(self, found: Person, cell: Mapping[str, str]) -> None:
        found.birth_date = self._day(found, cell, "birth_date")
        typed = cell.get("id_number", "")
        if typed:
            try:
                read = id_number.parse(typed, today=self.today)
            except ValueError as error:
                found.problems.append(str(error.args[0]))
            else:
                found.id_number = read.number
                if found.birth_date not in {None, read.birth_date}:
                    found.problems.append(_("The date of birth is not that of the ID number."))
                found.birth_date = read.birth_date
        born = found.birth_date
        if born is None:
            return
        age = self.today.year - born.year - ((self.today.month, self.today.day) < (born.month, born.day))
        if age > MAX_AGE_YEARS:
            found.problems.append(_("Please check the year of birth."))
        if age < MIN_AGE_YEARS:
            found.problems.append(_("Volunteers are at least 14 years old."))
        found.is_minor = MIN_AGE_YEARS <= age < terms.ADULT_YEARS

    def _where(self, found: Person, said: str) -> None:
        found.area, problem = self.places.find(said)
        if problem:
            found.problems.append(problem)
        if found.area is None:
            return
        asked = self._asked(found.area.pk)
        if found.id_number and asked == IdNumber.NEVER:
            found.id_number = ""
            found.assumed.append(_("ID numbers are not kept here: it is left out."))
        found.needs_id = asked == IdNumber.REQUIRED and not found.id_number

    def _asked(self, area_id: int) -> str:
        if area_id not in self._terms:
            self._terms[area_id] = terms.of(area_id).id_number
        return self._terms[area_id]

    def _abilities(self, found: Person, cell: Mapping[str, str]) -> None:
        found.skills = self._known(found, cell, "skills", partial(_named, self._skills))
        found.service_classes = self._known(found, cell, "service_classes", partial(_named, self._classes))
        found.languages = self._known(found, cell, "languages", self._languages.get)

    def _known(
        self, found: Person, cell: Mapping[str, str], target: str, known: Callable[[str], Any]
    ) -> list[Any]:
        words = [word for word in BETWEEN.split(cell.get(target, "")) if word]
        strange = [word for word in words if known(word.lower()) is None]
        if strange:
            found.assumed.append(
                _("%(column)s: “%(words)s” is not known here and left out.")
                % {"column": TARGETS[target], "words": "、".join(strange)[:60]}
            )
        return sorted({known(word.lower()) for word in words} - {None})

    def _standing(self, found: Person, cell: Mapping[str, str]) -> None:
        found.insured_until = self._day(found, cell, "insured_until")
        found.joined_on = self._day(found, cell, "joined_on")
        if found.joined_on is not None and found.joined_on > self.today:
            found.joined_on = None
            found.assumed.append(_("The day of joining lies in the future: today is taken."))
        said = cell.get("vetted", "")
        if said.lower() in YES:
            found.vetted_on = self.today
        elif said.lower() not in NO:
            found.vetted_on = self._day(found, cell, "vetted")
            if found.vetted_on is not None and found.vetted_on > self.today:
                found.vetted_on = self.today

    def _guardian(self, found: Person, cell: Mapping[str, str]) -> None:
        found.guardian_name = self._clean(found, cell.get("guardian_name", ""), GUARDIAN_LENGTH)
        if typed := cell.get("guardian_phone", ""):
            try:
                found.guardian_phone = phone.normalize(typed)
            except ValueError as error:
                found.assumed.append(f"{TARGETS['guardian_phone']}: {error.args[0]}")
        if not found.is_minor:
            found.guardian_name = found.guardian_phone = ""
        elif not found.guardian_name or not found.guardian_phone:
            found.problems.append(_("Under 18 the guardian's name and phone are needed."))
        elif found.guardian_phone == found.phone:
            found.problems.append(_("The guardian's phone is the volunteer's own."))

    def _day(self, found: Person, cell: Mapping[str, str], target: str) -> date | None:
        said = cell.get(target, "")
        day = day_of(said)
        if said and day is None:
            found.assumed.append(
                _("%(column)s: “%(words)s” is no date and left out.")
                % {"column": TARGETS[target], "words": said[:30]}
            )
        return day

    def _clean(self, found: Person, value: str, most: int) -> str:
        try:
            return clean(value, most)
        except ValueError as error:
            found.problems.append(str(error.args[0]))
            return ""


@lru_cache(maxsize=1 << 15)  # a register names the same days again and again
def day_of(said: str) -> date | None:
    """Reads 1998-05-31, 1998/5/31, 1998.5.31, 1998年5月31日, 19980531 and the day numbers of spreadsheets; a month
    without a day (1998年5月) is its first. None for all else."""
    if SERIAL.match(said):
        return SERIAL_BEGINS + timedelta(days=int(said))
    matched = DATE.match(said) or DIGITS.match(said)
    if matched is None:
        return None
    year, month, day = (int(part or 1) for part in matched.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _by_word(offered: Iterable[Skill | ServiceClass]) -> dict[str, int]:
    return {word.lower(): each.pk for each in offered for word in (each.code, each.name, each.name_en)}


def _named(known: dict[str, int | None], word: str) -> int | None:
    """Returns what has this name, or the only one of whose names the word is a part or the other way round; `known`
    keeps what was found."""
    if word not in known:
        near = {pk for name, pk in known.items() if pk and len(word) > 1 and (word in name or name in word)}
        known[word] = near.pop() if len(near) == 1 else None
    return known[word]


def _languages_by_word() -> dict[str, str]:
    """Returns every language by its names: the value, and the label in both languages without what is in brackets."""
    found = {}
    for code in ("zh-hans", "en"):
        with translation.override(code):
            for spoken in Spoken:
                label = str(spoken.label).lower()
                for word in (spoken.value, label, re.split(r"\s*[（(]", label)[0]):
                    found[word] = spoken.value
    return found
