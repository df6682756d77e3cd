"""What is examined to tell whether an installation does its work: one list, shown to people, machines and keepers.

A check measures one number and holds it against two limits. The operations page, `manage.py doctor`, /readyz and
/metrics present what `examine` returns; none of them measures anything by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Any

from django.db import Error as DatabaseTrouble
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from civic.lib import spoken

Words = str | Promise


class Verdict(IntEnum):
    """How it stands; the numbers are those of the metric civic_check_verdict."""

    GREEN = 0
    ATTENTION = 1  # somebody should look; all obligations are being kept
    FAILED = 2  # something is not done that must be


class Unit(StrEnum):
    COUNT = "count"
    SECONDS = "seconds"
    MEGABYTES = "megabytes"


@dataclass(frozen=True)
class Trouble:
    """One thing to deal with: words, which record they are about, and where that lies.

    `scope` has the ids of the record's areas; without one, a record is for those who answer for the whole city.
    """

    words: str
    record: str = ""  # "requests_app.servicerequest"
    pk: int = 0
    scope: Any = None
    timer: int = 0  # one that may be tried again now


@dataclass(frozen=True)
class Measured:
    """What a check found: the number that is held against the limits, and what it is made of."""

    value: float
    words: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True)
class Check:
    """One examination. A value above `attention` or `failure` is the worse; with `least`, one below them."""

    name: str
    label: Words
    measure: Callable[[], Measured]
    advice: Words
    unit: Unit = Unit.COUNT
    attention: float | None = None
    failure: float | None = None
    least: bool = False
    ready: bool = False  # /readyz answers 503 when it has failed

    def verdict(self, value: float) -> Verdict:
        """Returns what `value` means."""
        for verdict, limit in ((Verdict.FAILED, self.failure), (Verdict.ATTENTION, self.attention)):
            if limit is not None and (value < limit if self.least else value > limit):
                return verdict
        return Verdict.GREEN

    @property
    def limit(self) -> str:
        """The limit in words: the one that comes first; "" where there should be none at all."""
        found = self.attention if self.attention is not None else self.failure
        if not found:
            return ""
        words = _("at least %(value)s") if self.least else _("at most %(value)s")
        return words % {"value": in_words(found, self.unit)}


@dataclass(frozen=True)
class Finding:
    """A check with what it found."""

    check: Check
    measured: Measured
    verdict: Verdict

    @property
    def value(self) -> str:
        """The measured value in words."""
        return in_words(self.measured.value, self.check.unit)

    @property
    def said(self) -> str:
        """What was found, in a line: the words where there are any, else the value."""
        return self.measured.words or self.value


_checks: dict[str, Check] = {}


def register(*checks: Check) -> None:
    """Adds to the list; apps do so when they start. Raises ValueError for a name taken."""
    for check in checks:
        if check.name in _checks:
            raise ValueError(f"two checks are called {check.name}")
        _checks[check.name] = check


def every() -> list[Check]:
    """Returns all checks in the order of registering."""
    return list(_checks.values())


def examine(checks: Iterable[Check] | None = None) -> list[Finding]:
    """Measures `checks`, all of them unless given. Never raises: what cannot be measured has failed."""
    return [_examine(check) for check in (every() if checks is None else checks)]


def worst(findings: Iterable[Finding]) -> Verdict:
    """Returns the worst verdict, green where there is none."""
    return max((each.verdict for each in findings), default=Verdict.GREEN)


def in_words(value: float, unit: Unit) -> str:
    """Returns a measured value as people read it: "12", "3.2 s", "2 h 5 min", "76.0 GB"."""
    if unit == Unit.SECONDS:
        return _("%(n)s s") % {"n": f"{value:.1f}".removesuffix(".0")} if value < 120 else _span(value)
    if unit == Unit.MEGABYTES:
        return f"{value:.0f} MB" if value < 1024 else f"{value / 1024:.1f} GB"
    return f"{value:.0f}"


def first_line(error: Exception) -> str:
    """Returns the first line of an error, or its name where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else error.__class__.__name__


def _span(seconds: float) -> str:
    return spoken.span(timedelta(seconds=seconds))


def _examine(check: Check) -> Finding:
    try:
        measured = check.measure()
    except (DatabaseTrouble, RedisError, OSError) as error:
        words = _("cannot be examined: %(reason)s") % {"reason": first_line(error)}
        return Finding(check, Measured(0, words), Verdict.FAILED)
    return Finding(check, measured, check.verdict(measured.value))
