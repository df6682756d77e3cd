"""A request's history in the words of people: who did what, in which role, and what followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from civic.accounts.models import User
from civic.lib import spoken
from requests_app import reference
from requests_app.enums import (
    CheckInBy,
    DeclineReason,
    ExemptReason,
    GiveUpReason,
    RatedVia,
    RejectReason,
    Solved,
    Source,
)
from requests_app.models import Assignment, ServiceRequest
from requests_app.queries import dispatch_told, hands_told, history_time, parts_shown
from requests_app.queries.dispatch_told import parts_of, people
from requests_app.queries.hands_told import Names
from requests_app.queries.parts_shown import Happened
from requests_app.words import VERBS
from volunteers.models import Volunteer

ROLES: dict[str, Promise] = {
    "beneficiary": gettext_lazy("Resident"),
    "proxy": pgettext_lazy("who placed a request", "on behalf"),  # of the desk, a proxy, a relative
    "dispatcher": gettext_lazy("Dispatcher"),
    "unit": gettext_lazy("Responsible unit"),
    "assigned": gettext_lazy("Volunteer"),
    "served": gettext_lazy("Volunteer"),
    "offered": gettext_lazy("Volunteer"),
    "claimant": gettext_lazy("Volunteer"),
}
FIELDS: dict[str, Promise] = {
    "title": gettext_lazy("title"),
    "text": gettext_lazy("description"),
    "address": gettext_lazy("address"),
    "door_note": gettext_lazy("how to get in"),
    "speaks": gettext_lazy("what they speak best"),
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
    "skills": gettext_lazy("skills"),
    "headcount": gettext_lazy("people needed"),
}
# Personal, and of no use to whoever reads on.
UNTOLD = frozenset({"old_contact_phone", "old_contact_name"})
TEXTS: dict[str, Promise] = {
    "reply": gettext_lazy("Reply to the resident"),
    "reason": gettext_lazy("Reason"),
    "note": gettext_lazy("Note"),
    "comment": gettext_lazy("In their words"),
    "concern": gettext_lazy("Safety report"),
    "answer": gettext_lazy("Answer of the unit"),
}
REMINDERS: dict[str, Promise] = {
    "start_24h": gettext_lazy("reminded of the start, a day before"),
    "start_2h": gettext_lazy("reminded of the start, two hours before"),
    "late_check_in": gettext_lazy("asked after a check-in that is missing half an hour after the start"),
    "long_service": gettext_lazy("asked after a service that runs two hours over its end"),
    "answer_overdue": gettext_lazy("told the unit and the dispatchers that the time to answer has run out"),
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

    @property
    def in_short(self) -> str:
        """Who did what, for whoever comes too late."""
        return spoken.closed_up(_("Meanwhile: %(who)s %(what)s") % {"who": self.who, "what": self.words})


def story(
    request: ServiceRequest, reader: User, *, staff: bool, since: int = 0, hide_person: bool = False
) -> list[Line]:
    """Returns the history of `request` after event `since` as `reader` may read it, oldest first; three queries,
    for staff one more where somebody checked in.

    `hide_person` names the resident by role only.
    """
    found = parts_shown.history(request, reader, staff=staff).filter(seq__gt=since).order_by("seq")
    told = parts_shown.as_read(list(found), reader, staff=staff)
    names = _names(told) if staff else {}
    if staff:
        _add_distances(told)
    lines, before = [], told[0].event.round if told else 1
    for each in told:
        hidden = hide_person and each.event.actor_role == "beneficiary"
        lines.append(_line(each, names, hidden=hidden, new_round=each.event.round != before))
        before = each.event.round
    return lines


def _names(told: Iterable[Happened]) -> Names:
    ids = {part["volunteer"] for each in told for part in parts_of(each) if "volunteer" in part}
    ids |= {each.event.facts["volunteer"] for each in told if "volunteer" in each.event.facts}
    found = hands_told.names(told)
    if ids:
        people = Volunteer.objects.filter(pk__in=ids).values_list("pk", "user__name", "number")
        found |= {pk: name or number for pk, name, number in people}
    return found


def _add_distances(told: Iterable[Happened]) -> None:
    """Puts how far away people checked in beside the fact, while it is known: it is no part of history."""
    lines = {
        part["assignment"]: each
        for each in told
        if each.event.verb == "check_in"
        for part in parts_of(each)
        if "assignment" in part
    }
    if lines:
        known = Assignment.objects.filter(pk__in=lines).exclude(check_in_distance_m=None)
        for pk, away in known.values_list("pk", "check_in_distance_m"):
            lines[pk].facts["distance_m"] = away


def _facts(each: Happened) -> dict[str, Any]:
    return each.facts


def _line(each: Happened, names: Names, *, hidden: bool, new_round: bool) -> Line:
    event = each.event
    role = str(ROLES.get(event.actor_role, ""))
    who = _("System") if event.actor is None else each.actor
    if hidden or not who:
        who, role = role, ""
    return Line(
        seq=event.seq,
        round=event.round,
        at=event.at,
        who=who,
        role="" if event.actor is None else role,
        words=_words(each, names),
        details=[
            (_text_label(name), _("(erased)") if body is None else body)
            for name, body in each.texts.items()
            if name not in UNTOLD
        ],
        new_round=new_round,
    )


def _text_label(name: str) -> str:
    if name in TEXTS:
        return str(TEXTS[name])
    field = FIELDS.get(name.removeprefix("old_"))
    return _("Before: %(field)s") % {"field": field} if field else name


def _words(each: Happened, names: Names) -> str:
    say = SENTENCES.get(each.event.verb)
    said = [say(each, names) if say else each.event.verb, dispatch_told.followed(each, names)]
    return pgettext("list", ", ").join(filter(None, said))


def _place(each: Happened, names: Names) -> str:
    category = reference.snapshot().by_id.get(each.event.facts.get("category", 0))
    source = _facts(each).get("source")
    count = _facts(each).get("headcount", 1)
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


def _take_over(each: Happened, names: Names) -> str:
    return _("took it over from the earlier system, closed there")


def _amend(each: Happened, names: Names) -> str:
    fields = [str(FIELDS.get(name, name)) for name in _facts(each).get("fields", [])]
    if _facts(each).get("start_confirmed") and not fields:
        return _("confirmed the proposed start")
    return _("changed %(fields)s") % {"fields": _(", ").join(dict.fromkeys(fields))}


def _reject(each: Happened, names: Names) -> str:
    return _("did not take it on: %(reason)s") % {"reason": _label(RejectReason, each.event.reason_code)}


def _close_staffing(each: Happened, names: Names) -> str:
    count = _facts(each).get("needed", 1)
    return ngettext("goes ahead with %(n)d person", "goes ahead with %(n)d people", count) % {"n": count}


def _accept(each: Happened, names: Names) -> str:
    start = _facts(each).get("agreed_start")
    if start and (at := parse_datetime(start)):
        said = _("accepted and proposed %(start)s") % {"start": spoken.moment(at, weekday=True)}
        return spoken.closed_up(said)
    return _("claimed it from the pool") if each.event.actor_role == "claimant" else _("accepted")


def _decline(each: Happened, names: Names) -> str:
    if not each.event.reason_code:
        return _("declined: not this time")
    return _("declined: %(reason)s") % {"reason": _label(DeclineReason, each.event.reason_code)}


def _give_up(each: Happened, names: Names) -> str:
    return _("gave up: %(reason)s") % {"reason": _label(GiveUpReason, each.event.reason_code)}


def _released(each: Happened, names: Names) -> str:
    released = people(each, names, "assignment", "released")
    return _("released %(names)s") % {"names": released} if released else _("released a volunteer")


def _no_show(each: Happened, names: Names) -> str:
    absent = people(each, names, "assignment", "no_show")
    if not absent:
        return _("reported that the volunteer did not come")
    return _("reported that %(names)s did not come") % {"names": absent}


def _check_in(each: Happened, names: Names) -> str:
    how, away = _label(CheckInBy, _facts(each).get("by")), _facts(each).get("distance_m")
    said = [how] if away is None else [how, _("%(distance)s away") % {"distance": spoken.distance(away)}]
    return _("checked in (%(how)s)") % {"how": _(", ").join([*said, *history_time.waited(each)])}


def _complete(each: Happened, names: Names) -> str:
    length = spoken.hours(_facts(each).get("minutes") or 1)
    return _(", ").join([_("finished after %(length)s") % {"length": length}, *history_time.waited(each)])


def _answer(each: Happened, names: Names) -> str:
    solved, stars = _label(Solved, _facts(each).get("solved")), _facts(each).get("stars")
    called = each.event.verb == "call_back" or _facts(each).get("via") == RatedVia.CALL_BACK
    if called:
        return _("called back: %(solved)s") % {"solved": solved}
    return _("rated it: %(solved)s, %(stars)s stars") % {"solved": solved, "stars": stars or "–"}


def _abort(each: Happened, names: Names) -> str:
    if each.event.to_state == "cancelled":
        return _("broke the service off and cancelled the request")
    return _("broke the service off; another round begins")


def _lapsed(each: Happened, names: Names) -> str:
    released = people(each, names, "assignment", "released")
    if not released:
        return _("released a volunteer")
    return _("%(names)s did not confirm the new terms and was released") % {"names": released}


def _remind(each: Happened, names: Names) -> str:
    return history_time.rang(each) or str(REMINDERS.get(_facts(each).get("timer", ""), _("reminded")))


def _concern(each: Happened, names: Names) -> str:
    name = names.get(_facts(each).get("volunteer", 0))
    return (
        _("reported a safety concern about %(name)s") % {"name": name}
        if name
        else _("reported a safety concern")
    )


def _block(each: Happened, names: Names) -> str:
    name = names.get(_facts(each).get("volunteer", 0))
    if not name:
        return _("asked never to meet the volunteer again")
    return _("asked that this resident and %(name)s never meet again") % {"name": name}


def _exempt(each: Happened, names: Names) -> str:
    why = _label(ExemptReason, each.event.reason_code)
    return _("left it out of the rates: %(reason)s") % {"reason": why}


def _extend(each: Happened, names: Names) -> str:
    due = parse_datetime(_facts(each).get("due_at") or "")
    return _("extended the limit to %(due)s") % {"due": spoken.moment(due, weekday=True) if due else "–"}


def _of_proposal(words: Promise) -> Callable[[Happened, Names], str]:
    def say(each: Happened, names: Names) -> str:
        return str(words) % {"step": VERBS.get(each.facts.get("proposed", ""), "")}

    return say


def _plain(words: Promise) -> Callable[[Happened, Names], str]:
    return lambda each, names: str(words)


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else str(value or "")


SENTENCES: dict[str, Callable[[Happened, Names], str]] = {
    "place": _place,
    "take_over": _take_over,
    "amend": _amend,
    "reject": _reject,
    **hands_told.SENTENCES,
    **dispatch_told.SENTENCES,
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
    "report_concern": _concern,
    "block": _block,
    "appeal": _plain(gettext_lazy("asked for another look")),
    "confidential": lambda each, names: (
        _("made it confidential") if _facts(each).get("on") else _("ended its confidentiality")
    ),
    "exempt": _exempt,
    "extend": _extend,
    "propose": _of_proposal(gettext_lazy("proposed to %(step)s")),
    "approve": _of_proposal(gettext_lazy("approved the proposal to %(step)s")),
    "refuse": _of_proposal(gettext_lazy("refused the proposal to %(step)s")),
    "withdraw_proposal": _of_proposal(gettext_lazy("withdrew the proposal to %(step)s")),
    "expire_proposal": _of_proposal(gettext_lazy("nobody decided about the proposal to %(step)s in time")),
    **history_time.SENTENCES,
    "close_pool": _plain(gettext_lazy("the pool closed")),
    "lapse_confirmation": _lapsed,
    "remind": _remind,
    "anonymise": _plain(gettext_lazy("removed the personal details")),
    "forget_helper": _plain(
        gettext_lazy("removed the details of a helper or contact who deleted their account")
    ),
}
