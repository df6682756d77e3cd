"""Days that differ from the published calendar, and the stamp that tells processes to read them again."""

from typing import ClassVar
from uuid import uuid4

import pghistory
import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

NEW_STAMP = """
    INSERT INTO worktime_calendarstamp (id, stamp) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp;
    RETURN NULL;
"""


class CalendarStamp(models.Model):
    """One row that changes whenever a day override does, whoever writes it (also by SQL)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField(default=uuid4)

    class Meta:
        verbose_name = _("calendar stamp")
        verbose_name_plural = _("calendar stamps")

    def __str__(self) -> str:
        return str(self.stamp)


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
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="new_stamp",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
                func=NEW_STAMP,
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {_('make-up workday') if self.is_workday else _('day off')}"
