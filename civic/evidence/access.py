"""Who may see a photo or hear a voice note.

Before it belongs to a record: whoever sent it. Afterwards: whoever the owner of that kind of record says, and
nobody when it says nothing.
"""

from collections.abc import Callable

from civic.accounts.access import log_access
from civic.accounts.models import User
from civic.evidence.models import Evidence
from civic.evidence.owners import Owner

CanView = Callable[[User, int], bool]

_rules: dict[str, CanView] = {}


def register(subject_kind: str, can_view: CanView) -> None:
    """Lets records of `subject_kind` carry evidence; `can_view(user, subject_id)` decides who sees it.

    Called at start-up (AppConfig.ready). Raises ValueError when another rule is registered already.
    """
    if _rules.setdefault(subject_kind, can_view) is not can_view:
        raise ValueError(f"evidence of {subject_kind!r} has a rule already")


def is_known(subject_kind: str) -> bool:
    """Returns whether records of that kind may carry evidence."""
    return subject_kind in _rules


def sees(user: User, subject_kind: str, subject_id: int) -> bool:
    """Returns whether `user` may see the evidence of a record."""
    rule = _rules.get(subject_kind)
    return rule is not None and rule(user, subject_id)


def can_view(user: User | None, owner: Owner, evidence: Evidence) -> bool:
    """Returns whether the person (None: not signed in) or their session may see `evidence` now."""
    if evidence.subject_id is None:
        return owner.owns(evidence)
    return user is not None and sees(user, evidence.subject_kind, evidence.subject_id)


def log_view(user: User | None, evidence: Evidence) -> None:
    """Writes into the access log that a person opened evidence somebody else sent."""
    if user is not None and evidence.subject_id is not None and evidence.uploader_id != user.pk:
        log_access(
            user, evidence.subject_kind, evidence.subject_id, [evidence._meta.model_name or ""], "opened"
        )
