"""Notifications through the push services of browsers (RFC 8030), encrypted (RFC 8291) and signed (RFC 8292).

An extra: Chrome's service cannot be reached from mainland China. A message counts as sent once one device took it.
"""

import json
import logging
import time
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop
from py_vapid import Vapid02
from pywebpush import WebPusher

from civic.lib import clock
from civic.notify import templates, variables
from civic.notify.channels import public_post
from civic.notify.channels.base import CannotDeliver, NobodyThere, TryLater
from civic.notify.channels.public_post import NotPublic
from civic.notify.models import Message, PushDevice

log = logging.getLogger("civic.notify")

KEPT_SECONDS: Final = 12 * 3600  # how long a service keeps it for a phone that is off
SIGNED_SECONDS: Final = 12 * 3600  # how long a signature holds; 24 h are allowed
ALL_DEVICES_SECONDS: Final = 20  # deliver.SEND_AT_MOST is 30
GONE: Final = frozenset({404, 410})
LATER: Final = frozenset({408, 425, 429})
NO_DEVICE: Final = gettext_noop("No phone of the recipient takes notifications any more.")


class WebPushChannel:
    """Writes to every device of the recipient and forgets those that are gone."""

    def deliver(self, message: Message, language: str) -> None:
        """Returns when at least one device took it.

        Raises NobodyThere when none is left, CannotDeliver when all refuse, TryLater while one may yet take it.
        """
        if not settings.VAPID_PRIVATE_KEY:
            raise CannotDeliver("VAPID_PRIVATE_KEY is not set")
        text, ends = payload(message, language), time.monotonic() + ALL_DEVICES_SECONDS
        taken, failed = 0, dict[int, str]()
        for device in PushDevice.objects.filter(user=message.user_id).order_by("-last_success_at", "pk"):
            if time.monotonic() > ends:
                failed[0] = "no time left"
                break
            status = _send(device, text, message)
            if status in GONE:
                device.delete()
            elif 200 <= status < 300:
                taken += 1
                PushDevice.objects.filter(pk=device.pk).update(last_success_at=clock.now())
            else:
                failed[status] = (
                    f"push service answers {status}" if status else "push service does not answer"
                )
        if taken:
            return
        if not failed:
            raise NobodyThere(NO_DEVICE)
        reason = "; ".join(failed.values())
        later = any(status < 300 or status in LATER or status >= 500 for status in failed)
        raise TryLater(reason) if later else CannotDeliver(reason)


def payload(message: Message, language: str) -> bytes:
    """Returns what the browser's worker is given: title, text, page and a tag under which a repetition replaces.

    A text with a code in it stays away: a locked screen shows notifications to anybody.
    """
    wording = templates.render(message, language)
    body = "" if variables.holds_private(templates.get(message.template)) else wording.body
    title = wording.title or body
    said = {
        "title": title,
        "body": body if body != title else "",
        "link": wording.link or "/me/messages/",
        "tag": f"m{message.pk}",
        "lang": wording.language,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _send(device: PushDevice, text: bytes, message: Message) -> int:
    """Returns the service's status; 0 when it does not answer, 410 for an endpoint that leads inside."""
    keys = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    body = WebPusher(keys).encode(text, content_encoding="aes128gcm")["body"]
    place = urlsplit(device.endpoint)
    claims = {
        "aud": f"{place.scheme}://{place.netloc}",
        "exp": int(time.time()) + SIGNED_SECONDS,
        "sub": settings.VAPID_SUBJECT,
    }
    headers = {
        **Vapid02.from_raw(settings.VAPID_PRIVATE_KEY.encode()).sign(claims),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "high" if message.urgent else "normal",
        "Topic": f"m{message.pk}",
    }
    try:
        return public_post.post(device.endpoint, body, headers)
    except NotPublic as error:
        log.warning("push device %s is forgotten: %s", device.pk, error)
        return 410
    except OSError as error:
        log.info("push device %s: %s", device.pk, error)
        return 0
