"""Triggers that make a table append-only: rows are added, never changed, deleted or truncated."""

import pgtrigger

# Protect stops UPDATE and DELETE of rows, but not TRUNCATE of the table.
NO_TRUNCATE = pgtrigger.Trigger(
    name="no_truncate",
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    level=pgtrigger.Statement,
    func="RAISE EXCEPTION 'This table is append-only.';",
)
APPEND_ONLY = [
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    NO_TRUNCATE,
]
