"""script/server, script/manage, script/test and script/bench: what each does, and how each ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from civic.embedded import places as geography
from civic.embedded import servers, setup, suite, supervisor
from civic.embedded.places import Places, complain, say
from civic.embedded.processes import write_prefixed
from civic.embedded.trouble import Stopped, Trouble, from_os_error, reason

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> NoReturn:
    """Runs the command named by the first argument and exits with its code; failures are one line and 1."""
    command, arguments = sys.argv[1], sys.argv[2:]
    for number in SIGNALS:
        signal.signal(number, stop)
    os.environ.pop("PYTHONPATH", None)  # ours, set by the script to find this package
    try:
        code = {"server": server, "manage": manage, "test": suite.test, "bench": bench}[command](arguments)
    except Trouble as trouble:
        complain(f"script/{command}: {trouble}")
        code = 1
    except OSError as error:
        complain(f"script/{command}: {from_os_error(error)}")
        code = 1
    except Stopped:
        say("· stopped")
        code = 0 if command == "server" else 130
    sys.exit(code)


def stop(number: int, frame: FrameType | None) -> None:
    """Unwinds everything once; further signals are ignored while it does."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def server(arguments: list[str]) -> int:
    """Sets up, starts everything, and stays until a signal comes."""
    if arguments:
        raise Trouble(
            "it takes no arguments; PORT, HOST, CIVIC_HOME, DATABASE_URL ... come from the environment"
        )
    places = geography.of(os.environ)
    host, port = os.environ.get("HOST") or "127.0.0.1", read_port(os.environ.get("PORT") or "8000")
    supervisor.check_port(host, port)
    setup.prepare(places, os.environ)
    say("· starting database and broker" if any(servers.wanted(os.environ)) else "· using outside servers")
    with servers.running(places, os.environ, exclusive=True) as running:
        running.environ.setdefault("DEMO", "1" if all(servers.wanted(os.environ)) else "0")
        stamp, wanted = (
            places.home / "prepared",
            f"{setup.source_digest(places)} DEMO={running.environ['DEMO']}",
        )
        if not (all(servers.wanted(os.environ)) and stamp.exists() and stamp.read_text() == wanted):
            prepare_database(places, running.environ)
            stamp.write_text(wanted)
        say("· starting web, worker and beat")
        supervisor.supervise(places, running, host, port, write_prefixed)
    return 0


def read_port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT={text} is not a port; use a number from 1 to 65535")
    return int(text)


def prepare_database(places: Places, environ: dict[str, str]) -> None:
    """Runs `manage.py prepare`: checks, migrations, static files, demo city; its lines are ours. Raises
    Trouble.
    """
    process = subprocess.Popen(
        [places.python, "manage.py", "prepare"],
        cwd=places.root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    try:
        _, errors = process.communicate()
    except Stopped:
        process.terminate()
        process.wait(5)
        raise
    if process.returncode:
        raise Trouble(f"the database could not be prepared: {reason(errors)}")


def manage(arguments: list[str]) -> int:
    """Runs manage.py against the servers, starting the embedded ones while it runs when they are down."""
    places = geography.of(os.environ)
    setup.prepare(places, os.environ)
    return run(places, [places.python, places.root / "manage.py", *arguments])


def bench(arguments: list[str]) -> int:
    """Runs the benchmarks against the servers, in a database of their own."""
    places = geography.of(os.environ)
    setup.prepare(places, os.environ)
    return run(places, [places.python, "-m", "benchmarks.run", *arguments], cwd=places.root)


def run(places: Places, command: Sequence[str | Path], *, cwd: Path | None = None) -> int:
    """Runs `command` (in `cwd`, else where the caller is) with the servers up; returns its exit code."""
    with servers.running(places, os.environ, exclusive=False) as running:
        running.environ.setdefault("DEMO", "1" if all(servers.wanted(os.environ)) else "0")
        process = subprocess.Popen(command, env=running.environ, cwd=cwd, start_new_session=False)
        try:
            return process.wait()
        except Stopped:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
