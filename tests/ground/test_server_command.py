"""script/server from outside: ready, stopped, killed, started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from civic.embedded.places import ROOT
from tests.ground.conftest import Program, processes_naming


def run(command: str, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Runs script/<command> to its end."""
    return subprocess.run(
        [ROOT / "script" / command, *arguments],
        env=os.environ | {"PYTHON": sys.executable} | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("server", PORT=str(port))
    assert done.returncode == 1
    assert (
        done.stderr == f"script/server: port {port} is taken; set PORT to another, such as PORT={port + 1}\n"
    )
    assert done.stdout == ""


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1"])
def test_a_port_that_is_none_is_one_clear_line(port: str) -> None:
    done = run("server", PORT=port)
    assert done.returncode == 1
    assert done.stderr == f"script/server: PORT={port} is not a port; use a number from 1 to 65535\n"


def test_an_old_python_is_one_clear_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] || exit 1\necho Python 3.6.15\n')
    old.chmod(0o755)
    for name in ("sh", "dirname", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    # Debian's own Python counts too, by its full path: stand in for a machine without it.
    script = (ROOT / "script" / "_python").read_text().replace("/usr/bin/python3", "")
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "_python").write_text(script)
    shutil.copy(ROOT / "script" / "server", tmp_path / "script" / "server")
    done = subprocess.run(
        [tmp_path / "script" / "server"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "server: Python 3.11 or newer is needed, found Python 3.6.15; install it, or set PYTHON to its path\n"
    )


@pytest.mark.alone
def test_it_starts_twice_and_a_signal_stops_everything(server: Program) -> None:
    server.start()
    assert server.get("/healthz") == 200
    assert server.get("/readyz") == 200
    assert server.stop(signal.SIGTERM) < 10
    assert server.popen is not None and server.popen.returncode == 0
    assert not processes_naming(str(server.home))
    server.lines.clear()
    assert server.start(UV_OFFLINE="1", npm_config_offline="true", http_proxy="http://127.0.0.1:9") < 10
    assert not any("installing" in line or "collecting" in line for line in server.lines)
    assert server.get("/readyz") == 200
    assert server.stop(signal.SIGINT) < 10
    assert not processes_naming(str(server.home))


@pytest.mark.full
def test_killed_outright_it_leaves_nothing_and_comes_back(server: Program) -> None:
    server.start()
    server.stop(signal.SIGKILL)
    if sys.platform == "linux":
        assert gone(server.home, within=15)
    server.lines.clear()
    server.start()
    assert server.get("/readyz") == 200


@pytest.mark.full
def test_a_program_that_dies_is_started_again(server: Program) -> None:
    server.start()
    for name in ("civic.celery", "redis-server", "granian"):
        victims = subprocess.run(
            ["pgrep", "-f", name, "-P", str(server.popen.pid if server.popen else 0)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        os.kill(int(victims[0]), signal.SIGKILL)
    end = time.monotonic() + 40
    while not (again(server) and server.get("/readyz") == 200):
        assert time.monotonic() < end, "\n".join(server.lines)
        os.sched_yield()


def again(server: Program) -> bool:
    """Tells whether all three were noticed, and the web answers anew."""
    if sum("starting it again" in line for line in server.lines) < 3:
        return False
    try:
        return server.get("/healthz") == 200
    except OSError:
        return False


@pytest.mark.full
def test_script_manage_borrows_a_running_server_and_a_second_server_is_refused(server: Program) -> None:
    server.start()
    environ = server.environ | {"CIVIC_HOME": str(server.home)}
    command = [sys.executable, "-m", "civic.embedded"]
    done = subprocess.run(
        [*command, "manage", "doctor"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    second = subprocess.run(
        [*command, "server"],
        cwd=ROOT,
        env=environ | {"PORT": "8999"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "in use by process" in second.stderr
    assert second.stderr.count("\n") == 1


def gone(home: Path, within: float) -> bool:
    end = time.monotonic() + within
    while processes_naming(str(home)):
        if time.monotonic() > end:
            return False
        os.sched_yield()
    return True
