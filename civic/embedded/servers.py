"""The embedded servers as one thing: started by whoever comes first, borrowed by the others, under locks
that die with their holders (so nothing can be stale after kill -9)."""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from civic.embedded import keys, quarters
from civic.embedded.places import Places, say
from civic.embedded.postgres import Postgres
from civic.embedded.processes import Child, write_to_file
from civic.embedded.redis import Redis
from civic.embedded.trouble import Trouble

BORROW_SECONDS = 120
NOT_FOR_OURS = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}


@dataclass
class Running:
    """What a command gets: the environment for Django, and the children to watch (none when borrowed or
    outside).
    """

    environ: dict[str, str]
    postgres: Postgres | None = None
    redis: Redis | None = None

    @property
    def embedded(self) -> bool:
        return self.postgres is not None or self.redis is not None

    def children(self) -> list[Child]:
        owned = [server.child for server in (self.postgres, self.redis) if server is not None]
        return [child for child in owned if child is not None]


def wanted(environ: Mapping[str, str]) -> tuple[bool, bool]:
    """Returns whether PostgreSQL and Redis are ours to run: those without a URL are."""
    return not environ.get("DATABASE_URL"), not environ.get("REDIS_URL")


@contextlib.contextmanager
def running(
    places: Places,
    environ: Mapping[str, str],
    *,
    exclusive: bool,
    fast: bool = False,
) -> Iterator[Running]:
    """Gives servers that answer, until the block ends.

    `exclusive`: Trouble when another command runs them already; otherwise they are borrowed. `fast` gives up
    durability (tests). The servers write to CIVIC_HOME/log.
    """
    want_postgres, want_redis = wanted(environ)
    places.home.mkdir(parents=True, exist_ok=True)
    if not os.access(places.home, os.W_OK | os.X_OK):
        raise Trouble(
            f"this user may not write {places.home}; start as its owner, or choose another CIVIC_HOME"
        )
    with contextlib.ExitStack() as stack:
        if not (want_postgres or want_redis):
            yield Running(django_environment(places, environ, keys.load(places.home, data_exists=False)))
            return
        owner = own(places.home / "servers.lock", stack, exclusive=exclusive)
        rooms = quarters.prepare(places)
        data_exists = (rooms.folder / "postgres.made").exists() and want_postgres
        secrets = keys.load(places.home, data_exists)
        postgres = Postgres(places, rooms, secrets["POSTGRES_ADMIN"], secrets["POSTGRES_CIVIC"], fast)
        redis = Redis(places, rooms, secrets["REDIS"])
        result = Running(django_environment(places, environ, secrets))
        users = places.home / "servers.users"
        if owner:
            stack.callback(wait_for_borrowers, users)
            if want_postgres:
                stack.callback(postgres.stop)
                postgres.start(write_to_file(places.logs / "postgres.log"))
            if want_redis:
                stack.callback(redis.stop)
                redis.start(write_to_file(places.logs / "redis.log"))
            result.postgres, result.redis = (
                (postgres if want_postgres else None),
                (redis if want_redis else None),
            )
        else:
            hold(users, fcntl.LOCK_SH, stack)
            await_owner(postgres if want_postgres else None, redis if want_redis else None)
        if want_postgres:
            result.environ["DATABASE_URL"] = postgres.url
        if want_redis:
            result.environ["REDIS_URL"] = redis.url
        yield result


def django_environment(
    places: Places, environ: Mapping[str, str], secrets: Mapping[str, str]
) -> dict[str, str]:
    """Returns the environment for our Python processes; what the caller set wins over what was generated.

    Compiled modules are kept in var/, away from the sources; compiling Django and the rest for each of a dozen
    processes would take longer than all else that they do before they answer.
    """
    generated = {name: secrets[name] for name in keys.OF_DJANGO}
    fixed = {
        "CIVIC_HOME": str(places.home),
        "DJANGO_SETTINGS_MODULE": "civic.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPYCACHEPREFIX": str(places.var / "pycache"),
    }
    kept = {name: value for name, value in environ.items() if name not in NOT_FOR_OURS}
    return generated | {name: value for name, value in kept.items() if value or name not in generated} | fixed


def own(path: Path, stack: contextlib.ExitStack, *, exclusive: bool) -> bool:
    """Takes the owner's lock until the stack unwinds; False when another command has it. Raises Trouble if
    `exclusive`.
    """
    lock = hold(path, fcntl.LOCK_EX | fcntl.LOCK_NB, stack)
    if lock is None:
        if exclusive:
            holder = path.read_text().strip() or "another command"
            raise Trouble(f"the servers of {path.parent} are in use by {holder}; stop that first")
        return False
    lock.truncate(0)
    lock.write(f"process {os.getpid()} ({' '.join(sys.argv[1:])[:80]})")
    lock.flush()
    return True


def hold(path: Path, how: int, stack: contextlib.ExitStack) -> IO[str] | None:
    """Locks a file in the manner `how` until the stack unwinds; None when it is taken and `how` does not
    wait.
    """
    file = stack.enter_context(path.open("a+", encoding="utf-8"))
    file.seek(0)
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return None
    return file


def await_owner(postgres: Postgres | None, redis: Redis | None) -> None:
    """Waits until the servers another command started answer."""
    end = time.monotonic() + BORROW_SECONDS
    while not ((postgres is None or postgres.answers()) and (redis is None or redis.answers())):
        if time.monotonic() > end:
            raise Trouble(
                f"another command is starting the servers, but they did not answer in {BORROW_SECONDS} s"
            )
        time.sleep(0.1)


def wait_for_borrowers(users: Path) -> None:
    """Lets commands that borrowed our servers finish, for two minutes at most; a signal ends the waiting."""
    with users.open("a+") as file:
        told = False
        for _ in range(BORROW_SECONDS * 10):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if not told:
                    say("· waiting for another command that uses these servers")
                    told = True
                time.sleep(0.1)
