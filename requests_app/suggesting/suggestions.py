"""What the words of one request suggest: by what was learned from closed requests, else by keyword rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Generic, TypeVar

from civic.areas import queries as areas
from requests_app import reference
from requests_app.models import Category, ServiceRequest
from requests_app.suggesting import keywords, store
from requests_app.suggesting.ngrams import plain
from requests_app.suggesting.store import NOTHING, Subject
from volunteers.models import Skill

SHOWN_FROM = 0.5  # at the desk; below, as likely wrong as right, nothing is said
WORDS_SHOWN = 3
T = TypeVar("T", Category, Skill)


class Basis(StrEnum):
    """What a suggestion rests on."""

    LEARNED = "learned"
    KEYWORDS = "keywords"


@dataclass(frozen=True)
class Suggestion(Generic[T]):
    """A category or skill, how certain (0 to 1), on which basis; `words` that were found, if by keywords."""

    what: T
    certainty: float
    basis: Basis
    words: tuple[str, ...] = ()

    @property
    def percent(self) -> int:
        """The certainty as it is shown; never 100."""
        return min(99, round(self.certainty * 100))

    @property
    def is_shown(self) -> bool:
        """Whether it is certain enough to be shown at the desk."""
        return self.certainty >= SHOWN_FROM


def category(request: ServiceRequest) -> Suggestion[Category] | None:
    """Returns the likeliest of the categories in force, or None where the words say nothing. Asks no database."""
    return _likeliest(request, Subject.CATEGORY, {each.code: each for each in reference.in_force()})


def skill(request: ServiceRequest) -> Suggestion[Skill] | None:
    """Returns the skill that the words most likely ask for, or None where they say nothing, or ask for none."""
    return _likeliest(
        request, Subject.SKILL, {each.code: each for each in reference.snapshot().skills.values()}
    )


class Advice:
    """What is worth saying at the desk about one request: nothing that is uncertain, or agrees with what stands."""

    def __init__(self, request: ServiceRequest) -> None:
        self.request = request

    def __bool__(self) -> bool:
        return self.category is not None or self.skill is not None

    @cached_property
    def category(self) -> Suggestion[Category] | None:
        """The category, if it differs from the present one, or the request is to be sorted."""
        made = category(self.request)
        if made is None or not made.is_shown:
            return None
        return made if self.request.needs_triage or made.what.pk != self.request.category_id else None

    @cached_property
    def skill(self) -> Suggestion[Skill] | None:
        """The skill, if neither the desk chose it already nor the category asks for just that one."""
        made = skill(self.request)
        if made is None or not made.is_shown or made.what.pk in self.request.skills:
            return None
        usual = self.category.what.skills if self.category else reference.skills_of(self.request)
        return None if usual == [made.what.pk] else made

    @property
    def agrees(self) -> bool:
        """Whether the category is the present one, which the words confirm."""
        return self.category is not None and self.category.what.pk == self.request.category_id

    @property
    def changes(self) -> bool:
        """Whether there is something to amend the request with."""
        return self.skill is not None or (self.category is not None and not self.agrees)

    @property
    def words(self) -> list[str]:
        """The words it rests on, where keyword rules found it."""
        made = [each for each in (self.category, self.skill) if each is not None]
        return list(dict.fromkeys(word for each in made for word in each.words))


def _likeliest(request: ServiceRequest, subject: Subject, offered: Mapping[str, T]) -> Suggestion[T] | None:
    """Returns the likeliest of `offered` (by code): by what closed requests taught, and by keyword rules for those of
    which they taught nothing."""
    model = store.trained(_lineage(request), subject)
    likely = model.certainties(request.title, request.text) if model is not None else {}
    learned = {code: share for code, share in likely.items() if code in offered or code == NOTHING}
    hits = keywords.found(offered.values(), f"{plain(request.title)}\n{plain(request.text)}")
    ruled = {code: share for code, share in keywords.certainties(hits).items() if code not in learned}
    shares = learned | ruled
    best = max(shares, key=lambda code: shares[code], default=NOTHING)
    if best == NOTHING:
        return None
    if best in learned:
        return Suggestion(offered[best], learned[best], Basis.LEARNED)
    return Suggestion(offered[best], ruled[best], Basis.KEYWORDS, tuple(hits[best][:WORDS_SHOWN]))


def _lineage(request: ServiceRequest) -> list[str]:
    """Returns the codes of the request's area and those above it, the nearest first."""
    known = areas.fresh_if_unknown(request.area_id)
    return [area.code for area in reversed(known.lineage(request.area_id))]
