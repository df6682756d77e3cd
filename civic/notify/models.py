"""What is to be told to whom, and how far that got. Written only by outbox, deliver and actions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.accounts.fields import KeyedHashField
from civic.lib import clock
from civic.lib.fields import EncryptedTextField
from civic.notify.enums import Channel, MessageState

UNDELIVERED = (MessageState.PENDING, MessageState.SENDING)


class Message(models.Model):
    """One message to one person on one channel. Holds the template and its parameters, never finished text:
    the wording is made when it is sent or read, in the person's language."""

    dedupe_key = models.CharField(_("dedupe key"), max_length=200)
    event = models.CharField(_("event"), max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("recipient"),
    )
    # Where to, when it is not (yet) an account's own number or address.
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = KeyedHashField(_("phone hash"), source="phone", null=True)
    email = EncryptedTextField(_("e-mail"), blank=True, default="")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    template = models.CharField(_("template"), max_length=64)
    params = models.JSONField(_("parameters"), default=dict)
    subject_kind = models.CharField(_("about"), max_length=40, blank=True, default="")
    subject_id = models.BigIntegerField(_("record"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    urgent = models.BooleanField(_("urgent"), default=False)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)

    state = models.CharField(
        _("state"), max_length=8, choices=MessageState.choices, default=MessageState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # When a sweeper may take it next: the time of the next try, or the end of the lease while it is being
    # sent.
    next_attempt_at = models.DateTimeField(_("next attempt"))
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True, default="")
    created_at = models.DateTimeField(_("written"), default=clock.now)
    # For in-app messages: from when they are shown.
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("replay_message", "Can send dead messages again")]
        indexes = [
            # Serves: deliver.claim (urgent ones first, then the rest, oldest first); holds undelivered rows
            # only.
            models.Index(
                fields=["urgent", "next_attempt_at", "id"],
                condition=Q(state__in=UNDELIVERED),
                name="notify_message_undelivered",
            ),
            # Serves: queries.dead (the admin's and the operations page's dead letters).
            models.Index(fields=["-id"], condition=Q(state=MessageState.DEAD), name="notify_message_dead"),
            # Serves: queries.inbox (one person's in-app messages, newest first).
            models.Index(
                fields=["user", "-id"], condition=Q(channel=Channel.IN_APP), name="notify_message_inbox"
            ),
            # Serves: queries.unread_count and actions.mark_read; holds unread rows only.
            models.Index(
                fields=["user", "sent_at"],
                condition=Q(channel=Channel.IN_APP, read_at=None),
                name="notify_message_unread",
            ),
            # Serves: everything sent to a number without account (limits per phone, /dev/outbox/).
            models.Index(
                fields=["phone_hash", "-id"], condition=~Q(phone_hash=None), name="notify_message_phone"
            ),
        ]
        constraints = [
            # Fact: one obligation to tell somebody is one row, however often the code that owes it runs.
            # (Not unique=True on the field, which would add a second index for LIKE.)
            models.UniqueConstraint(fields=["dedupe_key"], name="notify_message_once"),
            # Fact: a message being sent has a lease and nothing else has, so that no row can hang for ever.
            models.CheckConstraint(
                condition=Q(state=MessageState.SENDING, lease_until__isnull=False)
                | (~Q(state=MessageState.SENDING) & Q(lease_until=None)),
                name="notify_message_lease_while_sending",
            ),
            # Fact: there is somebody to tell.
            models.CheckConstraint(
                condition=~Q(user=None, phone="", email=""), name="notify_message_has_recipient"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} > {self.channel} #{self.pk}"


class Heartbeat(models.Model):
    """When a sweeper last finished a round; `manage.py doctor` and /readyz read it."""

    name = models.CharField(_("name"), max_length=64, primary_key=True)
    at = models.DateTimeField(_("last seen"))
    # What it did then, e.g. {"handled": 12}: small, for people.
    facts = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
