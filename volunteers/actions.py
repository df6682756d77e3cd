"""What is done with volunteers: registering and deciding about registrations."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.areas import scope
from civic.areas.models import Area
from civic.cases import door
from civic.lib import clock, codes
from civic.lib.errors import Conflict, ValidationFailed
from civic.lib.geo import valid_point
from civic.lib.text import clean
from volunteers.models import Skill, Volunteer

MIN_AGE_YEARS = 14


def register(
    *,
    actor: User,
    name: str,
    area: Area,
    skills: list[int],
    lat: float | None = None,
    lon: float | None = None,
    birth_date: date | None = None,
    about: str = "",
) -> Volunteer:
    """Registers `actor` as a volunteer who waits for approval; returns the profile.

    Raises ValidationFailed per field, Conflict when there is a profile already. Rule: minors from 14 with
    their guardian's consent, which staff ask for before approving (志愿服务条例 art. 6).
    """
    errors: dict[str, list[str]] = {}
    try:
        name = clean(name, 80, required=True)
    except ValueError as error:
        errors["name"] = [str(error)]
    known = set(Skill.objects.filter(pk__in=skills).values_list("pk", flat=True))
    if set(skills) - known:
        errors["skills"] = [_("Unknown skill.")]
    today = clock.now().date()
    if birth_date is not None and (birth_date > today or _age(birth_date, today) < MIN_AGE_YEARS):
        errors["birth_date"] = [_("Volunteers are at least 14 years old.")]
    if errors:
        raise ValidationFailed(errors=errors)
    ids = scope.of(area)
    volunteer = Volunteer(
        user=actor,
        number=f"Z-{codes.digits(8)}",
        skills=sorted(known),
        area=area,
        lat=lat,
        lon=lon,
        birth_date=birth_date,
        about=clean(about, 200),
        applied_at=clock.now(),
        **ids._asdict(),
    )
    try:
        with transaction.atomic():
            if actor.name != name:
                actor.name = name
                actor.save(update_fields=["name"])
            door.open_case(volunteer, actor=actor, role="self", verb="apply", effect=lambda change: None)
    except IntegrityError as error:
        raise Conflict(_("You are registered already."), code="already_registered") from error
    actor.__dict__.pop("_volunteer", None)
    return volunteer


def update(volunteer: Volunteer, *, actor: User, **changes: Any) -> Volunteer:
    """Changes what volunteers say about themselves: `skills`, `lat` and `lon`, `active` (takes offers), `about`.

    Returns the volunteer. Raises ValidationFailed per field, NotAllowed for anybody else's profile.
    """
    errors: dict[str, list[Any]] = {}
    if "skills" in changes:
        known = set(Skill.objects.filter(pk__in=changes["skills"]).values_list("pk", flat=True))
        if set(changes["skills"]) - known:
            errors["skills"] = [_("Unknown skill.")]
        changes["skills"] = sorted(known)
    if "lat" in changes:
        try:
            changes["lat"], changes["lon"] = valid_point(changes["lat"], changes["lon"])
        except ValueError as error:
            errors["lat"] = [error.args[0]]
    if "about" in changes:
        try:
            changes["about"] = clean(changes["about"], 200)
        except ValueError as error:
            errors["about"] = [error.args[0]]
    if errors:
        raise ValidationFailed(errors=errors)
    return door.perform(volunteer, "update", actor=actor, **changes)


def decide(volunteer: Volunteer, verb: str, *, actor: User, **facts: Any) -> Volunteer:
    """Approves, refuses or suspends (verbs of volunteers.workflow); returns the volunteer."""
    return door.perform(volunteer, verb, actor=actor, **facts)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
