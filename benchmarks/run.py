"""script/bench: the product against bare Django views, on one server, in one run; prints a Markdown table.

Each measure is taken in short slices, product and bare in turn, so that the machine's drift falls on both; a
ratio is the median over the rounds. "bare" is a view of this project behind its middleware, "naked" the same view
without any middleware; the goals are held against "naked". Ratios carry from machine to machine, requests a second
do not.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg2
from psycopg2.errors import InsufficientPrivilege

from benchmarks import goma
from civic.embedded.supervisor import check_port

DATABASE = "civic_bench"
EMPTY = "template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
CONNECTIONS = 16  # enough that every worker has some, however they are dealt out
START_S = 60
DROP_TRIES = 90  # a second apart


def main() -> int:
    """Builds a database of its own, measures, prints, removes it; returns 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a slice")
    parser.add_argument("--pairs", type=int, default=5, help="slices of each side")
    parser.add_argument(
        "--only",
        default="",
        help="measures whose name holds this; backlog, weighing and history run only so",
    )
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    if options.only == goma.NAME:  # needs neither rows nor a server
        return goma.bench(os.environ.get("GOMA_TRACES", ""))
    configured = os.environ["DATABASE_URL"]
    with _database(configured, DATABASE, EMPTY) as url:
        os.environ |= {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "DEMO": "1",
            "HTTPS": "0",
            "LOG_LEVEL": "WARNING",
        }
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        from benchmarks import history, measures

        if options.only == history.NAME:  # takes databases of its own, and far longer than all the others
            answers = history.measure(partial(_database, configured, f"{DATABASE}_copy", DATABASE))
            sys.stdout.write(history.markdown(answers))
            return 0 if all(each.met for each in answers) else 1
        scene = measures.data.build()
        try:
            with _server(options.port):
                table = measures.Table(
                    scene, options.port, options.seconds, options.pairs, CONNECTIONS, options.only
                )
                met = table.measure()
        finally:
            connection.close()
        sys.stdout.write(table.markdown())
    return 0 if met else 1


@contextmanager
def _database(configured: str, name: str, template: str) -> Iterator[str]:
    """Yields the URL of a new database `name` beside the configured one, made of `template`; drops it in the end."""

    def say(statement: str) -> None:
        line = psycopg2.connect(configured)
        line.autocommit = True
        with line.cursor() as cursor:
            cursor.execute(statement)
        line.close()

    def drop() -> None:
        for _time in range(DROP_TRIES):
            try:
                say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                return
            except InsufficientPrivilege:  # autovacuum is at it, which is not ours to end
                time.sleep(1)
        raise RuntimeError(f"database {name} is in use and could not be dropped")

    drop()
    say(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield urlunsplit(urlsplit(configured)._replace(path=f"/{name}"))
    finally:
        drop()


@contextmanager
def _server(port: int) -> Iterator[None]:
    """Runs granian as the product does, with the bare views beside it."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "3", "--blocking-threads-idle-timeout", "600"]
    command += ["--no-ws", "--log-level", "warning", "benchmarks.wsgi:application"]
    check_port("127.0.0.1", port)  # granian would share it with one left over from a run that was cut
    process = subprocess.Popen(command)
    try:
        _await(port)
        yield
    finally:
        process.terminate()
        process.wait(15)


def _await(port: int) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/healthz")
            line.getresponse().read()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def medians(rounds: int, sides: Sequence[Callable[[], float]]) -> tuple[list[float], list[float]]:
    """Returns each side's median and the median of the first side's ratio to each, the sides taken in turn."""
    measured = [[side() for side in sides] for _ in range(rounds)]
    return (
        [statistics.median(column) for column in zip(*measured, strict=True)],
        [statistics.median(row[0] / row[at] for row in measured) for at in range(len(sides))],
    )


if __name__ == "__main__":
    sys.exit(main())
