"""What must agree about one service request: slots, clocks, promises of time, the ledger, answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from civic.cases.clocks import LASTING
from civic.cases.models import Timer
from insight.hands_consistency import faults_of_hands
from insight.waterfalls_consistency import faults_of_waterfalls
from requests_app.effects import clocks
from requests_app.effects.escalating import CHAIN as RINGS
from requests_app.enums import (
    ACTIVE,
    FINAL,
    AssignmentState,
    OfferState,
    Outcome,
    PoolState,
    RequestState,
    Step,
)
from requests_app.models import Assignment, Offer, Pool, Rating, ServiceRequest, TeamOffer
from volunteers.ledger import ASSIGNMENT
from volunteers.models import Commitment, RecordConfirmation, ServiceRecord

Parts = dict[str, list[Any]]
MOST_ROUNDS = 3
CHAIN = frozenset(RINGS)
# Messages written by a step of a request name its event in their key (requests_app.messages). One pass over all.
MESSAGES_WITHOUT_EVENT = """
SELECT message.subject_id, message.dedupe_key FROM notify_message message
LEFT JOIN cases_caseevent event ON event.kind = 'request' AND event.case_id = message.subject_id
      AND event.seq = split_part(message.dedupe_key, ':', 3)::integer
WHERE message.subject_kind = 'request' AND message.dedupe_key ~ '^request:[0-9]+:[0-9]+:' AND event.id IS NULL
ORDER BY message.id
"""
# The history of a pool says how many were told; each is a row as long as the people of the request are known.
TOLD_OTHERWISE = """
SELECT request.id, event.seq, (event.facts ->> 'told_of_pool')::integer, count(line.id)
FROM requests_app_servicerequest request
JOIN cases_caseevent event ON event.kind = 'request' AND event.case_id = request.id
LEFT JOIN requests_app_considered line ON line.request_id = request.id AND line.seq = event.seq
      AND line.asked AND line.pool_id IS NOT NULL
WHERE request.id IN (SELECT request_id FROM requests_app_pool) AND request.anonymised_at IS NULL
      AND event.facts ->> 'told_of_pool' IS NOT NULL
GROUP BY request.id, event.seq, event.facts HAVING count(line.id) <> (event.facts ->> 'told_of_pool')::integer
ORDER BY request.id, event.seq
"""
PROMISED = frozenset({AssignmentState.ACCEPTED, AssignmentState.IN_SERVICE})


def faults_of_request(request: Any, timers: Sequence[Timer], parts: Parts) -> list[str]:
    """Returns the sentences about one request; `parts` holds its offers, pools and assignments of all
    rounds.
    """
    assert isinstance(request, ServiceRequest)
    running = [timer for timer in timers if timer.fired_at is None and timer.voided_at is None]
    return [
        *_faults_of_slots(request, parts["assignment"]),
        *_faults_of_asking(request, running, parts),
        *faults_of_waterfalls(request, parts),
        *_faults_of_clocks(request, timers, running, parts["assignment"]),
        *_faults_of_firsts(request, parts),
        *_faults_of_promises(parts["assignment"]),
        *_faults_of_ledger(request, parts["assignment"]),
        *_faults_of_answers(request),
        *faults_of_hands(request, running, parts),
    ]


def _faults_of_slots(request: ServiceRequest, assignments: Sequence[Assignment]) -> Iterator[str]:
    active = [line for line in assignments if line.round == request.round and line.state in ACTIVE]
    if len(active) > request.needed:
        yield f"{len(active)} people in {request.needed} slots"
    if len({line.slot for line in active}) != len(active):
        yield "two people in one slot"
    if request.needed > request.headcount:
        yield f"{request.needed} slots for a request for {request.headcount}"
    if request.rounds_counted > MOST_ROUNDS or request.rounds_counted > request.round:
        yield f"round {request.round} with {request.rounds_counted} that count"
    for line in assignments:
        if line.round != request.round and line.state in PROMISED:
            yield f"assignment {line.pk} of an earlier round is still {line.state}"


def _faults_of_asking(request: ServiceRequest, running: Sequence[Timer], parts: Parts) -> Iterator[str]:
    expiring = {timer.part_id: timer.due_at for timer in running if timer.name == "expire_offer"}
    closing = {timer.part_id: timer.due_at for timer in running if timer.name == "close_pool"}
    with_teams = {timer.part_id: timer.due_at for timer in running if timer.name == "expire_team_offer"}
    teams: list[TeamOffer] = [offer for offer in parts["team_offer"] if offer.state == OfferState.OPEN]
    offers: list[Offer] = [offer for offer in parts["offer"] if offer.state == OfferState.OPEN]
    pools: list[Pool] = [pool for pool in parts["pool"] if pool.state == PoolState.OPEN]
    if request.state in FINAL and (offers or pools or teams):
        yield "it has ended, but offers or the pool are open"
    waits = any(timer.name == "auto_dispatch" for timer in running)
    if waits and (request.state != RequestState.SUBMITTED or request.confidential):
        yield "it is to be dispatched automatically, but waits for that no more"
    if teams and request.confidential:
        yield "it is confidential, but a team is asked"
    asking: list[Offer | Pool | TeamOffer] = [*offers, *pools, *teams]
    for asked_in in {part.round for part in asking}:
        if asked_in != request.round:
            yield f"an offer or pool of round {asked_in} is open in round {request.round}"
    if expiring.keys() != {offer.pk for offer in offers}:
        yield "open offers and the timers of their expiry do not match"
    if with_teams != {offer.pk: offer.expires_at for offer in teams}:
        yield "open offers to teams and the timers of their expiry do not match"
    if closing != {pool.pk: pool.closes_at for pool in pools}:
        yield "the open pool and the timer that closes it do not match"
    for offer in offers:
        if offer.pk in expiring and expiring[offer.pk] != offer.expires_at:
            yield f"offer {offer.pk} runs out at another time than its timer"


def _faults_of_clocks(
    request: ServiceRequest,
    timers: Sequence[Timer],
    running: Sequence[Timer],
    assignments: Sequence[Assignment],
) -> Iterator[str]:
    names = {(timer.name, timer.part_id) for timer in running}
    rung = {(timer.name, timer.part_id) for timer in timers if timer.fired_at is not None}
    rung_now = {timer.name for timer in timers if timer.fired_at is not None and timer.round == request.round}
    running_names = {timer.name for timer in running}
    paused = request.paused_at is not None
    if paused != ("resume" in running_names):
        yield "the pause and the timer that ends it do not match"
    if paused and running_names - LASTING - {"resume"}:
        yield "it is paused, but other timers run"
    if request.state == RequestState.SUBMITTED and not paused and not CHAIN & (running_names | rung_now):
        yield "it waits for dispatch, but no clock runs"
    if request.state == RequestState.COMPLETED and "auto_close" not in running_names:
        yield "it waits for an answer, but nothing closes it"
    for line in assignments:
        due = {AssignmentState.ACCEPTED: "late_check_in", AssignmentState.IN_SERVICE: "long_service"}.get(
            AssignmentState(line.state)
        )
        if due and not paused and (due, line.pk) not in names | rung:
            yield f"assignment {line.pk} is {line.state}, but timer {due} was never set"
        if line.confirm_by is not None and not paused and ("lapse", line.pk) not in names:
            yield f"assignment {line.pk} is to be confirmed, but nothing ends the wait"
    ended = request.closed_at is not None
    if ended != (request.state in FINAL):
        yield "closed_at and the state disagree"
    if request.state not in FINAL and request.act_by != clocks.next_due(request, request.state):
        yield "the queue shows another deadline than the one that holds"
    for step, said in {Step.DISPATCH: request.dispatch_due_at, Step.FINISH: request.due_at}.items():
        clock = clocks.of(request, step)
        if clock is not None and clock.due_at != said:
            yield f"the clock of {step} says another deadline than the request"


def _faults_of_firsts(request: ServiceRequest, parts: Parts) -> Iterator[str]:
    moments = {"offer": "made_at", "team_offer": "made_at", "pool": "opened_at", "referral": "referred_at"}
    asked = [getattr(part, moment) for name, moment in moments.items() for part in parts[name]]
    if request.dispatched_at != min(asked, default=None):
        yield "dispatched_at is not when somebody was first asked"
    if request.accepted_at != min((line.accepted_at for line in parts["assignment"]), default=None):
        yield "accepted_at is not when somebody first accepted"


def _faults_of_promises(assignments: Sequence[Assignment]) -> Iterator[str]:
    if not assignments:
        return
    promised = dict(
        Commitment.objects.filter(
            subject_kind=ASSIGNMENT, subject_id__in=[line.pk for line in assignments], active=True
        ).values_list("subject_id", "volunteer_id")
    )
    for line in assignments:
        if (line.pk in promised) != (line.state in PROMISED):
            yield f"assignment {line.pk} is {line.state}, its time is {'' if line.pk in promised else 'not '}promised"
        elif line.pk in promised and promised[line.pk] != line.volunteer_id:
            yield f"assignment {line.pk}: the time is promised by somebody else"


def _faults_of_ledger(request: ServiceRequest, assignments: Sequence[Assignment]) -> Iterator[str]:
    if not assignments:
        return
    ids = [line.pk for line in assignments]
    records = {
        record.source_id: record
        for record in ServiceRecord.objects.filter(source_kind=ASSIGNMENT, source_id__in=ids, entry="service")
    }
    confirmed = set(
        RecordConfirmation.objects.filter(record__in=records.values()).values_list(
            "record__source_id", flat=True
        )
    )
    rated = set(Rating.objects.filter(request=request).values_list("round", flat=True))
    for line in assignments:
        record = records.get(line.pk)
        recorded = record.minutes if record else None
        if recorded != line.minutes:
            yield f"assignment {line.pk} served {line.minutes} min, the ledger says {recorded}"
        if record is not None and record.volunteer_id != line.volunteer_id:
            yield f"assignment {line.pk}: the ledger credits somebody else"
        if line.state == AssignmentState.COMPLETED and record is None:
            yield f"assignment {line.pk} is completed without a service record"
        if line.pk in confirmed and line.round not in rated:
            yield f"assignment {line.pk}: its record is confirmed, but nobody has answered"


def _faults_of_answers(request: ServiceRequest) -> Iterator[str]:
    rounds = list(Rating.objects.filter(request=request).values_list("round", flat=True))
    if rounds and max(rounds) > request.round:
        yield f"round {max(rounds)} is rated, it is in round {request.round}"
    closed = request.state == RequestState.CLOSED
    if closed and request.outcome == Outcome.NONE:
        yield "it is closed without an outcome"
    if closed and request.outcome == Outcome.UNRATED and request.round in rounds:
        yield "it is closed as unrated, but there is a rating"
    if request.state in {RequestState.SUBMITTED, RequestState.OFFERED} and request.outcome != Outcome.NONE:
        yield f"it is open with the outcome {request.outcome}"


def orphans() -> Iterator[tuple[str, int, str]]:
    """Yields (kind, number, sentence) for what stands without its cause: messages that tell of no event, people told
    of a pool otherwise than its history says, promised time and service records of no assignment.
    """
    with connection.cursor() as cursor:
        cursor.execute(MESSAGES_WITHOUT_EVENT)
        for request_id, key in cursor.fetchall():
            yield "request", request_id, f"message {key} tells of nothing that happened"
        cursor.execute(TOLD_OTHERWISE)
        for request_id, seq, said, kept in cursor.fetchall():
            yield "request", request_id, f"event {seq} told {said} of the pool, {kept} are kept"
    lines = Assignment.objects.filter(pk=OuterRef("subject_id"), state__in=sorted(PROMISED))
    promised = Commitment.objects.filter(~Exists(lines), subject_kind=ASSIGNMENT, active=True)
    for pk in promised.order_by("pk").values_list("pk", flat=True):
        yield "commitment", pk, "time is promised to no assignment under way"
    sources = Assignment.objects.filter(pk=OuterRef("source_id"))
    records = ServiceRecord.objects.filter(~Exists(sources), source_kind=ASSIGNMENT)
    for pk in records.order_by("pk").values_list("pk", flat=True):
        yield "record", pk, "the ledger credits no assignment"
