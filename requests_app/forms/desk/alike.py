"""What the page of look-alike requests posts; parsing only."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from civic.lib.errors import ValidationFailed
from civic.lib.numbers import whole
from requests_app.actions.many import MOST, Seen
from requests_app.forms.desk.many import chosen


@dataclass(frozen=True)
class Choice:
    """What was ticked in a group, and the one the others are joined to."""

    ticked: list[Seen]
    into: int

    @property
    def ids(self) -> list[int]:
        """The numbers of those ticked."""
        return [pk for pk, _version in self.ticked]

    @property
    def to_be_joined(self) -> list[Seen]:
        """Those ticked, without the one they are joined to."""
        return [each for each in self.ticked if each[0] != self.into]


def choice(sent: QueryDict) -> Choice:
    """Returns what was chosen. Raises ValidationFailed for nothing and for too many."""
    ticked = chosen(sent.getlist("chosen"))
    if not 1 <= len(ticked) <= MOST:
        raise ValidationFailed(_("Tick 1 to %(n)d requests of the group.") % {"n": MOST})
    return Choice(ticked, number(sent.get("into", "")))


def number(text: str) -> int:
    """Returns the number of a row; 0, which no row has, for anything else."""
    return whole(text) or 0
