"""The kinds of messages people can choose about: what stands before the dot of a template's code.

Apps register theirs at start-up. Messages of a kind that nobody registered (sign-in codes, account mails) cannot be
turned off.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from civic.accounts.models import User
from civic.notify.enums import Choice


@dataclass(frozen=True)
class Kind:
    """One kind: its word, whom it concerns, and whether its messages also travel as text messages, usually or only for
    who asks for them (`usual_sms`). For staff the ordinary ones can be collected into one message a morning. Of what
    somebody can do without (`refusable`) they may say that they want none at all: its writer asks `wishes.of_many`.
    """

    code: str
    label: str | Promise
    concerns: Callable[[User], bool]
    by_sms: bool = True
    digest: bool = False
    usual_sms: Choice = Choice.AT_ONCE
    refusable: bool = False


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Adds one; the same code again replaces it."""
    _kinds[kind.code] = kind


def every() -> list[Kind]:
    """Returns all kinds in the order of their registration."""
    return list(_kinds.values())


def of(user: User) -> list[Kind]:
    """Returns the kinds that `user` may get."""
    return [kind for kind in _kinds.values() if kind.concerns(user)]


def of_event(event: str) -> Kind | None:
    """Returns the kind of a message by its event, None where nobody can choose."""
    return _kinds.get(event.partition(".")[0])


def label_of(code: str) -> str:
    """Returns the word for a kind; the code itself where it has none."""
    found = _kinds.get(code)
    return str(found.label) if found else code
