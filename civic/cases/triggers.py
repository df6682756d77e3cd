"""The tables compiled into PostgreSQL triggers, so that raw SQL cannot take an illegal edge either."""

from collections.abc import Iterable

import pgtrigger

from civic.cases.workflow import PartTable, Workflow


class FirstState(pgtrigger.Trigger):
    """Refuses a row that starts in no initial state. The condition stands outside the function, so that it costs
    a legal row nothing to speak of; so in StateEdges."""

    def __init__(self, *, initial: Iterable[str]) -> None:
        starts = ", ".join(f"'{state}'" for state in sorted(initial))
        super().__init__(
            name="first_state",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Condition(f"NEW.state NOT IN ({starts})"),
            func="""
                RAISE EXCEPTION 'a row of % cannot start as "%"', TG_TABLE_NAME, NEW.state
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'first_state';
            """,
        )


class StateEdges(pgtrigger.Trigger):
    """Refuses a row that moves along an edge that is not in the table."""

    def __init__(self, *, edges: Iterable[tuple[str, str]]) -> None:
        legal = ", ".join(f"'{source}:{target}'" for source, target in sorted(edges))
        moved = "OLD.state IS DISTINCT FROM NEW.state"
        super().__init__(
            name="state_edges",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("state"),
            condition=pgtrigger.Condition(f"{moved} AND (OLD.state || ':' || NEW.state) NOT IN ({legal})"),
            func="""
                RAISE EXCEPTION 'no edge from "%" to "%" in %', OLD.state, NEW.state, TG_TABLE_NAME
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'state_edges';
            """,
        )


class VersionIsHistory(pgtrigger.Trigger):
    """At commit, the version of a case is the number of its last history event."""

    def __init__(self, *, kind: str) -> None:
        self.kind = kind
        super().__init__(
            name="version_is_history",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update,
            timing=pgtrigger.Deferred,
        )

    def get_func(self, model: type) -> str:  # type: ignore[override]
        table = model._meta.db_table  # type: ignore[attr-defined]
        return f"""
            IF EXISTS (
                SELECT 1 FROM {table} WHERE id = NEW.id AND version IS DISTINCT FROM (
                    SELECT max(seq) FROM cases_caseevent WHERE kind = '{self.kind}' AND case_id = NEW.id
                )
            ) THEN
                RAISE EXCEPTION '{self.kind} % stands at a version that is not the end of its history', NEW.id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'version_is_history';
            END IF;
            RETURN NULL;
        """


def of_case(workflow: Workflow) -> list[pgtrigger.Trigger]:
    """Returns the triggers that hold a workflow's own table."""
    return [
        FirstState(initial=workflow.beginnings),
        StateEdges(edges=workflow.edges()),
        VersionIsHistory(kind=workflow.kind),
    ]


def of_part(table: PartTable) -> list[pgtrigger.Trigger]:
    """Returns the triggers that hold a part's table."""
    edges = {(source, target) for source, targets in table.edges.items() for target in targets}
    return [FirstState(initial=table.initial), StateEdges(edges=edges)]
