"""Days that differ from the published calendar, and the stamp that tells processes to read them again."""

from typing import ClassVar
from uuid import uuid4

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.lib import clock

NEW_STAMP = """
    INSERT INTO worktime_calendarstamp (id, stamp, changed_at) VALUES (1, gen_random_uuid(), clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp, changed_at = EXCLUDED.changed_at;
    RETURN NULL;
"""


class CalendarStamp(models.Model):
    """One row that changes whenever a day or the hours of work do, whoever writes them (also by SQL)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField(default=uuid4)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("calendar stamp")
        verbose_name_plural = _("calendar stamps")

    def __str__(self) -> str:
        return str(self.stamp)


def _stamped() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="new_stamp",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
        func=NEW_STAMP,
    )


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class DayOverride(models.Model):
    """A day that is worked, or not, against the published calendar; for an area and all below it, or
    everywhere.
    """

    area = models.ForeignKey(
        "areas.Area",
        verbose_name=_("area"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    day = models.DateField(_("day"))
    is_workday = models.BooleanField(_("is worked"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("exceptional day")
        verbose_name_plural = _("exceptional days")
        ordering: ClassVar = ["day", "area_id"]
        constraints: ClassVar = [
            # One answer to "is this day worked here"; no area counts as one.
            models.UniqueConstraint(
                fields=["area", "day"],
                name="worktime_one_override_a_day",
                nulls_distinct=False,
                violation_error_message=_("This day is already entered for this area."),
            )
        ]
        triggers: ClassVar = [_stamped()]

    def __str__(self) -> str:
        return f"{self.day} {_('make-up workday') if self.is_workday else _('day off')}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class WorkHours(models.Model):
    """The hours of a work day, for an area and all below it, or everywhere. The nearest area's hold."""

    area = models.ForeignKey(
        "areas.Area",
        verbose_name=_("area"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    morning_from = models.TimeField(_("morning from"))
    morning_until = models.TimeField(_("morning until"))
    afternoon_from = models.TimeField(_("afternoon from"))
    afternoon_until = models.TimeField(_("afternoon until"))

    class Meta:
        verbose_name = pgettext_lazy("of a day", "work hours")
        verbose_name_plural = pgettext_lazy("of a day", "work hours")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["area"], name="worktime_hours_once", nulls_distinct=False),
            # Fact: what the arithmetic of days relies on.
            models.CheckConstraint(
                condition=models.Q(morning_from__lt=models.F("morning_until"))
                & models.Q(morning_until__lte=models.F("afternoon_from"))
                & models.Q(afternoon_from__lt=models.F("afternoon_until")),
                name="worktime_hours_in_order",
                violation_error_message=_("The hours must follow each other: morning, then afternoon."),
            ),
        ]
        triggers: ClassVar = [_stamped()]

    def __str__(self) -> str:
        return (
            f"{self.morning_from:%H:%M}–{self.morning_until:%H:%M}, "
            f"{self.afternoon_from:%H:%M}–{self.afternoon_until:%H:%M}"
        )


class CalendarPass(models.Model):
    """One going through everything open after the calendar changed: how far it got, so that a killed one goes on.

    `again` are the numbers of cases that could not be recalculated yet; the pass ends when there is none.
    """

    stamp = models.UUIDField(unique=True)
    started_at = models.DateTimeField(_("begun"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    cursor = models.BigIntegerField(_("reached"), default=0)
    moved = models.PositiveIntegerField(_("moved"), default=0)
    again = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        verbose_name = _("recalculation")
        verbose_name_plural = _("recalculations")

    def __str__(self) -> str:
        return str(self.stamp)
