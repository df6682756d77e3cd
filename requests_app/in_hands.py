"""What residents read while a responsible unit has their request, or another request about the same thing.

Calm and without anybody else's details: who has it, by when, and what comes next.
"""

from django.utils.translation import gettext as _

from civic.cases.models import CaseEvent
from civic.lib import clock, spoken
from requests_app.enums import RequestState
from requests_app.models import ServiceRequest
from requests_app.queries import referrals_shown
from requests_app.queries.referrals_shown import Hands

S = RequestState
Words = tuple[str, str, str]


def headline(case: ServiceRequest) -> Words:
    """Returns the sentence on top, a second one and the tone, for a referred or joined request."""
    if case.state == S.MERGED:
        return (
            _("Somebody nearby asked for the same."),
            _("The two are handled together. When it is done, you say how it was."),
            "info",
        )
    lies_with = referrals_shown.hands(case).current
    if lies_with is None:
        return _("A responsible unit has it."), "", "info"
    passed = _("Passed to %(unit)s.") % {"unit": lies_with.unit}
    if lies_with.due_at <= clock.now():
        return passed, _("It takes longer than planned; the desk is on it."), "warn"
    due = {"due": spoken.limit(lies_with.due_at, weekday=True)}
    return passed, spoken.closed_up(_("It answers you by %(due)s.") % due), "info"


def answered(hands: Hands) -> Words:
    """Returns the same once there is an answer to be rated."""
    if hands.current is None:
        return _("It is done. Did it help?"), _("The answer stands below."), "warn"
    words = _("%(unit)s has answered. Did it help?") % {"unit": hands.current.unit}
    return words, _("The answer stands below."), "warn"


def moments(event: CaseEvent) -> dict[str, tuple[str, str]]:
    """Returns title and words of the events of units and joined requests, by verb, for the timeline."""
    recalled = (_("Back at the desk"), _("The desk sees to it again"))
    passed_on = (_("Passed on"), _("Another unit takes it over"))
    after = {
        S.COMPLETED: (_("Done"), _("The request it was joined to is done")),
        S.REJECTED: (_("Not taken on"), _("The desk has told why")),
    }
    by_itself = (_("By itself again"), _("We arrange it separately"))
    return {
        "refer": (_("Passed on"), _("A responsible unit sees to it")),
        "recall": recalled,
        "return": passed_on if event.to_state == S.REFERRED else recalled,
        "unit_reply": (_("Answered"), _("The responsible unit has answered")),
        "merge": (_("Joined"), _("Handled together with a request about the same")),
        "split": by_itself,
        "follow": after.get(S(event.to_state), by_itself),
    }


def to_come(case: ServiceRequest) -> list[str]:
    """Returns the steps that are still to come."""
    first = _("The unit answers") if case.state == S.REFERRED else _("The other request is done")
    return [first, last_step(case)]


def last_step(case: ServiceRequest) -> str:
    """Returns the step that ends every request: whoever was helped rates, whoever has asked."""
    return _("Whoever was helped says how it was") if case.proxy_id else _("You say how it was")
