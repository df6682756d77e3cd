"""The workflows that apps register at start-up; registering also compiles a table into triggers."""

import pgtrigger

from civic.cases import triggers
from civic.cases.models import Case
from civic.cases.workflow import Workflow

_workflows: dict[str, Workflow] = {}


def register(workflow: Workflow) -> None:
    """Makes `workflow` known and gives its models the triggers that hold its edges in the database."""
    if workflow.kind in _workflows:
        raise ValueError(f"two workflows of kind {workflow.kind}")
    _workflows[workflow.kind] = workflow
    pgtrigger.register(*triggers.of_case(workflow))(workflow.model)
    for table in workflow.parts:
        pgtrigger.register(*triggers.of_part(table))(table.model)


def workflow_of(case: Case) -> Workflow:
    """Returns the workflow of `case`."""
    return _workflows[case.kind]


def by_kind(kind: str) -> Workflow:
    """Returns the workflow named `kind`; raises KeyError."""
    return _workflows[kind]


def every() -> list[Workflow]:
    """Returns all workflows, by kind."""
    return [_workflows[kind] for kind in sorted(_workflows)]
