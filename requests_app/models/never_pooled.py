"""A confidential request is in no pool and with no team, held by the database both ways, also against two transactions
at once.

Whoever opens a pool or asks a team shares the lock on the request's row, and whoever makes the request confidential
holds it alone: one of them waits and then sees what the other did. Rule: DESIGN.md section 7, DOMAIN.md section 3.
"""

import pgtrigger

REFUSED = "USING ERRCODE = 'check_violation', CONSTRAINT = 'confidential_never_pooled'"

# On the pool: opened, or given to another request.
NO_POOL_WHILE_CONFIDENTIAL = pgtrigger.Trigger(
    name="confidential_never_pooled",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "request_id"),
    condition=pgtrigger.Q(new__state="open"),
    declare=[("is_confidential", "boolean")],
    func=f"""
        SELECT confidential INTO is_confidential FROM requests_app_servicerequest WHERE id = NEW.request_id FOR SHARE;
        IF is_confidential THEN
            RAISE EXCEPTION 'request % is confidential: no pool', NEW.request_id {REFUSED};
        END IF;
        RETURN NEW;
    """,
)

# On the request: made confidential.
NOT_CONFIDENTIAL_WHILE_POOLED = pgtrigger.Trigger(
    name="confidential_never_pooled",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("confidential"),
    condition=pgtrigger.Q(new__confidential=True) & ~pgtrigger.Q(old__confidential=True),
    func=f"""
        IF EXISTS (SELECT 1 FROM requests_app_pool WHERE request_id = NEW.id AND state = 'open') THEN
            RAISE EXCEPTION 'request % is in a pool: not confidential', NEW.id {REFUSED};
        END IF;
        RETURN NEW;
    """,
)


REFUSED_TEAM = "USING ERRCODE = 'check_violation', CONSTRAINT = 'confidential_never_to_a_team'"

# On the team's offer: made, or given to another request.
NO_TEAM_WHILE_CONFIDENTIAL = pgtrigger.Trigger(
    name="confidential_never_to_a_team",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "request_id"),
    condition=pgtrigger.Q(new__state="open"),
    declare=[("is_confidential", "boolean")],
    func=f"""
        SELECT confidential INTO is_confidential FROM requests_app_servicerequest WHERE id = NEW.request_id FOR SHARE;
        IF is_confidential THEN
            RAISE EXCEPTION 'request % is confidential: no team', NEW.request_id {REFUSED_TEAM};
        END IF;
        RETURN NEW;
    """,
)

# On the request: made confidential.
NOT_CONFIDENTIAL_WHILE_WITH_A_TEAM = pgtrigger.Trigger(
    name="confidential_never_to_a_team",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("confidential"),
    condition=pgtrigger.Q(new__confidential=True) & ~pgtrigger.Q(old__confidential=True),
    func=f"""
        IF EXISTS (SELECT 1 FROM requests_app_teamoffer WHERE request_id = NEW.id AND state = 'open') THEN
            RAISE EXCEPTION 'request % is with a team: not confidential', NEW.id {REFUSED_TEAM};
        END IF;
        RETURN NEW;
    """,
)
