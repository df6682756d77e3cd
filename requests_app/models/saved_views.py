"""Views of the queue that staff keep under a name."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area


class SavedView(models.Model):
    """Filters of the queue under a name: one person's, or shared with everybody at the desks of an area and below.

    `query` is the query string of requests_app.queries.desk_queue.Filters. What was searched for is never kept: it
    may be a name or a phone number.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=40)
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("shared with"),
    )
    query = models.CharField(_("filters"), max_length=200, blank=True)
    kept_at = models.DateTimeField(_("kept on"))

    class Meta:
        verbose_name = _("view of the queue")
        verbose_name_plural = _("views of the queue")
        constraints = [
            # Fact: a person has one view of a name; serves the list of one's own.
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once"),
        ]
        indexes = [
            # Serves the list of those shared with an area.
            models.Index(fields=["area"], condition=models.Q(area__isnull=False), name="saved_view_shared"),
        ]

    def __str__(self) -> str:
        return self.name
