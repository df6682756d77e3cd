"""History, texts and timers of cases in the Django admin: to be read, never changed here."""

from django.contrib import admin

from civic.accounts.admin import ReadOnly
from civic.cases.models import CaseEvent, Timer


@admin.register(CaseEvent)
class CaseEventAdmin(ReadOnly):
    """What happened to which case; append-only in the database as well."""

    list_display = ("at", "kind", "case_id", "seq", "verb", "actor", "actor_role", "from_state", "to_state")
    list_filter = ("kind", "verb")
    list_select_related = ("actor",)
    search_fields = ("=case_id",)
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(Timer)
class TimerAdmin(ReadOnly):
    """What is due when; one that keeps failing says why."""

    list_display = (
        "due_at",
        "kind",
        "case_id",
        "name",
        "round",
        "fired_at",
        "voided_at",
        "attempts",
        "last_error",
    )
    list_filter = ("kind", "name", ("fired_at", admin.EmptyFieldListFilter))
    search_fields = ("=case_id",)
    ordering = ("-due_at",)
    show_full_result_count = False
