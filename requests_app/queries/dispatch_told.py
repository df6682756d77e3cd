"""What a history says about asking people: offers, the pool, one after another, and who came next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from civic.areas import queries as areas
from civic.lib import spoken
from requests_app import reference
from requests_app.queries.hands_told import Names
from requests_app.queries.parts_shown import Happened


def parts_of(each: Happened) -> list[dict[str, Any]]:
    """Returns what moved with the event; residents are not told, for them it is empty."""
    found: list[dict[str, Any]] = each.facts.get("parts", [])
    return found


def people(each: Happened, names: Names, part: str, *states: str) -> str:
    """Returns the names in `part`s of the event that went to one of `states` (any when none is given)."""
    found = [
        names.get(line.get("volunteer", 0), "")
        for line in parts_of(each)
        if part in line and (not states or line["to"] in states)
    ]
    return _(", ").join(dict.fromkeys(filter(None, found)))


def teams(each: Happened, names: Names, *states: str) -> str:
    """Returns the names of the teams whose offers the event moved to one of `states`."""
    found = [
        names.get(("team_offer", line["team_offer"]), "")
        for line in parts_of(each)
        if "team_offer" in line and line["to"] in states
    ]
    return _(", ").join(dict.fromkeys(filter(None, found)))


def _for_team(each: Happened, names: Names) -> str:
    team, people_named = teams(each, names, "accepted"), people(each, names, "assignment")
    if not parts_of(each):
        return _("accepted it with people of a team")
    return _("named %(names)s of %(team)s") % {"names": people_named, "team": team}


def _not_for_team(each: Happened, names: Names) -> str:
    return _("declined for %(team)s") % {"team": teams(each, names, "declined") or _("a team")}


def _team_expired(each: Happened, names: Names) -> str:
    return _("the offer to %(names)s ran out") % {"names": teams(each, names, "expired")}


def _offer(each: Happened, names: Names) -> str:
    asked = teams(each, names, "open") or people(each, names, "offer", "open")
    start = parse_datetime(each.facts.get("agreed_start", "")) if each.facts.get("agreed_start") else None
    words = _("asked %(names)s") % {"names": asked} if asked else _opened(each)
    if not parts_of(each):
        words = _("asked volunteers")
    elif any("waterfall" in part for part in parts_of(each)):
        words = _at_a_time(each, asked)
    if start is not None:
        words += _(", start %(start)s") % {"start": spoken.moment(start, weekday=True)}
    return words


def _opened(each: Happened) -> str:
    """That the pool was opened, and how many were told, now and before in this round; earlier events do not say."""
    if "told_of_pool" not in each.facts:
        return _("opened the pool")
    n, before = each.facts["told_of_pool"], each.facts.get("told_before", 0)
    if before:
        said = ngettext(
            "opened the pool again and told %(n)d more beside the %(before)d told before",
            "opened the pool again and told %(n)d more beside the %(before)d told before",
            n,
        )
        return (said if n else _nobody_anew(before)) % {"n": n, "before": before}
    said = ngettext(
        "opened the pool and told %(n)d volunteer", "opened the pool and told %(n)d volunteers", n
    )
    return said % {"n": n} if n else _("opened the pool, with nobody to tell")


def _nobody_anew(before: int) -> str:
    return ngettext(
        "opened the pool again; the %(before)d who was told before is not told twice",
        "opened the pool again; the %(before)d who were told before are not told twice",
        before,
    )


def _withdraw(each: Happened, names: Names) -> str:
    asked = people(each, names, "offer", "withdrawn") or teams(each, names, "withdrawn")
    if not parts_of(each):
        return _("stopped asking")
    if not asked:
        return _("closed the pool")
    return _("withdrew the offer to %(names)s") % {"names": asked}


def _expired(each: Happened, names: Names) -> str:
    return _("the offer to %(names)s ran out") % {"names": people(each, names, "offer", "expired")}


def _at_a_time(each: Happened, asked: str) -> str:
    """Who is asked first of those who are asked one after another."""
    width = each.facts.get("width", 1)
    said = ngettext(
        "asks one after another, %(n)d at a time, beginning with %(names)s",
        "asks one after another, %(n)d at a time, beginning with %(names)s",
        width,
    )
    return said % {"n": width, "names": asked}


def _automatic(each: Happened, names: Names) -> str:
    """What a rule of auto-dispatch did, and which rule it was."""
    asked = people(each, names, "offer", "open")
    if not parts_of(each):
        found = each.event.to_state != each.event.from_state
        return _("asked volunteers") if found else _("looked for volunteers and found nobody")
    area = areas.tree().by_id.get(each.facts.get("rule_area", 0))
    category = reference.snapshot().by_id.get(each.facts.get("rule_category") or 0)
    rule = {"area": area.label if area else "–", "category": str(category or _("every category"))}
    words = _("dispatched it automatically (rule for %(area)s, %(category)s)") % rule
    if (others := each.facts.get("weighed", 1) - 1) > 0:
        said = ngettext(
            "%(what)s, matched together with %(n)d other that waited",
            "%(what)s, matched together with %(n)d others that waited",
            others,
        )
        words = said % {"what": words, "n": others}
    return _("%(what)s: %(more)s") % {"what": words, "more": _at_a_time(each, asked)}


def followed(each: Happened, names: Names) -> str:
    """Returns what came of this step by itself: whom a waterfall asked next, or that nobody was left, and how many more
    were told of a pool that opened anew; "" for nothing."""
    return _(", ").join(filter(None, (_next(each, names), _told_anew(each))))


def _told_anew(each: Happened) -> str:
    opened = each.event.verb == "offer" and all("pool" in part for part in parts_of(each))  # said already
    told = 0 if opened else each.facts.get("told_of_pool", 0)
    said = ngettext(
        "%(n)d more was told of the pool on these terms",
        "%(n)d more were told of the pool on these terms",
        told,
    )
    return said % {"n": told} if told else ""


def _next(each: Happened, names: Names) -> str:
    asked = _(", ").join(filter(None, (names.get(pk, "") for pk in each.facts.get("asked_next", []))))
    if asked:
        return _("next asked: %(names)s") % {"names": asked}
    return _("nobody is left to ask") if each.facts.get("asked_all") else ""


SENTENCES: dict[str, Callable[[Happened, Names], str]] = {
    "offer": _offer,
    "auto_dispatch": _automatic,
    "withdraw_offer": _withdraw,
    "expire_offer": _expired,
    "accept_for_team": _for_team,
    "decline_for_team": _not_for_team,
    "expire_team_offer": _team_expired,
}
