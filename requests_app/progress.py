"""How a request is getting on, told to the people it is for: timeline, who comes, and the one next step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from civic.cases.models import CaseEvent, CaseText
from civic.lib import clock, spoken
from requests_app import in_hands, timeline, wished
from requests_app.effects.appealing import appeal_until
from requests_app.effects.ending import ANSWER_WITHIN, MAX_ROUNDS
from requests_app.effects.parts import assignments
from requests_app.effects.urging import was_today
from requests_app.enums import (
    ACTIVE,
    OTHERS,
    AssignmentState,
    Outcome,
    PauseReason,
    RejectReason,
    RequestState,
)
from requests_app.models import Assignment, Rating, ServiceRequest
from requests_app.queries import referrals_shown
from requests_app.queries.parts_shown import named_to_residents
from requests_app.queries.referrals_shown import Hands

NO_SHOW_AFTER = timedelta(minutes=30)
S = RequestState
NO_BREAK = "\N{NON-BREAKING HYPHEN}"  # keeps a number on one line


@dataclass(frozen=True)
class Helper:
    """Who comes or came: the name only where the volunteer agreed to it, always the public number."""

    name: str
    named: bool
    number: str
    words: str
    assignment_id: int
    is_awaited: bool
    is_late: bool


@dataclass(frozen=True)
class Progress:
    """Everything a progress page shows. `helpers` and `reply` stay empty for whoever came by code."""

    case: ServiceRequest
    headline: str
    more: str
    tone: str
    timeline: list[timeline.Moment]
    helpers: list[Helper]
    reply: str
    answer: str  # of the responsible unit, and who it is
    answered_by: str
    rating: Rating | None
    may: frozenset[str]
    sign_in: str  # what whoever came by code gains by signing in; "" when nothing
    parts: list[Assignment]  # of every round
    named: frozenset[int]  # the accounts of those volunteers whom the reader may know by name

    @property
    def wanted(self) -> str:
        """When somebody is to come as long as nobody has accepted; then the headline says it."""
        waits = self.case.state in {S.SUBMITTED, S.OFFERED} and not self.case.start_proposed
        return wished.in_words(self.case) if waits else ""

    @property
    def is_planned(self) -> bool:
        """Whether `wanted` is what the desk asks people for, and not the resident's own words."""
        return self.case.agreed_start is not None

    @property
    def appeal_until(self) -> datetime | None:
        """Until when somebody else can be asked to look at what was not taken on."""
        return appeal_until(self.case)

    @property
    def is_late(self) -> bool:
        """Whether what has to happen next should have happened by now: only then is urging the next thing to do."""
        return self.case.act_by <= clock.now()

    @property
    def awaits_somebody(self) -> bool:
        """Whether a volunteer has still to check in: only then is the code at the door of use."""
        return any(helper.is_awaited for helper in self.helpers)


def of(case: ServiceRequest, *, owner: bool, beneficiary: bool) -> Progress:
    """Returns the progress of `case`; `owner` (beneficiary or proxy) sees who comes and may act."""
    parts = list(Assignment.objects.filter(request=case).select_related("volunteer__user").order_by("slot"))
    lines = _present(case, parts)
    named = named_to_residents([line.volunteer.user_id for line in parts]) if owner else frozenset()
    rating = Rating.objects.filter(request=case, round=case.round).first()
    hands = referrals_shown.hands(case) if case.version > 1 else None
    headline, more, tone = _headline(case, lines, rating, hands)
    helpers = _helpers(case, lines, named) if owner else []
    return Progress(
        case=case,
        headline=headline,
        more=more,
        tone=tone,
        timeline=timeline.of(case, parts, named),
        helpers=helpers,
        reply=_reply(case) if owner else "",
        answer=hands.answer if owner and hands is not None else "",
        answered_by=str(hands.current.unit) if hands is not None and hands.current else "",
        rating=rating,
        may=_may(case, lines, rating, beneficiary=beneficiary) if owner else frozenset(),
        sign_in="" if owner else _sign_in(case, _may(case, lines, rating, beneficiary=True)),
        parts=parts,
        named=named,
    )


def may(case: ServiceRequest, *, beneficiary: bool) -> frozenset[str]:
    """Returns the verbs that the owner of `case` has a button for now."""
    lines = _present(case, list(Assignment.objects.filter(request=case)))
    rating = Rating.objects.filter(request=case, round=case.round).first()
    return _may(case, lines, rating, beneficiary=beneficiary)


def _present(case: ServiceRequest, parts: list[Assignment]) -> list[Assignment]:
    """Returns those of `parts` who come, are there or have been in the present round."""
    return [line for line in parts if line.round == case.round and line.state in ACTIVE]


def is_anybody_coming(case: ServiceRequest) -> bool:
    """Whether somebody has accepted in the present round and is still to come."""
    return assignments(case).filter(state=AssignmentState.ACCEPTED).exists()


def had_a_part(case: ServiceRequest) -> list[tuple[int, str]]:
    """Returns who ever accepted `case`, the latest first: the volunteer's key, and who, when and how it went."""
    found = Assignment.objects.filter(request=case).select_related("volunteer__user").order_by("pk")
    latest = {line.volunteer_id: line for line in found}  # whoever came twice is named once
    lines = sorted(latest.values(), key=lambda line: -line.pk)
    named = named_to_residents([line.volunteer.user_id for line in lines])
    return [(line.volunteer_id, _part_in_words(line, named)) for line in lines]


def _part_in_words(line: Assignment, named: frozenset[int]) -> str:
    volunteer = line.volunteer
    number = _("Volunteer %(number)s") % {"number": volunteer.number.replace("-", NO_BREAK)}
    who = volunteer.user.name if volunteer.user_id in named else number
    how = {
        AssignmentState.ACCEPTED: _("is to come"),
        AssignmentState.IN_SERVICE: _("is with you"),
        AssignmentState.COMPLETED: _("was with you"),
        AssignmentState.GIVEN_UP: _("gave it up"),
        AssignmentState.NO_SHOW: _("did not come"),
        AssignmentState.RELEASED: _("comes no longer"),
    }[AssignmentState(line.state)]
    return pgettext("list", ", ").join((who, spoken.moment(line.agreed_start), how))


def _headline(
    case: ServiceRequest, lines: list[Assignment], rating: Rating | None, hands: Hands | None
) -> tuple[str, str, str]:
    """Returns what happens next in one sentence, a second one, and the tone of the note."""
    if case.paused_until is not None:
        when = spoken.moment(case.paused_until, weekday=True)
        away = case.pause_reason == PauseReason.AWAY
        reason = _("you are away") if away else PauseReason(case.pause_reason).label
        more = spoken.closed_up(_("We go on %(when)s, without your doing anything.") % {"when": when})
        return _("Your request is on hold: %(reason)s.") % {"reason": reason}, more, "info"
    if case.state == S.SUBMITTED:
        if wished.is_before_dispatch(case):
            more = _("The time you wish is very near. Please call the desk as well.")
            return _("We are looking for a volunteer."), more, "warn"
        if case.start_proposed or case.dispatch_due_at <= clock.now():
            return (
                _("We are looking for a volunteer."),
                _("It takes longer than planned; the desk is on it."),
                "warn",
            )
        due = spoken.moment(case.dispatch_due_at)
        return (
            _("We are looking for a volunteer."),
            spoken.closed_up(_("Somebody will be asked by %(due)s.") % {"due": due}),
            "info",
        )
    if case.state in OTHERS:
        return in_hands.headline(case)
    if case.state == S.OFFERED:
        return (
            _("Volunteers near you have been asked."),
            _("You get a message as soon as one accepts."),
            "info",
        )
    if case.state == S.ACCEPTED:
        return _coming(case, lines)
    if case.state == S.IN_SERVICE:
        return _("The volunteer is with you."), _("Afterwards please say how it was."), "ok"
    if case.state == S.COMPLETED and hands is not None and hands.answer:
        return in_hands.answered(hands)
    if case.state == S.COMPLETED:
        return _("It is done. Did it help?"), _("Your answer confirms the volunteer's hours."), "warn"
    if case.state == S.CANCELLED:
        return _("This request was cancelled."), "", "gray"
    if case.state == S.REJECTED:
        return _("We could not take this on."), "", "red"
    if case.outcome == Outcome.TAKEN_OVER:
        return (
            _("This was closed in the earlier system."),
            _("Place a new request if you need a hand again."),
            "gray",
        )
    if case.outcome == Outcome.UNRATED and rating is None:
        return _("Closed without a rating."), _("You can still rate it for 15 days."), "gray"
    if case.call_back_wanted:
        return _("Thank you for your answer."), _("Somebody will call you about it."), "gray"
    return _("This request is closed."), _("Thank you. Come again whenever you need a hand."), "gray"


def _coming(case: ServiceRequest, lines: list[Assignment]) -> tuple[str, str, str]:
    start = case.agreed_start or (lines[0].agreed_start if lines else None)
    if start is None:
        return _("A volunteer has accepted."), _("They will call to agree on the time."), "ok"
    at = {"when": spoken.moment(start, weekday=True)}
    length = {"length": spoken.hours(case.expected_minutes)}
    more = _("About %(length)s. You will be called if anything changes.") % length
    if case.start_proposed:
        return spoken.closed_up(_("Proposed: %(when)s.") % at), _("The desk confirms the time."), "warn"
    words = ngettext("%(when)s: a volunteer comes to you.", "%(when)s: volunteers come to you.", len(lines))
    return spoken.closed_up(words % at), more, "ok"


def _helpers(case: ServiceRequest, lines: list[Assignment], named: frozenset[int]) -> list[Helper]:
    """Returns who comes. Names by consent; how often they did this, and whether for this person before."""
    if not lines or not case.is_open:
        return []
    people = [line.volunteer for line in lines]
    before = Q(request__beneficiary_id=case.beneficiary_id) & Q(request__beneficiary_id__isnull=False)
    done: dict[int, Any] = {
        row["volunteer_id"]: row
        for row in Assignment.objects.filter(volunteer__in=people, state=AssignmentState.COMPLETED)
        .exclude(request=case)
        .values("volunteer_id")
        .annotate(
            times=Count("pk", filter=Q(request__category_id=case.category_id)),
            here=Count("pk", filter=before),
        )
    }
    return [
        Helper(
            name=line.volunteer.user.name if line.volunteer.user_id in named else _("Your volunteer"),
            named=line.volunteer.user_id in named,
            number=line.volunteer.number,
            words=_experience(case, done.get(line.volunteer_id, {})),
            assignment_id=line.pk,
            is_awaited=line.state == AssignmentState.ACCEPTED,
            is_late=line.state == AssignmentState.ACCEPTED
            and clock.now() >= line.agreed_start + NO_SHOW_AFTER,
        )
        for line in lines
    ]


def _experience(case: ServiceRequest, done: dict[str, int]) -> str:
    said = []
    if done.get("times"):
        times = {"n": done["times"], "kind": str(case.category)}
        said.append(ngettext("%(kind)s: %(n)d time", "%(kind)s: %(n)d times", done["times"]) % times)
    if done.get("here"):
        said.append(_("has helped you before"))
    return spoken.dotted(*said)


def _reply(case: ServiceRequest) -> str:
    """Returns why a request was not taken on, as the desk wrote it; of one that was taken over, what it came to."""
    taken_over = case.outcome == Outcome.TAKEN_OVER
    if case.state != S.REJECTED and not taken_over:
        return ""
    verbs = ("take_over",) if taken_over else ("reject", "follow")
    event = CaseEvent.objects.filter(kind=case.kind, case_id=case.pk, verb__in=verbs).order_by("-seq").first()
    if event is None:
        return ""
    text = CaseText.objects.filter(kind=case.kind, case_id=case.pk, seq=event.seq, name="reply").first()
    reason = RejectReason(event.reason_code).label if event.reason_code in RejectReason.values else ""
    return "\n".join(filter(None, (str(reason), text.body if text else "")))


def _sign_in(case: ServiceRequest, may: frozenset[str]) -> str:
    """Returns what is left to do or read for who signs in and may then do `may`."""
    if case.state == S.REJECTED:
        return _("Sign in to read why")
    if "rate" in may:
        return _("Sign in to say how it was")
    if "reopen" in may:
        return _("Not solved? Sign in to ask once more")
    return _("Sign in to see who comes, to change or to rate") if case.is_open else ""


def _may(
    case: ServiceRequest, lines: list[Assignment], rating: Rating | None, *, beneficiary: bool
) -> frozenset[str]:
    """Returns the verbs worth a button; the table decides again when one is pressed."""
    found = set()
    if case.outcome == Outcome.TAKEN_OVER:
        return frozenset()
    in_time = case.closed_at is None or clock.now() <= case.closed_at + ANSWER_WITHIN
    if case.state in {S.SUBMITTED, S.OFFERED, S.ACCEPTED}:
        found |= {"amend", "cancel"}
    if case.state in OTHERS:
        found.add("cancel")
    if beneficiary and rating is None and case.state in {S.COMPLETED, S.CLOSED} and in_time:
        found.add("rate")
    if beneficiary and case.state == S.CLOSED and in_time and case.rounds_counted < MAX_ROUNDS:
        found.add("reopen")
    if any(
        line.state == AssignmentState.ACCEPTED and clock.now() >= line.agreed_start + NO_SHOW_AFTER
        for line in lines
    ):
        found.add("report_no_show")
    if case.state == S.REJECTED and (until := appeal_until(case)) and clock.now() <= until:
        found.add("appeal")
    if case.is_open:
        found.add("confidential")
    if case.is_open or in_time:
        found.add("report_concern")
    if case.is_open and case.state != S.COMPLETED:
        urged = case.urged_at is not None and was_today(case.urged_at, clock.now())
        found.add("urged" if urged else "urge")
    return frozenset(found)
