"""The folder embedded servers live in, and the user they run as.

An ordinary user runs them as himself under CIVIC_HOME/servers. Root runs them as the dedicated user civic-
db, with data, sockets and a copy of the binaries in a folder of their own; where that user could not reach
CIVIC_HOME
(a 0700 home), the folder is under /var/lib/civic-db instead, and no permission
of a foreign folder is changed.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from civic.embedded.places import Places, is_root
from civic.embedded.processes import OURSELVES, Account
from civic.embedded.trouble import Trouble

SERVICE_USER = "civic-db"
ELSEWHERE = Path("/var/lib/civic-db")
LONGEST_SOCKET_FOLDER = 85  # bytes; a socket address holds 104 on macOS, 108 on Linux, .s.PGSQL.5432 included


@dataclass(frozen=True)
class Quarters:
    """`folder` holds data and binaries, `run` the sockets (0700, a short path); `account` is who the
    servers run as.
    """

    folder: Path
    run: Path
    account: Account


def prepare(places: Places) -> Quarters:
    """Returns the quarters, made when missing. Raises Trouble when another user's servers live there."""
    places.home.mkdir(parents=True, exist_ok=True)
    account = service_account() if is_root() else OURSELVES
    folder = choose_folder(places.home)
    make_folder(folder, 0o711 if is_root() else 0o700, OURSELVES)
    run = folder / "run"
    if len(os.fsencode(run)) > LONGEST_SOCKET_FOLDER:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]
        run = Path("/tmp") / f"civic-{os.geteuid()}-{digest}"  # checked by make_folder
    make_folder(run, 0o700, account)
    return Quarters(folder, run, account)


def choose_folder(home: Path) -> Path:
    """Returns where the servers' files go; for root somewhere the service user can reach."""
    pointer = home / "servers.path"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    if not is_root() or reachable_by_others(home):
        return home / "servers"
    folder = ELSEWHERE / secrets.token_hex(6)
    pointer.write_text(f"{folder}\n")
    return folder


def reachable_by_others(folder: Path) -> bool:
    """Tells whether a user without rights of his own may walk down to `folder`."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in [folder, *folder.parents])


def make_folder(folder: Path, mode: int, account: Account) -> None:
    """Makes `folder` ours (or the account's), or raises Trouble when it belongs to somebody else."""
    uid = os.geteuid() if account.uid is None else account.uid
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=mode)
        if account.uid is not None:
            os.chown(folder, account.uid, -1 if account.gid is None else account.gid)
        folder.chmod(mode)  # mkdir's mode is subject to the umask
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise Trouble(f"{folder} belongs to another user; start as that user, or choose another CIVIC_HOME")


def service_account() -> Account:
    """Returns the unprivileged user that servers run as under root, made when missing."""
    try:
        found = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        found = make_service_user()
    return Account(found.pw_uid, found.pw_gid)


def make_service_user() -> pwd.struct_passwd:
    """Makes the system user; raises Trouble when this machine has no way to."""
    command = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    advice = "start as an ordinary user, or set DATABASE_URL and REDIS_URL"
    if command is None:
        raise Trouble(f"root cannot run PostgreSQL, and no useradd is here to make a user for it; {advice}")
    done = subprocess.run(
        [
            command,
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/bin/false",
            SERVICE_USER,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        raise Trouble(f"cannot make the user {SERVICE_USER} ({done.stderr.strip()}); {advice}") from None


def copy_for_service(sources: list[Path], target: Path) -> None:
    """Copies folders side by side into `target` (whole or not at all), readable by the service user."""
    if target.exists():
        return
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o755)
    for source in sources:
        shutil.copytree(
            source, unfinished / source.name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
    unfinished.rename(target)
