"""Homes for embedded servers, and script/server as a program one can start and stop."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from civic.embedded.places import ROOT, Places

START_SECONDS = 120
FREE_OF = (
    "DATABASE_URL",
    "REDIS_URL",
    "CIVIC_SECRET_KEY",
    "FIELD_KEYS",
    "HASH_KEY",
    "VAPID_PRIVATE_KEY",
    "CIVIC_HOME",
    "DEMO",
    "HTTPS",
)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for one installation's data, short enough for a socket and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ground-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def places(home: Path) -> Places:
    return Places(ROOT, home)


@pytest.fixture
def nothing_set() -> dict[str, str]:
    """The environment without a word about servers or secrets."""
    return {name: value for name, value in os.environ.items() if name not in FREE_OF}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_naming(text: str) -> list[str]:
    """Returns the command lines of living processes that contain `text` (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


@dataclass
class Program:
    """script/server on a port and home of its own."""

    home: Path
    environ: dict[str, str]
    port: int = field(default_factory=free_port)
    popen: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    def start(self, **more: str) -> float:
        """Starts it and waits for `ready:`; returns the seconds that took."""
        begun = time.monotonic()
        environ = self.environ | {
            "CIVIC_HOME": str(self.home),
            "PORT": str(self.port),
            "DEMO": "0",
            "HTTPS": "0",
        }
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "civic.embedded", "server"],
            cwd=ROOT,
            env=environ | {"WEB_WORKERS": "1", "WORKER_CONCURRENCY": "1"} | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        self.reader = threading.Thread(target=self._read, args=(self.popen, ready), daemon=True)
        self.reader.start()
        if not ready.wait(START_SECONDS) or not any(line.startswith("ready: ") for line in self.lines):
            raise AssertionError("script/server did not get ready:\n" + "\n".join(self.lines))
        return time.monotonic() - begun

    def _read(self, popen: "subprocess.Popen[str]", ready: threading.Event) -> None:
        assert popen.stdout is not None
        with popen.stdout:
            for line in popen.stdout:
                self.lines.append(line.rstrip())
                if line.startswith("ready: "):
                    ready.set()
        ready.set()

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Sends a signal and waits for the end; returns the seconds that took."""
        assert self.popen is not None
        begun = time.monotonic()
        self.popen.send_signal(number)
        self.popen.wait(30)
        if self.reader is not None:
            self.reader.join(5)
        return time.monotonic() - begun

    def get(self, path: str) -> int:
        """Returns the status of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


@pytest.fixture
def server(home: Path, nothing_set: dict[str, str]) -> Iterator[Program]:
    program = Program(home, nothing_set)
    yield program
    if program.popen is not None and program.popen.poll() is None:
        program.stop()


@pytest.fixture
def ordinary_user() -> tuple[pwd.struct_passwd, Path]:
    """Somebody who is not root, and a Python he may run; skips where there is none."""
    if os.geteuid() != 0:
        pytest.skip(
            "only root can become somebody else; run by an ordinary user, every test here is that test"
        )
    if not open_to_all(ROOT):
        pytest.skip(f"{ROOT} is in a folder that others may not enter")
    candidates = [Path(os.path.realpath(name)) for name in (sys.executable, "/usr/bin/python3")]
    pythons = [python for python in candidates if python.exists() and open_to_all(python) and recent(python)]
    if not pythons:
        pytest.skip("no Python of 3.11 or newer is in a folder that others may enter")
    return pwd.getpwnam("nobody"), pythons[0]


def open_to_all(path: Path) -> bool:
    return all(step.stat().st_mode & stat.S_IXOTH for step in [path, *path.parents])


def recent(python: Path) -> bool:
    program = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", program], check=False).returncode == 0
