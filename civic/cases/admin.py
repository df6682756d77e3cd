"""History and timers in the Django admin: to read only.

The words people wrote (CaseText) are not shown here: the desk shows them to whom they concern and logs it.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from civic.accounts.admin import ReadOnly
from civic.cases import registry
from civic.cases.models import CaseEvent, Timer
from civic.lib.named import kind_word


def _word(of: str, row: CaseEvent | Timer, name: str) -> str:
    """Returns what a verb, timer, role or state is called in its workflow; of an old kind, its bare name."""
    known = row.kind in {each.kind for each in registry.every()}
    return registry.by_kind(row.kind).word(of, name) if known else name


class KindFilter(admin.SimpleListFilter):
    """By kind of case; the kinds come from the workflows, not from a search through all rows."""

    title = _("kind of case")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Returns the registered kinds."""
        return [(each.kind, each.model._meta.verbose_name) for each in registry.every()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrows to the chosen kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


class StandingFilter(admin.SimpleListFilter):
    """By what became of a timer."""

    title = _("standing")
    parameter_name = "standing"
    WHERE: dict[str, dict[str, Any]] = {
        "open": {"fired_at": None, "voided_at": None},
        "failing": {"fired_at": None, "voided_at": None, "attempts__gt": 0},
        "fired": {"fired_at__isnull": False},
        "voided": {"voided_at__isnull": False},
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Returns the standings."""
        return [
            ("open", _("waiting")),
            ("failing", _("failing, tried again")),
            ("fired", _("fired")),
            ("voided", _("voided")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrows to the chosen standing."""
        return queryset.filter(**self.WHERE.get(self.value() or "", {}))


@admin.register(CaseEvent)
class CaseEventAdmin(ReadOnly):
    """Who did what to which case; append-only, in the database too."""

    list_display = ("at", "case", "case_id", "seq", "what", "before", "after", "who", "role")
    fields = (
        "at",
        "case",
        "case_id",
        "seq",
        "round",
        "what",
        "before",
        "after",
        "who",
        "role",
        "reason_code",
        "facts",
    )
    list_filter = (KindFilter,)
    list_select_related = ("actor",)
    list_per_page = 50
    search_fields = ("=case_id",)
    search_help_text = _("The number of a case")
    show_full_result_count = False
    ordering = ("-pk",)

    @admin.display(description=_("kind of case"))
    def case(self, event: CaseEvent) -> str:
        """What such a case is called."""
        return kind_word(event.kind)

    @admin.display(description=_("act"))
    def what(self, event: CaseEvent) -> str:
        """The verb."""
        return _word("verb", event, event.verb)

    @admin.display(description=_("state before"))
    def before(self, event: CaseEvent) -> str:
        """Where the case stood; empty for its first line."""
        return _word("state", event, event.from_state)

    @admin.display(description=_("state after"))
    def after(self, event: CaseEvent) -> str:
        """Where the case stood then; a dash where it stayed."""
        return "–" if event.to_state == event.from_state else _word("state", event, event.to_state)

    @admin.display(description=_("done by"), ordering="actor")
    def who(self, event: CaseEvent) -> str:
        """Who acted; the system has no account."""
        return str(event.actor or _("System"))

    @admin.display(description=_("role"))
    def role(self, event: CaseEvent) -> str:
        """In which role."""
        return _word("role", event, event.actor_role)


@admin.register(Timer)
class TimerAdmin(ReadOnly):
    """What is to happen when; those that fail show why and are tried again by themselves."""

    list_display = (
        "due_at", "case", "case_id", "what", "round", "fired_at", "voided_at", "attempts", "last_error",
    )  # fmt: skip
    fields = (*list_display, "run_at", "part_id", "generation")
    list_filter = (StandingFilter, KindFilter)
    list_per_page = 50
    search_fields = ("=case_id",)
    search_help_text = _("The number of a case")
    show_full_result_count = False
    ordering = ("-pk",)

    @admin.display(description=_("kind of case"))
    def case(self, timer: Timer) -> str:
        """What such a case is called."""
        return kind_word(timer.kind)

    @admin.display(description=_("name"))
    def what(self, timer: Timer) -> str:
        """What the timer is for."""
        return format_html('<span class="nowrap">{}</span>', _word("timer", timer, timer.name))
