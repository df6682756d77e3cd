"""One line of the desk's queue: what it is, how it stands, and which of its limits runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from civic.areas import queries as areas
from civic.lib import spoken
from civic.lib.text import opening
from requests_app import reference
from requests_app.effects.clocks import STEP_OF
from requests_app.enums import FINAL, RequestState, Step

SOON = timedelta(hours=1)

WAITS_FOR_NOBODY = FINAL | {RequestState.COMPLETED, RequestState.MERGED}
DESK_STATES = {
    RequestState.SUBMITTED: gettext_lazy("To dispatch"),
    RequestState.OFFERED: gettext_lazy("Asking volunteers"),
    RequestState.ACCEPTED: gettext_lazy("Accepted"),
    RequestState.IN_SERVICE: gettext_lazy("In service"),
    RequestState.REFERRED: gettext_lazy("With a unit"),
    RequestState.MERGED: gettext_lazy("Joined"),
    RequestState.COMPLETED: gettext_lazy("Waiting for the rating"),
}
# What a limit is called beside the time that is left of it.
LIMITS: dict[Step, str | Promise] = {
    Step.DISPATCH: Step.DISPATCH.label,
    Step.ACCEPT: Step.ACCEPT.label,
    Step.START: pgettext_lazy("time limit", "Check-in"),
    Step.ANSWER: pgettext_lazy("time limit", "Answer"),
    Step.FINISH: Step.FINISH.label,
}
GOES_ON = pgettext_lazy("when a pause ends", "Goes on")


@dataclass(frozen=True)
class Row:
    """One line of the queue. `limit` names what is due at `due_at`."""

    pk: int
    version: int
    title: str
    tone: str
    due_at: datetime | None
    limit: str
    paused: bool
    state: str
    meta: str
    eye: str = ""


def row_of(line: dict[str, Any], now: datetime, eyes: dict[int, str], goes_out_at: datetime | None) -> Row:
    """Returns the row of a `line` (desk_queue.COLUMNS); `eyes`: who else has which request open, `goes_out_at`: when a
    rule has it dispatched."""
    category = reference.snapshot().by_id.get(line["category_id"])
    area = areas.tree().by_id.get(line["area_id"])
    state, waits = line["state"], line["state"] not in WAITS_FOR_NOBODY
    paused = waits and line["paused_until"] is not None
    meta = [str(category or ""), area.label if area else ""]
    if state != RequestState.SUBMITTED:
        meta.insert(0, str(desk_state(state)))
    if paused:
        meta.insert(0, _("Paused"))
    if goes_out_at is not None:
        said = _("goes out by itself %(when)s") % {"when": spoken.moment(goes_out_at)}
        meta.insert(0, spoken.closed_up(said))
    if line["round"] > 1:
        meta.append(_("round %(n)d") % {"n": line["round"]})
    if line["needed"] > 1:
        meta.append(_("%(n)d people") % {"n": line["needed"]})
    if line["proxy__name"]:
        meta.append(_("through %(name)s") % {"name": line["proxy__name"]})
    return Row(
        pk=line["pk"],
        version=line["version"],
        title=line["title"] or opening(line["lead"]) or str(category or ""),
        tone="" if paused else tone(state, line["act_by"], now),
        due_at=line["act_by"] if waits else None,
        limit=str(GOES_ON if paused else limit_of(state)) if waits else "",
        paused=paused,
        state=state,
        meta=" · ".join(filter(None, meta)),
        eye=eyes.get(line["pk"], ""),
    )


def tone(state: str, act_by: datetime, now: datetime) -> str:
    """Returns how pressing a request is: "red" when late, "amber" when soon, "" otherwise or where nothing waits."""
    if state in WAITS_FOR_NOBODY:
        return ""
    if act_by <= now:
        return "red"
    return "amber" if act_by <= now + SOON else ""


def limit_of(state: str) -> str | Promise:
    """Returns which limit a request in `state` has to keep next (clocks.next_due says until when), in one word."""
    return LIMITS[STEP_OF.get(state, Step.FINISH)]


def desk_state(state: str) -> str | Promise:
    """Returns the state in the desk's words, which look from the other side than the resident's."""
    return DESK_STATES.get(RequestState(state)) or RequestState(state).label
