"""Which rule of the database refused a write."""

from django.db import IntegrityError


def refusing(error: IntegrityError) -> str:
    """Returns the name of the constraint, "" where the database names none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
