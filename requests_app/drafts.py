"""Unfinished requests: what a resident has answered so far, kept until it is placed or 30 days old.

The answers hold addresses and names, so they are stored encrypted. Whoever holds the token holds the draft.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction

from civic.accounts.models import User
from civic.lib import clock, codes
from civic.lib.crypto import decrypt, encrypt
from requests_app import reference
from requests_app.models import RequestDraft

KEPT = timedelta(days=30)
STEPS = ("what", "where", "when", "who", "check")


class Draft:
    """The answers of one unfinished request, by step: `answers["where"]["address"]`."""

    def __init__(self, row: RequestDraft | None) -> None:
        self.row = row
        sealed = row.data.get("sealed") if row else None
        self.answers: dict[str, dict[str, Any]] = json.loads(decrypt(sealed)) if sealed else {}

    def __bool__(self) -> bool:
        return self.row is not None

    def step(self, name: str) -> dict[str, Any]:
        """Returns the answers of one step, empty while there are none."""
        return self.answers.get(name, {})

    @property
    def token(self) -> str:
        """What the browser keeps to come back to this draft."""
        assert self.row is not None
        return self.row.token

    @property
    def category(self) -> Any:
        """The chosen category while it is in force, else None."""
        return reference.category(self.step("what").get("category", ""))

    @property
    def missing(self) -> str:
        """The first step not answered; "check" when all are."""
        for name in STEPS[:-1]:
            if not self.step(name) or (name == "what" and self.category is None):
                return name
        return "check"

    def words(self) -> str:
        """Returns one line by which its owner knows it again."""
        text = " ".join(self.step("what").get("text", "").split())
        return " · ".join(part for part in (str(self.category or ""), text[:24]) if part)

    def save(self) -> None:
        """Stores the answers, sealed."""
        assert self.row is not None
        self.row.data = {"sealed": encrypt(json.dumps(self.answers, ensure_ascii=False))}
        self.row.updated_at = clock.now()
        self.row.save(update_fields=["data", "updated_at", "user"])


def find(token: str | None, user: Any) -> Draft:
    """Returns the open draft of this token, or an empty one; another signed-in person's is not found."""
    return Draft(_open(token, user).first())


@contextmanager
def editing(token: str | None, user: Any) -> Iterator[Draft]:
    """Gives the draft (made when there is none) under a lock, so that two uploads at once lose nothing."""
    with transaction.atomic():
        row = _open(token, user).select_for_update(of=("self",)).first()
        if row is None:
            row = RequestDraft.objects.create(token=codes.token(), updated_at=clock.now())
        if isinstance(user, User) and row.user_id is None:
            row.user = user
        draft = Draft(row)
        yield draft
        draft.save()


def _open(token: str | None, user: Any) -> Any:
    found = RequestDraft.objects.filter(token=token or "", updated_at__gt=clock.now() - KEPT)
    mine = user.pk if isinstance(user, User) else None
    return found.filter(placed=None) & (found.filter(user=None) | found.filter(user_id=mine))


def placed_by(token: str | None) -> RequestDraft | None:
    """Returns the draft of this token once it was placed: the same press again leads to the same request."""
    return (
        RequestDraft.objects.filter(token=token or "").exclude(placed=None).select_related("placed").first()
    )


def drop(token: str | None, user: Any) -> None:
    """Forgets an unfinished request."""
    _open(token, user).delete()


def forget_old() -> int:
    """Deletes drafts not touched for 30 days and returns how many; placed ones hold no answers any more."""
    return RequestDraft.objects.filter(updated_at__lte=clock.now() - KEPT).delete()[0]
