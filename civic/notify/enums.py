"""Fixed words of messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The ways a message travels."""

    IN_APP = "in_app", _("In the app")
    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    WEB_PUSH = "web_push", _("Notification")


class MessageState(models.TextChoices):
    """The life of a message: pending > sending > sent; dead after too many failures; skipped where the person does
    not want it this way or it has lost its sense.
    """

    PENDING = "pending", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Failed")
    SKIPPED = "skipped", _("Not sent")


class Choice(models.TextChoices):
    """What somebody wants of one kind of message on one channel."""

    AT_ONCE = "now", _("At once")
    DIGEST = "digest", _("Together, in the morning")
    OFF = "off", _("Not this way")


class ReceiptState(models.TextChoices):
    """What became of a text message after the gateway took it."""

    HANDED = "handed", _("Handed over")
    DELIVERED = "arrived", _("Arrived")
    FAILED = "failed", _("Did not arrive")
