"""When volunteers can be asked: the hours of a usual week, days off, and hours of single days besides.

Times are local (settings.TIME_ZONE), in minutes from midnight; 1440 is the end of the day. The rows of a day never
touch or overlap: volunteers.hours puts together what does, so that one row holds every free stretch.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from volunteers.models.volunteer import Volunteer

DAY_MINUTES = 24 * 60
IN_A_DAY = Q(starts__lt=F("ends"), ends__lte=DAY_MINUTES)


class AvailableHours(models.Model):
    """Hours of a usual week. Who has none can always be asked."""

    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="hours", verbose_name=_("volunteer")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"))  # 1 is Monday, as in ISO 8601
    starts = models.PositiveSmallIntegerField(_("from"))
    ends = models.PositiveSmallIntegerField(_("until"))

    class Meta:
        verbose_name = _("hours of the week")
        verbose_name_plural = _("hours of the week")
        constraints = [
            # Serves the rule "available" of matching; fact: no two stretches begin together.
            models.UniqueConstraint(fields=["volunteer", "weekday", "starts"], name="available_hours_once"),
            models.CheckConstraint(
                condition=IN_A_DAY & Q(weekday__range=(1, 7)), name="available_hours_in_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class ExtraHours(models.Model):
    """Hours of one day beyond those of the week; they hold on a day off too, being the more exact wish."""

    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="extra_hours", verbose_name=_("volunteer")
    )
    day = models.DateField(_("day"))
    starts = models.PositiveSmallIntegerField(_("from"))
    ends = models.PositiveSmallIntegerField(_("until"))

    class Meta:
        verbose_name = _("extra hours")
        verbose_name_plural = _("extra hours")
        constraints = [
            # Serves the rule "available" of matching; fact: no two stretches begin together.
            models.UniqueConstraint(fields=["volunteer", "day", "starts"], name="extra_hours_once"),
            models.CheckConstraint(condition=IN_A_DAY, name="extra_hours_in_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class DayOff(models.Model):
    """Days without offers, the first and the last included."""

    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="days_off", db_index=False, verbose_name=_("volunteer")
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("days off")
        verbose_name_plural = _("days off")
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="days_off_in_order"),
        ]
        indexes = [
            # Serves the rule "available" of matching: whether this person is away on that day.
            models.Index(fields=["volunteer", "last"], name="days_off_by_volunteer"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
