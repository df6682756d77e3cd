"""Performing a verb on a request: the facts are put into shape here, the table decides the rest."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.locate import locate
from civic.cases import approvals, door
from civic.lib import clock
from civic.lib.errors import AlreadyTaken, IllegalTransition, NotFound, ValidationFailed
from civic.lib.geo import valid_point
from civic.lib.phone import normalize
from civic.lib.text import clean
from civic.notify.actions import mark_read_about
from requests_app import reference, timing
from requests_app.actions.place import MAX_TEXT, MAX_TITLE
from requests_app.effects import merging
from requests_app.enums import RequestState, Urgency
from requests_app.models import ServiceRequest
from requests_app.workflow import REQUESTS

TEXTS = {
    "title": MAX_TITLE,
    "text": MAX_TEXT,
    "comment": 2_000,
    "note": 2_000,
    "reason": 500,
    "public_summary": 200,
    "address": 200,
    "door_note": 200,
    "contact_name": 80,
    "on_behalf_reason": 200,
}
MAX_MINUTES = 24 * 60
INTERNAL = {"undo_import", "propose"}  # rows that nobody calls from outside, like those of the system alone
SYSTEM_ONLY = ("system",)
TAKEN = {RequestState.ACCEPTED, RequestState.IN_SERVICE, RequestState.COMPLETED}


def act(
    request: ServiceRequest, verb: str, *, actor: User, expected_version: int | None = None, **facts: Any
) -> ServiceRequest:
    """Performs `verb` for `actor`, or proposes it where a second person has to approve; returns the request as it
    then stands.

    `facts` are those of CONTRACT.md, parsed (moments aware, ids as numbers). Raises what `door.perform` raises;
    an `accept` that came too late raises AlreadyTaken.
    """
    if not any(
        row.verb == verb and verb not in INTERNAL and row.roles != SYSTEM_ONLY for row in REQUESTS.transitions
    ):
        raise NotFound(_("There is no such step: %(verb)s.") % {"verb": verb})
    facts = _shape(facts)
    try:
        with transaction.atomic():
            if verb == "merge" and isinstance(facts.get("into"), int):
                merging.hold(request, facts["into"])
            done = _do(request, verb, actor, expected_version, facts)
            mark_read_about(actor, ServiceRequest.kind, request.pk)  # who acts on it knows of it
            return done
    except IllegalTransition as error:
        if verb in {"accept", "accept_for_team"} and _was_taken(request):
            raise AlreadyTaken(_("Somebody else was first. Thank you all the same.")) from error
        raise


def act_together(request: ServiceRequest, *steps: tuple[str, dict[str, Any]], actor: User) -> ServiceRequest:
    """Performs several verbs one after the other, each with its facts, all or none; returns the request as it then
    stands. Raises what `act` raises."""
    with transaction.atomic():
        for verb, facts in steps:
            request = act(request, verb, actor=actor, **facts)
    return request


def needs_approval(verb: str, facts: dict[str, Any]) -> bool:
    """Whether `act` proposes `verb` with these facts instead of performing it."""
    return REQUESTS.needs_approval(verb, facts)


def _do(
    request: ServiceRequest, verb: str, actor: User, expected_version: int | None, facts: dict[str, Any]
) -> ServiceRequest:
    given: dict[str, Any] = {"actor": actor, "expected_version": expected_version, **facts}
    if verb in approvals.DECISIONS:
        decided: ServiceRequest = approvals.DECISIONS[verb](request, **given)
        return decided
    if needs_approval(verb, facts):
        approvals.propose(request, verb, **given)
        return ServiceRequest.objects.get(pk=request.pk)
    return door.perform(request, verb, **given)


def _was_taken(request: ServiceRequest) -> bool:
    state = ServiceRequest.objects.values_list("state", flat=True).get(pk=request.pk)
    return state in TAKEN


def _shape(facts: dict[str, Any]) -> dict[str, Any]:
    """Returns the facts cleaned and looked up; raises ValidationFailed for every field that cannot be used."""
    errors: dict[str, list[Any]] = {}
    shaped = {name: value for name, value in facts.items() if value is not None}
    for name, most in TEXTS.items():
        if name in shaped:
            try:
                shaped[name] = clean(str(shaped[name]), most, multiline=name in {"text", "comment", "note"})
            except ValueError as error:
                errors[name] = [error.args[0]]
    if "photos" in shaped:
        shaped["photos"] = [str(each) for each in shaped["photos"]]
    if "category" in shaped:
        shaped["category"] = reference.category(str(shaped["category"]))
        if shaped["category"] is None:
            errors["category"] = [_("Choose one of the kinds of help.")]
    if "skills" in shaped:
        try:
            shaped["skills"] = [skill.pk for skill in reference.skills_by_code(shaped["skills"])]
        except KeyError as error:
            errors["skills"] = [_("There is no skill with the code %(code)s.") % {"code": error.args[0]}]
    if "contact_phone" in shaped and shaped["contact_phone"]:
        try:
            shaped["contact_phone"] = normalize(str(shaped["contact_phone"]))
        except ValueError as error:
            errors["contact_phone"] = [error.args[0]]
    if "urgency" in shaped and shaped["urgency"] not in Urgency.values:
        errors["urgency"] = [_("Choose one of the urgencies.")]
    if "headcount" in shaped and not 1 <= shaped["headcount"] <= 50:
        errors["headcount"] = [_("1 to 50 people can be asked for.")]
    if "expected_minutes" in shaped and not 1 <= shaped["expected_minutes"] <= MAX_MINUTES:
        errors["expected_minutes"] = [_("Between 1 minute and 24 hours.")]
    for name in ("preferred_start", "preferred_end", "agreed_start", "due_at"):
        if name in shaped and shaped[name] > clock.now() + timing.FURTHEST_AHEAD:
            errors[name] = [_("Please choose a time within the next year.")]
    _shape_place(shaped, errors)
    if errors:
        raise ValidationFailed(errors=errors)
    return shaped


def _shape_place(shaped: dict[str, Any], errors: dict[str, list[Any]]) -> None:
    if ("lat" in shaped) != ("lon" in shaped):
        errors["location"] = [_("A place needs both latitude and longitude.")]
    elif "lat" in shaped:
        try:
            valid_point(shaped["lat"], shaped["lon"])
        except ValueError as error:
            errors["location"] = [error.args[0]]
        else:
            if shaped.pop("place", None):
                shaped["area"] = locate(shaped["lat"], shaped["lon"])
                if shaped["area"] is None:
                    errors["location"] = [_("This place lies outside the areas we serve.")]
    if isinstance(shaped.get("area"), int):
        tree = areas.tree()
        if not tree.in_use(shaped["area"]):
            errors["area"] = [_("Choose one of the areas we serve.")]
        else:
            shaped["area"] = tree.by_id[shaped["area"]]
