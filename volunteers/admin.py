"""Volunteers, skills and the ledger of service time in the Django admin.

States are decided at the desk; the ledger is append-only: here both are read. Skills can be edited, and the
admin's own log keeps who changed what.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from civic.accounts.admin import ReadOnly
from civic.lib.phone import mask
from volunteers.models import RecordConfirmation, ServiceRecord, Skill, Volunteer


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What volunteers can do and requests may need."""

    list_display = ("code", "name", "name_en")
    search_fields = ("code", "name", "name_en")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: profiles and categories name skills by number."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code stays what it was made as."""
        return ("code",) if obj is not None else ()


@admin.register(Volunteer)
class VolunteerAdmin(ReadOnly):
    """Profiles, found by number or name."""

    list_display = ("number", "user", "state", "area", "active", "vetted_at", "insured_until")
    list_filter = ("state", "active")
    list_select_related = ("user", "area")
    search_fields = ("=number", "user__name")
    ordering = ("-pk",)
    show_full_result_count = False
    fields = (
        "number", "user", "masked_phone", "state", "version", "skills", "area", "active", "vetted_at", "insured_until",
        "about", "applied_at",
    )  # fmt: skip

    @admin.display(description=_("phone"))
    def masked_phone(self, volunteer: Volunteer) -> str:
        """The number, its middle hidden."""
        return mask(volunteer.user.phone)


@admin.register(ServiceRecord)
class ServiceRecordAdmin(ReadOnly):
    """Lines of the ledger of service time."""

    list_display = ("recorded_at", "volunteer", "entry", "minutes", "content", "area", "confirmed")
    list_filter = ("entry",)
    list_select_related = ("volunteer__user", "area", "confirmation")
    search_fields = ("=volunteer__number", "volunteer__user__name")
    ordering = ("-pk",)
    show_full_result_count = False

    @admin.display(description=_("counts"), boolean=True)
    def confirmed(self, record: ServiceRecord) -> bool:
        """Whether a confirmation stands beside it."""
        return hasattr(record, "confirmation")


@admin.register(RecordConfirmation)
class RecordConfirmationAdmin(ReadOnly):
    """What made records count."""

    list_display = ("at", "record_id", "how", "by")
    list_filter = ("how",)
    list_select_related = ("by",)
    ordering = ("-pk",)
    show_full_result_count = False
