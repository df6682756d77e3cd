"""What the storm needs from inside the installation it strikes: people with keys before it, a census after it.

Run by `manage shell` in the installation's own environment, which is not the one of the tests.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from civic.accounts.models import ApiToken, User
from civic.cases import timers
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from civic.notify import deliver
from civic.notify.enums import MessageState
from civic.notify.models import Message
from insight import consistency
from requests_app.models import ServiceRequest
from requests_app.workflow import REQUESTS
from tests.cast import Cast

RESIDENTS, HELPERS = 12, 16
AHEAD = "lies before the one ahead of it"


def settle(told: Path) -> None:
    """Fills the empty installation with the cast and more people; tells their keys in the file `told`."""
    cast = Cast()
    residents = [cast.person("陈桂兰", f"+86138001{n:05d}", home=cast.grid) for n in range(RESIDENTS)]
    helpers = [cast.helper("张建国", f"+86138002{n:05d}") for n in range(HELPERS)]
    found = {
        "residents": [(each.pk, ApiToken.issue(each)) for each in residents],
        "dispatchers": [(each.pk, ApiToken.issue(each)) for each in (cast.dispatcher, cast.colleague)],
        "helpers": [(each.user_id, ApiToken.issue(each.user), each.pk) for each in helpers],
    }
    told.write_text(json.dumps(found))


def hurry() -> None:
    """Sweeps once with a clock that goes an hour fast."""
    with clock.at(clock.now() + timedelta(hours=1)):
        timers.sweep()
        deliver.sweep()


def count(deeds: Path, told: Path) -> None:
    """Compares what was acknowledged (the file `deeds`) with what is stored; tells what does not agree."""
    told.write_text(json.dumps(list(_faults(json.loads(deeds.read_text()))), ensure_ascii=False))


def _faults(deeds: list[dict[str, Any]]) -> Iterator[str]:
    yield from (str(fault) for fault in consistency.check() if not _hurried(fault))
    yield from _lost_or_double(deeds)
    yield from _timers()
    keys = Counter(Message.objects.values_list("dedupe_key", flat=True))
    yield from (f"message {key} is {number} rows" for key, number in keys.items() if number > 1)
    for message in Message.objects.filter(state=MessageState.DEAD):
        yield f"message {message.dedupe_key} is dead: {message.last_error}"


def _hurried(fault: consistency.Fault) -> bool:
    """Tells whether the fault is only that `hurry` dated a step of this case ahead of those that followed it."""
    events = CaseEvent.objects.filter(kind=fault.kind, case_id=fault.case_id)
    return AHEAD in fault.sentence and events.filter(at__gt=clock.now(), actor_role="system").exists()


def _lost_or_double(deeds: list[dict[str, Any]]) -> Iterator[str]:
    """What was answered 2xx stands in history exactly once; what was never answered at most once."""
    codes = dict(ServiceRequest.objects.values_list("code", "pk"))
    done: Counter[tuple[int, str, int]] = Counter()
    unknown: Counter[tuple[int, str, int]] = Counter()
    placings = Counter(deed["actor"] for deed in deeds if deed["verb"] == "place" and not deed["done"])
    for deed in deeds:
        case = codes.get(deed["code"]) if deed["verb"] == "place" else deed["case"]
        if case is None and deed["done"]:
            yield f"the placing of {deed['code']} was acknowledged and is not there"
        elif case is not None:
            (done if deed["done"] else unknown)[case, deed["verb"], deed["actor"]] += 1
    people = set(User.objects.values_list("pk", flat=True))
    events = CaseEvent.objects.filter(kind=REQUESTS.kind, actor_id__in=people)
    stored = Counter(events.values_list("case_id", "verb", "actor_id"))
    for key in done.keys() | stored.keys():
        _case, verb, actor = key
        if verb == "place" and stored[key] > done[key] and placings[actor]:
            placings[actor] -= 1  # nobody was told the code of a placing without an answer
        elif not done[key] <= stored[key] <= done[key] + unknown[key]:
            yield f"{key}: {done[key]} acknowledged, {unknown[key]} unanswered, {stored[key]} in history"


def _timers() -> Iterator[str]:
    """Each timer that fired is one event of history; none that was due long ago still waits."""
    fired = Timer.objects.filter(kind=REQUESTS.kind).exclude(fired_at=None)
    wanted = Counter((timer.case_id, REQUESTS.timers[timer.name]) for timer in fired)
    events = CaseEvent.objects.filter(kind=REQUESTS.kind, actor_role="system")
    found = Counter(events.values_list("case_id", "verb"))
    if wanted != found:
        yield f"timers that fired and events of the system differ: {wanted - found} {found - wanted}"
    waiting = Timer.objects.filter(run_at__lt=clock.now(), fired_at=None, voided_at=None).count()
    if waiting:
        yield f"{waiting} timers are due and wait"
