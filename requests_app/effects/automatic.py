"""Auto-dispatch: a new request that a rule covers is put to the best candidates without waiting for a dispatcher."""

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import IllegalTransition
from requests_app import auto_dispatch
from requests_app.effects import asking, offering, waterfalls
from requests_app.enums import Sensitive
from requests_app.models import ServiceRequest


def plan(change: Change) -> None:
    """On placing: has the sweeper dispatch the request at once where a rule covers it."""
    request = change.case
    if fits(request) and auto_dispatch.expected_rule(request) is not None:
        change.set_timer("auto_dispatch", change.at)


def fits(request: ServiceRequest) -> bool:
    """Whether nobody has to read it first: it says in writing what is needed and where, and is neither confidential,
    nor of a sensitive kind, nor waiting for triage."""
    written = bool(request.title or request.text)
    placed = bool(request.address) or request.lat is not None
    private = request.confidential or request.category.sensitive != Sensitive.NONE
    return written and placed and not private and not request.needs_triage


def dispatch(change: Change) -> None:
    """Begins a waterfall by the rule that holds now, at the wished time; the history names the rule.

    Raises IllegalTransition when no rule does any more, or it was stopped, or has become too late.
    """
    request = change.case
    rule = auto_dispatch.present_rule(request)
    wished = request.preferred_start
    late = asking.latest(request) <= change.at or (wished is not None and wished <= change.at)
    if rule is None or late or not fits(request):
        raise IllegalTransition(_("This is not dispatched automatically any more."))
    change.record(rule=rule.pk, rule_area=rule.area_id, rule_category=rule.category_id)
    if wished is not None:
        change.facts["agreed_start"] = wished
    offering.agree_terms(change)
    if not waterfalls.begin(change, width=rule.width):
        change.record(nobody=True)
        waterfalls.tell_over(change)
