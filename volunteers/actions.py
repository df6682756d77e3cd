"""What is done with volunteers: registering and deciding about registrations."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.accounts.models import User
from civic.areas import scope
from civic.areas.models import Area
from civic.cases import door
from civic.lib import clock, codes, id_number, phone
from civic.lib.constraints import refusing
from civic.lib.errors import Conflict, ValidationFailed
from civic.lib.geo import valid_point
from civic.lib.text import clean
from volunteers import feeds
from volunteers.enums import Spoken
from volunteers.models import QualificationKind, ServiceClass, Skill, Volunteer
from volunteers.models.hours import DAY_MINUTES
from volunteers.models.papers import LONGEST_RADIUS_M, SHORTEST_RADIUS_M

MIN_AGE_YEARS, MAX_AGE_YEARS = 14, 120
BOUNDS = {
    "radius_m": (SHORTEST_RADIUS_M, LONGEST_RADIUS_M),
    "daily_limit": (1, 20),
    "weekly_limit": (1, 100),
}
LIMITS = frozenset({"daily_limit", "weekly_limit"})
# What is chosen from a list, and what is said where somebody chose what it does not hold.
CHOSEN: dict[str, tuple[type[Model], Any]] = {
    "skills": (Skill, gettext_lazy("Unknown skill.")),
    "service_classes": (ServiceClass, gettext_lazy("Unknown service class.")),
}
TIMES = frozenset({"add_hours", "drop_hours", "add_extra", "drop_extra", "add_days_off", "drop_days_off"})
FURTHEST = timedelta(days=366)


def register(
    *,
    actor: User,
    name: str,
    area: Area,
    skills: list[int],
    service_classes: list[int] | None = None,
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
    chosen = _chosen({"skills": skills, "service_classes": service_classes or []}, errors)
    today = timezone.localdate(clock.now())
    if birth_date is not None and _age(birth_date, today) > MAX_AGE_YEARS:
        errors["birth_date"] = [_("Please check the year of birth.")]
    elif birth_date is not None and (birth_date > today or _age(birth_date, today) < MIN_AGE_YEARS):
        errors["birth_date"] = [_("Volunteers are at least 14 years old.")]
    if errors:
        raise ValidationFailed(errors=errors)
    ids = scope.of(area)
    volunteer = Volunteer(
        user=actor,
        **chosen,
        area=area,
        lat=lat,
        lon=lon,
        birth_date=birth_date,
        about=clean(about, 200),
        applied_at=clock.now(),
        **ids._asdict(),
    )
    with transaction.atomic():
        if actor.name != name:
            actor.name = name
            actor.save(update_fields=["name"])
        _insert(volunteer, actor)
    actor.__dict__.pop("_volunteer", None)
    return volunteer


def _chosen(given: dict[str, list[int]], errors: dict[str, list[Any]]) -> dict[str, list[int]]:
    """Returns the ids that there are of what is `given` by name (CHOSEN), in order; adds to `errors` of which some are
    unknown."""
    found = {}
    for name, ids in given.items():
        model, refused = CHOSEN[name]
        found[name] = sorted(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
        if set(ids) - set(found[name]):
            errors[name] = [refused]
    return found


def _insert(volunteer: Volunteer, actor: User, tries: int = 3) -> None:
    for left in reversed(range(tries)):
        volunteer.number = f"Z-{codes.digits(8)}"
        try:
            with transaction.atomic():
                door.open_case(volunteer, actor=actor, role="self", verb="apply", effect=lambda change: None)
            return
        except IntegrityError as error:
            refused = refusing(error)
            if "user" in refused:
                raise Conflict(_("You are registered already."), code="already_registered") from error
            if not left or "number" not in refused:
                raise
            volunteer.pk = None


def update(volunteer: Volunteer, *, actor: User, **changes: Any) -> Volunteer:
    """Changes what volunteers say about themselves: `skills`, `service_classes`, `lat` and `lon`, `active` (takes
    offers), `about`, `languages`, `radius_m`, `daily_limit` and `weekly_limit` (None bounds nothing), kinds `wanted`
    and `unwanted`.

    Returns the volunteer. Raises ValidationFailed per field, NotAllowed for anybody else's profile.
    """
    errors: dict[str, list[Any]] = {}
    changes |= _chosen({name: changes[name] for name in CHOSEN if name in changes}, errors)
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
    for name, (least, most) in BOUNDS.items():
        value = changes.get(name)
        if value is not None and not least <= value <= most:
            errors[name] = [_("Between %(least)s and %(most)s, or empty.") % {"least": least, "most": most}]
    if not errors.keys() & LIMITS and changes.keys() & LIMITS:
        day, week = (changes.get(name, getattr(volunteer, name)) for name in sorted(LIMITS))
        if day is not None and week is not None and day > week:
            errors["daily_limit"] = [_("More in a day than in the whole week cannot be.")]
    if set(changes.get("languages", ())) - set(Spoken.values):
        errors["languages"] = [_("Unknown language.")]
    if set(changes.get("wanted", ())) & set(changes.get("unwanted", ())):
        errors["unwanted"] = [_("A kind is liked or not wanted, not both.")]
    if errors:
        raise ValidationFailed(errors=errors)
    return door.perform(volunteer, "update", actor=actor, **changes)


def keep_id_number(volunteer: Volunteer, *, actor: User, typed: str) -> Volunteer:
    """Keeps the ID number, encrypted. Raises ValidationFailed on "id_number" for a wrong one or one known already."""
    try:
        found = id_number.parse(typed, today=timezone.localdate(clock.now()))
    except ValueError as error:
        raise ValidationFailed.on("id_number", error.args[0]) from error
    return door.perform(
        volunteer, "keep_papers", actor=actor, id_number=found.number, birth_date=found.birth_date
    )


def name_guardian(volunteer: Volunteer, *, actor: User, name: str, telephone: str) -> Volunteer:
    """Keeps who answers for a minor; staff ask them. Raises ValidationFailed per field."""
    errors: dict[str, list[Any]] = {}
    try:
        name = clean(name, 80, required=True)
    except ValueError as error:
        errors["guardian_name"] = [error.args[0]]
    try:
        telephone = phone.normalize(telephone)
    except ValueError as error:
        errors["guardian_phone"] = [error.args[0]]
    if not errors and telephone == volunteer.user.phone:
        errors["guardian_phone"] = [_("This is your own number.")]
    if errors:
        raise ValidationFailed(errors=errors)
    return door.perform(volunteer, "keep_papers", actor=actor, guardian_name=name, guardian_phone=telephone)


def show_paper(
    volunteer: Volunteer,
    *,
    actor: User,
    kind: QualificationKind,
    photo: UUID | str,
    number: str = "",
    expires_on: date | None = None,
) -> Volunteer:
    """Keeps a qualification with the photo of its paper, an upload of `actor`; staff check it then.

    Raises ValidationFailed per field.
    """
    today = timezone.localdate(clock.now())
    errors: dict[str, list[Any]] = {}
    if kind.retired_at is not None:
        errors["kind"] = [_("This kind is not used any more.")]
    if expires_on is not None and expires_on < today:
        errors["expires_on"] = [_("This paper has run out.")]
    try:
        number = clean(number, 40)
    except ValueError as error:
        errors["number"] = [error.args[0]]
    if errors:
        raise ValidationFailed(errors=errors)
    facts: dict[str, Any] = {"kind": kind, "photo": photo, "number": number, "expires_on": expires_on}
    return door.perform(volunteer, "add_paper", actor=actor, **facts)


def change_times(volunteer: Volunteer, verb: str, *, actor: User, **facts: Any) -> Volunteer:
    """Adds or removes hours and days (the verbs of `TIMES`). Raises ValidationFailed."""
    assert verb in TIMES
    starts, ends, today = facts.get("starts"), facts.get("ends"), timezone.localdate(clock.now())
    if starts is not None and ends is not None and not 0 <= starts < ends <= DAY_MINUTES:
        raise ValidationFailed.on("ends", _("The end must come after the beginning."))
    first, last = facts.get("first"), facts.get("last")
    if first is not None and last is not None and first > last:
        raise ValidationFailed.on("last", _("The end must come after the beginning."))
    end = facts.get("day") or last
    if end is not None and not today <= end <= today + FURTHEST:
        raise ValidationFailed.on(
            "day" if "day" in facts else "last", _("Choose a day from today on, within a year.")
        )
    return door.perform(volunteer, verb, actor=actor, **facts)


def make_feed(volunteer: Volunteer, *, actor: User) -> str:
    """Returns the key of a new calendar address, the only time it can be read; the one before is dead."""
    key = feeds.new_key()
    door.perform(volunteer, "make_feed", actor=actor, digest=feeds.digest_of(key))
    return key


def act(volunteer: Volunteer, verb: str, *, actor: User, **facts: Any) -> Volunteer:
    """Performs a verb of the volunteer's own that needs nothing read first: answer, stay, pledge, drop_paper,
    drop_feed."""
    return door.perform(volunteer, verb, actor=actor, **facts)


def decide(volunteer: Volunteer, verb: str, *, actor: User, **facts: Any) -> Volunteer:
    """Performs a verb of staff (volunteers.workflow); returns the volunteer."""
    return door.perform(volunteer, verb, actor=actor, **facts)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
