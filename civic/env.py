"""Reading the environment: every variable the product knows, with its type, default and meaning.

One place, so that the documentation and `manage.py doctor` can list them and a bad value fails at start with a sentence.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit


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
        raise BadEnvironment(f"{name}={text!r} cannot be used: {error}.") from error


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


def database(url: str) -> dict[str, Any]:
    """Reads postgres://user:password@host:port/name (host may be a percent-encoded socket folder)."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("only postgres:// URLs are supported")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }
