"""The resident asks after it: whoever must act is reminded at once, at most once a day."""

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import TooMany
from requests_app import messages
from requests_app.effects import escalating, parts
from requests_app.enums import AssignmentState


def once_a_day(change: Change) -> None:
    """Guard: one reminder a calendar day; tomorrow it can be done again."""
    last = change.case.urged_at
    if last is not None and was_today(last, change.at):
        now = timezone.localtime(change.at)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        words = _("We have reminded them today. You can do so again tomorrow.")
        raise TooMany(words, retry_after=int((midnight - now).total_seconds()) + 1)


def was_today(last: datetime, now: datetime) -> bool:
    """Whether `last` lies on the same day as `now`, as people here count days."""
    return timezone.localdate(last) >= timezone.localdate(now)


def urge(change: Change) -> None:
    """Tells the nearest desk, and the volunteers who should be there by now."""
    request = change.case
    request.urged_at = change.at
    area, people = next(iter(escalating.must_act(request)), (None, []))
    messages.to_staff(change, "desk.urged", people)
    late = parts.active(request).filter(state=AssignmentState.ACCEPTED, agreed_start__lte=change.at)
    for line in late.select_related("volunteer"):
        messages.to_volunteer(change, "task.check_in", line.volunteer, start=line.agreed_start)
    change.record(told=people, level=area.level if area else "")
