"""Settings of the test run: as in production, but static files are found live and passwords hash fast.

Each xdist worker has a Redis database of its own, because tests flush it.
"""

import os
from urllib.parse import parse_qs, urlsplit

from civic import env
from civic.settings import *  # noqa: F403
from civic.settings import CACHES, CIVIC_HOME, REDIS_URL, STATIC_ROOT, STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns without it, and warnings are errors
WHITENOISE_AUTOREFRESH = True
QUIET_HOURS = None  # the suite also runs at night; tests/notify/test_rules.py sets them
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def own_database(url: str, worker: int) -> str:
    """Returns the Redis URL with its database number moved by five per worker (0 to 15 exist)."""
    parts = urlsplit(url)
    text = (
        parse_qs(parts.query).get("db", ["0"])[0] if parts.scheme == "unix" else parts.path.strip("/") or "0"
    )
    number = (int(text) + 5 * worker) % 16
    moved = (
        parts._replace(query=f"db={number}") if parts.scheme == "unix" else parts._replace(path=f"/{number}")
    )
    return moved.geturl()


REDIS_URL = own_database(REDIS_URL, WORKER)
CACHES = {"default": {**CACHES["default"], "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
MEDIA_ROOT = CIVIC_HOME / "test-media" / str(WORKER)
