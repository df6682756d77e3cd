"""The people of the demo city: staff in every role in two districts, residents, volunteers. All invented.

Phone numbers run from 1380000 1001 (staff), 2001 (residents) and 4001 (volunteers): a range shown in
examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from civic.accounts.enums import Role
from insight.demo.city import DemoCity, Estate
from insight.demo.words import words


class StaffMember(NamedTuple):
    """Somebody with a role in the area of `area_code`."""

    username: str
    name: str
    role: Role
    area_code: str
    number: int

    @property
    def phone(self) -> str:
        """The phone in E.164."""
        return phone_of(1000 + self.number)


CITY, QINGHE, LIUXI = "379900", "379901", "379902"
WENHUA_ROAD, JINYUAN, LIUXI_STREET = "379901001", "379901001001", "379902001"

STAFF: tuple[StaffMember, ...] = (
    StaffMember("city-admin", "周文涛", Role.ADMIN, CITY, 1),
    StaffMember("city-desk", "高静", Role.DISPATCHER, CITY, 2),
    StaffMember("qinghe-admin", "吴海燕", Role.ADMIN, QINGHE, 11),
    StaffMember("qinghe-desk", "张敏", Role.DISPATCHER, QINGHE, 12),
    StaffMember("qinghe-callback", "孙雅琴", Role.DISPATCHER, QINGHE, 13),
    StaffMember("wenhua-desk", "赵明辉", Role.DISPATCHER, WENHUA_ROAD, 14),
    StaffMember("jinyuan-desk", "李敏", Role.DISPATCHER, JINYUAN, 15),
    StaffMember("qinghe-proxy", "何春燕", Role.PROXY, QINGHE, 16),
    StaffMember("qinghe-audit", "钱立新", Role.AUDITOR, QINGHE, 17),
    StaffMember("liuxi-admin", "沈国栋", Role.ADMIN, LIUXI, 21),
    StaffMember("liuxi-desk", "林晓东", Role.DISPATCHER, LIUXI, 22),
    StaffMember("liuxi-callback", "许慧", Role.DISPATCHER, LIUXI, 23),
    StaffMember("liuxi-street-desk", "傅佳怡", Role.DISPATCHER, LIUXI_STREET, 24),
    StaffMember("liuxi-proxy", "马红梅", Role.PROXY, LIUXI, 26),
    StaffMember("liuxi-audit", "田少华", Role.AUDITOR, LIUXI, 27),
)

# What volunteers can do, and how many of a hundred can.
SKILL_SHARES = {
    "medical-guide": 30,
    "nursing": 10,
    "repair": 26,
    "driving": 30,
    "care": 44,
    "teaching": 26,
    "digital": 32,
    "law": 8,
    "counselling": 10,
    "cleaning": 34,
    "dialect": 40,
}
# The service classes that go with what a volunteer of the demo can do.
SERVICE_CLASSES = {
    "medical-guide": "health",
    "nursing": "health",
    "repair": "relief",
    "care": "relief",
    "teaching": "teaching",
    "digital": "science",
    "law": "law",
    "cleaning": "environment",
}


@dataclass(frozen=True)
class Person:
    """A resident or volunteer with a home."""

    name: str
    phone: str
    estate: Estate
    building: int
    unit: int
    floor: int
    door: int
    lat: float
    lon: float
    is_elder: bool
    username: str = ""

    @property
    def address(self) -> str:
        """The address as written on a door."""
        return self.estate.address(self.building, self.unit, self.floor, self.door)


@dataclass(frozen=True)
class Helper:
    """A volunteer before registration; `stands` is the state the registration will reach."""

    person: Person
    skills: tuple[str, ...]
    about: str
    birth_date: date
    stands: str
    is_vetted: bool
    is_insured: bool


def phone_of(number: int) -> str:
    """Returns the E.164 phone of the demo range: 1380000 and four digits."""
    return f"+861380000{number:04d}"


class Population:
    """Draws people, each name once; the same dice give the same people."""

    def __init__(self, city: DemoCity, dice: Random) -> None:
        self.city = city
        self.dice = dice
        self._names: set[str] = {member.name for member in STAFF} | {name for name, *_rest in KNOWN}

    def residents(self, count: int) -> list[Person]:
        """Returns `count` residents, the well-known ones first, three in five of them elderly."""
        people = [
            self._live_in(name, 2000 + number, code, is_elder=is_elder, username=username)
            for number, (name, username, code, is_elder) in enumerate(KNOWN_RESIDENTS, start=1)
        ]
        for number in range(len(people) + 1, count + 1):
            is_elder = self.dice.random() < 0.6
            people.append(self._live_in(self._name(is_elder), 2000 + number, self._grid(), is_elder=is_elder))
        return people

    def helpers(self, count: int, today: date) -> list[Helper]:
        """Returns `count` volunteers, the well-known ones first; most approved, some waiting, refused,
        suspended.
        """
        found = []
        for number, (name, username, code, skills) in enumerate(KNOWN_HELPERS, start=1):
            person = self._live_in(name, 4000 + number, code, is_elder=False, username=username)
            found.append(self._helper(person, tuple(skills.split()), "approved", today, trusted=True))
        for number in range(len(found) + 1, count + 1):
            person = self._live_in(
                self._name(self.dice.random() < 0.15), 4000 + number, self._grid(), is_elder=False
            )
            skills_drawn = tuple(
                code for code, share in SKILL_SHARES.items() if self.dice.randrange(100) < share
            )
            stands = ("applied", "refused", "suspended")[number % 3] if number % 17 == 0 else "approved"
            found.append(self._helper(person, skills_drawn or ("care",), stands, today, trusted=False))
        return found

    def _helper(
        self, person: Person, skills: tuple[str, ...], stands: str, today: date, *, trusted: bool
    ) -> Helper:
        age = self.dice.randrange(19, 72)
        return Helper(
            person=person,
            skills=skills,
            about=self.dice.choice(words("volunteer stories")),
            birth_date=today - timedelta(days=365 * age + self.dice.randrange(365)),
            stands=stands,
            is_vetted=self.dice.random() < 0.75 or trusted,
            is_insured=self.dice.random() < 0.85 or trusted,
        )

    def _name(self, is_elder: bool) -> str:
        age = " elder" if is_elder else ""
        while True:
            given = words(f"given names{age} {self.dice.choice(('woman', 'man'))}")
            name = self.dice.choice(words("family names")) + self.dice.choice(given)
            if name not in self._names:
                self._names.add(name)
                return name

    def _grid(self) -> str:
        return self.dice.choice(self.city.estates).grid_code

    def _live_in(
        self, name: str, number: int, grid_code: str, *, is_elder: bool, username: str = ""
    ) -> Person:
        estate = self.dice.choice(self.city.estates_in(grid_code))
        # About a block around the middle of the estate: homes differ, all lie within their grid.
        return Person(
            name=name,
            phone=phone_of(number),
            estate=estate,
            building=self.dice.randrange(1, estate.buildings + 1),
            unit=self.dice.randrange(1, estate.units + 1),
            floor=self.dice.randrange(1, estate.floors + 1),
            door=self.dice.randrange(1, 4),
            lat=round(estate.lat + self.dice.uniform(-0.00025, 0.00025), 6),
            lon=round(estate.lon + self.dice.uniform(-0.00025, 0.00025), 6),
            is_elder=is_elder,
            username=username,
        )


# Those whom the tour and the guides speak of: name, username, grid, and whether elderly or what they can do.
KNOWN_RESIDENTS: tuple[tuple[str, str, str, bool], ...] = (
    ("陈桂兰", "resident-chen", "379901001001003", True),
    ("王秀英", "resident-wang", "379901001002001", False),
    ("杜长江", "resident-du", "379902001001002", True),
)
KNOWN_HELPERS: tuple[tuple[str, str, str, str], ...] = (
    ("张建国", "volunteer-zhang", "379901001001002", "medical-guide repair care driving dialect cleaning"),
    ("刘芳", "volunteer-liu", "379901001001004", "nursing medical-guide care counselling"),
    ("赵强", "volunteer-zhao", "379901001001003", "repair cleaning digital teaching"),
    ("孙丽", "volunteer-sun", "379902001001001", "care medical-guide repair teaching digital dialect"),
)
KNOWN = (*KNOWN_RESIDENTS, *KNOWN_HELPERS)
