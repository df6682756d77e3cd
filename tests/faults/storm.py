"""People who go on with their day over HTTP, and the faults that strike meanwhile, at random and counted."""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from redis import Redis as RedisClient

from tests.cast import SOUTH, WEST
from tests.evidence.pictures import encoded, plain
from tests.faults.plant import Answer, Visitor, pause, somewhen

PATIENCE = 90  # seconds somebody goes on trying the same thing
PHOTO = encoded(plain())
BETWEEN = (3.0, 8.0)  # seconds from fault to fault; a program that dies five times a minute is given up
UNHURRIED = 0.4  # seconds somebody takes at most before the next thing
HORIZON_DAYS = 300  # over which services are spread, so that promises of time seldom overlap


@dataclass
class Deed:
    """Something somebody tried, with one key however often it was sent; `done` when it was acknowledged."""

    actor: int
    verb: str
    case: int = 0
    code: str = ""
    done: bool = False


@dataclass
class Person:
    """Somebody with a key."""

    pk: int
    key: str
    helper: int = 0  # the id as a volunteer


class Day:
    """What everybody did so far; ends after so many deeds."""

    def __init__(self, port: int, people: dict[str, list[Any]], deeds: int) -> None:
        self.port, self.most = port, deeds
        self.residents = [Person(*each) for each in people["residents"]]
        self.dispatchers = [Person(*each) for each in people["dispatchers"]]
        self.helpers = [Person(*each) for each in people["helpers"]]
        self.deeds: list[Deed] = []
        self.statuses: Counter[int] = Counter()
        self.photos: dict[str, Person] = {}  # where each acknowledged one can be read > whose it is
        self._lock = threading.Lock()

    def told(self) -> list[dict[str, Any]]:
        return [asdict(deed) for deed in self.deeds]

    def walk(self, chance: random.Random, over: Callable[[], bool]) -> None:
        """Takes one request after another from placing to rating, with turns on the way, until enough was done and
        the faults are `over`."""
        while len(self.deeds) < self.most or not over():
            self._one_request(chance)

    def _one_request(self, chance: random.Random) -> None:
        resident, desk = chance.choice(self.residents), chance.choice(self.dispatchers)
        helper, other = chance.sample(self.helpers, 2)
        placed = self.place(resident)
        if chance.random() < 0.2:
            self._send_photo(resident)
        if placed is None:
            return
        case, begin = placed["id"], _someday(chance)

        def act(person: Person, verb: str, **facts: Any) -> bool:
            return self.act(person, verb, case, facts)

        asked = [helper.helper, other.helper][: chance.choice((1, 2))]
        if chance.random() < 0.1:
            act(resident, "cancel", reason="已经解决了")
            return
        act(desk, "offer", volunteers=asked, agreed_start=begin.isoformat())
        if chance.random() < 0.15:
            act(desk, "withdraw_offer")
            act(desk, "offer", volunteers=asked, agreed_start=begin.isoformat())
        if chance.random() < 0.2:
            act(helper, "decline_offer", reason_code="busy")
            helper = other
        if not act(helper, "accept"):
            return
        if chance.random() < 0.2:
            act(helper, "give_up", reason_code="ill")
            return
        read = self._ask(resident, f"/api/v1/service-requests/{case}/")
        code = read.json()["check_in_code"] if read.status == 200 else ""
        if act(helper, "check_in", code=code) and act(helper, "complete", note="办好了"):
            act(resident, "rate", solved=chance.choice(("yes", "partly")), stars=5)

    def place(self, resident: Person) -> dict[str, Any] | None:
        """Places a request; returns it as answered, None when there was no answer or a refusal."""
        begin = datetime.now(UTC) + timedelta(days=2)
        body = {
            "category": "errand",
            "title": "帮忙取药",
            "location": {"lat": SOUTH + 0.005, "lon": WEST + 0.005},
            "preferred_start": begin.isoformat(),
        }
        deed = Deed(resident.pk, "place")
        answer = self._send(resident, "/api/v1/service-requests/", body, deed)
        if answer.status != 201:
            return None
        found: dict[str, Any] = answer.json()
        deed.code, deed.case = found["code"], found["id"]
        return found

    def act(self, person: Person, verb: str, case: int, facts: dict[str, Any]) -> bool:
        """Tries a verb; returns whether it was acknowledged."""
        deed = Deed(person.pk, verb, case)
        return self._send(person, f"/api/v1/service-requests/{case}/{verb}/", facts, deed).status == 200

    def _send_photo(self, person: Person) -> None:
        edge = uuid.uuid4().hex
        body = (
            (
                f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
                "Content-Type: image/jpeg\r\n\r\n"
            ).encode()
            + PHOTO
            + f"\r\n--{edge}--\r\n".encode()
        )
        visitor = Visitor(self.port, person.key)
        answer = self._patiently(
            lambda: visitor.post_raw("/evidence/photos/", body, f"multipart/form-data; boundary={edge}")
        )
        if answer.status == 201:
            self.photos[answer.json()["url"]] = person

    def photos_lost(self) -> list[str]:
        """Returns the acknowledged photos that cannot be read whole."""
        found = ((url, Visitor(self.port, person.key).get(url)) for url, person in self.photos.items())
        return [url for url, answer in found if answer.status != 200 or not answer.body.endswith(b"\xff\xd9")]

    def _send(self, person: Person, path: str, body: dict[str, Any], deed: Deed) -> Answer:
        """Sends the same with the same key until it is answered with more than "not now"."""
        somewhen(UNHURRIED)
        visitor, key = Visitor(self.port, person.key), str(uuid.uuid4())
        answer = self._patiently(lambda: visitor.post(path, body, Idempotency_Key=key))
        deed.done = answer.status in {200, 201}
        # A refusal is an answer: nothing of it may be stored. Without any answer it may or may not have happened.
        if deed.done or answer.status in {0, 429} or answer.status >= 500:
            with self._lock:
                self.deeds.append(deed)
        return answer

    def _ask(self, person: Person, path: str) -> Answer:
        visitor = Visitor(self.port, person.key)
        return self._patiently(lambda: visitor.get(path))

    def _patiently(self, call: Callable[[], Answer]) -> Answer:
        end = time.monotonic() + PATIENCE
        while True:
            answer = call()
            with self._lock:
                self.statuses[answer.status] += 1
            busy = answer.status == 409 and answer.json().get("code") == "busy"
            if not (answer.status in {0, 429} or answer.status >= 500 or busy) or time.monotonic() > end:
                return answer
            pause(0.2)


def _someday(chance: random.Random) -> datetime:
    return datetime.now(UTC) + timedelta(days=1, minutes=15 * chance.randrange(HORIZON_DAYS * 96))


def started_by(pid: int) -> list[int]:
    """Returns every process below `pid`."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [each for child in found.stdout.split() for each in (int(child), *started_by(int(child)))]


def runs(pid: int, words: str) -> bool:
    """Whether the command line of a process contains `words`."""
    with contextlib.suppress(OSError):
        return words in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(
            "utf-8", "replace"
        )
    return False


@dataclass
class Storm:
    """The faults, each struck in turn at a random moment."""

    command: int  # the process of script/server
    database: str
    redis: str
    media: Path | None  # the small disk of the uploads, None where there is none to fill
    chance: random.Random
    struck: Counter[str] = field(default_factory=Counter)

    def kinds(self) -> list[Callable[[], None]]:
        """Returns every fault that can strike here."""
        found = [
            self.kill_web, self.kill_worker, self.kill_beat, self.kill_redis, self.kill_postgres,
            self.flush_redis, self.pause_redis, self.end_connections, self.stop_worker,
        ]  # fmt: skip
        return [*found, self.fill_disk] if self.media else found

    def struck_all(self) -> bool:
        return len(self.struck) == len(self.kinds())

    def rage(self, over: threading.Event) -> None:
        """Strikes until `over`: every kind once in random order, then again."""
        kinds = self.kinds()
        while True:
            self.chance.shuffle(kinds)
            for strike in kinds:
                if over.wait(self.chance.uniform(*BETWEEN)):
                    return
                with contextlib.suppress(psycopg2.Error, ConnectionError, ProcessLookupError):
                    strike()
                    self.struck[strike.__name__] += 1

    def kill_web(self) -> None:
        self._kill("granian")

    def kill_worker(self) -> None:
        self._kill("civic.celery worker")

    def kill_beat(self) -> None:
        self._kill("civic.beat beat")

    def kill_redis(self) -> None:
        self._kill("redis-server")

    def kill_postgres(self) -> None:
        self._kill("postgres -D")

    def flush_redis(self) -> None:
        with contextlib.closing(RedisClient.from_url(self.redis)) as client:
            client.flushall()

    def pause_redis(self) -> None:
        """Redis takes connections and answers nobody for three seconds."""
        with contextlib.closing(RedisClient.from_url(self.redis)) as client:
            client.client_pause(3000)

    def end_connections(self) -> None:
        with contextlib.closing(psycopg2.connect(self.database)) as line, line.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def stop_worker(self) -> None:
        """The worker stands still for three seconds, in the middle of whatever it does."""
        stopped = self._find("civic.celery worker")
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        pause(3)
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def fill_disk(self) -> None:
        """The disk of the uploads is full for two seconds."""
        assert self.media is not None
        filler = self.media / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096):
                pass
        pause(2)
        filler.unlink()

    def _find(self, words: str) -> list[int]:
        return [pid for pid in started_by(self.command) if runs(pid, words)]

    def _kill(self, words: str) -> None:
        for pid in self._find(words):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
