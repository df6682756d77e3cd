"""Generated secrets of an installation: one file, readable by its owner only."""

import base64
import json
import os
import secrets
from pathlib import Path

from civic.embedded.trouble import Trouble

NAMES = (
    "CIVIC_SECRET_KEY",
    "FIELD_KEYS",
    "HASH_KEY",
    "POSTGRES_ADMIN",
    "POSTGRES_CIVIC",
    "REDIS",
    "VAPID_PRIVATE_KEY",
)
OF_DJANGO = (
    "CIVIC_SECRET_KEY",
    "FIELD_KEYS",
    "HASH_KEY",
    "VAPID_PRIVATE_KEY",
)  # settings; the rest is the servers'
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3


def load(home: Path, data_exists: bool) -> dict[str, str]:
    """Returns the secrets in `home`/keys.json, made when they are missing.

    Raises Trouble when they are missing although data encrypted with them exists.
    """
    path = home / "keys.json"
    known: dict[str, str] = {}
    if path.exists():
        try:
            known = json.loads(path.read_text())
        except ValueError as error:
            raise Trouble(f"{path} is damaged; put back a copy of it") from error
    elif data_exists:
        raise Trouble(
            f"{path} is missing, and without it the data in {home} cannot be read; put back a copy of it"
        )
    missing = [name for name in NAMES if name not in known]
    if missing:
        known |= {name: made(name) for name in missing}
        write_private(path, json.dumps(known, indent=1))
    return known


def made(name: str) -> str:
    """Returns a new secret for `name`: the key that signs web pushes is a number, everything else 48 random bytes."""
    if name != "VAPID_PRIVATE_KEY":
        return secrets.token_urlsafe(48)
    number = 1 + secrets.randbelow(ORDER_OF_P256 - 1)
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
