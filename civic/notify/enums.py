"""Fixed words of messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The ways a message travels."""

    IN_APP = "in_app", _("In the app")
    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")


class MessageState(models.TextChoices):
    """The life of a message: pending > sending > sent, or dead after too many failures."""

    PENDING = "pending", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Failed")
