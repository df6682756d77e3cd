"""Workflows as plain data: what the API serves and commands print."""

from typing import Any

from civic.cases.workflow import Goal, PartTable, Transition, Workflow


def workflow(table: Workflow) -> dict[str, Any]:
    """Returns a workflow as dictionaries and lists, in the order of its table; sets are sorted."""
    return {
        "kind": table.kind,
        "initial": table.initial,
        "states": sorted(map(str, table.states)),
        "final": sorted(map(str, table.final)),
        "computed": sorted(map(str, table.computed_states)),
        "transitions": [_transition(row) for row in table.transitions],
        "parts": [_part(part) for part in table.parts],
        "timers": dict(table.timers),
    }


def _transition(row: Transition) -> dict[str, Any]:
    return {
        "verb": row.verb,
        "sources": sorted(map(str, row.sources)),
        "target": _target(row),
        "roles": list(row.roles),
        "requires": list(row.requires),
        "approval": row.approval,
    }


def _target(row: Transition) -> str | list[str]:
    """Returns a state, the states one of which is chosen, "computed" (from the parts) or "same"."""
    if isinstance(row.target, Goal):
        return row.target.value
    return str(row.target) if isinstance(row.target, str) else sorted(map(str, row.target))


def _part(part: PartTable) -> dict[str, Any]:
    return {
        "name": part.name,
        "initial": sorted(map(str, part.initial)),
        "edges": {str(source): sorted(map(str, targets)) for source, targets in part.edges.items()},
    }
