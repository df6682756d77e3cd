"""The address under which a volunteer's calendar fetches what they have promised."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from civic.lib import clock
from volunteers.models.volunteer import Volunteer


class CalendarFeed(models.Model):
    """A secret address of one volunteer's calendar; only its SHA-256 is kept, so it can be shown exactly once.

    A new address takes the place of the old one; who wants none has no row.
    """

    volunteer = models.OneToOneField(
        Volunteer, models.CASCADE, related_name="calendar_feed", verbose_name=_("volunteer")
    )
    # Unique index serves: feeds.find (one row by digest).
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=clock.now, editable=False)
    read_at = models.DateTimeField(_("last fetched"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
