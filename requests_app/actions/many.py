"""The same step on many requests: each through the write door by itself, each with a result of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from civic.lib.errors import DomainError, NotFound, VersionConflict
from requests_app.models import ServiceRequest

MOST = 50  # requests a step is taken on at once: a page of the queue

Seen = tuple[int, int]  # the number of a request, and the version its reader saw


@dataclass(frozen=True)
class Result:
    """What became of one request. `version` is the one it then has, 0 where nothing was done."""

    pk: int
    request: ServiceRequest | None  # None: not for this reader
    seen: int
    version: int = 0
    refused: DomainError | None = None

    @property
    def done(self) -> bool:
        """Whether the step was taken."""
        return self.refused is None

    @property
    def changed_meanwhile(self) -> bool:
        """Whether it was refused because somebody was faster."""
        return isinstance(self.refused, VersionConflict)

    @property
    def why_not(self) -> str:
        """Why it was refused, field names left out."""
        if self.refused is None:
            return ""
        words = [str(self.refused.detail)] if self.refused.detail else []
        words += [str(each) for found in (self.refused.errors or {}).values() for each in found]
        return " ".join(words) or str(self.refused.title)


def each(
    chosen: Iterable[Seen],
    requests: Mapping[int, ServiceRequest],
    step: Callable[[ServiceRequest, int], int],
) -> list[Result]:
    """Takes `step` (request, version seen > version it then has) on every chosen one, in the order given.

    `requests` holds those the actor may see. A refusal is that request's result and keeps nothing of its step; the
    others go on, because each step is a transaction of its own.
    """
    results = []
    for pk, seen in chosen:
        request = requests.get(pk)
        if request is None:
            results.append(Result(pk, None, seen, refused=NotFound()))
            continue
        try:
            results.append(Result(pk, request, seen, version=step(request, seen)))
        except DomainError as refused:
            results.append(Result(pk, request, seen, refused=refused))
    return results
