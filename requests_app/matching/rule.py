"""What a hard rule is: a condition on volunteers with a name and the words for who fails it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOT_FOR_YOU = _("This request is not open to you.")
CLOSED = "closed"  # the code of a private rule, to the volunteer


@dataclass(frozen=True)
class Rule:
    """A condition on volunteers; `words` tell the desk who fails it, `own_words` tell that person.

    `narrows` says that the search begins with it: the volunteer's own row answers it, or it leaves few people. The
    others are asked only of those found so, row by row.

    `always` is what in a volunteer makes the rule hold for every untouched request (eligible.touched) of a kind, given
    the hardest of their values (given.hardest): of whom all of this is true, nothing needs to be asked of each pair.
    """

    code: str
    holds: Q
    words: str | Promise
    own_words: str | Promise
    narrows: bool = False
    always: Q | None = None

    @property
    def private(self) -> bool:
        """Whether the volunteer is not told which rule it is, because it says what the resident wants."""
        return self.own_words is NOT_FOR_YOU

    def told(self, *, own: bool) -> str | Promise:
        """Returns the words for the desk, or those for the volunteer in question."""
        return self.own_words if own else self.words
