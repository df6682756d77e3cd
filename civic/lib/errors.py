"""What can go wrong for a person: every refusal the domain knows, with the HTTP answer promised for it.

Actions raise these; the API turns them into problem+json and pages into a message; nobody in between
catches them. Source of statuses and codes: CONTRACT.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
FieldErrors = Mapping[str, Sequence[Text]]


class DomainError(Exception):
    """A refusal to show to the caller. `detail` says why in their language (lazy), `errors` per field."""

    status = 400
    code = "invalid"
    title: Text = _("This is not possible")

    def __init__(
        self,
        detail: Text = "",
        *,
        errors: FieldErrors | None = None,
        code: str | None = None,
        title: Text | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail: Text = detail
        self.errors = errors
        self.retry_after = retry_after
        if code is not None:
            self.code = code
        if title is not None:
            self.title = title

    def __str__(self) -> str:
        parts = [str(self.detail or self.title)]
        parts += [f"{field}: {message}" for field, found in (self.errors or {}).items() for message in found]
        return " ".join(parts)

    def problem(self) -> dict[str, Any]:
        """Returns the RFC 9457 body in the language active now."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.detail or self.title),
            "code": self.code,
        }
        if self.errors:
            body["errors"] = {
                field: [str(message) for message in found] for field, found in self.errors.items()
            }
        return body


class ValidationFailed(DomainError):
    """What was sent cannot be used; `errors` names the fields."""

    title = _("Please check what you entered")

    @classmethod
    def on(cls, field: str, message: Text) -> "ValidationFailed":
        """Returns the failure of one `field`."""
        return cls(errors={field: [message]})


class NotAllowed(DomainError):
    """Visible to the caller, but this act is not theirs."""

    status = 403
    code = "not_allowed"
    title = _("You are not allowed to do this")


class NotFound(DomainError):
    """Does not exist, or lies outside the caller's scope: the two look the same."""

    status = 404
    code = "not_found"
    title = _("Not found")


class Conflict(DomainError):
    """The state of things does not permit it (any more)."""

    status = 409


class IllegalTransition(Conflict):
    """The workflow has no such step from the present state."""

    code = "illegal_transition"
    title = _("This step is not possible now")


class VersionConflict(Conflict):
    """Somebody changed it since the caller read it."""

    code = "version_conflict"
    title = _("Somebody changed this in the meantime")


class AlreadyTaken(Conflict):
    """Another person was first."""

    code = "already_taken"
    title = _("Somebody else was first")


class Overlap(Conflict):
    """The person is committed elsewhere at that time."""

    code = "overlap"
    title = _("This overlaps another commitment")


class Busy(Conflict):
    """The row stayed locked too long; trying again helps."""

    code = "busy"
    title = _("Somebody is working on this right now, please try again")

    def __init__(self, detail: Text = "", *, retry_after: int | None = 1, **more: Any) -> None:
        super().__init__(detail, retry_after=retry_after, **more)


class KeyReused(DomainError):
    """The idempotency key came before with a different body."""

    status = 422
    code = "key_reused"
    title = _("This key was used for something else")


class TooMany(DomainError):
    """Over a limit; `retry_after` says in how many seconds to try again."""

    status = 429
    code = "too_many"
    title = _("Too many attempts, please wait")


class TooLarge(DomainError):
    """The body or the file is over the size limit."""

    status = 413
    code = "too_large"
    title = _("The file is too large")


class WrongType(DomainError):
    """The content is of a kind that is not taken here."""

    status = 415
    code = "unsupported_type"
    title = _("This kind of file cannot be used")


class Unavailable(DomainError):
    """Nothing is wrong with what was sent: the server cannot take it now (storage full, service down)."""

    status = 503
    code = "unavailable"
    title = _("This is not available right now, please try again")
