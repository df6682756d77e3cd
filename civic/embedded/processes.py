"""Child processes that never outlive us: own process group, death signal, prefixed output, bounded stop."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

Write = Callable[[str], None]


def tie_to_parent(death_signal: int) -> Callable[[], None]:
    """Returns what a fresh child runs first: it gets `death_signal` when this process dies, even by kill -9
    (Linux).
    """
    parent = os.getpid()

    def run_in_child() -> None:
        if LIBC is None:
            return
        LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return run_in_child


def write_prefixed(prefix: str) -> Write:
    """Returns a writer of lines to standard output, each led by `prefix`."""

    def write(line: str) -> None:
        sys.stdout.write(f"{prefix:<8} | {line}\n")
        sys.stdout.flush()

    return write


def write_to_file(path: Path) -> Write:
    """Returns a writer of lines to a log file that starts anew at 10 MB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > 10 * 1024**2:
        path.replace(path.with_suffix(".old"))

    def write(line: str) -> None:
        with path.open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    return write


@dataclass
class Child:
    """One running program; `tail` keeps its last lines for the message when it fails."""

    name: str
    popen: subprocess.Popen[bytes]
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    copier: threading.Thread | None = None

    def alive(self) -> bool:
        return self.popen.poll() is None

    def signal_group(self, number: int) -> None:
        """Sends a signal to the program and whatever it started."""
        try:
            os.killpg(self.popen.pid, number)
        except (ProcessLookupError, PermissionError):
            return  # gone already (macOS answers EPERM for a group of zombies)

    def last_words(self) -> str:
        """Returns what it wrote last, after its output has been read to the end."""
        if self.copier is not None:
            self.copier.join(timeout=2)
        return "\n".join(self.tail)


@dataclass(frozen=True)
class Account:
    """The operating system user a server runs as; None fields mean ourselves."""

    uid: int | None = None
    gid: int | None = None


OURSELVES = Account()


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    write: Write,
    death_signal: int = signal.SIGTERM,
    account: Account = OURSELVES,
    stdin: bytes | None = None,
) -> Child:
    """Starts a program in a process group of its own, its output going line by line to `write`.

    Call it from the main thread only: the kernel sends the death signal when the thread that spawned ends.
    """
    popen = subprocess.Popen(
        [str(part) for part in command],
        env=dict(environ),
        cwd=cwd,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        umask=0o077,
        preexec_fn=tie_to_parent(death_signal),
        user=account.uid,
        group=account.gid,
        extra_groups=[] if account.uid is not None else None,
    )
    if stdin is not None and popen.stdin is not None:
        popen.stdin.write(stdin)
        popen.stdin.close()
    child = Child(name, popen)
    assert popen.stdout is not None
    child.copier = threading.Thread(target=copy_lines, args=(popen.stdout, child.tail, write), daemon=True)
    child.copier.start()
    return child


def copy_lines(stream: IO[bytes], tail: deque[str], write: Write) -> None:
    """Reads `stream` to its end; each line goes to `tail` and to `write`."""
    with stream:
        for raw in stream:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            tail.append(line)
            try:
                write(line)
            except OSError:
                continue  # a full disk or a closed terminal must not block the program that writes


def stop_all(children: Sequence[Child], steps: Sequence[tuple[int, float]]) -> None:
    """Stops children together: each step is a signal to the program itself and seconds to wait; then
    SIGKILL to groups.
    """
    for number, seconds in steps:
        for child in children:
            if child.alive():
                child.popen.send_signal(number)
        wait_for_end(children, seconds)
    for child in children:
        child.signal_group(signal.SIGKILL)
    wait_for_end(children, 2)


def wait_for_end(children: Sequence[Child], seconds: float) -> None:
    """Returns when every child has ended or `seconds` have passed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(child.alive() for child in children):
        time.sleep(0.05)
