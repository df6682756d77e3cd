"""The flow of a service request, read top to bottom: place > offer > accept > check in > complete > rate.

The request's own verbs stand below, the edges of its parts (offer, pool, assignment) in part_tables, and those it takes
with them: while it is open its state is computed from its parts (effects.parts.compute). Rule: volunteering may not be
compelled (志愿服务条例 art. 25), so every offer can be declined and every assignment given up.
"""

from collections.abc import Iterable
from typing import Any

from civic.cases import approvals
from civic.cases.workflow import Goal, Transition, Workflow
from requests_app import words
from requests_app.access import standing
from requests_app.effects import (
    appealing,
    approving,
    automatic,
    clocks,
    ending,
    erasing,
    escalating,
    merging,
    moving,
    offering,
    parts,
    pausing,
    placing,
    referring,
    sealing,
    serving,
    team_offering,
    urging,
    waterfalls,
)
from requests_app.enums import FINAL, OPEN
from requests_app.enums import RequestState as S
from requests_app.models import ServiceRequest
from requests_app.part_tables import COMPUTED_EDGES, PARTS

ANY = frozenset(S)
PAUSABLE = clocks.CAN_WAIT
OWNERS = ("beneficiary", "proxy")
EITHER_SIDE = (*OWNERS, "assigned", "served", "dispatcher")  # served: in an earlier round


def _row(verb: str, sources: Iterable[str], target: Any, roles: tuple[str, ...], **more: Any) -> Transition:
    return Transition(verb=verb, sources=frozenset(sources), target=target, roles=roles, **more)


TRANSITIONS: tuple[Transition, ...] = (
    # Before anybody is asked
    _row(
        "amend",
        {S.SUBMITTED, S.OFFERED, S.ACCEPTED},
        Goal.COMPUTED,
        ("dispatcher", *OWNERS),
        effect=placing.amend,
    ),
    _row(
        "reject",
        {S.SUBMITTED},
        S.REJECTED,
        ("dispatcher",),
        bars=(appealing.bar_to_deciding,),
        effect=ending.reject,
        requires=("reason_code", "text"),
    ),
    _row(
        "appeal",
        {S.REJECTED},
        S.SUBMITTED,
        OWNERS,
        guards=(appealing.in_time_and_once,),
        effect=appealing.appeal,
        requires=("reason",),
    ),
    # Joined to another request about the same thing, sharing its end
    _row(
        "merge",
        {S.SUBMITTED},
        S.MERGED,
        ("dispatcher",),
        bars=(appealing.bar_to_deciding,),
        guards=(sealing.not_joined, merging.stands_alone),
        effect=merging.merge,
        requires=("into",),
    ),
    _row("split", {S.MERGED}, S.SUBMITTED, ("dispatcher",), effect=merging.split),
    _row(
        "follow",
        {S.MERGED},
        frozenset({S.COMPLETED, S.REJECTED, S.SUBMITTED}),
        ("system",),
        effect=merging.follow,
    ),
    # Not volunteer work: in the hands of a responsible unit
    _row(
        "refer",
        {S.SUBMITTED},
        S.REFERRED,
        ("dispatcher",),
        bars=(appealing.bar_to_deciding,),
        effect=referring.refer,
        requires=("unit", "answer_class", "note"),
    ),
    _row("recall", {S.REFERRED}, S.SUBMITTED, ("dispatcher",), effect=referring.recall, requires=("reason",)),
    _row(
        "return",
        {S.REFERRED},
        frozenset({S.SUBMITTED, S.REFERRED}),
        ("unit",),
        guards=(referring.can_return,),
        effect=referring.give_back,
        requires=("reason",),
    ),
    _row(
        "unit_reply",
        {S.REFERRED},
        S.COMPLETED,
        ("unit",),
        effect=referring.unit_reply,
        requires=("text", "result"),
        approval=referring.is_only_explained,
        approvers=("dispatcher",),
    ),
    # Dispatch
    _row(
        "offer",
        {S.SUBMITTED, S.OFFERED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("dispatcher",),
        bars=(appealing.bar_to_deciding,),
        guards=(pausing.not_paused, sealing.direct_only, offering.has_free_slot),
        effect=offering.offer,
    ),
    _row(
        "auto_dispatch",
        {S.SUBMITTED},
        Goal.COMPUTED,
        ("system",),
        guards=(pausing.not_paused,),
        effect=automatic.dispatch,
    ),
    _row(
        "withdraw_offer", {S.OFFERED, S.IN_SERVICE}, Goal.COMPUTED, ("dispatcher",), effect=offering.withdraw
    ),
    _row(
        "close_staffing",
        {S.OFFERED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("dispatcher",),
        effect=offering.close_staffing,
    ),
    # The volunteer answers
    _row("accept", {S.OFFERED, S.IN_SERVICE}, Goal.COMPUTED, ("offered", "claimant"), effect=offering.accept),
    _row("decline_offer", {S.OFFERED, S.IN_SERVICE}, Goal.COMPUTED, ("offered",), effect=offering.decline),
    # A team's leader answers for it
    _row(
        "accept_for_team",
        {S.OFFERED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("team_leader",),
        effect=team_offering.accept,
    ),
    _row(
        "decline_for_team",
        {S.OFFERED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("team_leader",),
        effect=team_offering.decline,
    ),
    _row("confirm", {S.OFFERED, S.ACCEPTED, S.IN_SERVICE}, Goal.SAME, ("assigned",), effect=serving.confirm),
    _row(
        "give_up",
        {S.OFFERED, S.ACCEPTED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("assigned",),
        effect=serving.give_up,
    ),
    _row(
        "reassign",
        {S.OFFERED, S.ACCEPTED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("dispatcher",),
        effect=serving.reassign,
    ),
    _row(
        "report_no_show",
        {S.OFFERED, S.ACCEPTED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("dispatcher", *OWNERS),
        effect=serving.report_no_show,
    ),
    _row("excuse", ANY, Goal.SAME, ("dispatcher",), effect=serving.excuse),
    # Service
    _row(
        "check_in",
        {S.OFFERED, S.ACCEPTED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("assigned",),
        guards=(pausing.not_paused,),
        effect=serving.check_in,
    ),
    _row("complete", {S.IN_SERVICE}, Goal.COMPUTED, ("assigned",), effect=serving.complete),
    _row(
        "abort",
        {S.IN_SERVICE},
        frozenset({S.SUBMITTED, S.CANCELLED}),
        ("dispatcher", "assigned"),
        effect=serving.abort,
        requires=("reason",),
    ),
    # The answer
    _row(
        "rate",
        {S.COMPLETED, S.CLOSED},
        frozenset({S.CLOSED, S.SUBMITTED}),
        ("beneficiary",),
        guards=(erasing.still_known, ending.served_here, ending.within_answer_time, ending.not_rated_yet),
        effect=ending.rate,
        requires=("solved", "stars"),
    ),
    _row(
        "call_back",
        {S.COMPLETED, S.CLOSED},
        frozenset({S.CLOSED, S.SUBMITTED}),
        ("dispatcher",),
        bars=(ending.bar_to_calling_back,),
        guards=(erasing.still_known, ending.something_to_ask),
        effect=ending.call_back,
        requires=("solved",),
    ),
    _row("close_unrated", {S.COMPLETED}, S.CLOSED, ("system",), effect=ending.close_unrated),
    _row(
        "reopen",
        {S.CLOSED},
        S.SUBMITTED,
        ("beneficiary", "dispatcher"),
        guards=(erasing.still_known, ending.served_here, ending.within_answer_time, ending.rounds_left),
        effect=ending.reopen,
    ),
    _row(
        "cancel",
        {S.SUBMITTED, S.OFFERED, S.ACCEPTED, S.REFERRED, S.MERGED},
        S.CANCELLED,
        (*OWNERS, "dispatcher"),
        effect=ending.cancel,
    ),
    _row(
        "undo_import",
        {S.SUBMITTED, S.CLOSED},
        S.CANCELLED,
        ("dispatcher",),
        guards=(ending.untouched_import,),
        effect=ending.undo_import,
    ),
    # With a second person's approval
    _row(
        "exempt",
        FINAL,
        Goal.SAME,
        ("dispatcher",),
        guards=(ending.served_here, approving.counted_so_far),
        effect=approving.exempt,
        requires=("reason_code", "text"),
        approval=True,
    ),
    _row(
        "extend",
        {S.ACCEPTED, S.REFERRED},
        Goal.SAME,
        ("dispatcher", "unit"),
        effect=approving.extend,
        requires=("due_at", "reason"),
        approval=True,
        approvers=("dispatcher",),
    ),
    # Waiting, asking after it
    _row(
        "pause",
        PAUSABLE,
        Goal.COMPUTED,
        ("dispatcher",),
        guards=(pausing.not_paused,),
        effect=pausing.pause,
        requires=("reason_code", "until"),
    ),
    _row(
        "resume",
        PAUSABLE,
        Goal.SAME,
        ("dispatcher", "system"),
        guards=(pausing.is_paused,),
        effect=pausing.resume,
    ),
    _row("urge", OPEN, Goal.SAME, OWNERS, guards=(urging.once_a_day,), effect=urging.urge),
    # Read only by those who say why they need to; direct offers only
    _row(
        "confidential",
        OPEN,
        Goal.COMPUTED,
        ("dispatcher", *OWNERS),
        effect=sealing.switch,
        requires=("on",),
    ),
    # Safety, in any state
    _row(
        "report_concern",
        ANY,
        Goal.SAME,
        EITHER_SIDE,
        guards=(erasing.still_known,),
        effect=ending.report_concern,
        requires=("text",),
    ),
    _row("block", ANY, Goal.SAME, EITHER_SIDE, effect=ending.block),
    # Time passes: verbs that timers call
    _row("expire_offer", {S.OFFERED, S.IN_SERVICE}, Goal.COMPUTED, ("system",), effect=offering.expire),
    _row(
        "expire_team_offer",
        {S.OFFERED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("system",),
        effect=team_offering.expire,
    ),
    _row("close_pool", {S.OFFERED, S.IN_SERVICE}, Goal.COMPUTED, ("system",), effect=offering.expire_pool),
    _row(
        "lapse_confirmation",
        {S.OFFERED, S.ACCEPTED, S.IN_SERVICE},
        Goal.COMPUTED,
        ("system",),
        effect=serving.lapse,
    ),
    _row("remind", OPEN, Goal.SAME, ("system",), effect=serving.remind, quiet=True),
    _row("recalculate", OPEN, Goal.SAME, ("system",), effect=moving.recalculate),
    # Long after: the people are forgotten, what happened stays
    _row(
        "forget_helper",
        ANY,
        Goal.SAME,
        ("system",),
        guards=(erasing.still_known,),
        effect=erasing.forget_helper,
    ),
    _row("anonymise", FINAL, Goal.SAME, ("system",), guards=(erasing.still_known,), effect=erasing.anonymise),
)
# propose > approve or refuse: the rows that wait for a second person (civic.cases.approvals)
TRANSITIONS = (*TRANSITIONS, *approvals.rows(TRANSITIONS, ANY))

REQUESTS = Workflow(
    kind=ServiceRequest.kind,
    model=ServiceRequest,
    initial=S.SUBMITTED,
    openings={"take_over": S.CLOSED},
    final=FINAL,
    transitions=TRANSITIONS,
    standing=standing,
    compute=parts.compute,
    computed_edges=COMPUTED_EDGES,
    go_on=waterfalls.go_on,
    settle=merging.settle,
    tell_of_approval=approving.tell,
    parts=PARTS,
    timers={
        **dict.fromkeys(escalating.CHAIN, "remind"),
        "resume": "resume",
        "answer_overdue": "remind",
        "auto_dispatch": "auto_dispatch",
        "expire_offer": "expire_offer",
        "expire_team_offer": "expire_team_offer",
        "close_pool": "close_pool",
        "lapse": "lapse_confirmation",
        "start_24h": "remind",
        "start_2h": "remind",
        "late_check_in": "remind",
        "long_service": "remind",
        "rate_1d": "remind",
        "rate_3d": "remind",
        "auto_close": "close_unrated",
        **approvals.TIMERS,
    },
    words={"verb": words.VERBS, "timer": words.TIMERS, "role": words.ROLES},
)
