"""What people ask about their own data: a copy of it, or that it be deleted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.lib import clock


class Deletion(models.Model):
    """Somebody wants their account deleted. It waits until `due_at`, so that they can change their mind.

    Open while neither withdrawn nor done; the sweep does it (privacy.deletion).
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user")
    )
    asked_at = models.DateTimeField(_("asked on"), default=clock.now)
    due_at = models.DateTimeField(_("due"))
    withdrawn_at = models.DateTimeField(_("withdrawn on"), null=True)
    done_at = models.DateTimeField(_("done on"), null=True)

    class Meta:
        verbose_name = _("request for deletion")
        verbose_name_plural = _("requests for deletion")
        constraints = [
            # Fact: one open at a time; serves "has this person asked?".
            models.UniqueConstraint(
                fields=["user"], condition=Q(withdrawn_at=None, done_at=None), name="deletion_open_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(done_at=None), name="deletion_withdrawn_or_done"
            ),
        ]
        indexes = [
            # Serves the sweep: open ones, the oldest first.
            models.Index(
                fields=["due_at"], condition=Q(withdrawn_at=None, done_at=None), name="deletion_open_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Export(models.Model):
    """Somebody wants a copy of their own data: made by a task, kept for a while, then its file is removed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user")
    )
    asked_at = models.DateTimeField(_("asked on"), default=clock.now)
    try_at = models.DateTimeField(_("next attempt"), default=clock.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    ready_at = models.DateTimeField(_("ready since"), null=True)
    kept_until = models.DateTimeField(_("kept until"), null=True)
    file = models.CharField(_("file"), max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)

    class Meta:
        verbose_name = _("copy of one's data")
        verbose_name_plural = _("copies of one's data")
        constraints = [
            # Fact: one under way at a time; serves the page and the job.
            models.UniqueConstraint(
                fields=["user"], condition=Q(ready_at=None), name="export_under_way_once"
            ),
        ]
        indexes = [
            # Serves the job: what is still to be made.
            models.Index(fields=["try_at"], condition=Q(ready_at=None), name="export_to_make"),
            # Serves the sweep: files whose time is over.
            models.Index(fields=["kept_until"], condition=~Q(file=""), name="export_kept"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_there(self) -> bool:
        """Whether it can be downloaded now."""
        return bool(self.file) and self.kept_until is not None and clock.now() < self.kept_until
