"""Photos and voice notes can be looked up, not changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from civic.evidence.models import Photo, Voice


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list and a page without forms; files are opened through the access check, not from here."""

    date_hierarchy = "created_at"
    raw_id_fields = ("uploader",)
    exclude = ("file", "thumb", "owner_hash")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Photo)
class PhotoAdmin(ReadOnly):
    """Photos."""

    list_display = ("id", "subject_kind", "subject_id", "uploader", "width", "height", "created_at")


@admin.register(Voice)
class VoiceAdmin(ReadOnly):
    """Voice notes."""

    list_display = ("id", "subject_kind", "subject_id", "uploader", "seconds", "created_at")
