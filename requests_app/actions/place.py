"""Placing a request: 点单."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from civic.accounts import access as held_roles
from civic.accounts.actions import give_consent
from civic.accounts.enums import ConsentPurpose, Role
from civic.accounts.models import User
from civic.accounts.queries import user_by_phone
from civic.areas import queries as areas
from civic.areas import scope
from civic.areas.locate import locate
from civic.areas.models import Area
from civic.cases import door
from civic.evidence import store
from civic.evidence.owners import Owner
from civic.lib import clock, codes
from civic.lib.constraints import refusing
from civic.lib.crypto import keyed_hash
from civic.lib.errors import NotAllowed, ValidationFailed
from civic.lib.geo import valid_point
from civic.lib.phone import normalize
from civic.lib.text import clean
from requests_app import reference, timing
from requests_app.effects import placing, rounds
from requests_app.enums import Sensitive, Source
from requests_app.models import Category, ServiceRequest
from volunteers.enums import Spoken

MAX_TEXT, MAX_TITLE, MAX_PEOPLE = 10_000, 200, 50
STAFF = frozenset({Role.PROXY, Role.DISPATCHER})


@dataclass(frozen=True, kw_only=True)
class Placement:
    """What somebody asks for, as parsed by a form or serializer; checked by `place_request`.

    `area` is an area's id; `lat`, `lon` WGS-84 degrees; phones as typed; `soon` counts where no time is wished. With
    `beneficiary_phone` or `beneficiary_name` of somebody else it is placed on behalf and needs `on_behalf_reason`.
    """

    category: str = ""
    title: str = ""
    text: str = ""
    voice: str = ""
    address: str = ""
    door_note: str = ""
    lat: float | None = None
    lon: float | None = None
    area: int | None = None
    contact_name: str = ""
    contact_phone: str = ""
    beneficiary_name: str = ""
    beneficiary_phone: str = ""
    on_behalf_reason: str = ""
    speaks: str = ""
    preferred_start: datetime | None = None
    preferred_end: datetime | None = None
    soon: bool = False
    headcount: int = 1
    urgency: str = ""
    consent: bool = False
    photos: Sequence[str] = ()


class _Errors(dict[str, list[Any]]):
    def catch(self, field: str, call: Any, *args: Any, **kwargs: Any) -> Any:
        """Returns what `call` returns, or None after noting its ValueError under `field`."""
        try:
            return call(*args, **kwargs)
        except ValueError as error:
            self.setdefault(field, []).append(error.args[0] if error.args else str(error))
            return None


def place_request(
    *,
    actor: User,
    wish: Placement,
    received_at: datetime | None = None,
    source: str = "",
    batch_id: int | None = None,
    code: str = "",
    uploader: Owner | None = None,
) -> ServiceRequest:
    """Places a request for `actor`, or on behalf of somebody; returns it, submitted and with its clocks running.

    One transaction holds row, history, timers and messages. Raises ValidationFailed per field, NotAllowed when
    staff place outside their area. `received_at`, `source` and `batch_id` serve imports; `code` may be drawn
    beforehand. `uploader` owns photos and voice when they were sent before signing in.
    """
    errors = _Errors()
    now = clock.now()
    category = _category(wish, errors)
    words = _words(wish, errors)
    imported = source == Source.IMPORT
    people = _people(actor, wish, errors, imported=imported)
    area, triage = _area(actor, wish, errors)
    _times(wish, now, errors)
    if wish.speaks not in {"", *Spoken.values}:
        errors["speaks"] = [_("Choose one of the languages.")]
    if category is not None and category.sensitive != Sensitive.NONE and not (wish.consent or imported):
        errors["consent"] = [_("This kind of help touches sensitive details: please agree to their use.")]
    if errors or category is None or area is None:
        raise ValidationFailed(errors=errors)
    on_behalf = people.pop("on_behalf")
    _check_staff_area(actor, area, on_behalf=on_behalf)
    beneficiary = people["beneficiary"]
    request = ServiceRequest(
        category=category,
        urgency=wish.urgency or category.urgency,
        source=source or _source(actor, on_behalf),
        area=area,
        needs_triage=triage,
        preferred_start=wish.preferred_start,
        preferred_end=wish.preferred_end,
        as_soon_as_possible=wish.soon and wish.preferred_start is None,
        expected_minutes=category.minutes,
        lat=wish.lat,
        lon=wish.lon,
        voice_id=wish.voice or None,
        placed_at=now,
        received_at=received_at or now,
        headcount=wish.headcount,
        needed=wish.headcount,
        check_in_code=codes.digits(6),
        import_batch_id=batch_id,
        language=beneficiary.language if beneficiary is not None else "",
        speaks=wish.speaks,
        **words,
        **people,
    )
    rounds.set_scope(request)
    rounds.set_deadlines(request, now)
    request.original_due_at = request.due_at
    request.act_by = request.dispatch_due_at
    role = "dispatcher" if imported else "proxy" if on_behalf else "beneficiary"
    return _insert(request, actor, role, wish, code, uploader or actor)


def _insert(
    request: ServiceRequest,
    actor: User,
    role: str,
    wish: Placement,
    code: str,
    uploader: Owner | User,
    tries: int = 3,
) -> ServiceRequest:
    for left in reversed(range(tries)):
        request.code = code or codes.tracking_code()
        try:
            with transaction.atomic(savepoint=not code):  # a code drawn beforehand is not drawn again
                door.open_case(request, actor=actor, role=role, verb="place", effect=placing.place)
                _attach(request, actor, wish, uploader)
            return request
        except IntegrityError as error:
            if code or not left or "code" not in refusing(error):
                raise
            request.pk = None
    raise AssertionError("unreachable")


def _attach(request: ServiceRequest, actor: User, wish: Placement, uploader: Owner | User) -> None:
    if request.category.sensitive != Sensitive.NONE and wish.consent:
        purpose = (
            ConsentPurpose.MINOR
            if request.category.sensitive == Sensitive.MINOR
            else ConsentPurpose.SENSITIVE
        )
        give_consent(actor, purpose, settings.CONSENT_VERSION)
    if wish.photos:
        store.attach(uploader, wish.photos, ServiceRequest.kind, request.pk)
    if wish.voice:
        store.attach_voice(uploader, wish.voice, ServiceRequest.kind, request.pk)


def _category(wish: Placement, errors: _Errors) -> Category | None:
    found = reference.category(wish.category)
    if found is None:
        errors["category"] = [_("Choose one of the kinds of help.")]
    return found


def _words(wish: Placement, errors: _Errors) -> dict[str, str]:
    words = {
        "title": errors.catch("title", clean, wish.title, MAX_TITLE) or "",
        "text": errors.catch("text", clean, wish.text, MAX_TEXT, multiline=True) or "",
        "address": errors.catch("address", clean, wish.address, 200) or "",
        "door_note": errors.catch("door_note", clean, wish.door_note, 200) or "",
        "on_behalf_reason": errors.catch("on_behalf_reason", clean, wish.on_behalf_reason, 200) or "",
    }
    if not (words["title"] or words["text"] or wish.voice) and not {"title", "text"} & errors.keys():
        errors["text"] = [_("Please say what you need, in a few words or by voice.")]
    if not isinstance(wish.headcount, int) or not 1 <= wish.headcount <= MAX_PEOPLE:
        errors["headcount"] = [_("1 to 50 people can be asked for.")]
    return words


def _people(actor: User, wish: Placement, errors: _Errors, *, imported: bool) -> dict[str, Any]:
    """Returns the columns about people: the actor as beneficiary, or as proxy of somebody else."""
    name = errors.catch("beneficiary_name", clean, wish.beneficiary_name, 80) or ""
    phone = (
        errors.catch("beneficiary_phone", normalize, wish.beneficiary_phone) if wish.beneficiary_phone else ""
    )
    contact_name = errors.catch("contact_name", clean, wish.contact_name, 80) or ""
    contact = errors.catch("contact_phone", normalize, wish.contact_phone) if wish.contact_phone else ""
    on_behalf = (
        imported or bool(phone and phone != actor.phone) or bool(name and not phone and name != actor.name)
    )
    if on_behalf and not imported and not wish.on_behalf_reason.strip():
        errors["on_behalf_reason"] = [_("Please say why you place it for somebody else.")]
    if wish.on_behalf_reason.strip() and not (imported or wish.beneficiary_phone or wish.beneficiary_name):
        errors["beneficiary_phone"] = [_("Say for whom it is: by phone number, or by name.")]
    if on_behalf and not imported and not phone and not contact:
        contact_needed = _("Leave a phone number at which the resident or you can be reached.")
        if held_roles.holds_anywhere(actor, STAFF):
            errors["beneficiary_phone"] = [contact_needed]
        else:
            contact, contact_name = actor.phone, contact_name or actor.name
    beneficiary = actor if not on_behalf else (user_by_phone(phone) if phone else None)
    own_phone = (phone or "") if on_behalf else actor.phone
    own_name = (
        contact_name if contact in {"", None, actor.phone} else ""
    )  # a contact by another number is another
    return {
        "on_behalf": on_behalf,
        "beneficiary": beneficiary,
        "beneficiary_name": name or ("" if on_behalf else own_name or actor.name),
        "beneficiary_phone": own_phone,
        "beneficiary_phone_hash": keyed_hash(own_phone) if own_phone else "",
        "contact_name": contact_name,
        "contact_phone": contact or "",
        "contact_phone_hash": keyed_hash(contact) if contact else "",
        "proxy": actor if on_behalf and not imported else None,
    }


def _area(actor: User, wish: Placement, errors: _Errors) -> tuple[Area | None, bool]:
    """Returns where it belongs and whether that is a guess: location, else area, else home, else placing
    member's area, else triage at the city (CONTRACT.md)."""
    tree = areas.tree()
    if (wish.lat is None) != (wish.lon is None):
        errors["location"] = [_("A place needs both latitude and longitude.")]
        return None, False
    if wish.lat is not None:
        if errors.catch("location", valid_point, wish.lat, wish.lon) is None:
            return None, False
        assert wish.lon is not None
        found = locate(wish.lat, wish.lon)
        if found is None:
            errors["location"] = [_("This place lies outside the areas we serve.")]
        return found, False
    if wish.area is not None:
        if not tree.in_use(wish.area):
            errors["area"] = [_("Choose one of the areas we serve.")]
            return None, False
        return tree.by_id[wish.area], False
    guesses = [actor.home_area_id, *(row.area_id for row in held_roles.held(actor) if row.role in STAFF)]
    for guess in guesses:
        if guess is not None and tree.in_use(guess):
            return tree.by_id[guess], False
    city = areas.city()
    if city is None:
        errors["area"] = [_("No area is set up yet. Please call the community.")]
    return city, True


def _times(wish: Placement, now: datetime, errors: _Errors) -> None:
    start, end = wish.preferred_start, wish.preferred_end
    if start is not None and start <= now:
        errors["preferred_start"] = [_("Please choose a time in the future.")]
    for name in ("preferred_start", "preferred_end"):
        if (getattr(wish, name) or now) > now + timing.FURTHEST_AHEAD:
            errors[name] = [_("Please choose a time within the next year.")]
    if end is not None and start is None:
        errors["preferred_start"] = [_("An end needs a beginning.")]
    elif start is not None and end is not None and end <= start:
        errors["preferred_end"] = [_("The end must come after the beginning.")]


def _check_staff_area(actor: User, area: Area, *, on_behalf: bool) -> None:
    """Staff place on behalf of the residents of their own areas; residents for anybody they care for."""
    if not on_behalf or not held_roles.held(actor):
        return
    if not held_roles.holds(actor, STAFF, scope.of(area)):
        raise NotAllowed(_("You place requests on behalf of residents in your own areas only."))


def _source(actor: User, on_behalf: bool) -> str:
    if not on_behalf:
        return Source.SELF
    return Source.DESK if held_roles.holds_anywhere(actor, STAFF) else Source.PROXY


def without_past_wish(wish: Placement, now: datetime) -> Placement:
    """Returns `wish` without a wished time that lies in the past, as backlog files carry them."""
    if wish.preferred_start is not None and wish.preferred_start <= now:
        return replace(wish, preferred_start=None, preferred_end=None)
    return wish
