"""Who asked for deletion or a copy, in the Django admin: seen, never changed."""

from django.contrib import admin

from civic.accounts.admin import ReadOnly
from insight.privacy.models import Deletion, Export


@admin.register(Deletion)
class DeletionAdmin(ReadOnly):
    """Requests for deletion; after a restore of a backup those done since then are to be carried over."""

    list_display = ("user", "asked_at", "due_at", "withdrawn_at", "done_at")
    fields = ("user", "asked_at", "due_at", "withdrawn_at", "done_at")
    ordering = ("-pk",)
    list_select_related = ("user",)
    show_full_result_count = False


@admin.register(Export)
class ExportAdmin(ReadOnly):
    """Copies of people's data; the file itself is for them alone."""

    list_display = ("user", "asked_at", "ready_at", "kept_until", "attempts", "size")
    fields = ("user", "asked_at", "ready_at", "kept_until", "try_at", "attempts", "size")
    ordering = ("-pk",)
    list_select_related = ("user",)
    show_full_result_count = False
