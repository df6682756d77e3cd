"""Django system checks of our own: what must hold before the product may start."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from civic.lib import checks as key_checks  # noqa: F401  registers the check of the keys

MINIMUM_POSTGRESQL = 150000


@register(Tags.database)
def database_fits(databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL is new enough, its role cannot switch triggers off, its locale lets trigrams see Chinese."""
    return [problem for alias in databases or [] for problem in check_database(alias)]


def check_database(alias: str) -> list[CheckMessage]:
    """Returns the problems of one database; each says what to do about it."""
    connection = connections[alias]
    problems: list[CheckMessage] = []
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < MINIMUM_POSTGRESQL:
            problems.append(
                Error("PostgreSQL is older than 15.", hint="Upgrade the server.", id="civic.E001")
            )
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            problems.append(
                Error(
                    "The application's database role is a superuser, for whom triggers can be switched off.",
                    hint="Make an ordinary role that owns the database.",
                    id="civic.E002",
                )
            )
        # What pg_trgm asks of a character, asked before the extension exists: is it a letter in this locale?
        cursor.execute("SELECT '阳台漏水' ~ '^[[:alpha:]]+$'")
        if not cursor.fetchone()[0]:
            problems.append(
                Error(
                    "The database's locale does not know Chinese letters, so searching would find nothing.",
                    hint="CREATE DATABASE ... ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0.",
                    id="civic.E003",
                )
            )
    return problems
