"""The one write door: every change of a case's state goes through `open_case` or `perform`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from civic.cases import registry
from civic.cases.change import Change
from civic.cases.clocks import KnownTimer
from civic.cases.models import Approval, Case, CaseEvent
from civic.cases.workflow import Goal, Transition, Workflow
from civic.lib import clock
from civic.lib.errors import (
    Busy,
    IllegalTransition,
    NotAllowed,
    NotFound,
    ValidationFailed,
    VersionConflict,
)
from civic.lib.rows import Reader, Write, insert_new, inserting, run, to_json, updating
from civic.notify import outbox

CaseT = TypeVar("CaseT", bound=Case)

LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"


def perform(
    case: CaseT,
    verb: str,
    *,
    actor: Any,
    expected_version: int | None = None,
    approved: Approval | None = None,
    **facts: Any,
) -> CaseT:
    """Performs `verb` on `case` for `actor` and returns the case as it then stands.

    One transaction: lock, re-read, check version, table, role, bars and guards, then state, version + 1, one history
    event, texts, timers and messages. `approved` is the approval of a verb that needs one (civic.cases.approvals
    performs those). Raises NotFound, VersionConflict, IllegalTransition, NotAllowed,
    ValidationFailed, Busy (the row stayed locked for 3 s), or what a guard or effect raises.
    """
    workflow = registry.workflow_of(case)
    if verb not in workflow.verbs:
        raise NotFound(_("There is no such step: %(verb)s.") % {"verb": verb})
    with transaction.atomic(), _busy_when_locked():
        locked = _lock(case)
        if expected_version is not None and not _stands_as_seen(workflow, locked, expected_version):
            raise VersionConflict(_("It has changed since you last saw it. Please look again."))
        row, role = _row_and_role(workflow, locked, verb, actor)
        if row.needs_approval(facts) and approved is None:
            raise NotAllowed(_("This step needs the approval of a second person."))
        change = Change(
            workflow=workflow,
            row=row,
            case=locked,
            actor=actor,
            role=role,
            at=clock.now(),
            seq=locked.version + 1,
            facts=facts,
        )
        if approved is not None:
            change.record(approval=approved.pk)
        run(_carried_out(change))
    return locked


def _stands_as_seen(workflow: Workflow, case: Case, version: int) -> bool:
    """Whether nothing but quiet steps was taken since `version`."""
    if version >= case.version or not workflow.quiet:
        return version == case.version
    since = CaseEvent.objects.filter(kind=case.kind, case_id=case.pk, seq__gt=version)
    return not since.exclude(verb__in=workflow.quiet).exists()


def prepare(held: Case, verb: str, *, actor: Any, timers: Iterable[KnownTimer], **facts: Any) -> list[Write]:
    """Performs `verb` on a case that the caller has locked and read; returns what writes it.

    For many cases at once, whose writes the caller runs together in this transaction. `timers` are those the
    case has had. Raises what `perform` raises.
    """
    workflow = registry.workflow_of(held)
    row, role = _row_and_role(workflow, held, verb, actor)
    change = Change(
        workflow=workflow,
        row=row,
        case=held,
        actor=actor,
        role=role,
        at=clock.now(),
        seq=held.version + 1,
        facts=facts,
    )
    change.clocks.know(timers)
    return _carried_out(change)


def rehearse(change: Change, verb: str, actor: Any, facts: Mapping[str, Any]) -> Transition:
    """Tries `verb` on the locked case of `change` and takes everything back; returns its row.

    What is proposed is known to be possible now. Raises what performing it would raise.
    """
    row, role = _row_and_role(change.workflow, change.case, verb, actor)
    with suppress(_TakenBack), transaction.atomic():
        tried = replace(change, row=row, case=copy(change.case), actor=actor, role=role, facts=dict(facts))
        tried.recorded, tried.texts, tried.messages = {}, [], []
        _follow(tried)
        raise _TakenBack
    change.role = role
    return row


class _TakenBack(Exception):
    """Rolls a rehearsal back."""


def open_case(
    case: CaseT, *, actor: Any, role: str, verb: str, effect: Callable[[Change], None], **facts: Any
) -> CaseT:
    """Inserts a new `case` in the state that `verb` opens it in with its first history event; returns it.

    `role` is the role the caller has established; `effect(change)` runs once the row has its key.
    """
    workflow = registry.workflow_of(case)
    begun = workflow.opened_by(verb)
    row = Transition(verb=verb, sources=frozenset(), target=begun, roles=(role,))
    case.state, case.version = begun, 1
    change = Change(
        workflow=workflow, row=row, case=case, actor=actor, role=role, at=clock.now(), seq=1, facts=facts
    )
    with transaction.atomic(savepoint=False), _busy_when_locked():
        insert_new(case)
        effect(change)
        run(_appending(change, ""))
    return case


def hold(model: type[Case], ids: Iterable[int]) -> None:
    """Locks several cases in the order of their numbers, before a step that concerns all of them.

    Within the caller's transaction. Raises Busy.
    """
    with _busy_when_locked():
        list(model._default_manager.filter(pk__in=set(ids)).order_by("pk").select_for_update().values("pk"))


def _lock(case: CaseT) -> CaseT:
    found = _locking(type(case)).one(case.pk)
    if found is None:
        raise NotFound()
    return found[0]


@cache
def _locking(model: type[CaseT]) -> Reader[CaseT]:
    return Reader(model, "WHERE row.id = %s FOR UPDATE")


def _row_and_role(workflow: Workflow, case: Case, verb: str, actor: Any) -> tuple[Transition, str]:
    """Returns the row of `verb` from the case's state and the role in which `actor` may take it.

    Raises NotAllowed for who may never do it here, IllegalTransition for who may, but not in this state.
    """
    standing = workflow.standing(case, actor)
    row = workflow.row(verb, case.state)
    rows = (row,) if row else tuple(each for each in workflow.transitions if each.verb == verb)
    role = next((role for each in rows for role in each.roles if role in standing), None)
    if role is None:
        raise NotAllowed()
    if row is None:
        raise IllegalTransition(_("This step is not possible now. Please look at the present state again."))
    return row, role


def _follow(change: Change) -> None:
    """Checks the facts, bars and guards, runs the effect and what follows from it, and settles the target state."""
    missing = [name for name in change.row.requires if change.facts.get(name) in (None, "", [])]
    if missing:
        raise ValidationFailed(errors={name: [_("This is needed.")] for name in missing})
    for bar in change.row.bars:
        if why_not := bar(change.case, change.actor):
            raise NotAllowed(why_not)
    for guard in change.row.guards:
        guard(change)
    if change.row.effect is not None:
        change.row.effect(change)
    if change.workflow.go_on is not None:
        change.workflow.go_on(change)
    target = change.row.target
    if isinstance(target, str):
        change.target = target
    elif target is Goal.SAME:
        change.target = change.case.state
    elif target is Goal.COMPUTED:
        assert change.workflow.compute is not None
        change.target = change.target or change.workflow.compute(change.case)
    if change.target not in change.row.targets(change.workflow, change.case.state) | {change.case.state}:
        raise RuntimeError(f"{change.row.verb} led to {change.target}, which its row does not allow")
    if change.workflow.settle is not None:
        change.workflow.settle(change)


EVENT = (
    "kind", "case_id", "seq", "round", "at", "actor_id", "actor_role", "verb", "from_state", "to_state",
    "reason_code", "facts",
)  # fmt: skip
TEXT = ("kind", "case_id", "seq", "name", "body")


def _carried_out(change: Change) -> list[Write]:
    """Takes the step on the case in memory; returns what writes the case and what goes with it."""
    case, before = change.case, change.case.__dict__.copy()
    _follow(change)
    source, case.state, case.version = case.state, str(change.target), change.seq
    now = case.__dict__
    model: type[Case] = type(case)
    changed = [
        name
        for name in _columns(model)
        if now[name] is not before[name] and now[name] != before[name]  # nearly all are still the same object
    ]
    return [updating(case, changed), *_appending(change, source)]


def _appending(change: Change, source: str) -> list[Write]:
    """Returns what writes the history event and, with it, the texts, timers and messages of the change."""
    case = change.case
    turn = getattr(case, "round", 1)
    facts = to_json(change.recorded)
    event = (
        case.kind, case.pk, change.seq, turn, change.at, change.actor.pk, change.role, change.row.verb,
        str(source), str(case.state), str(change.reason_code), facts,
    )  # fmt: skip
    texts = [(case.kind, case.pk, change.seq, *text) for text in change.texts]
    return [
        *inserting("cases_caseevent", EVENT, [event]),
        *inserting("cases_casetext", TEXT, texts),
        *change.clocks.writes(),
        *outbox.enqueuing(*change.messages),
    ]


@cache
def _columns(model: type[Case]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@contextmanager
def _busy_when_locked() -> Iterator[None]:
    """Turns a lock that was not to be had into `Busy`, which the caller may simply try again."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) in {LOCK_NOT_AVAILABLE, DEADLOCK}:
            raise Busy() from error
        raise
