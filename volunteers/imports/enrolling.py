"""Registering many people at once: accounts, registrations with their history, papers, timers, in a few statements."""

import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.utils import timezone

from civic.accounts.models import User, random_username
from civic.areas import scope
from civic.cases.many import move_many, open_many
from civic.lib import codes, copying
from volunteers.enums import VolunteerState
from volunteers.idle import ASKED_AFTER
from volunteers.imports.reading import Person, Reader
from volunteers.models import Papers, RegisterImport, Volunteer

ROLE = "staff"
SPREAD_DAYS = 30  # not everybody of a register is asked on the same day, a year from now, whether they go on


def enrol(reader: Reader, people: Sequence[tuple[Person, User | None]], now: datetime) -> list[Volunteer]:
    """Registers people who are none yet, each with the account they have or with a new one; returns the volunteers.

    Within the caller's transaction. Nobody is told, and nobody has agreed: User.consent_due stands until they do.
    Raises IntegrityError when somebody has registered with the same phone or ID number in this moment.
    """
    batch = reader.batch
    users = _accounts(people, now)
    made = _registrations(reader, people, users, now)
    facts = {"import": batch.pk}
    open_many(made, actor=batch.by, role=ROLE, verb="enrol", at=now, facts=facts)
    copying.insert(
        [
            Papers(
                volunteer=volunteer,
                id_number=person.id_number,
                guardian_name=person.guardian_name,
                guardian_phone=person.guardian_phone,
            )
            for volunteer, (person, _account) in zip(made, people, strict=True)
            if person.id_number or person.guardian_name
        ],
        keys=False,
    )
    admitted = [
        volunteer for volunteer, (person, _account) in zip(made, people, strict=True) if admits(batch, person)
    ]
    due = [now + ASKED_AFTER + timedelta(days=at % SPREAD_DAYS) for at in range(len(admitted))]
    move_many(admitted, "admit", actor=batch.by, role=ROLE, at=now, facts=facts, due={"idle": due})
    return made


def admits(batch: RegisterImport, person: Person) -> bool:
    """Whether somebody comes in approved: what `profile.needs_before_approval` asks for, of a row."""
    return batch.enter_as == VolunteerState.APPROVED and not person.is_minor and not person.needs_id


def _accounts(people: Sequence[tuple[Person, User | None]], now: datetime) -> list[User]:
    """Returns the account of each: the one that is there, marked as having to be asked, or a new one."""
    new = [person for person, account in people if account is None]
    keys = iter(copying.next_keys(User, len(new)))
    users, made, there = list[User](), list[User](), list[int]()
    for person, account in people:
        if account is None:
            account = User(
                pk=next(keys), phone=person.phone, name=person.name, consent_due=True, date_joined=now
            )
            account.username, account.password = (
                random_username(),
                UNUSABLE_PASSWORD_PREFIX + secrets.token_hex(20),
            )
            account.home_area = person.area
            made.append(account)
        else:
            there.append(account.pk)
            if not account.name:
                User.objects.filter(pk=account.pk).update(name=person.name)
        users.append(account)
    copying.insert(made)
    User.objects.filter(pk__in=there).update(consent_due=True)
    return users


def _registrations(
    reader: Reader, people: Sequence[tuple[Person, User | None]], users: Sequence[User], now: datetime
) -> list[Volunteer]:
    keys, numbers = copying.next_keys(Volunteer, len(people)), _numbers(len(people))
    batch, made = reader.batch, list[Volunteer]()
    for (person, _account), user, key, number in zip(people, users, keys, numbers, strict=True):
        assert person.area is not None  # it has no problems
        lat, lon = reader.places.point(person.area)
        made.append(
            Volunteer(
                pk=key,
                user=user,
                number=number,
                skills=person.skills,
                languages=person.languages,
                area=person.area,
                lat=lat,
                lon=lon,
                birth_date=person.birth_date,
                insured_until=person.insured_until or batch.insured_until,
                vetted_at=_vetted(batch, person, now),
                applied_at=_moment(person.joined_on, now),
                **scope.of(person.area)._asdict(),
            )
        )
    return made


def _vetted(batch: RegisterImport, person: Person, now: datetime) -> datetime | None:
    if person.vetted_on is None and not batch.vetted:
        return None
    return _moment(person.vetted_on, now)


def _moment(day: Any, now: datetime) -> datetime:
    """Returns the beginning of a local day, `now` for None and for today."""
    if day is None or day == timezone.localdate(now):
        return now
    return timezone.make_aware(datetime.combine(day, time()))


def _numbers(count: int) -> list[str]:
    """Returns as many volunteer numbers that nobody has."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {f"Z-{codes.digits(8)}" for _each in range(count - len(found))}
        taken = Volunteer.objects.filter(number__in=drawn).values_list("number", flat=True)
        found |= drawn - set(taken)
    return sorted(found)
