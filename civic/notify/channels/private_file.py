"""Files under CIVIC_HOME/outbox that only the service user may read: they hold numbers and codes."""

import os
from pathlib import Path

from django.conf import settings


def append(name: str, text: str) -> None:
    """Appends `text` to the file `name` in one write, so that lines of several workers do not mix. Raises
    OSError.
    """
    folder = Path(settings.CIVIC_HOME) / "outbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = os.open(folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(target, text.encode())
    finally:
        os.close(target)
