"""Where trained models lie, and the one in use, kept in memory until its file changes."""

from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path
from time import monotonic

from django.conf import settings

from requests_app.suggesting import model
from requests_app.suggesting.model import BadModel, Model

log = logging.getLogger(__name__)

RECHECK_SECONDS = 5.0
ANYWHERE = "all"  # the file of the model that serves areas without one of their own
NOTHING = "none:"  # label of a request that asks for no skill; no code can be it

Stamp = tuple[int, int, int] | None
_kept: dict[Path, tuple[float, Stamp, Model | None]] = {}


class Subject(StrEnum):
    """What is suggested."""

    CATEGORY = "category"
    SKILL = "skill"


ENDINGS = {Subject.CATEGORY: ".npz", Subject.SKILL: ".skills.npz"}


def path_of(area_code: str = "", subject: Subject = Subject.CATEGORY) -> Path:
    """Returns the file of the area with this code, or of the whole installation."""
    name = area_code or ANYWHERE
    return Path(settings.CIVIC_HOME) / "suggestions" / f"{name}{ENDINGS[subject]}"


def trained(area_codes: list[str], subject: Subject = Subject.CATEGORY) -> Model | None:
    """Returns the model of the first of these areas that has one, else the installation's, else None.

    A file that cannot be read is as none: logged once, and the keyword rules serve.
    """
    for code in (*area_codes, ""):
        if (found := _kept_or_read(path_of(code, subject))) is not None:
            return found
    return None


def forget() -> None:
    """Drops what is in memory; called after training in this process and between tests."""
    _kept.clear()


def _kept_or_read(path: Path) -> Model | None:
    now = monotonic()
    known = _kept.get(path)
    if known is not None and now - known[0] <= RECHECK_SECONDS:
        return known[2]
    stamp = _stamp(path)
    found = known[2] if known is not None and known[1] == stamp else _read(path) if stamp else None
    _kept[path] = (now, stamp, found)
    return found


def _stamp(path: Path) -> Stamp:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino


def _read(path: Path) -> Model | None:
    try:
        return model.read(path)
    except (BadModel, OSError) as error:
        log.warning("%s cannot be used, keyword rules serve instead: %s", path.name, error)
        return None
