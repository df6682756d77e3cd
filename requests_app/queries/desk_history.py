"""A request's history in the words of people: who did what, in which role, and what followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from civic.cases.models import CaseEvent, CaseText
from civic.lib import spoken
from requests_app import reference
from requests_app.enums import (
    CheckInBy,
    DeclineReason,
    GiveUpReason,
    RatedVia,
    RejectReason,
    Solved,
    Source,
)
from requests_app.models import ServiceRequest
from volunteers.models import Volunteer

ROLES: dict[str, Promise] = {
    "beneficiary": gettext_lazy("Resident"),
    "proxy": gettext_lazy("Proxy"),
    "dispatcher": gettext_lazy("Dispatcher"),
    "assigned": gettext_lazy("Volunteer"),
    "offered": gettext_lazy("Volunteer"),
    "claimant": gettext_lazy("Volunteer"),
}
FIELDS: dict[str, Promise] = {
    "title": gettext_lazy("title"),
    "text": gettext_lazy("description"),
    "address": gettext_lazy("address"),
    "door_note": gettext_lazy("how to get in"),
    "contact_name": gettext_lazy("contact"),
    "contact_phone": gettext_lazy("contact's phone"),
    "on_behalf_reason": gettext_lazy("why on behalf"),
    "public_summary": gettext_lazy("what volunteers read"),
    "preferred_start": gettext_lazy("wished time"),
    "preferred_end": gettext_lazy("wished time"),
    "agreed_start": gettext_lazy("agreed start"),
    "expected_minutes": gettext_lazy("expected length"),
    "urgency": gettext_lazy("urgency"),
    "lat": gettext_lazy("point on the map"),
    "lon": gettext_lazy("point on the map"),
    "area": gettext_lazy("area"),
    "category": gettext_lazy("category"),
    "headcount": gettext_lazy("people needed"),
}
TEXTS: dict[str, Promise] = {
    "reply": gettext_lazy("Reply to the resident"),
    "reason": gettext_lazy("Reason"),
    "note": gettext_lazy("Note"),
    "comment": gettext_lazy("In their words"),
    "concern": gettext_lazy("Safety report"),
}
REMINDERS: dict[str, Promise] = {
    "dispatch_overdue": gettext_lazy("told the dispatchers that the time for dispatch has run out"),
    "start_24h": gettext_lazy("reminded of the start, a day before"),
    "start_2h": gettext_lazy("reminded of the start, two hours before"),
    "late_check_in": gettext_lazy("asked after a check-in that is missing half an hour after the start"),
    "long_service": gettext_lazy("asked after a service that runs two hours over its end"),
    "rate_1d": gettext_lazy("asked the resident for a rating"),
    "rate_3d": gettext_lazy("asked the resident for a rating once more"),
}


@dataclass(frozen=True)
class Line:
    """One event as people read it; `details` are words somebody wrote, with what they are."""

    seq: int
    round: int
    at: datetime
    who: str
    role: str
    words: str
    details: list[tuple[str, str]] = field(default_factory=list)
    new_round: bool = False


def story(request: ServiceRequest, *, since: int = 0, hide_person: bool = False) -> list[Line]:
    """Returns the history of `request` after event `since`, oldest first; three queries.

    `hide_person` names the resident by role only.
    """
    events = list(
        CaseEvent.objects.filter(kind=request.kind, case_id=request.pk, seq__gt=since)
        .select_related("actor")
        .order_by("seq")
    )
    texts: dict[int, list[CaseText]] = {}
    for text in CaseText.objects.filter(kind=request.kind, case_id=request.pk, seq__gt=since).order_by("pk"):
        texts.setdefault(text.seq, []).append(text)
    names = _names(events)
    lines, before = [], events[0].round if events else 1
    for event in events:
        line = _line(event, texts.get(event.seq, []), names, new_round=event.round != before)
        if hide_person and event.actor_role == "beneficiary":
            line = replace(line, who=line.role, role="")
        lines.append(line)
        before = event.round
    return lines


def _names(events: Iterable[CaseEvent]) -> dict[int, str]:
    ids = {
        part["volunteer"] for event in events for part in event.facts.get("parts", []) if "volunteer" in part
    }
    ids |= {event.facts["volunteer"] for event in events if "volunteer" in event.facts}
    if not ids:
        return {}
    return dict(Volunteer.objects.filter(pk__in=ids).values_list("pk", "user__name"))


def _line(event: CaseEvent, texts: list[CaseText], names: dict[int, str], *, new_round: bool) -> Line:
    system = event.actor is None
    role = ROLES.get(event.actor_role)
    details = []
    for text in texts:
        label = TEXTS.get(text.name)
        if label is None and text.name.startswith("old_"):
            label = FIELDS.get(text.name.removeprefix("old_"))
            label = _("Before: %(field)s") % {"field": label} if label else None  # type: ignore[assignment]
        if text.name in {"old_contact_phone", "old_contact_name"}:
            continue  # personal, and of no use to whoever reads on
        body = _("(erased)") if text.erased_at else text.body
        details.append((str(label or text.name), body))
    return Line(
        seq=event.seq,
        round=event.round,
        at=event.at,
        who=_("System") if system else str(event.actor),
        role="" if system or role is None else str(role),
        words=_words(event, names),
        details=details,
        new_round=new_round,
    )


def _words(event: CaseEvent, names: dict[int, str]) -> str:
    say = SENTENCES.get(event.verb)
    return say(event, names) if say else event.verb


def _people(event: CaseEvent, names: dict[int, str], part: str, *states: str) -> str:
    """Returns the names in `part`s of the event that went to one of `states` (any when none is given)."""
    found = [
        names.get(line.get("volunteer"), "")
        for line in event.facts.get("parts", [])
        if part in line and (not states or line["to"] in states)
    ]
    return _(", ").join(dict.fromkeys(filter(None, found)))


def _place(event: CaseEvent, names: dict[int, str]) -> str:
    category = reference.snapshot().by_id.get(event.facts.get("category", 0))
    source = event.facts.get("source")
    count = event.facts.get("headcount", 1)
    words = {"category": str(category or ""), "n": count}
    if source == Source.IMPORT:
        return _("imported it as %(category)s") % words
    if source in {Source.DESK, Source.PROXY}:
        said = ngettext(
            "placed it on behalf: %(category)s, %(n)d person",
            "placed it on behalf: %(category)s, %(n)d people",
            count,
        )
    else:
        said = ngettext(
            "placed it: %(category)s, %(n)d person", "placed it: %(category)s, %(n)d people", count
        )
    return said % words


def _amend(event: CaseEvent, names: dict[int, str]) -> str:
    fields = [str(FIELDS.get(name, name)) for name in event.facts.get("fields", [])]
    if event.facts.get("start_confirmed") and not fields:
        return _("confirmed the proposed start")
    return _("changed %(fields)s") % {"fields": _(", ").join(dict.fromkeys(fields))}


def _reject(event: CaseEvent, names: dict[int, str]) -> str:
    return _("did not take it on: %(reason)s") % {"reason": _label(RejectReason, event.reason_code)}


def _offer(event: CaseEvent, names: dict[int, str]) -> str:
    asked = _people(event, names, "offer", "open")
    start = parse_datetime(event.facts.get("agreed_start", "")) if event.facts.get("agreed_start") else None
    words = _("asked %(names)s") % {"names": asked} if asked else _("opened the pool")
    if start is not None:
        words += _(", start %(start)s") % {"start": spoken.moment(start, weekday=True)}
    return words


def _withdraw(event: CaseEvent, names: dict[int, str]) -> str:
    asked = _people(event, names, "offer", "withdrawn")
    if not asked:
        return _("closed the pool")
    return _("withdrew the offer to %(names)s") % {"names": asked}


def _close_staffing(event: CaseEvent, names: dict[int, str]) -> str:
    count = event.facts.get("needed", 1)
    return ngettext("goes ahead with %(n)d person", "goes ahead with %(n)d people", count) % {"n": count}


def _accept(event: CaseEvent, names: dict[int, str]) -> str:
    start = event.facts.get("agreed_start")
    if start and (at := parse_datetime(start)):
        return _("accepted and proposed %(start)s") % {"start": spoken.moment(at, weekday=True)}
    return _("claimed it from the pool") if event.actor_role == "claimant" else _("accepted")


def _decline(event: CaseEvent, names: dict[int, str]) -> str:
    if not event.reason_code:
        return _("declined: not this time")
    return _("declined: %(reason)s") % {"reason": _label(DeclineReason, event.reason_code)}


def _give_up(event: CaseEvent, names: dict[int, str]) -> str:
    return _("gave up: %(reason)s") % {"reason": _label(GiveUpReason, event.reason_code)}


def _released(event: CaseEvent, names: dict[int, str]) -> str:
    return _("released %(names)s") % {"names": _people(event, names, "assignment", "released")}


def _no_show(event: CaseEvent, names: dict[int, str]) -> str:
    return _("reported that %(names)s did not come") % {
        "names": _people(event, names, "assignment", "no_show")
    }


def _check_in(event: CaseEvent, names: dict[int, str]) -> str:
    how, away = _label(CheckInBy, event.facts.get("by")), event.facts.get("distance_m")
    if away is None:
        return _("checked in (%(how)s)") % {"how": how}
    return _("checked in (%(how)s, %(distance)s away)") % {"how": how, "distance": spoken.distance(away)}


def _complete(event: CaseEvent, names: dict[int, str]) -> str:
    return _("finished after %(length)s") % {"length": spoken.hours(event.facts.get("minutes") or 1)}


def _answer(event: CaseEvent, names: dict[int, str]) -> str:
    solved, stars = _label(Solved, event.facts.get("solved")), event.facts.get("stars")
    called = event.verb == "call_back" or event.facts.get("via") == RatedVia.CALL_BACK
    if called:
        return _("called back: %(solved)s") % {"solved": solved}
    return _("rated it: %(solved)s, %(stars)s stars") % {"solved": solved, "stars": stars or "–"}


def _abort(event: CaseEvent, names: dict[int, str]) -> str:
    if event.to_state == "cancelled":
        return _("broke the service off and cancelled the request")
    return _("broke the service off; another round begins")


def _expired(event: CaseEvent, names: dict[int, str]) -> str:
    return _("the offer to %(names)s ran out") % {"names": _people(event, names, "offer", "expired")}


def _lapsed(event: CaseEvent, names: dict[int, str]) -> str:
    return _("%(names)s did not confirm the new terms and was released") % {
        "names": _people(event, names, "assignment", "released")
    }


def _remind(event: CaseEvent, names: dict[int, str]) -> str:
    return str(REMINDERS.get(event.facts.get("timer", ""), _("reminded")))


def _block(event: CaseEvent, names: dict[int, str]) -> str:
    return _("asked that this resident and %(name)s never meet again") % {
        "name": names.get(event.facts.get("volunteer", 0), "")
    }


def _plain(words: Promise) -> Callable[[CaseEvent, dict[int, str]], str]:
    return lambda event, names: str(words)


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else str(value or "")


SENTENCES: dict[str, Callable[[CaseEvent, dict[int, str]], str]] = {
    "place": _place,
    "amend": _amend,
    "reject": _reject,
    "offer": _offer,
    "withdraw_offer": _withdraw,
    "close_staffing": _close_staffing,
    "accept": _accept,
    "decline_offer": _decline,
    "confirm": _plain(gettext_lazy("confirmed the new terms")),
    "give_up": _give_up,
    "reassign": _released,
    "report_no_show": _no_show,
    "excuse": _plain(gettext_lazy("excused it: it no longer counts against the volunteer")),
    "check_in": _check_in,
    "complete": _complete,
    "abort": _abort,
    "rate": _answer,
    "call_back": _answer,
    "close_unrated": _plain(gettext_lazy("closed it: seven days without an answer")),
    "reopen": _plain(gettext_lazy("opened it again for another round")),
    "cancel": _plain(gettext_lazy("cancelled it")),
    "report_concern": _plain(gettext_lazy("reported a safety concern")),
    "block": _block,
    "expire_offer": _expired,
    "close_pool": _plain(gettext_lazy("the pool closed")),
    "lapse_confirmation": _lapsed,
    "remind": _remind,
}
