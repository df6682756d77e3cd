"""Reading the environment: every variable the product knows, with its type, default and meaning.

One place, so that documentation and `manage.py doctor` can list them; a bad value fails at start.
"""

import base64
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit, urlunsplit


class BadEnvironment(SystemExit):
    """A variable is missing or cannot be read; carries one line saying which and what to do."""


@dataclass(frozen=True)
class Variable:
    """One environment variable: its `name`, `default` as text (None: required) and what it is for."""

    name: str
    default: str | None
    meaning: str


VARIABLES: dict[str, Variable] = {}

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def read(name: str, default: str | None, meaning: str, parse: Callable[[str], Any] = str) -> Any:
    """Returns the value of variable `name` through `parse`; `default` None means it must be set."""
    VARIABLES[name] = Variable(name, default, meaning)
    text = os.environ.get(name, default)
    if text is None:
        raise BadEnvironment(f"{name} is not set: {meaning}.")
    try:
        return parse(text)
    except ValueError as error:
        public = re.sub(r"://[^@]*@", "://...@", text)  # never a password on the screen or in a log
        raise BadEnvironment(f"{name}={public!r} cannot be used: {error}.") from error


def flag(text: str) -> bool:
    """Reads 1/0, true/false, yes/no, on/off."""
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError("use 1 or 0")


def words(text: str) -> list[str]:
    """Reads a comma-separated list, blanks dropped."""
    return [word.strip() for word in text.split(",") if word.strip()]


def choice(*allowed: str) -> Callable[[str], str]:
    """Returns a reader that takes only one of `allowed`."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"use one of {', '.join(allowed)}")
        return text

    return parse


def hours(text: str) -> tuple[int, int] | None:
    """Reads a span of hours of the day such as 22-7 (until 07:00); None when empty."""
    if not text.strip():
        return None
    start, _, end = text.partition("-")
    if not (start.strip().isdecimal() and end.strip().isdecimal() and int(start) < 24 and int(end) < 24):
        raise ValueError("use two hours such as 22-7")
    return int(start), int(end)


def private_key(text: str) -> str:
    """Takes 32 bytes in base64url without padding, as web push tools write their private key; "" for none."""
    try:
        size = len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        size = -1
    if size not in {0, 32}:
        raise ValueError("use 32 bytes in base64url, see docs/operations.md")
    return text.rstrip("=")


def database(url: str) -> dict[str, Any]:
    """Reads postgres://user:password@host:port/name (host may be a percent-encoded socket folder)."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("only postgres:// URLs are supported")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ValueError("it names no database")
    place = parts.netloc.rpartition("@")[2]
    host = (
        place.removesuffix(f":{parts.port}") if parts.port else place
    )  # parts.hostname would lower a folder's case
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(parts.port or ""),
    }


def redis(url: str) -> str:
    """Takes redis://, rediss:// or unix://:password@/path/to/socket?db=0."""
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("only redis://, rediss:// and unix:// URLs are supported")
    return url


def celery_broker(redis_url: str) -> str:
    """Returns what Celery calls the same server: a socket is redis+socket://...?virtual_host=N there."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return urlunsplit(("redis+socket", parts.netloc, parts.path, urlencode({"virtual_host": number}), ""))
