"""The product's processes as a test can run, watch and kill them: the real programs with their real flags."""

import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from celery import Celery
from django.db import connection
from redis import Redis as RedisClient

from civic import env
from civic.embedded import supervisor
from civic.embedded.places import ROOT, Places
from civic.embedded.processes import Child, spawn, stop_all, write_to_file
from civic.embedded.redis import Redis

PAUSE = 0.03
PATIENCE = 90  # seconds; a start takes two on a quiet machine, and fifteen on a busy one
DROPPED = ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "COV_CORE_SOURCE", "COVERAGE_PROCESS_START")


def pause(seconds: float = PAUSE) -> None:
    """Lets other processes work; every caller counts its pauses."""
    threading.Event().wait(seconds)


def until(true: Callable[[], Any], what: str) -> Any:
    """Waits until `true()` gives something, for PATIENCE seconds at most, and returns that. Raises AssertionError."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        pause()
    raise AssertionError(f"waited {PATIENCE} s in vain until {what}")


def database_url() -> str:
    """Returns where the test's own database is, as DATABASE_URL says it."""
    told = connection.settings_dict
    host = quote(told["HOST"], safe="") + (f":{told['PORT']}" if told["PORT"] else "")
    return f"postgres://{quote(told['USER'])}:{quote(told['PASSWORD'])}@{host}/{quote(told['NAME'])}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Plant:
    """A worker, beat or web started on the test's database and a Redis of its own, each as often as wanted."""

    home: Path
    broker: Redis
    port: int = field(default_factory=free_port)
    children: list[Child] = field(default_factory=list)

    def environ(self, name: str, **more: str) -> dict[str, str]:
        """Returns what a program of this name is started with; PostgreSQL shows the name beside its connections."""
        kept = {key: value for key, value in os.environ.items() if key not in DROPPED}
        return kept | {
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.broker.url,
            "CIVIC_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "civic.settings",
            "PGAPPNAME": f"faults-{name}",
            "DEMO": "1",
            "HTTPS": "0",
            "LOG_LEVEL": "WARNING",
            "QUIET_HOURS": "",
            "SMS_PER_PHONE_DAY": "100000",
            "WEB_WORKERS": "1",
            "WEB_THREADS": "4",
            "WORKER_CONCURRENCY": "1",
            **more,
        }

    def start(self, name: str, **more: str) -> Child:
        """Starts "web", "worker" or "beat" as script/server does."""
        environ = self.environ(name, **more)
        found = supervisor.programs(Places(ROOT, self.home), environ, "127.0.0.1", self.port)
        command = next(program.command for program in found if program.name == name)
        child = spawn(
            name, command, environ=environ, cwd=ROOT, write=write_to_file(self.home / "log" / f"{name}.log")
        )
        self.children.append(child)
        return child

    def web(self, **more: str) -> Child:
        """Starts the web and waits until it serves. Static files come as in tests, without a collecting step."""
        child = self.start("web", DJANGO_SETTINGS_MODULE="civic.settings_test", **more)
        until(lambda: supervisor.answers("127.0.0.1", self.port, "/healthz"), "the web serves")
        return child

    def kill(self, child: Child) -> None:
        """kill -9 of a program and of everything it started."""
        child.signal_group(signal.SIGKILL)
        child.popen.wait(10)
        self.children.remove(child)

    def tick(self) -> None:
        """Sends the ticks that a beat sends every ten seconds."""
        for task in ("cases.sweep_timers", "notify.sweep"):
            self.send(task)

    def send(self, task: str, *arguments: Any) -> None:
        """Sends one task through this plant's broker."""
        app = Celery("faults", broker=env.celery_broker(self.broker.url), set_as_current=False)
        with app.connection_for_write() as wire:
            app.send_task(task, list(arguments), connection=wire, ignore_result=True)
        app.close()

    def redis(self) -> "contextlib.closing[RedisClient]":
        """Returns a client of the broker, for a with block."""
        return contextlib.closing(RedisClient.from_url(self.broker.url))

    def down(self) -> None:
        """Kills what still runs."""
        stop_all(self.children, [])
        self.children.clear()

    def last_words(self) -> str:
        """Returns the first error and the end of every log, for the message of a failed test."""
        logs = sorted((self.home / "log").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{_excerpt(log.read_text())}" for log in logs)


def _excerpt(log: str) -> str:
    wrong = log.find("ERROR ")
    return (f"{log[wrong : wrong + 6000]}\n...\n" if wrong >= 0 else "") + log[-2000:]


def backends(name: str, *, busy: bool = False) -> list[int]:
    """Returns the PostgreSQL processes that serve programs of this name; `busy`: those inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
            + (" AND xact_start IS NOT NULL" if busy else ""),
            [f"faults-{name}"],
        )
        return [row[0] for row in cursor.fetchall()]


def terminate(pids: list[int]) -> int:
    """Ends these connections from the side of the server; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [pids])
        return sum(row[0] for row in cursor.fetchall())


@dataclass
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    body: bytes = b""
    headers: Message = field(default_factory=Message)

    def json(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """Somebody at the other end of HTTP: a program with a key, or a browser that keeps cookies and fills in forms."""

    def __init__(self, port: int, key: str = "") -> None:
        self.port, self.key, self.cookies = port, key, dict[str, str]()

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """Sends JSON."""
        return self._ask(
            "POST",
            path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **{n.replace("_", "-"): v for n, v in headers.items()}},
        )

    def post_raw(self, path: str, body: bytes, content_type: str) -> Answer:
        return self._ask("POST", path, body, {"Content-Type": content_type})

    def fill_in(self, path: str, **fields: str) -> Answer:
        """Reads the form at `path`, fills it in and sends it."""
        page = self.get(path).body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token, f"no form at {path}"
        sent = urlencode({"csrfmiddlewaretoken": token.group(1), **fields}).encode()
        return self._ask("POST", path, sent, {"Content-Type": "application/x-www-form-urlencoded"})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        known = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**headers, **({"Cookie": known} if known else {})}
        if self.key:
            headers["Authorization"] = f"Token {self.key}"
        try:
            wire.request(method, path, body, headers)
            answer = wire.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(answer.status, answer.read(), answer.headers)
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            wire.close()


@contextlib.contextmanager
def meanwhile(*calls: Callable[[threading.Event], None]) -> Iterator[None]:
    """Runs `calls` in threads during the block; each ends soon after the event it is given is set."""
    over = threading.Event()
    threads = [threading.Thread(target=call, args=(over,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()


def somewhen(most: float) -> None:
    """Waits a random time of at most `most` seconds, so that a fault strikes anywhere."""
    pause(random.uniform(0, most))
