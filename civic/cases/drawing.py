"""The workflow tables as data for the API and as Mermaid diagrams for the documentation."""

from typing import Any

from civic.cases import registry
from civic.cases.workflow import Goal, Transition, Workflow


def as_data(workflow: Workflow) -> dict[str, Any]:
    """Returns a workflow's table: states, rows (verb, from, to, roles, facts needed), parts and timers."""
    return {
        "kind": workflow.kind,
        "initial": str(workflow.initial),
        "openings": {verb: str(state) for verb, state in workflow.openings.items()},
        "final": sorted(map(str, workflow.final)),
        "states": sorted(map(str, workflow.states)),
        "transitions": [_row(row) for row in workflow.transitions],
        "parts": [
            {
                "name": part.name,
                "initial": sorted(map(str, part.initial)),
                "edges": {str(source): sorted(map(str, ends)) for source, ends in sorted(part.edges.items())},
            }
            for part in workflow.parts
        ],
        "timers": dict(workflow.timers),
    }


def every() -> list[dict[str, Any]]:
    """Returns every registered workflow as data, by kind."""
    return [as_data(workflow) for workflow in registry.every()]


def mermaid(workflow: Workflow) -> str:
    """Returns a state diagram: one arrow per pair of states, labelled with the verbs that take it."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for row in workflow.transitions:
        for source in row.sources:
            for target in row.targets(workflow, source) - {source}:
                verbs.setdefault((str(source), str(target)), []).append(row.verb)
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    lines += [f"    [*] --> {state}: {verb}" for verb, state in workflow.openings.items()]
    lines += [
        f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in sorted(verbs.items())
    ]
    lines += [f"    {state} --> [*]" for state in sorted(workflow.final)]
    return "\n".join(lines)


def part_diagrams(workflow: Workflow) -> dict[str, str]:
    """Returns a state diagram per part of the workflow, by its name."""
    drawn = {}
    for part in workflow.parts:
        lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in sorted(part.initial))]
        lines += [
            f"    {source} --> {target}"
            for source, ends in sorted(part.edges.items())
            for target in sorted(ends)
        ]
        drawn[part.name] = "\n".join(lines)
    return drawn


def _row(row: Transition) -> dict[str, Any]:
    if isinstance(row.target, Goal):
        target: Any = row.target.value
    else:
        target = str(row.target) if isinstance(row.target, str) else sorted(map(str, row.target))
    return {
        "verb": row.verb,
        "from": sorted(map(str, row.sources)),
        "to": target,
        "roles": list(row.roles),
        "requires": list(row.requires),
        "approval": "depends" if callable(row.approval) else "always" if row.approval else "never",
        "approvers": list(row.approvers or row.roles) if row.approval else [],
    }
