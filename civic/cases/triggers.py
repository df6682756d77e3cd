"""The tables compiled into PostgreSQL triggers, so that raw SQL cannot take an illegal edge either."""

from collections.abc import Iterable

import pgtrigger

from civic.cases.workflow import PartTable, Workflow


class StateEdges(pgtrigger.Trigger):
    """Refuses a row that starts in no initial state or moves along an edge that is not in the table."""

    def __init__(self, *, edges: Iterable[tuple[str, str]], initial: Iterable[str]) -> None:
        self.edges = sorted(edges)
        self.initial = sorted(initial)
        super().__init__(
            name="state_edges",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        )

    def get_func(self, model: object) -> str:
        starts = ", ".join(f"'{state}'" for state in self.initial)
        edges = ", ".join(f"'{source}:{target}'" for source, target in self.edges)
        return f"""
            IF TG_OP = 'INSERT' THEN
                IF NEW.state NOT IN ({starts}) THEN
                    RAISE EXCEPTION 'a row of % cannot start as "%"', TG_TABLE_NAME, NEW.state
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'state_edges';
                END IF;
            ELSIF OLD.state IS DISTINCT FROM NEW.state
                AND (OLD.state || ':' || NEW.state) NOT IN ({edges}) THEN
                RAISE EXCEPTION 'no edge from "%" to "%" in %', OLD.state, NEW.state, TG_TABLE_NAME
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'state_edges';
            END IF;
            RETURN NEW;
        """


class VersionIsHistory(pgtrigger.Trigger):
    """At commit, the version of a case is the number of its last history event."""

    def __init__(self, *, kind: str) -> None:
        self.kind = kind
        super().__init__(
            name="version_is_history",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update,
            timing=pgtrigger.Deferred,
            declare=[("_version", "INTEGER"), ("_seq", "INTEGER")],
        )

    def get_func(self, model: type) -> str:  # type: ignore[override]
        table = model._meta.db_table  # type: ignore[attr-defined]
        return f"""
            SELECT version INTO _version FROM {table} WHERE id = NEW.id;
            SELECT max(seq) INTO _seq FROM cases_caseevent WHERE kind = '{self.kind}' AND case_id = NEW.id;
            IF _version IS DISTINCT FROM _seq AND _version IS NOT NULL THEN
                RAISE EXCEPTION '{self.kind} % stands at version % but its history ends at %', NEW.id, _version, _seq
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'version_is_history';
            END IF;
            RETURN NULL;
        """


def of_case(workflow: Workflow) -> list[pgtrigger.Trigger]:
    """Returns the triggers that hold a workflow's own table."""
    return [
        StateEdges(edges=workflow.edges(), initial={workflow.initial}),
        VersionIsHistory(kind=workflow.kind),
    ]


def of_part(table: PartTable) -> list[pgtrigger.Trigger]:
    """Returns the trigger that holds a part's table."""
    edges = {(source, target) for source, targets in table.edges.items() for target in targets}
    return [StateEdges(edges=edges, initial=table.initial)]
