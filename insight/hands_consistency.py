"""What must agree about a request that others have in hand: a responsible unit, or the request it is joined to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from civic.cases.models import Timer
from requests_app.effects.referred import OVERDUE
from requests_app.enums import ACTIVE, FINAL, ReferralState, RequestState
from requests_app.models import Referral, ServiceRequest


def faults_of_hands(
    request: ServiceRequest, running: Sequence[Timer], parts: Mapping[str, Sequence[Any]]
) -> Iterator[str]:
    """Yields what disagrees: a referred request lies with one unit whose limit runs, a joined one waits for an open
    request, and what is completed was served, answered or shared.
    """
    referrals: Sequence[Referral] = parts["referral"]
    lies_with = [each for each in referrals if each.state == ReferralState.OPEN]
    if (request.state == RequestState.REFERRED) != (len(lies_with) == 1):
        yield f"it is {request.state}, and lies with {len(lies_with)} units"
    for each in lies_with:
        if each.round != request.round:
            yield f"referral {each.pk} of round {each.round} is open in round {request.round}"
    limits = {timer.part_id: timer.due_at for timer in running if timer.name == OVERDUE}
    if any(due != {each.pk: each.due_at for each in lies_with}.get(pk) for pk, due in limits.items()):
        yield "the limit of a unit runs that has nothing to answer, or to another time"
    yield from _faults_of_joining(request)
    served = any(line.round == request.round and line.state in ACTIVE for line in parts["assignment"])
    answered = any(each.round == request.round and each.state == ReferralState.ANSWERED for each in referrals)
    if request.state == RequestState.COMPLETED and not (served or answered or request.merged_into_id):
        yield "it is completed, but nobody served, answered or shared it"


def _faults_of_joining(request: ServiceRequest) -> Iterator[str]:
    if request.merged_into_id is None:
        return
    other = ServiceRequest.objects.filter(pk=request.merged_into_id).values_list("state", flat=True).get()
    if request.state not in {RequestState.MERGED, RequestState.COMPLETED, *FINAL}:
        yield f"it is joined to {request.merged_into_id}, but {request.state}"
    if request.state == RequestState.MERGED and (
        other in FINAL or other in {RequestState.COMPLETED, RequestState.MERGED}
    ):
        yield f"it waits for {request.merged_into_id}, which is {other}"
