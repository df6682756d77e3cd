"""The ways a message travels, each behind the same small interface."""

from civic.notify.channels.base import CannotDeliver, DeliveryChannel, TryLater
from civic.notify.channels.email import EmailChannel
from civic.notify.channels.sms import SmsChannel
from civic.notify.enums import Channel

__all__ = ["CannotDeliver", "DeliveryChannel", "TryLater", "channel_for"]

# In-app messages are not here: their row is their delivery.
_channels: dict[str, DeliveryChannel] = {Channel.EMAIL: EmailChannel(), Channel.SMS: SmsChannel()}


def channel_for(name: str) -> DeliveryChannel:
    """Returns the channel called `name`. Raises CannotDeliver when there is none."""
    try:
        return _channels[name]
    except KeyError:
        raise CannotDeliver(f"no channel {name!r}") from None
