"""One change under way: what an effect may do to a case while the write door holds its lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from civic.cases.clocks import Clocks
from civic.cases.workflow import Transition, Workflow
from civic.lib.errors import IllegalTransition
from civic.notify.outbox import Draft


@dataclass
class Change:
    """The verb being performed on a locked `case`, and what will be written with it.

    Effects read `facts` (what the caller gave), alter fields of `case`, move its parts, and leave history
    facts, texts, timers and messages here; `door` writes all of it in one transaction. `seq` is the number of
    the history event under way: 1 when the case is being opened.
    """

    workflow: Workflow
    row: Transition
    case: Any
    actor: Any
    role: str
    at: datetime
    seq: int
    facts: dict[str, Any]
    target: str | None = None
    reason_code: str = ""
    recorded: dict[str, Any] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    messages: list[Draft] = field(default_factory=list)
    clocks: Clocks = field(init=False)

    def __post_init__(self) -> None:
        self.clocks = Clocks(self.case, frozenset(self.workflow.timers), self.at, is_new=self.seq == 1)

    def fact(self, name: str, default: Any = None) -> Any:
        """Returns the caller's fact `name`, or `default`."""
        return self.facts.get(name, default)

    def record(self, **facts: Any) -> None:
        """Adds numbers, codes and references to the history event; never words a person wrote."""
        self.recorded.update(facts)

    def text(self, name: str, body: str) -> None:
        """Keeps words beside the history event, erasable; an empty body leaves nothing."""
        if body:
            self.recorded.setdefault("texts", []).append(name)
            self.texts.append((name, body))

    def tell(self, *drafts: Draft) -> None:
        """Queues messages; each is one row however often the change is tried."""
        self.messages.extend(drafts)

    def add(self, part: Any, **recorded: Any) -> None:
        """Inserts a new part of the case in one of its initial states and records it."""
        table = self.workflow.part(type(part))
        if part.state not in table.initial:
            raise ValueError(f"a part of {table.name} cannot start as {part.state}")
        part.save(force_insert=True)
        self._record_part(table.name, part, "", recorded)

    def move(self, part: Any, to: str, **fields: Any) -> None:
        """Moves a part along an edge of its table, writing `fields` with it, and records it."""
        table = self.workflow.part(type(part))
        source = part.state
        if to not in table.edges.get(source, frozenset()):
            raise IllegalTransition(_("This has already ended or moved on. Please look again."))
        part.state = to
        for name, value in fields.items():
            setattr(part, name, value)
        part.save(update_fields=["state", *fields])
        self._record_part(table.name, part, source, {})

    def _record_part(self, name: str, part: Any, source: str, more: dict[str, Any]) -> None:
        line = {name: part.pk, "from": source, "to": part.state, **more}
        if hasattr(part, "volunteer_id"):
            line["volunteer"] = part.volunteer_id
        self.recorded.setdefault("parts", []).append(line)

    def set_timer(self, name: str, due_at: datetime, *, part_id: int = 0) -> None:
        """Sets or moves the timer `name` of this case and round; an old open one is voided."""
        self.clocks.set(name, due_at, part_id=part_id)

    def set_timers_again(self, voided_at: datetime) -> None:
        """Sets the timers that a step voided at that moment as they were: the step is taken back."""
        self.clocks.again(voided_at)

    def void_timers(self, *names: str, part_id: int | None = None) -> None:
        """Voids the open timers of this case: all, or those of the given names and part."""
        self.clocks.void(*names, part_id=part_id)
