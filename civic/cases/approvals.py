"""Two-person rules: one person proposes a verb, another one approves it, and only then is it performed.

Proposing and deciding are verbs themselves, with their lines of history, through the one write door. Whoever
approves is another person, holds a membership of their own over the case, and has not worked on the case.

Photos among the facts belong to the proposal while it waits, so that nobody else sees them and no sweep takes them;
the verb's own effect gives them to the case.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from civic.accounts.access import membership_for
from civic.cases import door, registry
from civic.cases.change import Change
from civic.cases.enums import ApprovalState
from civic.cases.models import Approval, Case, CaseEvent, CaseText
from civic.cases.workflow import Goal, Transition
from civic.evidence import access as evidence
from civic.evidence import store
from civic.lib.errors import IllegalTransition, NotAllowed, ValidationFailed

CaseT = TypeVar("CaseT", bound=Case)
RUNS: Final = timedelta(days=7)  # how long a proposal waits for an answer
WORDS: Final = ("reason", "text", "note")  # facts that people write: kept erasable, beside the history event
PROPOSED: Final = "approval"  # the kind of record that holds the photos meanwhile
TIMER: Final = "expire_proposal"
TIMERS: Final = {TIMER: TIMER}  # for the workflow's `timers`
DECIDING: Final = ("approve", "refuse")
VERBS: Final = ("propose", *DECIDING, "withdraw_proposal", "expire_proposal")


def rows(table: Iterable[Transition], states: Iterable[str]) -> tuple[Transition, ...]:
    """Returns the rows by which the verbs of `table` that need an approval are proposed and decided on."""
    waiting = [row for row in table if row.approval]
    states = frozenset(states)
    proposers = tuple(dict.fromkeys(role for row in waiting for role in row.roles))
    approvers = tuple(dict.fromkeys(role for row in waiting for role in row.approvers or row.roles))

    def same(verb: str, roles: tuple[str, ...], effect: Any, sources: frozenset[str] = states) -> Transition:
        return Transition(verb=verb, sources=sources, target=Goal.SAME, roles=roles, effect=effect)

    return (
        same("propose", proposers, _propose, frozenset().union(*(row.sources for row in waiting))),
        same("approve", approvers, _approve),
        same("refuse", approvers, _refuse),
        same("withdraw_proposal", proposers, _withdraw),
        same("expire_proposal", ("system",), _expire),
    )


def propose(
    case: Case, verb: str, *, actor: Any, expected_version: int | None = None, **facts: Any
) -> Approval:
    """Proposes `verb` with `facts` for approval and returns the open Approval.

    Everything is checked as if it were performed now. Raises what `door.perform` raises for the verb, and
    IllegalTransition when the same verb waits for approval already.
    """
    door.perform(case, "propose", actor=actor, expected_version=expected_version, proposed=verb, given=facts)
    return Approval.objects.get(
        kind=case.kind, case_id=case.pk, verb=verb, state=ApprovalState.OPEN, proposer_id=actor.pk
    )


def approve(
    case: CaseT,
    *,
    actor: Any,
    approval: int | None = None,
    expected_version: int | None = None,
    note: str = "",
) -> CaseT:
    """Approves and performs the verb, in the proposer's name, in one transaction; returns the case as it then stands.

    `approval` is needed where several wait. Raises NotAllowed for who may not approve it, IllegalTransition when it
    is decided, has run out, or the case has moved on so that the verb is no longer possible, and whatever a guard of
    the verb raises.
    """
    pk = approval or _only(case)
    with transaction.atomic():
        seen: dict[str, Any] = {"expected_version": expected_version, "approval": pk, "note": note}
        moved = door.perform(case, "approve", actor=actor, **seen)
        found = Approval.objects.select_related("proposer").get(pk=pk or 0)
        try:
            return door.perform(moved, found.verb, actor=found.proposer, approved=found, **facts_of(found))
        except IllegalTransition as error:
            raise IllegalTransition(
                _("The case has moved on since this was proposed: %(why)s") % {"why": error}
            ) from error
        except NotAllowed as error:
            raise IllegalTransition(
                _("Whoever proposed this may no longer do it. Refuse it; somebody else can propose it again.")
            ) from error


def refuse(
    case: CaseT,
    *,
    actor: Any,
    approval: int | None = None,
    expected_version: int | None = None,
    reason: str = "",
) -> CaseT:
    """Refuses, with a reason the proposer reads; returns the case. Raises as `approve`."""
    seen: dict[str, Any] = {
        "expected_version": expected_version,
        "approval": approval or _only(case),
        "reason": reason,
    }
    return door.perform(case, "refuse", actor=actor, **seen)


def withdraw(
    case: CaseT, *, actor: Any, approval: int | None = None, expected_version: int | None = None
) -> CaseT:
    """Takes one's own proposal back; returns the case. Raises NotAllowed for anybody else."""
    seen: dict[str, Any] = {"expected_version": expected_version, "approval": approval or _only(case)}
    return door.perform(case, "withdraw_proposal", actor=actor, **seen)


# What is done with a proposal, by the name of its verb.
DECISIONS: Final[dict[str, Callable[..., Any]]] = {
    "approve": approve,
    "refuse": refuse,
    "withdraw_proposal": withdraw,
}


def facts_of(approval: Approval) -> dict[str, Any]:
    """Returns the facts of the proposed verb as they were given, moments and words included."""
    written = CaseText.objects.filter(
        kind=approval.kind, case_id=approval.case_id, seq=approval.seq, erased_at=None
    )
    moments = {name: parse_datetime(value) for name, value in approval.facts.get("moments", {}).items()}
    return {**approval.facts.get("plain", {}), **moments, **dict(written.values_list("name", "body"))}


def why_not(case: Any, approval: Approval, actor: Any) -> str:
    """Returns why `actor` may not decide about `approval`, in words for them; empty when they may."""
    workflow = registry.workflow_of(case)
    approvers = {
        role
        for row in workflow.transitions
        if row.verb == approval.verb and row.approval
        for role in row.approvers or row.roles
    }
    standing = workflow.standing(case, actor)
    if actor.pk == approval.proposer_id:
        return _("Whoever proposed it cannot decide about it. A colleague has to.")
    membership = membership_for(actor, approvers, case.scope)
    if not standing & approvers or membership in (None, approval.membership_id):
        return _("You are not among those who decide about this.")
    worked = CaseEvent.objects.filter(kind=approval.kind, case_id=approval.case_id, actor_id=actor.pk)
    if standing - approvers or worked.exclude(verb__in=DECIDING).exists():
        return _("You have worked on this case or are part of it. A colleague who has not decides.")
    return ""


def may_see_photos(user: Any, pk: int) -> bool:
    """Whether `user` may see the photos of a proposal: who made it, and who may decide about it and reads the case."""
    approval = Approval.objects.filter(pk=pk).first()
    if approval is None:
        return False
    if approval.proposer_id == user.pk:
        return True
    case = registry.by_kind(approval.kind).model._default_manager.get(pk=approval.case_id)
    return evidence.sees(user, approval.kind, approval.case_id) and not why_not(case, approval, user)


def _only(case: Case) -> int | None:
    """Returns the one open proposal of `case`, None when there are none or several."""
    found = Approval.objects.filter(kind=case.kind, case_id=case.pk, state=ApprovalState.OPEN)
    keys = found.values_list("pk", flat=True)[:2]
    return keys[0] if len(keys) == 1 else None


def _propose(change: Change) -> None:
    """Writes the proposal, once the verb is known to be possible."""
    verb, given = str(change.fact("proposed")), dict(change.fact("given"))
    row = door.rehearse(change, verb, change.actor, given)
    if not row.needs_approval(given):
        raise ValidationFailed(_("This step needs nobody's approval."))
    same = Approval.objects.filter(kind=change.case.kind, case_id=change.case.pk, verb=verb)
    if same.filter(state=ApprovalState.OPEN).exists():
        raise IllegalTransition(_("This has been proposed already and waits for an answer."))
    change.reason_code = str(given.get("reason_code") or "")
    for name in WORDS:
        change.text(name, str(given.pop(name, "") or ""))
    approval = Approval.objects.create(
        kind=change.case.kind,
        case_id=change.case.pk,
        verb=verb,
        facts=_packed(given),
        seq=change.seq,
        proposer=change.actor,
        role=change.role,
        membership_id=membership_for(change.actor, {change.role}, change.case.scope),
        proposed_at=change.at,
        expires_at=change.at + RUNS,
    )
    store.attach(change.actor, given.get("photos") or (), PROPOSED, approval.pk)
    change.set_timer(TIMER, approval.expires_at, part_id=approval.pk)
    _told(change, approval)


def _approve(change: Change) -> None:
    approval = _decidable(change)
    change.text("note", str(change.fact("note") or ""))
    _end(change, approval, ApprovalState.APPROVED)


def _refuse(change: Change) -> None:
    approval = _decidable(change)
    reason = str(change.fact("reason") or "")
    if not reason:
        raise ValidationFailed.on("reason", _("This is needed."))
    change.text("reason", reason)
    _end(change, approval, ApprovalState.REFUSED)


def _withdraw(change: Change) -> None:
    approval = _open(change, change.fact("approval"))
    if approval.proposer_id != change.actor.pk:
        raise NotAllowed(_("Only whoever proposed it can take it back."))
    change.role = approval.role
    _end(change, approval, ApprovalState.WITHDRAWN)


def _expire(change: Change) -> None:
    _end(change, _open(change, change.fact("timer").part_id), ApprovalState.EXPIRED)


def _decidable(change: Change) -> Approval:
    approval = _open(change, change.fact("approval"))
    if refused := why_not(change.case, approval, change.actor):
        raise NotAllowed(refused)
    if change.at >= approval.expires_at:
        raise IllegalTransition(_("The time to decide about this has run out. It can be proposed again."))
    return approval


def _open(change: Change, pk: Any) -> Approval:
    """Returns the approval, locked with its case, while it waits; raises IllegalTransition once it is decided."""
    found = Approval.objects.filter(pk=pk, kind=change.case.kind, case_id=change.case.pk).first()
    if found is None:
        raise ValidationFailed.on("approval", _("Say which proposal is meant."))
    if found.state != ApprovalState.OPEN:
        raise IllegalTransition(
            _("This was decided already: %(state)s.") % {"state": found.get_state_display()}
        )
    return found


def _end(change: Change, approval: Approval, state: ApprovalState) -> None:
    approval.state, approval.decided_at = state, change.at
    if change.row.verb in DECIDING:
        approval.decider = change.actor
        approval.decider_membership_id = membership_for(change.actor, change.row.roles, change.case.scope)
    approval.save(update_fields=["state", "decided_at", "decider", "decider_membership"])
    store.let_go(PROPOSED, approval.pk)
    change.void_timers(TIMER, part_id=approval.pk)
    _told(change, approval)


def _told(change: Change, approval: Approval) -> None:
    change.record(approval=approval.pk, proposed=approval.verb)
    if change.workflow.tell_of_approval is not None:
        change.workflow.tell_of_approval(change, approval)


def _packed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns facts as JSON: moments apart, so that they come out as moments again."""
    moments = {name: value.isoformat() for name, value in facts.items() if isinstance(value, datetime)}
    return {
        "plain": {name: value for name, value in facts.items() if name not in moments},
        "moments": moments,
    }
