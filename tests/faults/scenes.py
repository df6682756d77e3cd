"""What is due before a fault strikes, and what must hold after it: each timer once, each message one row."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import F

from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from civic.lib.snapshot import one_picture
from civic.notify.enums import MessageState
from civic.notify.models import Message
from insight import consistency
from requests_app.effects.escalating import CHAIN
from requests_app.workflow import REQUESTS
from tests.cast import Cast
from tests.faults.plant import Plant, until

LONG_DUE = timedelta(days=3)


def due_timers(crowd: Cast, *, overdue: int, offers: int) -> list[int]:
    """Makes requests whose dispatch is overdue and offers that ran out; returns the timers that are due now.

    The reminders of the offered ones are left out: an offer's end voids them.
    """
    with clock.at(clock.now() - LONG_DUE):
        for _ in range(overdue):
            crowd.place()
        for _ in range(offers):
            request = crowd.offered(crowd.volunteer)
            Timer.objects.filter(kind="request", case_id=request.pk, name__in=CHAIN, voided_at=None).update(
                voided_at=clock.now()
            )
    return still_due()


def still_due() -> list[int]:
    """Returns the timers that are due and have not been fired."""
    due = Timer.objects.filter(run_at__lte=clock.now(), fired_at=None, voided_at=None)
    return list(due.order_by("pk").values_list("pk", flat=True))


def fired(timers: list[int]) -> int:
    return Timer.objects.filter(pk__in=timers).exclude(fired_at=None).count()


def expiring_offer(crowd: Cast, seconds: float) -> datetime:
    """Makes an offer of an urgent request that runs out in `seconds`; returns when."""
    with clock.at(clock.now() - timedelta(minutes=15) + timedelta(seconds=seconds)):
        request = crowd.offered(crowd.volunteer, urgency="urgent")
    return Timer.objects.get(kind="request", case_id=request.pk, name="expire_offer").due_at


def assert_each_took_effect_once(timers: list[int]) -> None:
    """Every timer has fired; each firing is one event of history; what each had to tell is one row a recipient."""
    rows = list(Timer.objects.filter(pk__in=timers))
    assert len(rows) == len(timers)
    assert [timer for timer in rows if timer.fired_at is None or timer.voided_at is not None] == []
    with one_picture():  # a chain of reminders may ring on meanwhile
        every = Timer.objects.filter(kind=REQUESTS.kind).exclude(fired_at=None)
        firings = Counter((timer.case_id, REQUESTS.timers[timer.name]) for timer in every)
        events = CaseEvent.objects.filter(kind=REQUESTS.kind, actor_role="system")
        assert Counter((event.case_id, event.verb) for event in events) == firings
        assert_messages_once(list(events))


def assert_messages_once(events: list[CaseEvent]) -> None:
    """Events of one verb and timer tell equally many people, each by one row."""
    keys = list(
        Message.objects.filter(dedupe_key__startswith="request:").values_list("dedupe_key", flat=True)
    )
    assert len(keys) == len(set(keys))
    told = Counter((int(key.split(":")[1]), int(key.split(":")[2])) for key in keys)
    numbers: dict[tuple[str, str], set[int]] = {}
    for event in events:
        kind = (event.verb, event.facts.get("timer", ""))
        numbers.setdefault(kind, set()).add(told[event.case_id, event.seq])
    assert all(len(found) == 1 and found != {0} for found in numbers.values()), numbers


def assert_consistent() -> None:
    faults = [str(fault) for fault in consistency.check()]
    assert not faults, faults


def leases_run_out() -> int:
    """Lets two minutes pass for the messages whose sweeper was killed; returns how many there were."""
    held = Message.objects.filter(state=MessageState.SENDING)
    past = clock.now() - timedelta(seconds=1)
    return held.update(lease_until=past, next_attempt_at=past)


def assert_all_delivered(plant: Plant) -> None:
    """Everything there was to tell gets sent, with a worker running; nothing ends dead."""
    leases_run_out()
    Message.objects.filter(state=MessageState.PENDING).update(next_attempt_at=F("created_at"))
    plant.tick()
    waiting = Message.objects.exclude(state=MessageState.SENT)
    until(lambda: not waiting.exists(), "every message is delivered")


def lines_sent(plant: Plant) -> int:
    """Returns how many text messages the gateway (a file here) has taken."""
    log = plant.home / "outbox" / "sms.log"
    return len(log.read_text().splitlines()) if log.exists() else 0
