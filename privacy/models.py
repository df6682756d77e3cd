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
