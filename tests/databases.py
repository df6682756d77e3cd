"""The tests' databases are copies of one that has every migration: made once, until a migration or library changes."""

import hashlib
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).parents[1]
PREFIX = "civic_template_"
OTHERS = """
SELECT pid, state, left(query, 300) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
LOCK = 4_711  # of PostgreSQL: while one process migrates, the others wait


def template(url: str) -> str:
    """Returns the name of the migrated database on the server of `url`, having made it where it was missing."""
    name = PREFIX + _digest()
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        found = {each for (each,) in cursor.fetchall()}
        if name not in found:
            for other in (*found, f"{name}_new"):
                cursor.execute(f'DROP DATABASE IF EXISTS "{other}"')
            cursor.execute(f'CREATE DATABASE "{name}_new"')
            _migrate(url, f"{name}_new")
            cursor.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


def leave(cursor: Any) -> None:
    """Ends what still holds on to the present database, so that it can be dropped, and names what that was doing."""
    cursor.execute(OTHERS)
    for pid, state, query in cursor.fetchall():
        sys.stderr.write(f"A connection was left behind, {state}: {query}\n")
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def _migrate(url: str, name: str) -> None:
    there = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    environ = {**os.environ, "DATABASE_URL": there}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environ, check=True
    )


def _digest() -> str:
    """Returns a name for what the migrations come to, those of libraries and what ours read among them."""
    found = hashlib.sha256()
    for pattern in ("requirements/*.txt", "*/migrations/*.py", "*/*/migrations/*.py", "*/default_*.py"):
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


if __name__ == "__main__":
    template(os.environ["DATABASE_URL"])
