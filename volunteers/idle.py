"""Volunteers who have not been heard of for a year are asked whether they still want to help; nobody is deleted."""

from datetime import datetime, timedelta

from django.db.models import Max, Q

from civic.cases.change import Change
from civic.cases.models import CaseEvent
from volunteers.enums import VolunteerState
from volunteers.models import Commitment, ServiceRecord, Volunteer
from volunteers.telling import tell

ASKED_AFTER = timedelta(days=365)
ANSWERED_WITHIN = timedelta(days=30)
APPROVING = ("approve", "admit", "reinstate")  # of all that staff do, what says that somebody wants to help
TIMERS = {"idle": "ask_idle", "unheard": "lapse"}


def watch(change: Change) -> None:
    """Counts from now on."""
    change.case.asked_idle_at = None
    change.void_timers("unheard")
    change.set_timer("idle", change.at + ASKED_AFTER)


def stop(change: Change) -> None:
    """Asks nobody who is suspended or has left."""
    change.void_timers()


def ask(change: Change) -> None:
    """After a year without a sign the volunteer is asked; after one with a sign it counts from that."""
    last = last_sign(change.case)
    idle = last is None or last + ASKED_AFTER <= change.at
    change.record(idle=idle)
    if idle:
        tell(change)
        change.case.asked_idle_at = change.at
        change.set_timer("unheard", change.at + ANSWERED_WITHIN)
    elif last is not None:
        change.set_timer("idle", last + ASKED_AFTER)


def lapse(change: Change) -> None:
    """Without an answer the volunteer rests and can come back any day; who was heard of meanwhile goes on."""
    last = last_sign(change.case)
    if last is not None and last + ASKED_AFTER > change.at:
        change.target, change.case.asked_idle_at = VolunteerState.APPROVED, None
        change.set_timer("idle", last + ASKED_AFTER)
        return
    change.target = VolunteerState.LAPSED
    tell(change)


def last_sign(volunteer: Volunteer) -> datetime | None:
    """Returns when somebody was last heard of: what they served, promised or did themselves, or staff's approval."""
    served = ServiceRecord.objects.filter(volunteer=volunteer).aggregate(last=Max("ended_at"))["last"]
    promised = Commitment.objects.filter(volunteer=volunteer, active=True).order_by("-during").first()
    acts = CaseEvent.objects.filter(kind=volunteer.kind, case_id=volunteer.pk)
    own = acts.filter(Q(actor_role="self") | Q(verb__in=APPROVING)).aggregate(last=Max("at"))["last"]
    signs = [served, promised.during.upper if promised is not None else None, own]
    return max((sign for sign in signs if sign is not None), default=None)
