"""The beginning: what a new request brings with it, and what changes when it is amended."""

from typing import Any

from django.utils.translation import gettext as _

from civic.accounts.access import held, holds
from civic.accounts.enums import Role
from civic.cases.change import Change
from civic.lib.crypto import keyed_hash
from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app import messages, wished
from requests_app.effects import asking, automatic, clocks, escalating, parts
from requests_app.effects.offering import bar_to_serving
from requests_app.effects.rounds import set_scope
from requests_app.effects.serving import ask_to_confirm
from requests_app.enums import AssignmentState, Source, Urgency
from requests_app.models import ServiceRequest
from volunteers.enums import Spoken

PERSONAL = ("title", "text", "address", "door_note", "contact_name", "contact_phone", "on_behalf_reason")
PLAIN = ("public_summary", "preferred_start", "preferred_end", "urgency", "speaks", "skills")
PLACE = ("address", "lat", "lon", "area")
TIME = ("agreed_start", "expected_minutes")
DESK_ONLY = ("public_summary", "urgency", "skills")


def place(change: Change) -> None:
    """The first history event: the clock of dispatch runs, the resident is told, and at once the desk when
    it is urgent. An imported request tells nobody."""
    request = change.case
    change.record(source=request.source, headcount=request.headcount, category=request.category_id)
    escalating.plan(change, request.state)
    if request.source == Source.IMPORT:
        return
    automatic.plan(change)
    if wished.is_before_dispatch(request):
        messages.to_resident(change, "request.placed_close", start=wished.in_message(request))
    else:
        messages.to_resident(change, "request.placed", due=request.dispatch_due_at)
    if request.urgency == Urgency.URGENT:
        messages.to_dispatchers(change, "desk.urgent", category=_pair(request))


def _pair(request: ServiceRequest) -> dict[str, str]:
    return {"zh": request.category.name, "en": request.category.name_en}


def amend(change: Change) -> None:
    """Changes what was asked. New time or place: offers are reissued, everybody who accepted confirms again.

    Old values of personal fields are kept as erasable texts, history names the fields only.
    """
    request = change.case
    facts = change.facts
    _check_desk_only(change)
    _check_times(change)
    _drop_skills_of_another_kind(change)
    names = dict.fromkeys((*PERSONAL, *PLAIN, *PLACE, *TIME))  # an address is personal and a place
    changed = [name for name in names if _differs(request, facts, name)]
    if facts.get("speaks", "") not in {"", *Spoken.values}:
        raise ValidationFailed.on("speaks", _("Choose one of the languages."))
    for name in changed:
        if name in PERSONAL:
            change.text(f"old_{name}", str(getattr(request, name)))
        setattr(request, name, facts[name])
    request.as_soon_as_possible = request.as_soon_as_possible and request.preferred_start is None
    _amend_people(change)
    _amend_category(change, changed)
    _amend_headcount(change, changed)
    confirms = request.start_proposed and change.role == "dispatcher" and "agreed_start" in facts
    if confirms:
        request.start_proposed = False
        change.record(start_confirmed=True)
    if not changed and not confirms:
        raise ValidationFailed(_("Nothing was changed."))
    change.record(fields=sorted(set(changed)))
    if not (request.title or request.text or request.voice_id):
        raise ValidationFailed.on("text", _("Please say what you need, in a few words or by voice."))
    if "area" in changed:
        set_scope(request)
        request.needs_triage = False
        _check_area(change)
    if {"category", "urgency", "area"} & set(changed):
        clocks.restart(request)
        escalating.plan_again(change)
    _check_people(change, changed)
    place_changed = any(name in changed for name in PLACE)
    if place_changed or any(name in changed for name in (*TIME, "preferred_start", "preferred_end")):
        request.terms += 1
        ask_to_confirm(change, place_changed=place_changed)
        asking.reissue_offers(change)
        messages.to_resident(change, "request.changed", start=wished.in_message(request))
    elif confirms:
        messages.to_resident(change, "request.confirmed", start=request.agreed_start)
    automatic.plan_again(change)
    parts.stop_when_full(change)


def _drop_skills_of_another_kind(change: Change) -> None:
    """Lets another category ask for its own skills, unless others are chosen with it."""
    category = change.fact("category")
    if category is not None and category.pk != change.case.category_id and change.case.skills:
        change.facts.setdefault("skills", [])


def _check_times(change: Change) -> None:
    """Puts the times among the facts in order: a new wish without an end has none. Once somebody has accepted, its
    beginning is the new agreed start; before, a start that the desk had planned gives way to it, and hours that are
    wished stay hours. Raises ValidationFailed for the past and for an end before its start."""
    request, facts = change.case, change.facts
    if "preferred_start" in facts:
        facts.setdefault("preferred_end", None)
        is_fixed = facts["preferred_end"] is None and request.agreed_start is not None
        if is_fixed or parts.active(request).exists():
            facts.setdefault("agreed_start", facts["preferred_start"])
        else:
            facts.setdefault("agreed_start", None)
    start = facts.get("preferred_start", request.preferred_start)
    end = facts.get("preferred_end", request.preferred_end)
    if end is not None and (start is None or end <= start):
        raise ValidationFailed.on("preferred_end", _("The end must come after the beginning."))
    for name in ("preferred_start", "agreed_start"):
        if facts.get(name) and facts[name] <= change.at and facts[name] != getattr(request, name):
            raise ValidationFailed.on(name, _("Please choose a time in the future."))


def _check_desk_only(change: Change) -> None:
    """Raises NotAllowed when the people it belongs to change what only staff word and weigh."""
    request = change.case
    asked = any(_differs(request, change.facts, name) for name in DESK_ONLY)
    if asked and not holds(change.actor, {Role.DISPATCHER, Role.PROXY}, request.scope):
        raise NotAllowed(_("Only the desk changes this."))


def _check_area(change: Change) -> None:
    """Raises NotAllowed for staff who move a request to where they have no say."""
    roles = {Role.DISPATCHER} if change.role == "dispatcher" else {Role.DISPATCHER, Role.PROXY}
    staff = change.role == "dispatcher" or (change.role == "proxy" and bool(held(change.actor)))
    if staff and not holds(change.actor, roles, change.case.scope):
        raise NotAllowed(_("You move requests within your own areas only. Ask the desk above yours."))


def _check_people(change: Change, changed: list[str]) -> None:
    """Raises ValidationFailed when somebody who accepted must not serve the request as it now is."""
    for name in ("category", "contact_phone"):
        if name in changed:
            coming = parts.active(change.case).filter(state=AssignmentState.ACCEPTED)
            if any(bar_to_serving(change.case, line.volunteer, line.agreed_start) for line in coming):
                raise ValidationFailed.on(
                    name,
                    _("Somebody who has accepted must not serve it then. They have to be released first."),
                )


def _differs(request: ServiceRequest, facts: dict[str, Any], name: str) -> bool:
    return name in facts and facts[name] != getattr(request, name)


def _amend_people(change: Change) -> None:
    request = change.case
    if "contact_phone" in change.facts:
        request.contact_phone_hash = keyed_hash(request.contact_phone) if request.contact_phone else ""


def _amend_category(change: Change, changed: list[str]) -> None:
    request, category = change.case, change.fact("category")
    if category is not None and category.pk != request.category_id:
        request.category = category
        changed.append("category")
        if change.role == "dispatcher":
            request.needs_triage = False


def _amend_headcount(change: Change, changed: list[str]) -> None:
    request, headcount = change.case, change.fact("headcount")
    if headcount is None or headcount == request.headcount:
        return
    count = parts.active(request).count()
    if headcount < count:
        raise ValidationFailed.on(
            "headcount",
            _("%(count)s people have accepted already; release somebody first.") % {"count": count},
        )
    request.headcount = request.needed = headcount
    changed.append("headcount")
