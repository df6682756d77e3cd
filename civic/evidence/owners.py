"""Whose upload it is before it belongs to a record: a person, or a browser session that nobody signed in
to yet.
"""

from typing import Final, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest

from civic.accounts.models import User
from civic.evidence.models import Evidence
from civic.lib import codes, crypto

# Not the session's own key: that one changes at sign-in, the contents stay.
SESSION_FIELD: Final = "evidence_owner"


class Owner(NamedTuple):
    """A person, a browser session, or both: somebody who signed in keeps what they sent before."""

    user_id: int | None
    session_hash: str

    def owned(self) -> Q:
        """Returns the filter of what this owner sent; nothing for nobody."""
        found = Q(pk__in=[])
        if self.user_id is not None:
            found |= Q(uploader_id=self.user_id)
        if self.session_hash:
            found |= Q(owner_hash=self.session_hash)
        return found

    def owns(self, evidence: Evidence) -> bool:
        """Returns whether this owner sent `evidence`."""
        if self.user_id is not None and evidence.uploader_id == self.user_id:
            return True
        return bool(self.session_hash) and evidence.owner_hash == self.session_hash


def of(request: HttpRequest, *, begin: bool = False) -> Owner:
    """Returns the owner behind a request of the browser; `begin` gives a nameless session its mark."""
    user_id = request.user.pk if request.user.is_authenticated else None
    mark = request.session.get(SESSION_FIELD, "")
    if not mark and begin and user_id is None:
        mark = request.session[SESSION_FIELD] = codes.token()
    return Owner(user_id, crypto.keyed_hash(mark) if mark else "")


def as_owner(who: "Owner | User | AnonymousUser") -> Owner:
    """Returns `who` as an owner; for callers that know only the person."""
    return who if isinstance(who, Owner) else Owner(who.pk, "")
