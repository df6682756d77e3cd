"""Where everything lives on this machine."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Places:
    """The source tree (`root`), the private environment inside it, and the folder of data (`home`)."""

    root: Path
    home: Path

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def venv(self) -> Path:
        return self.var / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    def site_packages(self) -> Path:
        """Returns the private environment's package folder, whatever Python made it."""
        return next(iter(sorted(self.venv.glob("lib/python3*/site-packages"))))


def of(environ: Mapping[str, str], folder: str = "") -> Places:
    """Returns the places for this environment; `folder` names a home of its own inside var/ (tests)."""
    home = environ.get("CIVIC_HOME")
    return Places(ROOT, Path(home).resolve() if home and not folder else ROOT / "var" / folder)


def say(text: str) -> None:
    """Writes one progress line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Writes one line of failure."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def is_root() -> bool:
    return os.geteuid() == 0
