"""The ways a message travels, each behind the same small interface."""

from civic.notify.channels.base import CannotDeliver, DeliveryChannel, NobodyThere, TryLater
from civic.notify.channels.email import EmailChannel
from civic.notify.channels.sms import SmsChannel
from civic.notify.channels.web_push import WebPushChannel
from civic.notify.enums import Channel

__all__ = ["CannotDeliver", "DeliveryChannel", "NobodyThere", "TryLater", "channel_for"]

# In-app messages are not here: their row is their delivery.
_channels: dict[str, DeliveryChannel] = {
    Channel.EMAIL: EmailChannel(),
    Channel.SMS: SmsChannel(),
    Channel.WEB_PUSH: WebPushChannel(),
}


def channel_for(name: str) -> DeliveryChannel:
    """Returns the channel called `name`. Raises CannotDeliver when there is none."""
    try:
        return _channels[name]
    except KeyError:
        raise CannotDeliver(f"no channel {name!r}") from None
