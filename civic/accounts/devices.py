"""A device in words: what a browser says about itself, shortened to what a person recognises."""

from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.lib.crypto import keyed_hash

BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "HUAWEI"),
    ("MiuiBrowser", "MIUI"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """Returns "Chrome · Windows" for a browser's User-Agent, or a word for not knowing."""
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or _("Unknown device")


def mark(user: User) -> str:
    """Returns what a browser tells people apart by who use it after each other; it says nothing about the person."""
    return keyed_hash(f"browser of {user.pk}")[:16]
