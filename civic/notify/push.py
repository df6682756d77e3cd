"""Which browsers take notifications for whom: asked for by a tap, gone when the person signs out there."""

from functools import cache
from typing import Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from py_vapid import Vapid02

from civic.accounts.models import User
from civic.lib import b64url
from civic.lib.crypto import keyed_hash
from civic.notify.models import PushDevice

MOST_DEVICES: Final = 10  # of one person; the one that was silent longest makes room


def public_key() -> str:
    """Returns what browsers are told to accept (base64url), "" where notifications are not set up."""
    return _public_key(settings.VAPID_PRIVATE_KEY) if settings.VAPID_PRIVATE_KEY else ""


@cache
def _public_key(private: str) -> str:
    numbers = Vapid02.from_raw(private.encode()).private_key.public_key().public_numbers()
    return b64url.encode(b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))


@transaction.atomic
def subscribe(request: HttpRequest, user: User, *, endpoint: str, p256dh: str, auth: str) -> PushDevice:
    """Notes that the browser of `request` takes notifications for `user`; what it took for anybody before is over.

    The values are what the browser's PushSubscription says, already checked (forms.DeviceForm).
    """
    sessions = UserSession.objects.filter(session_key=request.session.session_key, user=user)
    session = sessions.first()
    if session is None:
        UserSession.objects.create_from_request(request)
        session = sessions.get()
    keys = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth}
    found, _made = PushDevice.objects.update_or_create(
        endpoint_hash=keyed_hash(endpoint), defaults={"user": user, "session": session, **keys}
    )
    silent = PushDevice.objects.filter(user=user).exclude(pk=found.pk)
    spare = silent.order_by("-last_success_at", "-pk").values_list("pk", flat=True)[MOST_DEVICES - 1 :]
    PushDevice.objects.filter(pk__in=list(spare)).delete()
    return found


def unsubscribe(user: User, endpoint: str) -> None:
    """Forgets one browser of `user`; unknown is fine."""
    PushDevice.objects.filter(user=user, endpoint_hash=keyed_hash(endpoint)).delete()


def forget_session(session_key: str | None) -> None:
    """Forgets the browser that was signed in by this session."""
    PushDevice.objects.filter(session__session_key=session_key or "").delete()


def has_device(user: User) -> bool:
    """Whether notifications reach `user` anywhere; one query."""
    return bool(settings.VAPID_PRIVATE_KEY) and PushDevice.objects.filter(user=user).exists()
