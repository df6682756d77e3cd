"""Cases: a row with a state, its append-only history, its erasable texts and its timers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.accounts.models import Membership
from civic.cases.enums import ApprovalState
from civic.cases.triggers import FirstState, StateEdges
from civic.lib.append_only import APPEND_ONLY


class Case(models.Model):
    """Anything that lives through a workflow. `state` and `version` are written by `door` alone."""

    kind: ClassVar[str]

    state = models.CharField(_("state"), max_length=16)
    version = models.PositiveIntegerField(_("version"), default=0)

    class Meta:
        abstract = True


class CaseEvent(models.Model):
    """One line of history: who did what, in which role, when, from which state to which.

    `facts` holds field names, numbers and references only; words people wrote stand in CaseText.
    """

    kind = models.CharField(_("kind of case"), max_length=16)
    case_id = models.BigIntegerField(_("number of the case"))
    seq = models.PositiveIntegerField(_("number of the line"))
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    at = models.DateTimeField(_("time"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("done by"),
    )
    actor_role = models.CharField(_("role"), max_length=24)
    verb = models.CharField(_("act"), max_length=24)
    from_state = models.CharField(_("state before"), max_length=16, blank=True)
    to_state = models.CharField(_("state after"), max_length=16)
    reason_code = models.CharField(_("reason"), max_length=40, blank=True)
    facts = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("history event")
        verbose_name_plural = _("history events")
        constraints = [
            # Serves every reading of one case's history, in order.
            models.UniqueConstraint(fields=["kind", "case_id", "seq"], name="case_event_seq_once"),
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class CaseText(models.Model):
    """Words that belong to a history event (`seq`), kept apart so that they can be erased."""

    kind = models.CharField(max_length=16)
    case_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=32)
    body = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Serves the texts of one case beside its history.
            models.UniqueConstraint(fields=["kind", "case_id", "seq", "name"], name="case_text_once"),
        ]


class Timer(models.Model):
    """An obligation with a time: at `due_at` the sweeper calls the verb that the workflow names for it.

    All writers of a timer hold the lock of its case, which is what makes it fire exactly once.
    A moved time voids the row and writes the next `generation`.
    """

    kind = models.CharField(_("kind of case"), max_length=16)
    case_id = models.BigIntegerField(_("number of the case"))
    name = models.CharField(_("name"), max_length=24)
    part_id = models.BigIntegerField(_("number of the part"), default=0)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    generation = models.PositiveSmallIntegerField(_("generation"), default=0)
    due_at = models.DateTimeField(_("due time"))
    run_at = models.DateTimeField(_("next attempt"))
    fired_at = models.DateTimeField(_("fired on"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided on"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        constraints = [
            # Serves the timers of one case; the promise that none exists twice.
            models.UniqueConstraint(
                fields=["kind", "case_id", "name", "part_id", "round", "generation"], name="timer_once"
            ),
            models.CheckConstraint(
                condition=Q(fired_at__isnull=True) | Q(voided_at__isnull=True), name="timer_fired_or_voided"
            ),
        ]
        indexes = [
            # Serves the sweeper: what is due and still open, oldest first.
            models.Index(
                fields=["kind", "run_at"],
                condition=Q(fired_at__isnull=True, voided_at__isnull=True),
                name="timer_open_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id} {self.name} {self.due_at:%F %T}"


class Approval(models.Model):
    """A verb that one person proposed and another one has to approve before it is performed.

    `facts` are those of the verb; the words among them stand beside the history event `seq` and can be erased.
    """

    kind = models.CharField(_("kind of case"), max_length=16)
    case_id = models.BigIntegerField(_("number of the case"))
    verb = models.CharField(_("act"), max_length=24)
    facts = models.JSONField(_("details"), default=dict, blank=True)
    seq = models.PositiveIntegerField(_("number of the line"))
    state = models.CharField(
        _("state"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.OPEN
    )
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    role = models.CharField(_("role"), max_length=24)
    membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name=_("membership")
    )
    proposed_at = models.DateTimeField(_("proposed on"))
    expires_at = models.DateTimeField(_("runs out on"))
    decided_at = models.DateTimeField(_("decided on"), null=True, blank=True)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decider_membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name=_("membership")
    )

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            # Serves the approvals of one case; the promise that a verb is proposed once at a time.
            models.UniqueConstraint(
                fields=["kind", "case_id", "verb"],
                condition=Q(state=ApprovalState.OPEN),
                name="approval_open_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ApprovalState.APPROVED, ApprovalState.REFUSED])
                | (Q(decider__isnull=False, decided_at__isnull=False) & ~Q(decider=models.F("proposer"))),
                name="approval_by_another_person",
            ),
        ]
        triggers = [
            FirstState(initial={ApprovalState.OPEN}),
            StateEdges(
                edges={(ApprovalState.OPEN, end) for end in ApprovalState if end != ApprovalState.OPEN}
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id} {self.verb} {self.state}"


class OnceKey(models.Model):
    """A creating or acting POST that was carried out: the same key again answers the same (CONTRACT.md).

    Holds hashes, the status and a reference only, for 24 hours.
    """

    owner = models.CharField(max_length=64)
    path = models.CharField(max_length=120)
    key_hash = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    reference = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_index=True)  # serves the daily clean-up

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "path", "key_hash"], name="once_key_once"),
        ]
