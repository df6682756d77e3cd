"""What a channel is, and the two ways it can fail."""

from typing import Protocol

from civic.notify.models import Message, SmsReceipt


class TryLater(Exception):
    """The other side did not take it now; a later try may succeed."""


class CannotDeliver(Exception):
    """It can never arrive this way (no number, refused template); the message is dead at once."""


class NobodyThere(Exception):
    """Nothing takes it this way any more (no device is left); it ends unsent, and that is as it should be."""


class DeliveryChannel(Protocol):
    """Carries one message to its recipient, outside any transaction, within seconds."""

    def deliver(self, message: Message, language: str) -> SmsReceipt | None:
        """Sends `message` in `language` and returns what is to be kept of a text message, unsaved.

        Raises CannotDeliver, NobodyThere, templates.CannotRender, or anything else to be tried again.
        """
