"""What our commands share: on a database that is not ready they say so in one line instead of failing midway."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def unapplied() -> int:
    """Returns how many migrations the database lacks. Raises DatabaseError when it cannot be asked."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def first_line(error: Exception) -> str:
    """Returns the first line of an error, or its name where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else error.__class__.__name__


class TableCommand(BaseCommand):
    """A command that works on our tables."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        """Raises CommandError while the database cannot be reached or its tables are not those of this version."""
        try:
            missing = unapplied()
        except DatabaseError as error:
            raise CommandError(f"DATABASE_URL cannot be reached: {first_line(error)}") from error
        if missing:
            count = "1 migration is" if missing == 1 else f"{missing} migrations are"
            raise CommandError(
                f"The database is not ready: {count} not applied. Run script/manage migrate first."
            )
