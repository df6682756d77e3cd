"""Does what is stored agree with itself? Replays every history against its rows: one check for any
database.

Reads only, in portions by key and as everything stood at one moment, so that it may run beside the work of the
day. Each fault is a sentence for whoever operates the installation (English, like logs).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef

from civic.areas import queries, scope
from civic.cases import registry
from civic.cases.clocks import LASTING
from civic.cases.models import Case, CaseEvent, CaseText, Timer
from civic.cases.workflow import Workflow
from civic.lib.snapshot import one_picture
from insight.requests_consistency import faults_of_request, orphans

PORTION = 500
SYSTEM_ROLE = "system"  # in which timers act


@dataclass(frozen=True)
class Fault:
    """Something that does not agree; `case_id` is 0 for what belongs to no single case."""

    kind: str
    case_id: int
    sentence: str

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.case_id}: {self.sentence}"
            if self.case_id
            else f"{self.kind}: {self.sentence}"
        )


def check() -> list[Fault]:
    """Returns every fault there is, kind by kind, cases in the order of their keys.

    Taken from one picture: a case and its history are read by different queries, and what is written between them
    would look like a fault.
    """
    with one_picture():
        queries.forget()  # the areas, too, as they stand in this picture
        return list(faults())


def faults() -> Iterator[Fault]:
    """Yields what `check` returns, as each query finds it."""
    for workflow in registry.every():
        for cases in _portions(workflow):
            yield from _faults_of(workflow, cases)
        yield from _orphans(workflow)
    for subject, number, sentence in orphans():
        yield Fault(subject, number, sentence)
    yield from _faults_of_areas()


def count_cases() -> int:
    """Returns how many cases a check looks at."""
    return sum(workflow.model._default_manager.count() for workflow in registry.every())


def _portions(workflow: Workflow) -> Iterator[list[Any]]:
    last = 0
    while cases := list(workflow.model._default_manager.filter(pk__gt=last).order_by("pk")[:PORTION]):
        yield cases
        last = cases[-1].pk


def _faults_of(workflow: Workflow, cases: Sequence[Case]) -> Iterator[Fault]:
    ids = [case.pk for case in cases]
    events: dict[int, list[CaseEvent]] = defaultdict(list)
    for event in CaseEvent.objects.filter(kind=workflow.kind, case_id__in=ids).order_by("case_id", "seq"):
        events[event.case_id].append(event)
    timers: dict[int, list[Timer]] = defaultdict(list)
    for timer in Timer.objects.filter(kind=workflow.kind, case_id__in=ids):
        timers[timer.case_id].append(timer)
    parts = {table.name: _parts(table.model, workflow.model, ids) for table in workflow.parts}
    for case in cases:
        own_parts = {name: rows.get(case.pk, []) for name, rows in parts.items()}
        sentences = [
            *_faults_of_history(workflow, case, events[case.pk]),
            *_faults_of_parts(workflow, events[case.pk], own_parts),
            *_faults_of_state(workflow, case),
            *_faults_of_timers(workflow, case, timers[case.pk]),
            *_faults_of_firings(workflow, timers[case.pk], events[case.pk]),
            *_faults_of_scope(case),
        ]
        if workflow.kind == "request":
            sentences += faults_of_request(case, timers[case.pk], own_parts)
        for sentence in sentences:
            yield Fault(workflow.kind, case.pk, sentence)


def _parts(model: Any, of: type[Case], case_ids: list[int]) -> dict[int, list[Any]]:
    """Returns the parts of these cases by case; a part names its case by the first foreign key to it."""
    owner = next(field.attname for field in model._meta.concrete_fields if field.related_model is of)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in model._default_manager.filter(**{f"{owner}__in": case_ids}).order_by("pk"):
        found[getattr(row, owner)].append(row)
    return found


def _faults_of_history(workflow: Workflow, case: Case, events: Sequence[CaseEvent]) -> Iterator[str]:
    """Replays the events: numbered without gaps, each beginning where the last ended, each a step of the
    table.
    """
    if not events:
        yield "there is no history"
        return
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        yield "the history has a gap"
    if case.version != events[-1].seq:
        yield f"version {case.version}, but the last event is number {events[-1].seq}"
    if case.state != events[-1].to_state:
        yield f"state {case.state}, but the history ends in {events[-1].to_state}"
    state, at = "", events[0].at
    for event in events:
        if event.from_state != state:
            yield f"event {event.seq} ({event.verb}) starts from {event.from_state or 'nothing'}, not from {state}"
        if event.at < at:
            yield f"event {event.seq} ({event.verb}) lies before the one ahead of it"
        if event.seq == 1:
            begun = workflow.opened_by(event.verb)
            if event.to_state != begun:
                yield f"it began as {event.to_state}, not as {begun}"
        elif not _allowed(workflow, event):
            yield f"event {event.seq}: no {event.verb} leads from {event.from_state} to {event.to_state}"
        state, at = event.to_state, event.at


def _allowed(workflow: Workflow, event: CaseEvent) -> bool:
    row = workflow.row(event.verb, event.from_state)
    targets = row.targets(workflow, event.from_state) if row else frozenset()
    return row is not None and (event.to_state == event.from_state or event.to_state in targets)


def _faults_of_parts(
    workflow: Workflow, events: Sequence[CaseEvent], rows: dict[str, list[Any]]
) -> Iterator[str]:
    """Replays what events say about parts (offers, pools, assignments) and compares it with their rows."""
    told: dict[str, dict[int, str]] = {table.name: {} for table in workflow.parts}
    edges = {table.name: table.edges for table in workflow.parts}
    for event in events:
        for line in event.facts.get("parts", ()):
            name = next(name for name in told if name in line)
            before = told[name].get(line[name], "")
            if line["from"] != before:
                yield f"{name} {line[name]} moved from {line['from'] or 'nothing'}, but stood at {before or 'nothing'}"
            if before and line["to"] not in edges[name].get(before, frozenset()):
                yield f"{name} {line[name]} cannot go from {before} to {line['to']}"
            told[name][line[name]] = line["to"]
    for name, parts in rows.items():
        stored = {part.pk: str(part.state) for part in parts}
        for key in sorted(stored.keys() | told[name].keys()):
            if stored.get(key) != told[name].get(key):
                yield f"{name} {key} is {stored.get(key, 'missing')}, the history says {told[name].get(key, 'nothing')}"


def _faults_of_state(workflow: Workflow, case: Case) -> Iterator[str]:
    if case.state not in workflow.states:
        yield f"{case.state} is no state of this workflow"
    elif workflow.compute is not None and case.state not in workflow.final:
        computed = workflow.compute(case)
        if computed != case.state:
            yield f"state {case.state}, but its parts make it {computed}"


def _faults_of_timers(workflow: Workflow, case: Case, timers: Iterable[Timer]) -> Iterator[str]:
    open_names = [timer.name for timer in timers if timer.fired_at is None and timer.voided_at is None]
    running = sorted(name for name in open_names if name not in LASTING)
    if case.state in workflow.final and running:
        yield f"it has ended, but timers run on: {', '.join(running)}"
    for name in open_names:
        if name not in workflow.timers:
            yield f"timer {name} is unknown to the workflow"


def _faults_of_firings(
    workflow: Workflow, timers: Iterable[Timer], events: Iterable[CaseEvent]
) -> Iterator[str]:
    """Each timer that fired is one event of the system, and each such event one timer: once, and never half."""
    rung = Counter(workflow.timers.get(timer.name, "") for timer in timers if timer.fired_at is not None)
    told = Counter(event.verb for event in events if event.actor_role == SYSTEM_ROLE)
    for verb in sorted(set(workflow.timers.values())):
        if rung[verb] != told[verb]:
            yield f"timers called {verb} {rung[verb]} times, the history has it {told[verb]} times"


def _faults_of_scope(case: Any) -> Iterator[str]:
    area_id = getattr(case, "area_id", None)
    if area_id is None or not hasattr(case, "district_id"):
        return
    stored = scope.ScopeIds(case.city_id, case.district_id, case.street_id, case.community_id, case.grid_id)
    if stored != scope.of(area_id):
        yield "the areas it is counted in are not those of its area"


def _orphans(workflow: Workflow) -> Iterator[Fault]:
    """Yields events, texts and timers whose case is gone, and texts beside no event."""
    cases = workflow.model._default_manager.filter(pk=OuterRef("case_id"))
    for model, name in ((CaseEvent, "history event"), (CaseText, "text"), (Timer, "timer")):
        lost = model._default_manager.filter(~Exists(cases), kind=workflow.kind)
        for case_id in lost.values_list("case_id", flat=True).distinct().order_by("case_id"):
            yield Fault(workflow.kind, case_id, f"{name} without a case")
    beside = CaseEvent.objects.filter(kind=OuterRef("kind"), case_id=OuterRef("case_id"), seq=OuterRef("seq"))
    for text in CaseText.objects.filter(~Exists(beside), kind=workflow.kind).order_by("pk"):
        yield Fault(workflow.kind, text.case_id, f"text {text.name} stands beside no event")
    doubled = Timer.objects.filter(kind=workflow.kind, fired_at=None, voided_at=None)
    doubled_names = (
        doubled.values("case_id", "name", "part_id", "round").annotate(n=Count("pk")).filter(n__gt=1)
    )
    for row in doubled_names.order_by("case_id"):
        yield Fault(workflow.kind, row["case_id"], f"timer {row['name']} runs {row['n']} times")


def _faults_of_areas() -> Iterator[Fault]:
    """Yields areas whose place in the tree disagrees with their level or their numbers of children."""
    tree = queries.tree()
    for area in tree.by_id.values():
        children = len(tree.children(area.pk))
        if area.numchild != children:
            yield Fault("area", area.pk, f"counts {area.numchild} areas below it, there are {children}")
        if tree.parent(area.pk) is None and area.level != "city":
            yield Fault("area", area.pk, "has lost its parent")
