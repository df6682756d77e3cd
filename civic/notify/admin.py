"""Messages in the Django admin: to read, and to send dead ones again; nobody edits or deletes them here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from civic.lib import phone as phones
from civic.notify import deliver, shown, templates
from civic.notify.models import Heartbeat, Message
from civic.notify.templates import CannotRender


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looking only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """What was told to whom; numbers masked, codes never shown."""

    list_display = ["id", "created_at", "about", "channel", "recipient", "state", "attempts", "last_error"]
    list_filter = ["state", "channel", "urgent", "event"]
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

    @admin.display(description=_("event"), ordering="event")
    def about(self, message: Message) -> str:
        """The title of its wording; the event's name where that has none."""
        try:
            found = templates.get(message.template)
        except CannotRender:
            return message.event
        chinese = (get_language() or "").startswith("zh")
        return (found.title_zh if chinese else found.title_en) or message.event

    @admin.display(description=_("recipient"))
    def recipient(self, message: Message) -> str:
        """The account's name, else the masked number."""
        if message.user:
            return str(message.user)
        return phones.mask(message.phone) if message.phone else gettext("by e-mail")

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
