"""Messages in the Django admin: to read, and to send dead ones again; nobody edits or deletes them here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from civic.notify import deliver, shown, templates
from civic.notify.adapter import CODE_SENT, MAIL_SENT
from civic.notify.models import Heartbeat, Message, SmsReceipt
from civic.notify.templates import CannotRender


class EventFilter(admin.SimpleListFilter):
    """Narrows the list to one event, each called by the title of its wording."""

    title = _("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every event a wording is registered for; asks the database nothing."""
        language = get_language() or ""
        found = [(each.code, each.shipped.title(language)) for each in templates.all_templates()]
        return [(code, title) for code, title in found if title] + [
            (code, shown.named(code)) for code in (CODE_SENT, MAIL_SENT)
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        """Returns those of the chosen event."""
        return queryset.filter(event=self.value()) if self.value() else queryset


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looking only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReceiptInline(admin.TabularInline):  # type: ignore[type-arg]
    """What the gateway reported."""

    model = SmsReceipt
    can_delete = False
    extra = 0
    readonly_fields = [
        "sms_code",
        "provider_id",
        "parts",
        "handed_at",
        "state",
        "reported_at",
        "error",
    ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """What was told to whom; numbers masked, codes never shown."""

    list_display = ["id", "created_at", "about", "channel", "recipient", "state", "attempts", "last_error"]
    list_filter = ["state", "channel", "urgent", EventFilter]
    list_select_related = ["user"]
    search_fields = ["=dedupe_key", "=subject_id"]
    search_help_text = _("Dedupe key, or the number of the record it is about")
    ordering = ["-id"]
    actions = ["replay"]
    show_full_result_count = False
    fields = [
        "about", "channel", "recipient", "wording", "state", "attempts", "last_error", "urgent", "language",
        "created_at", "not_before", "next_attempt_at", "lease_until", "sent_at", "read_at",
        "subject_kind", "subject_id", "template", "dedupe_key",
    ]  # fmt: skip
    readonly_fields = ["about", "recipient", "wording"]
    inlines = [ReceiptInline]

    @admin.display(description=_("event"), ordering="event")
    def about(self, message: Message) -> str:
        """The title of its wording; the event's name where that has none."""
        return shown.about(message, get_language() or "")

    @admin.display(description=_("recipient"))
    def recipient(self, message: Message) -> str:
        """The account's name, else the masked number."""
        return shown.recipient(message)

    @admin.display(description=_("text"))
    def wording(self, message: Message) -> str:
        """The text as sent; nothing of sign-in codes and account mails."""
        try:
            secret = templates.get(message.template).secret
        except CannotRender:
            secret = True
        return "•••" if secret else shown.show_as_sent(message).wording.body

    @admin.action(description=_("Send dead messages again"), permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Puts the dead ones among the chosen back into the outbox."""
        count = deliver.replay(list(chosen.values_list("pk", flat=True)))
        words = ngettext(
            "%(count)d message will be sent again.", "%(count)d messages will be sent again.", count
        )
        self.message_user(request, words % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Needs notify.replay_message."""
        return request.user.has_perm("notify.replay_message")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When sweepers last worked."""

    list_display = ["name", "at", "facts"]
