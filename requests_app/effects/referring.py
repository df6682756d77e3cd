"""What is not volunteer work: referred to a responsible unit, recalled, returned by it, answered by it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.evidence import store
from civic.lib.errors import Conflict, ValidationFailed
from requests_app import messages
from requests_app.effects import referred
from requests_app.enums import ReferralState, RequestState, UnitResult
from requests_app.models import AnswerClass, ServiceRequest, Unit

BOUNCES = 2  # as many returns lead to the last instance of the district
MAX_ASSISTING = 10


LEVELS = ("city", "district", "street", "community", "grid")


def units_for(request: ServiceRequest) -> Any:
    """Returns the units in use that answer for the request's place: of its area or one above it."""
    lineage = [getattr(request, f"{level}_id") for level in LEVELS]
    return Unit.objects.filter(active=True, area_id__in=[pk for pk in lineage if pk is not None])


def refer(change: Change) -> None:
    """To a lead unit and those that assist it; the answer class sets the limit. The resident is told who has it."""
    request = change.case
    known = {unit.pk: unit for unit in units_for(request)}
    unit = known.get(change.fact("unit"))
    if unit is None:
        raise ValidationFailed.on("unit", _("Choose one of the units that answer for this area."))
    assisting = [pk for pk in dict.fromkeys(change.fact("assisting") or []) if pk != unit.pk]
    if len(assisting) > MAX_ASSISTING or any(pk not in known for pk in assisting):
        raise ValidationFailed.on("assisting", _("Choose at most 10 units that answer for this area."))
    limit = AnswerClass.objects.filter(code=change.fact("answer_class"), retired_at=None).first()
    if limit is None:
        raise ValidationFailed.on("answer_class", _("Choose one of the answer classes."))
    made = referred.hand_to(change, unit, limit, assisting=assisting)
    change.text("note", str(change.fact("note")))
    for each in (unit.pk, *assisting):
        messages.to_unit(change, "unit.referred", each, due=made.due_at)
    messages.to_resident(change, "request.referred", unit=messages.unit_name(unit), due=made.due_at)


def recall(change: Change) -> None:
    """The desk takes it back; the unit is told."""
    change.text("reason", str(change.fact("reason")))
    _tell_ended(change, ReferralState.RECALLED)


def can_return(change: Change) -> None:
    """Guard: the last instance of a district has nobody to return it to."""
    found = referred.open_one(change.case)
    if found is not None and found.unit.backstop:
        raise Conflict(
            _("The last instance of the district cannot return a request. Please answer it."),
            code="illegal_transition",
        )


def give_back(change: Change) -> None:
    """Returned with a reason: to the desk, the second time to the last instance of the district."""
    request = change.case
    change.text("reason", str(change.fact("reason")))
    ended = referred.end(change, ReferralState.RETURNED)
    assert ended is not None
    count = referred.bounces(request)
    change.record(bounces=count)
    last = referred.backstop(request) if count >= BOUNCES else None
    if last is None or last.pk == ended.unit_id:
        change.target = RequestState.SUBMITTED
        messages.to_dispatchers(change, "desk.returned")
        return
    made = referred.hand_to(change, last, ended.answer_class)
    change.target = RequestState.REFERRED
    messages.to_unit(change, "unit.referred", last.pk, due=made.due_at)
    messages.to_resident(change, "request.referred", unit=messages.unit_name(last), due=made.due_at)
    messages.to_dispatchers(change, "desk.backstop")


def is_only_explained(facts: Mapping[str, Any]) -> bool:
    """Whether an answer says that nothing can be done: then a second person has to approve it.

    Rule: DOMAIN.md section 3 ("explained, not solvable" needs two people and is counted in public).
    """
    return facts.get("result") == UnitResult.EXPLAINED


def unit_reply(change: Change) -> None:
    """The unit's answer, which the resident reads and rates."""
    result = str(change.fact("result"))
    if result not in UnitResult.values:
        raise ValidationFailed.on("result", _("Say whether it is solved."))
    change.text("answer", str(change.fact("text")))
    store.attach(change.actor, change.fact("photos") or (), change.case.kind, change.case.pk)
    change.record(result=result)
    referred.end(change, ReferralState.ANSWERED, result=result)
    change.void_timers()


def end_with_request(change: Change) -> None:
    """The request ends while a unit has it: the unit is told."""
    _tell_ended(change, ReferralState.ENDED)


def _tell_ended(change: Change, to: str) -> None:
    ended = referred.end(change, to)
    for each in (ended.unit_id, *ended.assisting) if ended else ():
        messages.to_unit(change, "unit.recalled", each)
