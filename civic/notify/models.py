"""What is to be told to whom, how far that got, and in which words. Written only by outbox, deliver and actions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.accounts.fields import KeyedHashField
from civic.lib import clock
from civic.lib.fields import EncryptedTextField
from civic.notify.enums import Channel, Choice, MessageState, ReceiptState

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


class Wording(models.Model):
    """A wording written in the console; overrides what the product ships for one template on one channel.

    A row is never changed but for entering the gateway's codes: each edit is a further version, and a message is
    shown in the version that was in use when it was sent."""

    template = models.CharField(_("template"), max_length=64)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    version = models.PositiveSmallIntegerField(_("version"))
    # Empty: as shipped.
    zh = models.TextField(_("Chinese text"), blank=True, default="")
    en = models.TextField(_("English text"), blank=True, default="")
    title_zh = models.CharField(_("Chinese title"), max_length=80, blank=True, default="")
    title_en = models.CharField(_("English title"), max_length=80, blank=True, default="")
    # What the gateway calls the wording it has approved; without the Chinese one a text message cannot be used.
    sms_code = models.CharField(_("gateway's code, Chinese"), max_length=64, blank=True, default="")
    sms_code_en = models.CharField(_("gateway's code, English"), max_length=64, blank=True, default="")
    in_use_from = models.DateTimeField(_("in use from"), null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"), default=clock.now)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            # Fact: two people who edit at once make two versions, never one; also the index of its history.
            models.UniqueConstraint(fields=["template", "channel", "version"], name="notify_wording_version"),
            # Fact: no text message goes out in a wording that the gateway has not approved.
            models.CheckConstraint(
                condition=~Q(channel=Channel.SMS, sms_code="", in_use_from__isnull=False),
                name="notify_wording_sms_needs_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.channel} v{self.version}"


class SmsReceipt(models.Model):
    """One text message that the gateway took, and what it reported of it later."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="receipts", verbose_name=_("message"))
    phone_hash = models.CharField(_("phone hash"), max_length=64)
    provider_id = models.CharField(_("gateway's number"), max_length=64, blank=True, default="")
    sms_code = models.CharField(_("gateway's template"), max_length=64)
    parts = models.PositiveSmallIntegerField(_("parts"))
    handed_at = models.DateTimeField(_("handed over"), default=clock.now)
    state = models.CharField(
        _("state"), max_length=8, choices=ReceiptState.choices, default=ReceiptState.HANDED
    )
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True)
    # The gateway's word for it, e.g. "MK:0001"; empty when it arrived.
    error = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("text message receipt")
        verbose_name_plural = _("text message receipts")
        indexes = [
            # Serves: rules.over_budget (text messages of one phone today).
            models.Index(fields=["phone_hash", "handed_at"], name="notify_smsreceipt_budget"),
            # Serves: receipts.record (the gateway names its own number).
            models.Index(
                fields=["provider_id"], condition=~Q(provider_id=""), name="notify_smsreceipt_provider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sms_code} {self.state} #{self.pk}"


class Preference(models.Model):
    """What one person wants of one kind of message on one channel, where that is not the usual."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        db_index=False,
        related_name="+",
        verbose_name=_("account"),
    )
    kind = models.CharField(_("kind"), max_length=24)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    choice = models.CharField(_("choice"), max_length=8, choices=Choice.choices)
    changed_at = models.DateTimeField(_("changed"), default=clock.now)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [
            # Fact: one answer a question. Serves: every look-up by person and kind.
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="notify_preference_once")
        ]
        indexes = [
            # Serves: copies.by_email and digests.write (everybody who chose the unusual on a channel).
            models.Index(fields=["channel", "choice", "user"], name="notify_preference_chosen")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.choice}"


class PushDevice(models.Model):
    """One browser that takes notifications for one person, for as long as they are signed in there.

    Whoever knows endpoint and keys could write to it, so they are encrypted; the hash finds the row again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",  # its index serves: channels.web_push and copies.by_push
        verbose_name=_("account"),
    )
    # The sign-in it hangs on: signing out, here or from afar, takes the device with it.
    session = models.ForeignKey(
        "usersessions.UserSession", models.CASCADE, related_name="+", verbose_name=_("signed in")
    )
    endpoint = EncryptedTextField(_("endpoint"))
    endpoint_hash = KeyedHashField(_("endpoint hash"), source="endpoint")
    p256dh = EncryptedTextField(_("public key"))
    auth = EncryptedTextField(_("shared secret"))
    created_at = models.DateTimeField(_("since"), default=clock.now)
    last_success_at = models.DateTimeField(_("last reached"), null=True, blank=True)

    class Meta:
        verbose_name = _("device that takes notifications")
        verbose_name_plural = _("devices that take notifications")
        constraints = [
            # Fact: one browser belongs to one person, whoever signs in there last. Serves: push.subscribe.
            models.UniqueConstraint(fields=["endpoint_hash"], name="notify_pushdevice_once")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


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
