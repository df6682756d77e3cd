"""A workflow is a table: which verb leads from which states to which, for whom, under which guards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Model

if TYPE_CHECKING:
    from civic.cases.change import Change
    from civic.cases.models import Case


class Goal(Enum):
    """Targets that are not one fixed state."""

    COMPUTED = "computed"  # the workflow computes the state from the case's parts after the effect
    SAME = "same"  # the verb never moves the state


class System:
    """The actor of verbs that timers call."""

    pk = None
    is_authenticated = True

    def __str__(self) -> str:
        return "system"


SYSTEM = System()


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One row of a workflow's table.

    `target` is a state, a set of states of which the effect chooses one (`change.target`), or a Goal.
    `roles` are tried in order; the first the actor stands in is the one recorded. `requires` names the
    facts that must be given. `bars` say, of a case and an actor, why this very person may not although their role may,
    "" when they may: the door refuses with these words, and a page asks the same before it shows a button. `guards`
    raise a DomainError to refuse; `effect` does what follows. `approval`, or
    where it depends on the facts a function of them, says that a second person has to approve: one of `approvers`,
    of `roles` when that is empty (civic.cases.approvals). A `quiet` row changes nothing that anybody decides by: who
    saw the case before it has seen it as it is.
    """

    verb: str
    sources: frozenset[str]
    target: str | frozenset[str] | Goal
    roles: tuple[str, ...]
    effect: Callable[[Change], None] | None = None
    bars: tuple[Callable[[Any, Any], str], ...] = ()
    guards: tuple[Callable[[Change], None], ...] = ()
    requires: tuple[str, ...] = ()
    approval: bool | Callable[[Mapping[str, Any]], bool] = False
    approvers: tuple[str, ...] = ()
    quiet: bool = False

    def needs_approval(self, facts: Mapping[str, Any]) -> bool:
        """Whether this row with these facts waits for a second person."""
        return self.approval(facts) if callable(self.approval) else self.approval

    def targets(self, workflow: Workflow, source: str) -> frozenset[str]:
        """Returns the states this row can lead to from `source`."""
        if self.target is Goal.SAME:
            return frozenset({source})
        if self.target is Goal.COMPUTED:
            return frozenset({source, *(end for start, end in workflow.computed_edges if start == source)})
        if isinstance(self.target, str):
            return frozenset({self.target})
        assert isinstance(self.target, frozenset)
        return self.target


@dataclass(frozen=True, kw_only=True)
class PartTable:
    """The states of a case's part (an offer, an assignment): where it starts and which edges it may take."""

    name: str
    model: type[Model]
    initial: frozenset[str]
    edges: Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A kind of case: its model, states and table, and the functions that know its parts and people."""

    kind: str
    model: type[Case]
    initial: str
    final: frozenset[str]
    transitions: tuple[Transition, ...]
    standing: Callable[[Any, Any], frozenset[str]]  # (case, actor) -> names of the roles the actor stands in
    openings: Mapping[str, str] = field(
        default_factory=dict
    )  # verb that opens a case in another state than the initial one -> that state
    compute: Callable[[Any], str] | None = None
    computed_edges: frozenset[tuple[str, str]] = frozenset()  # where computing may lead from each open state
    parts: tuple[PartTable, ...] = ()
    go_on: Callable[[Change], None] | None = (
        None  # what parts that moved bring about, before the state is computed
    )
    settle: Callable[[Change], None] | None = None  # keeps derived columns once the target is known
    tell_of_approval: Callable[[Change, Any], None] | None = None  # (change, approval): proposed or decided
    timers: Mapping[str, str] = field(default_factory=dict)  # timer name -> verb the system performs
    words: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # verb, timer, role -> name -> its words

    def word(self, of: str, name: str) -> str:
        """Returns what the verb, timer, role or state `name` is called; `name` itself if it has no words (any more)."""
        named = (
            dict(self.model._meta.get_field("state").flatchoices) if of == "state" else self.words.get(of, {})
        )
        return str(named.get(name, name))

    @property
    def quiet(self) -> frozenset[str]:
        """The verbs that change nothing anybody decides by."""
        return frozenset(row.verb for row in self.transitions if row.quiet)

    def opened_by(self, verb: str) -> str:
        """Returns the state in which a case is opened by `verb`."""
        return self.openings.get(verb, self.initial)

    @property
    def beginnings(self) -> frozenset[str]:
        """The states in which a case can be opened."""
        return frozenset({self.initial, *self.openings.values()})

    @property
    def states(self) -> frozenset[str]:
        """Every state that the table names."""
        found = {*self.beginnings, *self.final}
        for row in self.transitions:
            found |= row.sources
            for source in row.sources:
                found |= row.targets(self, source)
        return frozenset(found)

    @cached_property
    def verbs(self) -> frozenset[str]:
        return frozenset(row.verb for row in self.transitions)

    def row(self, verb: str, state: str) -> Transition | None:
        """Returns the one row of `verb` from `state`, or None."""
        return self._rows.get((verb, state))

    @cached_property
    def _rows(self) -> Mapping[tuple[str, str], Transition]:
        return {(row.verb, source): row for row in reversed(self.transitions) for source in row.sources}

    def needs_approval(self, verb: str, facts: Mapping[str, Any]) -> bool:
        """Whether `verb` with these facts has to be proposed instead of performed."""
        return any(row.verb == verb and row.needs_approval(facts) for row in self.transitions)

    def edges(self) -> frozenset[tuple[str, str]]:
        """Returns every pair of different states that some row joins."""
        return frozenset(
            (source, target)
            for row in self.transitions
            for source in row.sources
            for target in row.targets(self, source)
            if source != target
        )

    def part(self, model: type[Model]) -> PartTable:
        """Returns the table of parts of `model`; raises KeyError when the workflow has none."""
        for table in self.parts:
            if table.model is model:
                return table
        raise KeyError(f"{model.__name__} is no part of {self.kind}")

    def problems(self) -> Iterable[str]:
        """Yields what is wrong with the table: unreachable states, dead ends, rows that compete."""
        seen: set[tuple[str, str]] = set()
        for row in self.transitions:
            for source in row.sources:
                if (row.verb, source) in seen:
                    yield f"{self.kind}: two rows for {row.verb} from {source}"
                seen.add((row.verb, source))
            if row.target is Goal.COMPUTED and self.compute is None:
                yield f"{self.kind}: {row.verb} has a computed target, the workflow computes none"
        edges = self.edges()
        reached = set(self.beginnings)
        while more := {target for source, target in edges if source in reached} - reached:
            reached |= more
        for state in sorted(self.states - reached):
            yield f"{self.kind}: state {state} is never reached"
        for state in sorted(self.states - self.final):
            if not any(source == state for source, _target in edges):
                yield f"{self.kind}: open state {state} has no way out"
        for name, verb in self.timers.items():
            if verb not in self.verbs:
                yield f"{self.kind}: timer {name} names the unknown verb {verb}"
