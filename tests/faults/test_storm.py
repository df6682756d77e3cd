"""Whatever can break breaks, again and again, while 2,000 things are done: nothing is lost, nothing is double."""

import contextlib
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from civic.embedded import keys, quarters, supervisor
from civic.embedded.places import ROOT, Places
from civic.embedded.postgres import Postgres
from civic.embedded.processes import Child, spawn, stop_all, write_to_file
from civic.embedded.redis import Redis
from tests.faults.plant import meanwhile, pause, until
from tests.faults.storm import Day, Storm
from tests.ground.conftest import Program, home, nothing_set, server

__all__ = ["home", "nothing_set", "server"]  # fixtures
DEEDS = 2000
WALKERS = 8
LONGEST_SECONDS = 400
LEASE_SECONDS = 125  # a little longer than a message is held by the worker that sends it
ROOMY = {
    "QUIET_HOURS": "",
    "SMS_PER_PHONE_DAY": "100000",
    "API_READS_A_MINUTE": "0",
    "API_WRITES_A_MINUTE": "0",
}


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Gives the uploads a disk of their own that is soon full; False where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0777", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if not mounted:
        sys.stderr.write("the disk of the uploads was not filled: this user may not mount one\n")
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def manage(program: Program, *words: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command of the installation, as its operator does."""
    return subprocess.run(
        [sys.executable, "-m", "civic.embedded", "manage", *words],
        cwd=ROOT,
        env=program.environ | ROOMY | {"CIVIC_HOME": str(program.home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def healthy(program: Program) -> bool:
    """Whether the doctor finds nothing; what it finds goes to stderr."""
    examined = manage(program, "doctor")
    if examined.returncode:
        sys.stderr.write(examined.stdout + examined.stderr)
    return examined.returncode == 0


def ran_in_town(program: Program, call: str) -> bool:
    """Runs a function of tests.faults.town inside the installation; False, with its words on stderr, when it fails."""
    done = manage(
        program, "shell", "-c", f"from pathlib import Path; from tests.faults import town; town.{call}"
    )
    sys.stderr.write(done.stderr[-300:])
    return done.returncode == 0


def last_words(lines: list[str], most: int = 3) -> str:
    """Returns what the server wrote about the first `most` requests it could not answer: traceback and all."""
    where = [at for at, line in enumerate(lines) if "Internal Server Error" in line][:most]
    return "\n".join(line for at in where for line in lines[at : at + 60])


@contextlib.contextmanager
def more_beats_and_a_worker(program: Program, environ: dict[str, str]) -> Iterator[Child]:
    """Two more beats, and a second worker that is stopped for longer than a lease; yields that worker."""
    places = Places(ROOT, program.home)
    wanted = {
        each.name: each.command for each in supervisor.programs(places, environ, "127.0.0.1", program.port)
    }
    children = [
        spawn(name, wanted[name], environ=environ, cwd=ROOT, write=write_to_file(places.logs / "more.log"))
        for name in ("beat", "beat", "worker")
    ]
    try:
        yield children[-1]
    finally:
        stop_all(children, [])


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="reads the process tree as Linux shows it")
def test_in_a_storm_of_faults_nothing_acknowledged_is_lost_and_nothing_happens_twice(server: Program) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    media = server.home / "media"
    with small_disk(media) as can_fill:
        server.start(**ROOMY, WEB_WORKERS="2")
        assert server.popen is not None
        assert ran_in_town(server, f"settle(Path({str(server.home / 'people.json')!r}))")
        secrets = keys.load(server.home, data_exists=True)
        places = Places(ROOT, server.home)
        rooms = quarters.prepare(places)
        database = Postgres(places, rooms, secrets["POSTGRES_ADMIN"], secrets["POSTGRES_CIVIC"]).url
        redis = Redis(places, rooms, secrets["REDIS"]).url
        day = Day(server.port, json.loads((server.home / "people.json").read_text()), DEEDS)
        storm = Storm(server.popen.pid, database, redis, media if can_fill else None, chance)
        environ = server.environ | secrets | ROOMY | {
            "DATABASE_URL": database, "REDIS_URL": redis, "CIVIC_HOME": str(server.home),
            "DJANGO_SETTINGS_MODULE": "civic.settings", "DEMO": "0", "HTTPS": "0", "WORKER_CONCURRENCY": "1",
        }  # fmt: skip
        with more_beats_and_a_worker(server, environ) as sleeper:
            sleeper.signal_group(signal.SIGSTOP)
            asleep_until = time.monotonic() + LEASE_SECONDS
            walkers = [
                threading.Thread(
                    target=day.walk, args=(random.Random(seed + n), storm.struck_all), daemon=True
                )
                for n in range(WALKERS)
            ]
            with meanwhile(storm.rage):
                for walker in walkers:
                    walker.start()
                until(lambda: ran_in_town(server, "hurry()"), "a sweeper whose clock is fast has swept")
                for walker in walkers:
                    walker.join(LONGEST_SECONDS)
                assert not any(walker.is_alive() for walker in walkers)
            pause(max(0.0, asleep_until - time.monotonic()))
            sleeper.signal_group(signal.SIGCONT)
            pause(5)  # in which it goes on with what it had in hand
        sys.stderr.write(
            f"seed {seed}: {len(day.deeds)} deeds, answers {dict(day.statuses)}, struck {dict(storm.struck)}\n"
        )
        assert 500 not in day.statuses, last_words(server.lines)
        until(lambda: healthy(server), "the doctor finds nothing")
        (server.home / "deeds.json").write_text(json.dumps(day.told()))
        faults = server.home / "faults.json"
        assert ran_in_town(server, f"count(Path({str(server.home / 'deeds.json')!r}), Path({str(faults)!r}))")
        assert json.loads(faults.read_text()) == []
        assert day.photos and day.photos_lost() == []
