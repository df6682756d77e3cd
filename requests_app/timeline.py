"""What has happened to a request and what is to come, line by line, as the people it is for read it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from civic.cases.models import CaseEvent
from civic.lib import spoken
from requests_app import in_hands
from requests_app.enums import OTHERS, RequestState
from requests_app.models import Assignment, ServiceRequest

S = RequestState


@dataclass(frozen=True)
class Moment:
    """One line of the timeline; without `at` it is still to come."""

    title: str
    words: str = ""
    at: datetime | None = None
    now: bool = False


def of(case: ServiceRequest, parts: list[Assignment], named: frozenset[int]) -> list[Moment]:
    """Returns what has happened, the oldest first, then what is to come; `parts` are all of the request, `named` those
    volunteers, by account, whom the reader may know by name."""
    return _past(case, parts, named) + _future(case)


def _past(case: ServiceRequest, parts: list[Assignment], named: frozenset[int]) -> list[Moment]:
    starts = {line.pk: line.agreed_start for line in parts}
    proposed = {line.pk for line in parts if case.start_proposed and line.round == case.round}
    names = {line.pk: line.volunteer.user.name for line in parts if line.volunteer.user_id in named}
    events = CaseEvent.objects.filter(kind=case.kind, case_id=case.pk).order_by("seq")
    told = [(event, words) for event in events if (words := _event_words(event, starts, names, proposed))]
    shown: list[Moment] = []
    for event, (title, said) in told:
        asked_before = title == _("Dispatched") and any(each.title == title for each in shown)
        shown.append(Moment(_("Dispatched again") if asked_before else title, said, event.at))
    if shown:
        last = shown[-1]
        shown[-1] = Moment(last.title, last.words, last.at, now=case.is_open)
    return shown


def _event_words(
    event: CaseEvent, starts: dict[int, datetime], names: dict[int, str], proposed: set[int]
) -> tuple[str, str] | None:
    """Returns title and words of one history event, None for what residents need not read.

    `starts` and `names` tell agreed start and (where it may be said) name by assignment; the starts of the `proposed`
    ones wait for the desk.
    """
    facts = event.facts
    if event.verb == "place":
        on_behalf = event.actor_role == "proxy"
        title = pgettext("the resident, for help", "Asked")
        return title, _("Placed on your behalf") if on_behalf else _("The request has arrived")
    if event.verb in {"offer", "auto_dispatch"} and event.to_state != RequestState.SUBMITTED:
        asked = sum(1 for part in facts.get("parts", []) if "offer" in part)
        words = ngettext("%(n)d volunteer was asked", "%(n)d volunteers were asked", asked) % {"n": asked}
        if any("team_offer" in part for part in facts.get("parts", [])):
            return _("Dispatched"), _("A team of volunteers was asked")
        return _("Dispatched"), words if asked else _("All volunteers of the district can see it")
    if event.verb in {"accept", "accept_for_team"}:
        line = next((part["assignment"] for part in facts.get("parts", []) if "assignment" in part), 0)
        who = names.get(line) or _("A volunteer")
        if line not in starts:
            return _("Accepted"), who
        said = _("%(who)s proposes %(when)s") if line in proposed else _("%(who)s, for %(when)s")
        return _("Accepted"), spoken.closed_up(
            said % {"who": who, "when": _start_words(starts[line], event.at)}
        )
    known = {
        **in_hands.moments(event),
        "take_over": (_("Taken over"), _("It was closed in the earlier system")),
        "pause": (_("On hold"), _("The desk waits with it for a while")),
        "resume": (_("Going on"), _("We are arranging it again")),
        "urge": (_("You asked after it"), _("The desk was reminded")),
        "amend": (_("Changed"), _("Time, place or details were changed")),
        "give_up": (_("Looking again"), _("A volunteer cannot come")),
        "report_no_show": (_("Looking again"), _("A volunteer did not come")),
        "reassign": (_("Looking again"), _("The desk asks somebody else")),
        "lapse_confirmation": (_("Looking again"), _("A volunteer did not confirm the change")),
        "abort": (_("Stopped"), _("The service was stopped")),
        "check_in": (_("At your place"), _("The volunteer has checked in")),
        "complete": (_("Done"), _("The volunteer has finished")),
        "rate": (
            _("Rated"),
            _("Thank you for your answer")
            if event.to_state == S.CLOSED
            else _("Not solved: we arrange it again for you"),
        ),
        "call_back": (_("Called back"), _("The desk has talked with you")),
        "close_unrated": (_("Closed"), _("Seven days passed without a rating")),
        "confidential": (_("Confidential") if facts.get("on") else _("No longer confidential"), ""),
        "reject": (_("Not taken on"), _("The desk has told why")),
        "appeal": (_("Another look"), _("Somebody else decides")),
        "cancel": (_("Cancelled"), ""),
        "reopen": (_("Opened again"), _("We try once more")),
    }
    return known.get(event.verb)


def _start_words(start: datetime, told_at: datetime) -> str:
    """Returns a start within a line of `told_at`: "tomorrow" only where the line is of today."""
    return spoken.moment(start) if spoken.day(told_at) == _("today") else spoken.dated_moment(start)


def _future(case: ServiceRequest) -> list[Moment]:
    if not case.is_open:
        return []
    if case.state in OTHERS:
        return [Moment(title) for title in in_hands.to_come(case)]
    steps = [_("Dispatch"), _("Somebody accepts"), _("The volunteer comes"), in_hands.last_step(case)]
    reached = {S.SUBMITTED: 0, S.OFFERED: 1, S.ACCEPTED: 2, S.IN_SERVICE: 3, S.COMPLETED: 3}
    return [Moment(title) for title in steps[reached.get(S(case.state), 4) :]]
