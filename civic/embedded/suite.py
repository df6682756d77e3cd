"""script/test: every check there is, each as a stage with its time; the exit code is 0 only when all that ran passed.

With other arguments only pytest runs, with those; --full adds the tests marked `full`, and measures coverage, which
half as much again as the tests take would be too long to wait for at every change.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple
from xml.etree import ElementTree

from civic.embedded import keys, servers, setup
from civic.embedded import places as geography
from civic.embedded.places import Places, say
from civic.embedded.trouble import Stopped, Trouble

COVERAGE_FLOOR = 90  # per cent, branches included
OF_AN_INSTALLATION = {"CIVIC_HOME", *keys.OF_DJANGO}  # the suite has its own
WORKERS = 3  # they wait for PostgreSQL and for one another, so more than two cores' worth
QUIET = ("-p", "no:terminal", "-o", "addopts=--strict-markers")  # pytest that says nothing but its exit code
SIDE_BY_SIDE = 2  # checks, each of which keeps a core busy
POLL_S = 0.05
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SOURCES = (
    "civic",
    "volunteers",
    "requests_app",
    "communities",
    "supervision",
    "insight",
    "tests",
    "benchmarks",
)


@dataclass(frozen=True)
class Stage:
    """One check: a command, and what it needs in its environment besides the servers."""

    name: str
    command: Sequence[str | Path]
    environ: Mapping[str, str]
    report: Path | None = None  # where pytest leaves its JUnit report


class Going(NamedTuple):
    """A stage under way, and where what it says is kept."""

    stage: Stage
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    begun: float


def test(arguments: list[str]) -> int:
    """Runs the suite; returns 0 when everything that ran passed."""
    full = "--full" in arguments
    rest = [argument for argument in arguments if argument != "--full"]
    begun = time.monotonic()
    places = geography.of(os.environ, "test")
    setup.prepare(places, os.environ, tests=True)
    environ = {name: value for name, value in os.environ.items() if name not in OF_AN_INSTALLATION}
    with servers.running(places, environ, exclusive=False, fast=True) as running:
        if not running.embedded and not all(servers.wanted(environ)):
            say("· using outside servers")
        running.environ |= {"DEMO": "1", "LOG_LEVEL": "WARNING", "HTTPS": "0"}
        del running.environ[
            "DJANGO_SETTINGS_MODULE"
        ]  # pyproject.toml names the tests' own, manage.py the real ones
        browser = find_chromium(places, running.environ)
        if browser:
            running.environ["CHROMIUM"] = browser
        results = [] if rest else run_side_by_side(checks(places, running.environ), places)
        suites = (
            only_pytest(places, running.environ, rest, full)
            if rest
            else all_tests(places, running.environ, full)
        )
        results += [
            (stage, *run(stage, places)) for stage in suites if browser or stage.name != "browser tests"
        ]
    return summary(results, skipped_browser=not browser and not rest, seconds=time.monotonic() - begun)


def only_pytest(places: Places, environ: Mapping[str, str], arguments: list[str], full: bool) -> list[Stage]:
    marks = [] if full or "-m" in arguments else ["-m", "not full"]
    return [Stage("pytest", [places.python, "-m", "pytest", *marks, *arguments], environ)]


def checks(places: Places, environ: Mapping[str, str]) -> list[Stage]:
    """Returns what is looked at without running the product, and what the tests need, the longest first."""
    python = str(places.python)
    ruff, manage = str(places.venv / "bin" / "ruff"), [python, "manage.py"]
    present = [name for name in SOURCES if (places.root / name).is_dir()]
    return [
        Stage("types", [python, "-m", "mypy"], environ),
        # Compiled once here, and not by each of the processes that run them.
        Stage("collection", [python, "-m", "pytest", "--collect-only", *QUIET], environ),
        Stage("database", [python, "-m", "tests.databases"], environ),
        Stage("migrations", [*manage, "makemigrations", "--check", "--dry-run"], environ),
        Stage("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production(environ)),
        Stage("templates", [python, "-m", "djlint", "templates", "--lint", "--quiet"], environ),
        Stage(
            "layers", [python, "-c", "from importlinter.cli import lint_imports_command as c; c()"], environ
        ),
        Stage("format", [ruff, "format", "--check", "--quiet", *present], environ),
        Stage("lint", [ruff, "check", "--quiet", *present], environ),
    ]


def all_tests(places: Places, environ: Mapping[str, str], full: bool) -> list[Stage]:
    """Returns the tests: those without a browser, those that time something, those with one."""
    python = str(places.python)
    covered = ["--cov", "--cov-report=term:skip-covered", f"--cov-fail-under={COVERAGE_FLOOR}"]

    def suite(name: str, marked: str, *more: str) -> Stage:
        marks = marked if full else f"not full and ({marked})"
        report = places.var / "test" / f"{name.replace(' ', '-')}.xml"
        command = [python, "-m", "pytest", "-q", "-m", marks, f"--junit-xml={report}", *more]
        return Stage(name, command, environ, report=report)

    return [
        suite(
            "tests",
            "not browser and not alone",
            "-n",
            str(WORKERS),
            "--dist",
            "worksteal",
            *(covered if full else []),
        ),
        *([suite("timed tests", "alone")] if full else []),
        suite("browser tests", "browser", "-n", "2"),
    ]


def production(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns an environment like that of a real installation, for `check --deploy`."""
    dropped = {"DEMO", "DEBUG", "HTTPS", "LOG_LEVEL"}
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return kept | {"ALLOWED_HOSTS": "civic.example.org", "CSRF_TRUSTED_ORIGINS": "https://civic.example.org"}


def run(stage: Stage, places: Places) -> tuple[bool, float]:
    """Runs one stage, its output going straight through; returns whether it passed and its seconds."""
    say(f"--- {stage.name}")
    begun = time.monotonic()
    process = start(stage, places)
    try:
        code = process.wait()
    except Stopped:
        stop(process)
        raise
    return code == 0, time.monotonic() - begun


def run_side_by_side(stages: Sequence[Stage], places: Places) -> list[tuple[Stage, bool, float]]:
    """Runs stages that have nothing to do with one another, SIDE_BY_SIDE at once; what one says is shown when it has
    ended. Returns each with whether it passed and its seconds, in the order given."""
    ended: dict[str, tuple[Stage, bool, float]] = {}
    waiting, going = deque(stages), list[Going]()
    with ExitStack() as outputs:
        try:
            while waiting or going:
                while waiting and len(going) < SIDE_BY_SIDE:
                    output = outputs.enter_context(tempfile.TemporaryFile())
                    stage = waiting.popleft()
                    going.append(Going(stage, start(stage, places, output), output, time.monotonic()))
                time.sleep(POLL_S)
                for each in [each for each in going if each.process.poll() is not None]:
                    going.remove(each)
                    took = time.monotonic() - each.begun
                    ended[each.stage.name] = each.stage, each.process.returncode == 0, took
                    each.output.seek(0)
                    say(f"--- {each.stage.name}\n{each.output.read().decode('utf-8', 'replace')}".rstrip())
        finally:
            for each in going:
                stop(each.process)
    return [ended[stage.name] for stage in stages]


def start(stage: Stage, places: Places, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    command = [str(part) for part in stage.command]
    environ = dict(stage.environ)
    return subprocess.Popen(command, cwd=places.root, env=environ, stdout=output, stderr=output)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()


def summary(results: Sequence[tuple[Stage, bool, float]], *, skipped_browser: bool, seconds: float) -> int:
    """Writes a line per stage and the total; returns the exit code. Raises Trouble when nothing ran."""
    if not results:
        raise Trouble("nothing ran")
    say("---")
    for stage, passed, took in results:
        say(f"{'ok  ' if passed else 'FAIL'}  {stage.name:<14} {took:6.1f} s")
    if skipped_browser:
        say(
            "NOT RUN: browser tests. No Chromium was found or could be installed; install one, or set CHROMIUM."
        )
    for stage, passed, _ in results:
        for line in () if passed else failures(stage):
            say(line)
    failed = [stage.name for stage, passed, _ in results if not passed]
    say(f"{'FAILED: ' + ', '.join(failed) if failed else 'passed'} in {seconds:.0f} s")
    return 1 if failed else 0


def failures(stage: Stage) -> Iterator[str]:
    """Yields a line per test of `stage` that failed: which, and the first line of why."""
    if stage.report is None or not stage.report.is_file():
        return
    for case in ElementTree.parse(stage.report).iter("testcase"):
        for wrong in (*case.iterfind("failure"), *case.iterfind("error")):
            why = (wrong.get("message") or "").strip().splitlines()
            yield f"FAILED {case.get('classname')}::{case.get('name')}: {why[0] if why else wrong.tag}"


def find_chromium(places: Places, environ: Mapping[str, str]) -> str:
    """Returns the path of a Chromium: CHROMIUM, the machine's, or Playwright's own, fetched when possible; else ""."""
    named = environ.get("CHROMIUM", "")
    if named:
        if not shutil.which(named):
            raise Trouble(f"CHROMIUM={named} is no program")
        return named
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found:
            return found
    return playwright_chromium(places, environ)


def playwright_chromium(places: Places, environ: Mapping[str, str]) -> str:
    """Returns Playwright's Chromium, fetching it into var/ once; "" when that fails or it does not start here."""
    folder = places.var / "playwright"
    environ = {**environ, "PLAYWRIGHT_BROWSERS_PATH": str(folder)}
    if not any(folder.glob("chromium*")):
        say("· fetching a Chromium for the browser tests")
        command = [str(places.python), "-m", "playwright", "install", "--only-shell", "chromium"]
        try:
            subprocess.run(command, env=environ, capture_output=True, timeout=180, check=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            shutil.rmtree(folder, ignore_errors=True)
            return ""
    for program in [*folder.glob("chromium*/*/headless_shell"), *folder.glob("chromium*/*/chrome*")]:
        if os.access(program, os.X_OK) and starts(program):
            return str(program)
    return ""


def starts(program: Path) -> bool:
    """Tells whether a browser runs on this machine (its system libraries may be missing)."""
    try:
        return (
            subprocess.run([program, "--version"], capture_output=True, timeout=20, check=False).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
