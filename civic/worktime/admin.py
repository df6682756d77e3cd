"""Exceptional days can be kept by hand until the calendar page exists."""

from django.contrib import admin

from civic.worktime.models import DayOverride


@admin.register(DayOverride)
class DayOverrideAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """List and edit exceptional days."""

    list_display = ("day", "is_workday", "area", "note")
    list_filter = ("is_workday",)
    date_hierarchy = "day"
    raw_id_fields = ("area",)
