"""Unfinished requests: what a resident has answered so far, kept until it is placed or 30 days old.

The answers hold addresses and names, so they are stored encrypted. Whoever holds the token holds the draft.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.accounts import actions as accounts
from civic.accounts.enums import ConsentPurpose
from civic.accounts.models import User
from civic.evidence.models import Photo, Voice
from civic.evidence.owners import Owner
from civic.lib import clock, codes
from civic.lib.crypto import decrypt, encrypt
from requests_app import reference
from requests_app.actions import Placement, place_request
from requests_app.models import RequestDraft, ServiceRequest

KEPT = timedelta(days=30)
STEPS = ("what", "where", "when", "who", "check")
WORDS_OF_REASONS = {
    "no_phone": _("Does not use a smartphone"),
    "unwell": _("Ill or finds it hard to move"),
    "child": _("A child"),
    "other": _("Another reason"),
}


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

    @property
    def page(self) -> str:
        """The page of the first step not answered, by its name."""
        return f"new_{self.missing}"

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
    mine = Q(user=None) | Q(user_id=user.pk) if isinstance(user, User) else Q(user=None)
    fresh = Q(token=token or "", placed=None, updated_at__gt=clock.now() - KEPT)
    return RequestDraft.objects.filter(fresh & mine)


def placed_by(token: str | None) -> RequestDraft | None:
    """Returns the draft of this token once it was placed: the same press again leads to the same request."""
    return (
        RequestDraft.objects.filter(token=token or "").exclude(placed=None).select_related("placed").first()
    )


def photos(draft: Draft) -> list[Photo]:
    """Returns the photos of the draft that are still there, in order."""
    ids = draft.step("what").get("photos", [])
    found = {str(photo.pk): photo for photo in Photo.objects.filter(pk__in=ids)}
    return [found[each] for each in ids if each in found]


def voice(draft: Draft) -> Voice | None:
    """Returns the voice note of the draft while it is still there."""
    kept = draft.step("what").get("voice")
    return Voice.objects.filter(pk=kept).first() if kept else None


@transaction.atomic
def place(token: str | None, *, actor: User, uploader: Owner) -> ServiceRequest | None:
    """Places the request of a complete, confirmed draft and returns it, exactly once however often it is asked.

    None when there is no such draft. `uploader` owns the photos sent before signing in. Raises what
    `place_request` raises; the draft then stays as it was.
    """
    row = RequestDraft.objects.select_for_update(of=("self",)).filter(token=token or "").first()
    if row is None or row.user_id not in {None, actor.pk}:
        return None
    if row.placed_id is not None:
        return row.placed if row.user_id == actor.pk else None
    draft = Draft(row)
    if not draft.step("check") or draft.missing != "check":
        return None
    name = draft.step("who").get("name", "")
    if name and not actor.name:
        accounts.update_profile(actor, name=name)
    accounts.give_consent(actor, ConsentPurpose.TERMS, settings.CONSENT_VERSION)
    row.placed = place_request(actor=actor, wish=_wish(draft, actor, uploader), uploader=uploader)
    row.user, row.data, row.updated_at = actor, {}, clock.now()
    row.save(update_fields=["placed", "user", "data", "updated_at"])
    return row.placed


def _wish(draft: Draft, actor: User, uploader: Owner) -> Placement:
    """Returns the answers as `place_request` takes them; files swept after a day, or not theirs, are left out."""
    what, where, when, who = (draft.step(name) for name in STEPS[:-1])
    other = who.get("who") == "other"
    start, end = _moment(when.get("start")), _moment(when.get("end"))
    if start is not None and start <= clock.now():
        start = end = None  # the wished time went by while the draft lay
    return Placement(
        category=what.get("category", ""),
        text=what.get("text", ""),
        voice=next(iter(_still_there(Voice, [what["voice"]] if what.get("voice") else [], uploader)), ""),
        photos=_still_there(Photo, what.get("photos", []), uploader),
        address=where.get("address", ""),
        door_note=where.get("door_note", ""),
        lat=where.get("lat"),
        lon=where.get("lon"),
        area=where.get("area_id"),
        contact_name=who.get("name", "") or actor.name,
        contact_phone=actor.phone,
        beneficiary_name=who.get("other_name", "") if other else "",
        beneficiary_phone=who.get("other_phone", "") if other else "",
        on_behalf_reason=str(WORDS_OF_REASONS.get(who.get("reason", ""), "")) if other else "",
        speaks=who.get("speaks", ""),
        preferred_start=start,
        preferred_end=end,
        soon=when.get("when") == "soon",
        headcount=who.get("headcount") or 1,
        consent=bool(draft.step("check").get("sensitive")),
    )


def _still_there(kind: type[Photo] | type[Voice], ids: list[str], uploader: Owner) -> list[str]:
    found = kind.objects.filter(uploader.owned(), pk__in=ids, subject_id=None)
    there = {str(pk) for pk in found.values_list("pk", flat=True)}
    return [each for each in ids if each in there]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def drop(token: str | None, user: Any) -> None:
    """Forgets an unfinished request."""
    _open(token, user).delete()


def forget_old() -> int:
    """Deletes drafts not touched for 30 days and returns how many; placed ones hold no answers any more."""
    return RequestDraft.objects.filter(updated_at__lte=clock.now() - KEPT).delete()[0]
