"""System checks of the keys: an installation with real people's data must not live on derived ones."""

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SHORTEST: Final = 32


@register(Tags.security)
def keys_are_set(app_configs: Any = None, **_more: Any) -> list[CheckMessage]:
    """Returns an error for every key setting that is empty or short where neither DEMO nor DEBUG is on."""
    if settings.DEMO or settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if not settings.FIELD_KEYS:
        found.append(_missing("FIELD_KEYS", "civic.E101"))
    if not settings.HASH_KEY:
        found.append(_missing("HASH_KEY", "civic.E102"))
    for name, keys in {"FIELD_KEYS": settings.FIELD_KEYS, "HASH_KEY": [settings.HASH_KEY]}.items():
        if any(0 < len(key) < SHORTEST for key in keys):
            found.append(
                Error(f"{name} holds a key shorter than {SHORTEST} characters.", hint=_HINT, id="civic.E103")
            )
    return found


_HINT: Final = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


def _missing(name: str, identifier: str) -> CheckMessage:
    return Error(f"{name} is empty: personal data would be kept under SECRET_KEY.", hint=_HINT, id=identifier)
