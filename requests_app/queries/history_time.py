"""What a history says about time: reminders, pauses, urging, deadlines that moved."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.areas.models import AreaLevel
from civic.lib import spoken
from requests_app.enums import PauseReason, Step
from requests_app.queries.parts_shown import Happened

RANG: dict[str, Promise] = {
    "half_time": gettext_lazy("“%(step)s”: half of the time has passed; told %(desk)s"),
    "hour_before": gettext_lazy("“%(step)s” is due soon; told %(desk)s"),
    "overdue": gettext_lazy("“%(step)s” is overdue; told %(desk)s"),
    "climb": gettext_lazy("“%(step)s” is still overdue; told %(desk)s"),
}


def rang(each: Happened) -> str:
    """Returns what a timer of a clock did; "" for the other reminders."""
    words = RANG.get(str(each.event.facts.get("timer", "")))
    if words is None or "step" not in each.event.facts:
        return ""
    return str(words) % {"step": step_label(each.event.facts["step"]), "desk": _desk_of(each)}


def waited(each: Happened) -> list[str]:
    """Returns in words how long a phone without network kept a step; nothing where it was told at once."""
    minutes = each.facts.get("waited_minutes")
    return [_("told %(length)s later") % {"length": spoken.hours(minutes)}] if minutes else []


BRIEFLY: dict[str, Promise] = {
    "half_time": gettext_lazy("half of the time has passed"),
    "hour_before": gettext_lazy("due soon"),
    "overdue": gettext_lazy("overdue"),
    "climb": gettext_lazy("still overdue"),
}


def rang_briefly(each: Happened) -> str:
    """Returns what rang, and at which level, in a few words; of an urging, that the resident asked."""
    words = str(BRIEFLY.get(str(each.facts.get("timer", "")), _("the resident asked after it")))
    level = each.facts.get("level")
    return f"{words} · {AreaLevel(level).label}" if level else words


def step_label(step: str) -> str:
    """Returns what a step with a time limit is called."""
    return str(Step(step).label) if step in Step.values else step


def _desk_of(each: Happened) -> str:
    """Returns which desk was told: of the community, the street, the district."""
    level = each.facts.get("level", "")
    if not level or not each.facts.get("told"):
        return _("nobody (there is no dispatcher)")
    return spoken.closed_up(_("the desk of the %(level)s") % {"level": AreaLevel(level).label})


def _pause(each: Happened, names: dict[int, str]) -> str:
    until = parse_datetime(each.facts.get("until", ""))
    reason = PauseReason(each.event.reason_code).label
    if until is None:
        return _("paused it: %(reason)s") % {"reason": reason}
    words = _("paused it until %(until)s: %(reason)s")
    return spoken.closed_up(words % {"until": spoken.moment(until), "reason": reason})


def _resume(each: Happened, names: dict[int, str]) -> str:
    moved = [parse_datetime(moment) for moment in each.facts.get("due", [])]
    words = _("the pause is over") if each.event.actor is None else _("resumed it")
    if len(moved) == 2 and moved[0] != moved[1] and moved[1] is not None:
        return words + spoken.closed_up(_(", now due %(due)s") % {"due": spoken.moment(moved[1])})
    return words


def _urge(each: Happened, names: dict[int, str]) -> str:
    if "told" not in each.facts:
        return _("asked after it")
    return _("asked after it; told %(desk)s") % {"desk": _desk_of(each)}


def _recalculate(each: Happened, names: dict[int, str]) -> str:
    lines = []
    for line in each.facts.get("moved", []):
        before, after = parse_datetime(line["from"]), parse_datetime(line["to"])
        assert before is not None and after is not None
        said = {"step": step_label(line["step"]), "from": spoken.moment(before), "to": spoken.moment(after)}
        lines.append(spoken.closed_up(_("“%(step)s” from %(from)s to %(to)s") % said))
    return _("the work calendar was changed: %(moved)s") % {"moved": _(", ").join(lines)}


SENTENCES: dict[str, Callable[[Happened, dict[int, str]], str]] = {
    "pause": _pause,
    "resume": _resume,
    "urge": _urge,
    "recalculate": _recalculate,
}
