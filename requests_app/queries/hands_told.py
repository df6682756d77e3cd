"""The sentences of a history about units and joined requests; for residents without who exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from requests_app.enums import UnitResult
from requests_app.models import ServiceRequest, TeamOffer, Unit
from requests_app.queries.parts_shown import Happened

Names = dict[Any, str]  # of volunteers by id, of others by ("unit", id), ("team_offer", id), ("request", id)


def names(told: Iterable[Happened]) -> Names:
    """Returns the names of units and asked teams and the codes of requests that these events speak of; three queries
    at most."""
    units, requests, teams = set(), set(), set()
    for each in told:
        facts: dict[str, Any] = each.facts
        units |= {line["unit"] for line in facts.get("parts", ()) if "unit" in line}
        teams |= {line["team_offer"] for line in facts.get("parts", ()) if "team_offer" in line}
        requests |= {facts[name] for name in ("into", "out_of", "after") if facts.get(name)}
    found: Names = {}
    if units:
        found |= {("unit", unit.pk): str(unit) for unit in Unit.objects.filter(pk__in=units)}
    if teams:
        asked = TeamOffer.objects.filter(pk__in=teams).values_list("pk", "team__name")
        found |= {("team_offer", pk): name for pk, name in asked}
    if requests:
        codes = ServiceRequest.objects.filter(pk__in=requests).values_list("pk", "code")
        found |= {("request", pk): code for pk, code in codes}
    return found


def _unit(each: Happened, known: Names) -> str:
    facts: dict[str, Any] = each.facts
    ids = [line["unit"] for line in facts.get("parts", ()) if "unit" in line]
    return known.get(("unit", ids[-1]), "") if ids else ""


def _code(each: Happened, known: Names, fact: str) -> str:
    return known.get(("request", each.facts.get(fact)), "")


def _refer(each: Happened, known: Names) -> str:
    unit = _unit(each, known)
    return _("referred it to %(unit)s") % {"unit": unit} if unit else _("referred it to a unit")


def _recall(each: Happened, known: Names) -> str:
    return _("recalled it from the unit")


def _return(each: Happened, known: Names) -> str:
    if each.event.to_state != "referred":
        return _("returned it to the desk")
    unit = _unit(each, known)
    if not unit:
        return _("returned it; the last instance of the district has it now")
    return _("returned it; now it lies with %(unit)s, the last instance") % {"unit": unit}


def _reply(each: Happened, known: Names) -> str:
    result = str(each.facts.get("result") or "")
    label = UnitResult(result).label if result in UnitResult.values else ""
    return _("answered: %(result)s") % {"result": label} if label else _("answered")


def _merge(each: Happened, known: Names) -> str:
    code = _code(each, known, "into")
    return _("joined it to %(code)s") % {"code": code} if code else _("joined it to another request")


def _split(each: Happened, known: Names) -> str:
    code = _code(each, known, "out_of")
    return _("separated it from %(code)s") % {"code": code} if code else _("separated it again")


def _follow(each: Happened, known: Names) -> str:
    words = {
        "completed": _("the request it was joined to is done"),
        "rejected": _("the request it was joined to was not taken on"),
    }
    return words.get(
        each.event.to_state, _("the request it was joined to was cancelled; it goes on by itself")
    )


SENTENCES: dict[str, Callable[[Happened, Names], str]] = {
    "refer": _refer,
    "recall": _recall,
    "return": _return,
    "unit_reply": _reply,
    "merge": _merge,
    "split": _split,
    "follow": _follow,
}
