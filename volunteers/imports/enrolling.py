"""Registering many people at once: accounts, registrations with their history, papers, timers, in a few statements."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.utils import timezone

from civic.accounts.models import User, random_username
from civic.areas import scope
from civic.cases.many import Step, move_many, open_many
from civic.lib import codes, copying
from volunteers.enums import VolunteerState
from volunteers.idle import ASKED_AFTER
from volunteers.imports.reading import Person, Reader
from volunteers.models import Papers, RegisterImport, Volunteer

ROLE = "staff"
ACCOUNT = ("id", "username", "password", "phone", "phone_hash", "name", "home_area_id")
REGISTRATION = (
    "id", "user_id", "number", "skills", "service_classes", "languages", "area_id", *scope.ScopeIds._fields,
    "lat", "lon", "birth_date", "insured_until", "vetted_at", "applied_at",
)  # fmt: skip
PAPERS = ("volunteer_id", "id_number", "id_number_hash", "guardian_name", "guardian_phone")
SPREAD_DAYS = 30  # not everybody of a register is asked on the same day, a year from now, whether they go on


class Enrolled(NamedTuple):
    """A new registration: its key, and the version it stands at."""

    pk: int
    version: int


def enrol(reader: Reader, people: Sequence[tuple[Person, User | None]], now: datetime) -> list[Enrolled]:
    """Registers people who are none yet, each with the account they have or with a new one; returns who they are now.

    Within the caller's transaction. Nobody is told, and nobody has agreed: User.consent_due stands until they do.
    Raises IntegrityError when somebody has registered with the same phone or ID number in this moment.
    """
    batch, users = reader.batch, _accounts(people, now)
    keys = copying.next_keys(Volunteer, len(people))
    step = Step(actor=batch.by, role=ROLE, at=now, facts={"import": batch.pk})
    one = Volunteer()
    open_many(one, REGISTRATION, _registrations(reader, people, users, keys, now), "enrol", step)
    applied = one.version
    copying.insert_like(
        Papers(),
        PAPERS,
        [
            (key, person.id_number, person.id_hash or None, person.guardian_name, person.guardian_phone)
            for key, (person, _account) in zip(keys, people, strict=True)
            if person.id_number or person.guardian_name
        ],
    )
    admitted = [key for key, (person, _account) in zip(keys, people, strict=True) if admits(batch, person)]
    due = [now + ASKED_AFTER + timedelta(days=at % SPREAD_DAYS) for at in range(len(admitted))]
    move_many(one, admitted, "admit", step, due={"idle": due})
    versions = dict.fromkeys(admitted, one.version)
    return [Enrolled(key, versions.get(key, applied)) for key in keys]


def admits(batch: RegisterImport, person: Person) -> bool:
    """Whether somebody comes in approved: what `profile.needs_before_approval` asks for, of a row."""
    return batch.enter_as == VolunteerState.APPROVED and not person.is_minor and not person.needs_id


def _accounts(people: Sequence[tuple[Person, User | None]], now: datetime) -> list[int]:
    """Returns the account of each: the one that is there, marked as having to be asked, or a new one."""
    keys = iter(copying.next_keys(User, sum(account is None for _person, account in people)))
    made = list[tuple[Any, ...]]()
    users, there = list[int](), list[int]()
    for person, account in people:
        if account is None:
            area = person.area.pk if person.area else None
            password = UNUSABLE_PASSWORD_PREFIX + secrets.token_hex(20)
            users.append(next(keys))
            made.append(
                (users[-1], random_username(), password, person.phone, person.phone_hash, person.name, area)
            )
            continue
        users.append(account.pk)
        there.append(account.pk)
        if not account.name:
            User.objects.filter(pk=account.pk).update(name=person.name)
    copying.insert_like(User(consent_due=True, date_joined=now), ACCOUNT, made)
    User.objects.filter(pk__in=there).update(consent_due=True)
    return users


def _registrations(
    reader: Reader,
    people: Sequence[tuple[Person, User | None]],
    users: Sequence[int],
    keys: Sequence[int],
    now: datetime,
) -> list[tuple[Any, ...]]:
    """Returns the values of REGISTRATION of each."""
    batch, made = reader.batch, list[tuple[Any, ...]]()
    numbers = _numbers(len(people))
    for (person, _account), user, key, number in zip(people, users, keys, numbers, strict=True):
        assert person.area is not None  # it has no problems
        lat, lon = reader.places.point(person.area)
        made.append(
            (
                key,
                user,
                number,
                person.skills,
                person.service_classes,
                person.languages,
                person.area.pk,
                *scope.of(person.area),
                lat,
                lon,
                person.birth_date,
                person.insured_until or batch.insured_until,
                _vetted(batch, person, now),
                _moment(person.joined_on, now),
            )
        )
    return made


def _vetted(batch: RegisterImport, person: Person, now: datetime) -> datetime | None:
    if person.vetted_on is None and not batch.vetted:
        return None
    return _moment(person.vetted_on, now)


def _moment(day: date | None, now: datetime) -> datetime:
    """Returns the beginning of a local day, `now` for None and for today."""
    return now if day is None or day == _today(now) else _beginning(day, timezone.get_current_timezone_name())


@lru_cache(maxsize=1)
def _today(now: datetime) -> date:
    return timezone.localdate(now)


@lru_cache(maxsize=1 << 14)
def _beginning(day: date, _zone: str) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _numbers(count: int) -> list[str]:
    """Returns as many volunteer numbers that nobody has."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {f"Z-{codes.digits(8)}" for _each in range(count - len(found))}
        taken = Volunteer.objects.filter(number__in=drawn).values_list("number", flat=True)
        found |= drawn - set(taken)
    return sorted(found)
