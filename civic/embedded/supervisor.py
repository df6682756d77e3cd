"""The product's processes, started together, watched, restarted when one dies, stopped together."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from civic.embedded.places import Places, say
from civic.embedded.processes import Child, Write, spawn, stop_all, write_to_file
from civic.embedded.servers import Running
from civic.embedded.trouble import Trouble, reason

READY_SECONDS = 60
# In a container or a first look the worker may be root; pickle, the danger meant, is not accepted.
NO_ROOT_LECTURE = "ignore:You're running the worker with superuser privileges"
FRESH_SECONDS = 6
GIVE_UP_AFTER = 5  # deaths of one program
WITHIN_SECONDS = 60
# Together under 10 s with the servers: work in flight ends, then tasks go back to the queue, then force.
STOP_STEPS = ((signal.SIGTERM, 4.0), (signal.SIGQUIT, 1.0))


@dataclass
class Program:
    """One program that must run: `deaths` are the times it ended by itself."""

    name: str
    command: Sequence[str]
    child: Child | None = None
    deaths: list[float] = field(default_factory=list)


def programs(places: Places, environ: Mapping[str, str], host: str, port: int) -> list[Program]:
    """Returns what the product consists of: web, worker, beat. Database connections are bounded by these
    numbers.
    """
    python = str(places.python)
    workers = environ.get("WEB_WORKERS") or str(min(2, os.cpu_count() or 1))
    web = [python, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    web += ["--workers", workers, "--blocking-threads", environ.get("WEB_THREADS") or "3"]
    web += [
        "--blocking-threads-idle-timeout",
        "600",
        "--workers-kill-timeout",
        "3",
        "--respawn-failed-workers",
    ]
    web += ["--no-ws", "--log-level", "warning", "civic.wsgi:application"]
    celery = [python, "-W", NO_ROOT_LECTURE, "-m", "celery", "-q", "-A"]
    worker = [
        *celery,
        "civic.celery",
        "worker",
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ]
    worker += ["--concurrency", environ.get("WORKER_CONCURRENCY") or "2"]
    beat = [*celery, "civic.beat", "beat", "--loglevel", "WARNING", "--pidfile="]
    return [Program("web", web), Program("worker", worker), Program("beat", beat)]


def check_port(host: str, port: int) -> None:
    """Raises Trouble when something listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise Trouble(
                f"port {port} is reserved for root; set PORT to another, such as PORT=8000"
            ) from error
        except OSError as error:
            raise Trouble(f"port {port} is taken; set PORT to another, such as PORT={port + 1}") from error


def supervise(places: Places, servers: Running, host: str, port: int, log: Callable[[str], Write]) -> None:
    """Runs everything until a signal raises Stopped. Raises Trouble when a program cannot be kept alive."""
    running = programs(places, servers.environ, host, port)

    def start(program: Program) -> None:
        program.child = spawn(
            program.name, program.command, environ=servers.environ, cwd=places.root, write=log(program.name)
        )

    try:
        for program in running:
            start(program)
        await_web(running, host, port)
        say(f"ready: http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}")
        while True:
            watch(places, running, servers, start)
            time.sleep(0.2)
    finally:
        stop_all([program.child for program in running if program.child is not None], STOP_STEPS)


def watch(
    places: Places, running: Sequence[Program], servers: Running, start: Callable[[Program], None]
) -> None:
    """Restarts what has ended, at most a few times a minute."""
    for program in running:
        if program.child is None or program.child.alive():
            continue
        note_death(program)
        program.child.signal_group(signal.SIGKILL)  # what it left behind
        say(f"· {program.name} ended (code {program.child.popen.returncode}), starting it again")
        start(program)
    for child in servers.children():
        if not child.alive():
            say(f"· {child.name} ended (code {child.popen.returncode}), starting it again")
            restart_server(places, servers, child)


def note_death(program: Program) -> None:
    """Counts a death; waits a little longer each time. Raises Trouble at the limit."""
    now = time.monotonic()
    program.deaths = [*(at for at in program.deaths if now - at < WITHIN_SECONDS), now]
    if len(program.deaths) >= GIVE_UP_AFTER and program.child is not None:
        words = reason(program.child.last_words())
        raise Trouble(f"{program.name} ended {GIVE_UP_AFTER} times in a minute: {words}")
    time.sleep(min(len(program.deaths) - 1, 5))


def restart_server(places: Places, servers: Running, child: Child) -> None:
    """Brings an embedded server back after it died; programs reconnect by themselves."""
    for server in (servers.postgres, servers.redis):
        if server is not None and server.child is child:
            server.start(write_to_file(places.logs / f"{child.name}.log"))


def await_web(running: Sequence[Program], host: str, port: int) -> None:
    """Waits until pages are served, then a little until the sweepers have ticked. Raises Trouble."""
    web = running[0]
    begun = time.monotonic()
    serving = 0.0
    while True:
        now = time.monotonic()
        if web.child is None or not web.child.alive():
            raise Trouble(f"web does not start: {reason(web.child.last_words() if web.child else '')}")
        if not serving and answers(host, port, "/healthz"):
            serving = now
        if serving and (answers(host, port, "/readyz") or now - serving > FRESH_SECONDS):
            return
        if now - begun > READY_SECONDS:
            raise Trouble(f"web did not answer within {READY_SECONDS} s")
        time.sleep(0.1)


def answers(host: str, port: int, path: str) -> bool:
    """Tells whether `path` says 200."""
    connection = http.client.HTTPConnection(
        {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=2
    )
    try:
        connection.request("GET", path, headers={"Host": "127.0.0.1"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
