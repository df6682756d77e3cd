"""kill -9 of all that runs: what it leaves behind (locks, pid files, sockets) does not stop the next start."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from civic.embedded.places import ROOT
from tests.faults.plant import Visitor, until
from tests.ground.conftest import Program, home, nothing_set, server

__all__ = ["home", "nothing_set", "server"]  # fixtures
LOGIN, CONFIRM, MINE = "/accounts/login/", "/accounts/login/code/", "/me/"


def family(pid: int) -> Iterator[int]:
    """Yields a process and all it has started (Linux)."""
    yield pid
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    for line in found.stdout.split():
        yield from family(int(line))


def kill_everything(program: Program) -> None:
    """kill -9 of its servers, its programs and the command itself, which is held first lest it tidies up."""
    assert program.popen is not None
    program.popen.send_signal(signal.SIGSTOP)
    for pid in reversed(list(family(program.popen.pid))):
        with contextlib.suppress(ProcessLookupError):  # it went with its parent
            os.kill(pid, signal.SIGKILL)
    program.popen.wait(10)


def code_sent(folder: Path) -> str:
    """Returns the newest code the gateway (a file) has taken, "" while there is none."""
    log = folder / "outbox" / "sms.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return str(json.loads(lines[-1])["parameters"].get("code", "")) if lines else ""


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="reads the process tree as Linux shows it")
def test_after_kill_9_of_everything_the_second_start_serves_what_was_there(server: Program) -> None:
    server.start()
    resident = Visitor(server.port)
    assert resident.fill_in(LOGIN, phone="13700001234").status == 302
    code = until(lambda: code_sent(server.home), "the code is sent")
    assert resident.fill_in(CONFIRM, code=code).status == 302
    assert resident.get(MINE).status == 200

    kill_everything(server)
    left = [path.name for path in (server.home / "servers" / "run").iterdir()]
    assert ".s.PGSQL.5432.lock" in left and "redis.sock" in left
    assert (server.home / "servers" / "postgres" / "postmaster.pid").exists()
    for schedule in (server.home / "beat").glob("schedule*"):
        schedule.write_bytes(schedule.read_bytes()[:100])  # as if it was being written

    server.lines.clear()
    server.start()
    assert resident.get(MINE).status == 200
    assert resident.get("/readyz").status == 200
    checked = subprocess.run(
        [sys.executable, "-m", "civic.embedded", "manage", "check_consistency"],
        cwd=ROOT,
        env=server.environ | {"CIVIC_HOME": str(server.home)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
