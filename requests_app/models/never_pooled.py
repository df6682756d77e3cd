"""A confidential request is in no pool and with no team, held by the database both ways, also against two transactions
at once.

Whoever opens a pool or asks a team shares the lock on the request's row, and whoever makes the request confidential
holds it alone: one of them waits and then sees what the other did. Rule: DESIGN.md section 7, DOMAIN.md section 3.
"""

import pgtrigger


def _refused(constraint: str) -> str:
    return f"USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}'"


def none_while_confidential(constraint: str, what: str) -> pgtrigger.Trigger:
    """Returns the trigger of the table of pools or of teams asked: none is opened for a confidential request, nor
    given to one."""
    return pgtrigger.Trigger(
        name=constraint,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "request_id"),
        condition=pgtrigger.Q(new__state="open"),
        declare=[("is_confidential", "boolean")],
        func=f"""
        SELECT confidential INTO is_confidential FROM requests_app_servicerequest WHERE id = NEW.request_id FOR SHARE;
        IF is_confidential THEN
            RAISE EXCEPTION 'request % is confidential: no {what}', NEW.request_id {_refused(constraint)};
        END IF;
        RETURN NEW;
    """,
    )


def not_confidential_while(constraint: str, table: str, where: str) -> pgtrigger.Trigger:
    """Returns the trigger of the request: it is not made confidential while a row of `table` is open for it."""
    return pgtrigger.Trigger(
        name=constraint,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("confidential"),
        condition=pgtrigger.Q(new__confidential=True) & ~pgtrigger.Q(old__confidential=True),
        func=f"""
        IF EXISTS (SELECT 1 FROM {table} WHERE request_id = NEW.id AND state = 'open') THEN
            RAISE EXCEPTION 'request % is {where}: not confidential', NEW.id {_refused(constraint)};
        END IF;
        RETURN NEW;
    """,
    )


NO_POOL_WHILE_CONFIDENTIAL = none_while_confidential("confidential_never_pooled", "pool")
NOT_CONFIDENTIAL_WHILE_POOLED = not_confidential_while(
    "confidential_never_pooled", "requests_app_pool", "in a pool"
)
NO_TEAM_WHILE_CONFIDENTIAL = none_while_confidential("confidential_never_to_a_team", "team")
NOT_CONFIDENTIAL_WHILE_WITH_A_TEAM = not_confidential_while(
    "confidential_never_to_a_team", "requests_app_teamoffer", "with a team"
)
