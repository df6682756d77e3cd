"""The embedded PostgreSQL and Redis: safe by default, and back by themselves after anything."""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from civic import env
from civic.embedded import keys, quarters, servers
from civic.embedded.places import ROOT, Places
from civic.embedded.postgres import Postgres
from civic.embedded.servers import Running
from civic.embedded.trouble import Trouble
from tests.ground.conftest import processes_naming


def up(
    places: Places, environ: dict[str, str], *, exclusive: bool = True
) -> contextlib.AbstractContextManager[Running]:
    return servers.running(places, environ, exclusive=exclusive, fast=True)


def ask(running: Running, sql: str) -> object:
    """Returns the first column of the first row, asked as the application does."""
    settings = env.database(running.environ["DATABASE_URL"])
    connection = psycopg2.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"],
    )
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def test_a_fresh_home_gets_servers_that_are_closed_to_strangers(
    places: Places, nothing_set: dict[str, str]
) -> None:
    with up(places, nothing_set) as running:
        assert running.postgres is not None and running.redis is not None
        assert ask(running, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert ask(running, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is True
        assert ask(running, "SHOW listen_addresses") == ""
        ask(running, "CREATE EXTENSION pg_trgm")  # an ordinary owner may, and it sees Chinese
        assert ask(running, "SELECT cardinality(show_trgm('阳台漏水')) > 3") is True
        assert stat.S_IMODE(running.postgres.quarters.run.stat().st_mode) == 0o700
        assert stat.S_IMODE((places.home / "keys.json").stat().st_mode) == 0o600
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(
                dbname="civic", user="civic", password="guess", host=str(running.postgres.quarters.run)
            )
        client = redis.Redis(unix_socket_path=str(running.redis.socket), password="guess")
        with contextlib.closing(client), pytest.raises(redis.AuthenticationError):
            client.ping()
        secrets = keys.load(places.home, data_exists=True)
        for line in processes_naming(str(running.postgres.quarters.folder)):
            assert secrets["POSTGRES_CIVIC"] not in line
            assert secrets["REDIS"] not in line


def test_what_was_written_is_there_after_a_restart_and_the_cache_url_works(
    places: Places, nothing_set: dict[str, str]
) -> None:
    with up(places, nothing_set) as running:
        ask(running, "CREATE TABLE kept AS SELECT 7 AS number")
        with contextlib.closing(redis.Redis.from_url(running.environ["REDIS_URL"])) as client:
            assert client.ping()
    assert not processes_naming(str(places.home))
    with up(places, nothing_set) as running:
        assert ask(running, "SELECT number FROM kept") == 7


def test_a_home_with_a_very_long_path_works(home: Path, nothing_set: dict[str, str]) -> None:
    deep = home / ("long-" * 20) / ("longer-" * 15)
    deep.mkdir(parents=True)
    with up(Places(ROOT, deep), nothing_set) as running:
        assert running.postgres is not None
        run = running.postgres.quarters.run
        assert len(str(run)) < 80
        assert ask(running, "SELECT 1") == 1
    shutil.rmtree(run)


def test_a_second_command_borrows_and_a_second_server_is_refused(
    places: Places, nothing_set: dict[str, str]
) -> None:
    with up(places, nothing_set):
        with up(places, nothing_set, exclusive=False) as borrowed:
            assert not borrowed.embedded
            assert ask(borrowed, "SELECT 1") == 1
        with pytest.raises(Trouble, match="in use by process"), up(places, nothing_set):
            raise AssertionError("two owners")


def test_killed_servers_recover_at_the_next_start(places: Places, nothing_set: dict[str, str]) -> None:
    with servers.running(places, nothing_set, exclusive=True) as running:
        assert running.postgres is not None and running.postgres.child is not None
        ask(running, "CREATE TABLE kept AS SELECT 7 AS number")
        for child in running.children():
            child.signal_group(signal.SIGKILL)
        assert (running.postgres.data / "postmaster.pid").exists()
    with up(places, nothing_set) as running:
        assert ask(running, "SELECT number FROM kept") == 7


@pytest.mark.full
def test_a_pid_file_naming_a_stranger_is_stale(places: Places, nothing_set: dict[str, str]) -> None:
    with up(places, nothing_set) as running:
        assert running.postgres is not None
        data = running.postgres.data
        remembered = (data / "postmaster.pid").read_text().split("\n", 1)[1]
        for child in running.children():
            child.signal_group(signal.SIGKILL)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{remembered}")
    with up(places, nothing_set) as running:
        assert ask(running, "SELECT 1") == 1


@pytest.mark.full
def test_a_server_left_behind_is_ended_first(places: Places, nothing_set: dict[str, str]) -> None:
    rooms = quarters.prepare(places)
    secrets = keys.load(places.home, data_exists=False)
    lost = Postgres(places, rooms, secrets["POSTGRES_ADMIN"], secrets["POSTGRES_CIVIC"], fast=True)
    lost.start(lambda line: None)
    with up(places, nothing_set) as running:
        assert ask(running, "SELECT 1") == 1
        assert lost.child is not None
        assert not lost.child.alive()


@pytest.mark.full
def test_an_interrupted_first_start_begins_anew(places: Places, nothing_set: dict[str, str]) -> None:
    rooms = quarters.prepare(places)
    (rooms.folder / "postgres").mkdir()
    (rooms.folder / "postgres" / "PG_VERSION").write_text("18\n")
    with up(places, nothing_set) as running:
        assert ask(running, "SELECT 1") == 1


@pytest.mark.full
def test_data_without_its_keys_is_refused(places: Places, nothing_set: dict[str, str]) -> None:
    with up(places, nothing_set):
        assert (places.home / "keys.json").exists()
    (places.home / "keys.json").unlink()
    with pytest.raises(Trouble, match=r"keys\.json is missing"), up(places, nothing_set):
        raise AssertionError("new keys for old data")


@pytest.mark.full
def test_data_of_another_major_version_is_refused_with_advice(
    places: Places, nothing_set: dict[str, str]
) -> None:
    with up(places, nothing_set) as running:
        assert running.postgres is not None
        version = running.postgres.data / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(Trouble, match="made by PostgreSQL 17"), up(places, nothing_set):
        raise AssertionError("started on foreign data")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_servers_of_another_user_are_refused(places: Places, nothing_set: dict[str, str]) -> None:
    folder = places.home / "servers"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(Trouble, match="belongs to another user"), up(places, nothing_set):
        raise AssertionError("took over a foreign folder")


@pytest.mark.full
@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_under_root_a_closed_home_stays_closed_and_servers_go_elsewhere(
    places: Places, nothing_set: dict[str, str]
) -> None:
    places.home.chmod(0o700)
    with up(places, nothing_set) as running:
        assert running.postgres is not None
        folder = running.postgres.quarters.folder
        assert folder.parent == quarters.ELSEWHERE
        assert folder.owner() == "root" and running.postgres.data.owner() == quarters.SERVICE_USER
        assert ask(running, "SELECT 1") == 1
    assert stat.S_IMODE(places.home.stat().st_mode) == 0o700
    with up(places, nothing_set) as running:
        assert running.postgres is not None and running.postgres.quarters.folder == folder
    shutil.rmtree(folder)


@pytest.fixture
def outside(places: Places) -> Iterator[Running]:
    """Servers that somebody else runs, as far as the code under test can tell."""
    with up(places, {}) as running:
        yield running


@pytest.mark.full
def test_outside_servers_win(outside: Running, nothing_set: dict[str, str]) -> None:
    other = Places(ROOT, outside.postgres.places.home / "other") if outside.postgres else None
    assert other is not None
    environ = nothing_set | {name: outside.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    with up(other, environ) as running:
        assert not running.embedded
        assert running.environ["DATABASE_URL"] == outside.environ["DATABASE_URL"]
        assert len(running.environ["CIVIC_SECRET_KEY"]) >= 50


def test_everything_dies_with_a_killed_command(places: Places, nothing_set: dict[str, str]) -> None:
    if sys.platform != "linux":
        pytest.skip("death signals are Linux's; elsewhere the next start cleans up")
    program = (
        "import os, sys, time\n"
        "from civic.embedded import servers\n"
        "from civic.embedded.places import ROOT, Places\n"
        "from pathlib import Path\n"
        "with servers.running(Places(ROOT, Path(sys.argv[1])), {}, exclusive=True, fast=True):\n"
        "    sys.stdout.write('up\\n'); sys.stdout.flush(); sys.stdin.read()\n"
    )
    popen = subprocess.Popen(
        [sys.executable, "-c", program, str(places.home)],
        cwd=ROOT,
        env=nothing_set,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with popen:
        assert popen.stdout is not None
        while popen.stdout.readline() not in {"up\n", ""}:
            continue
        popen.kill()
    assert gone(places.home, within=10)


def gone(home: Path, within: float) -> bool:
    """Waits until no process names `home` any more."""
    end = time.monotonic() + within
    while processes_naming(str(home)):
        if time.monotonic() > end:
            return False
        os.sched_yield()
    return True


@pytest.mark.full
def test_an_ordinary_user_runs_them_as_himself(
    places: Places, nothing_set: dict[str, str], ordinary_user: tuple[pwd.struct_passwd, Path]
) -> None:
    user, python = ordinary_user
    os.chown(places.home, user.pw_uid, user.pw_gid)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from civic.embedded import servers\n"
        "from civic.embedded.places import ROOT, Places\n"
        "with servers.running(Places(ROOT, Path(sys.argv[1])), {}, exclusive=True, fast=True) as running:\n"
        "    assert running.postgres.answers() and running.redis.answers()\n"
        "    assert running.postgres.data.stat().st_uid == int(sys.argv[2])\n"
    )
    done = subprocess.run(
        [python, "-c", program, str(places.home), str(user.pw_uid)],
        cwd=ROOT,
        env=nothing_set | {"HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
