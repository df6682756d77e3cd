"""What somebody at the desk can do with a request now: the rows of the table that apply, ready for buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.accounts.models import User
from civic.lib import clock
from requests_app import access
from requests_app.effects.ending import ANSWER_WITHIN, MAX_ROUNDS
from requests_app.effects.serving import NO_SHOW_AFTER
from requests_app.enums import AssignmentState, OfferState, Outcome, RequestState
from requests_app.models import Assignment, Offer, Pool, ServiceRequest
from requests_app.queries.approvals import Proposal
from requests_app.workflow import REQUESTS


@dataclass(frozen=True)
class Verb:
    """A verb as a button: its words, icon, key and whether it ends something."""

    name: str
    label: str | Promise
    icon: str
    key: str = ""
    danger: bool = False


VERBS = {
    verb.name: verb
    for verb in (
        Verb("offer", _("Offer"), "send"),
        Verb("confirm_start", _("Confirm the start"), "check", "y"),
        Verb("close_staffing", _("Go ahead with these"), "users-minus", "g"),
        Verb("withdraw_offer", pgettext_lazy("offers", "Withdraw"), "arrow-back-up", "w"),
        Verb("call_back", _("Call back"), "phone-call", "c"),
        Verb("amend", _("Amend"), "edit", "e"),
        Verb("refer", _("Refer to a unit"), "building-community", "t"),
        Verb("recall", _("Recall from the unit"), "arrow-back-up", "t"),
        Verb("split", _("Separate again"), "arrows-split-2", "m"),
        Verb("merge", _("Join to another request"), "arrows-join-2", "m"),
        Verb("reopen", _("Reopen"), "refresh", "o"),
        Verb("resume", _("Resume"), "player-play", "z"),
        Verb("pause", _("Pause"), "player-pause", "z"),
        Verb("reassign", _("Release people"), "user-minus", "r"),
        Verb("approve", _("Approve"), "check"),
        Verb("refuse", _("Refuse"), "ban"),
        Verb("withdraw_proposal", _("Withdraw the proposal"), "arrow-back-up"),
        Verb("extend", _("Extend the limit"), "calendar-plus"),
        Verb("confidential", _("Confidentiality"), "lock"),
        Verb("exempt", _("Leave out of the rates"), "chart-bar-off"),
        Verb("report_no_show", _("Report a no-show"), "user-question"),
        Verb("excuse", _("Excuse"), "heart-handshake"),
        Verb("abort", _("Break off"), "player-stop", danger=True),
        Verb("reject", _("Not taken on"), "ban", "d", danger=True),
        Verb("cancel", _("Cancel"), "circle-x", danger=True),
        Verb("report_concern", _("Report a concern"), "alert-triangle"),
        Verb("block", _("Never match again"), "user-off", danger=True),
    )
}


# Buttons that are a row of the table under another name.
ROW_OF = {"confirm_start": "amend"}
FRONT = (
    "resume",
    "approve",
    "refuse",
    "confirm_start",
    "close_staffing",
    "withdraw_offer",
    "call_back",
    "amend",
    "refer",
    "recall",
    "split",
    "reopen",
)


@dataclass(frozen=True)
class Possible:
    """What somebody can do now. `verbs` by name; `barred`: what they would be asked for, and why not by them."""

    verbs: dict[str, Verb]
    barred: dict[str, str] = field(default_factory=dict)

    @property
    def front(self) -> list[Verb]:
        """The verbs with a button of their own; one beside the three ways to offer, which fill the row."""
        found = [self.verbs[name] for name in FRONT if name in self.verbs]
        return found[:1] if "offer" in self.verbs else found

    @property
    def more(self) -> list[Verb]:
        """The others, in a menu."""
        shown = {"offer", *(verb.name for verb in self.front)}
        return [verb for name, verb in self.verbs.items() if name not in shown]

    @property
    def reasons(self) -> list[str]:
        """Why not by them, each reason once."""
        return list(dict.fromkeys(self.barred.values()))


def possible(
    request: ServiceRequest,
    user: User,
    *,
    offers: Sequence[Offer],
    pool: Pool | None,
    teams_asked: bool = False,
    assignments: Sequence[Assignment],
    proposals: Sequence[Proposal] = (),
) -> Possible:
    """Returns the verbs `user` can perform on `request` now, in the order of the desk, and which others a colleague
    can.

    `assignments` are those of every round. The write door decides again; this only keeps buttons away that
    it would refuse.
    """
    roles = access.standing(request, user)
    rows = [row for row in REQUESTS.transitions if request.state in row.sources and roles & set(row.roles)]
    held = {row.verb: set(row.roles) & roles for row in rows}
    proposed = {line.approval.verb for line in proposals}
    now = clock.now()
    current = [line for line in assignments if line.round == request.round]
    active = [line for line in current if line.is_active]
    serving = [line for line in active if line.state != AssignmentState.COMPLETED]
    asking = pool is not None or teams_asked or any(offer.state == OfferState.OPEN for offer in offers)
    checks: dict[str, Any] = {
        # Volunteers are sought in the district of the place: without one it has to be sorted first.
        "offer": lambda: (
            len(active) < request.needed and request.district_id is not None and request.paused_at is None
        ),
        "pause": lambda: request.paused_at is None,
        "resume": lambda: request.paused_at is not None,
        "confirm_start": lambda: request.start_proposed and "dispatcher" in held["amend"],
        "withdraw_offer": lambda: asking,
        "close_staffing": lambda: bool(active) and (asking or len(active) < request.needed),
        "reassign": lambda: bool(serving),
        "report_no_show": lambda: any(_late(line, now) for line in active),
        "excuse": lambda: bool(excusable(assignments, user)),
        "call_back": lambda: (
            request.state == RequestState.COMPLETED
            or request.outcome == Outcome.UNRATED
            or request.call_back_wanted
        ),
        "reopen": lambda: (
            request.outcome != Outcome.TAKEN_OVER
            and request.rounds_counted < MAX_ROUNDS
            and ("dispatcher" in held["reopen"] or _recent(request, now))
        ),
        "approve": lambda: any(line.may_decide for line in proposals),
        "refuse": lambda: any(line.may_decide for line in proposals),
        "withdraw_proposal": lambda: any(line.is_own for line in proposals),
        "exempt": lambda: not request.exempt_reason and request.outcome != Outcome.TAKEN_OVER,
        "block": lambda: bool(assignments),
        "abort": lambda: "dispatcher" in held["abort"],
    }
    found = {
        name: verb
        for name, verb in VERBS.items()
        if ROW_OF.get(name, name) in held and name not in proposed and checks.get(name, lambda: True)()
    }
    asked = cache(lambda bar: bar(request, user))  # several rows have the same bar
    bars = {row.verb: row.bars for row in rows}
    whys = {name: next(filter(None, map(asked, bars[ROW_OF.get(name, name)])), "") for name in found}
    barred = {name: why for name, why in whys.items() if why}
    return Possible({name: verb for name, verb in found.items() if name not in barred}, barred)


def excusable(assignments: Sequence[Assignment], by: User) -> list[Assignment]:
    """Returns the no-shows and give-ups that still count against somebody else than `by`: nobody excuses themselves."""
    ends = {AssignmentState.NO_SHOW, AssignmentState.GIVEN_UP}
    return [
        line
        for line in assignments
        if line.state in ends and not line.excused and line.volunteer.user_id != by.pk
    ]


def absent(assignments: Sequence[Assignment]) -> list[Assignment]:
    """Returns who has not checked in half an hour after the agreed start."""
    now = clock.now()
    return [line for line in assignments if _late(line, now)]


def _late(line: Assignment, now: Any) -> bool:
    return line.state == AssignmentState.ACCEPTED and now >= line.agreed_start + NO_SHOW_AFTER


def _recent(request: ServiceRequest, now: Any) -> bool:
    return request.closed_at is None or now <= request.closed_at + ANSWER_WITHIN
