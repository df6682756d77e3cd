"""Settings: everything comes from the environment (civic/env.py) and fails loudly when it cannot be right."""

from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from civic import env

BASE_DIR = Path(__file__).resolve().parent.parent

# script/server turns DEMO on by default, only with its own embedded servers; elsewhere one must ask for it.
DEMO: bool = env.read(
    "DEMO", "0", "demo accounts, demo city and /dev/outbox/; never with real people's data", env.flag
)
DEBUG: bool = env.read("DEBUG", "0", "Django's debug pages; never in production", env.flag)
PRODUCTION = not (DEMO or DEBUG)
HTTPS: bool = env.read(
    "HTTPS",
    "1" if PRODUCTION else "0",
    "people reach the site by https: redirects, HSTS, secure cookies",
    env.flag,
)
BEHIND_PROXY: bool = env.read(
    "BEHIND_PROXY",
    "0",
    "a proxy in front sets X-Forwarded-Proto and X-Forwarded-For (and strips the visitor's own)",
    env.flag,
)
SECRET_KEY = env.read("CIVIC_SECRET_KEY", None, "signs sessions and forms; 50 random characters")
FIELD_KEYS = env.read(
    "FIELD_KEYS", "", "encrypts personal columns; comma list, the first encrypts, all decrypt", env.words
)
HASH_KEY = env.read("HASH_KEY", "", "keys the hashes used for exact search of encrypted columns")
ALLOWED_HOSTS = env.read("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver", "host names served", env.words)
CSRF_TRUSTED_ORIGINS = env.read(
    "CSRF_TRUSTED_ORIGINS", "", "origins such as https://civic.example.org", env.words
)
CIVIC_HOME = Path(
    env.read("CIVIC_HOME", str(BASE_DIR / "var"), "folder of data, uploads and embedded servers")
)
METRICS_TOKEN = env.read(
    "METRICS_TOKEN", "", "lets others than loopback read /metrics: Authorization: Bearer <token>"
)
LOG_FORMAT = env.read(
    "LOG_FORMAT",
    "json" if PRODUCTION else "text",
    "json or text, one line an event",
    env.choice("json", "text"),
)
LOG_LEVEL = env.read(
    "LOG_LEVEL", "INFO", "least level written", env.choice("DEBUG", "INFO", "WARNING", "ERROR")
)

INSTALLED_APPS = [
    "civic",
    "civic.areas",
    "civic.accounts",
    "civic.evidence",
    "civic.worktime",
    "civic.notify",
    "civic.cases",
    "volunteers",
    "requests_app",
    "insight.privacy",
    "insight",
    "civic.accounts.apps.AdminSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "civic.apps.ChosenStaticFiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "import_export",
    "csp",
    "pgtrigger",
    "pghistory",
    "treebeard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "civic.csp.ContentPolicy",
    "civic.limits.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "civic.accounts.middleware.ChosenLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "civic.accounts.middleware.SignInRequired",
    "civic.accounts.middleware.SecondFactorRequired",
    "civic.accounts.middleware.ConsentFirst",
    "civic.shell.DomainErrorPages",
]

ROOT_URLCONF = "civic.urls"
WSGI_APPLICATION = "civic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "civic.shell.context",
            ],
            "builtins": ["civic.lib.templatetags.civic_ui"],
        },
    }
]

DATABASES = {
    "default": {
        **env.read(
            "DATABASE_URL", None, "PostgreSQL 15 or newer, postgres://user:password@host/name", env.database
        ),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # pgtrigger.ignore: every trigger asks for it, and where nobody has set it that is a subtransaction undone.
        # plan_cache_mode: of statements kept prepared (PREPARED_STATEMENTS), each is planned once, not at every call.
        "OPTIONS": {
            "options": "-c lock_timeout=3000 -c timezone=UTC -c pgtrigger.ignore={}"
            " -c plan_cache_mode=force_generic_plan"
        },
    }
}
PREPARED_STATEMENTS = env.read(
    "PREPARED_STATEMENTS",
    "1",
    "keep the statements of every call prepared in PostgreSQL; 0 behind a pooler that changes sessions",
    env.flag,
)
REDIS_URL = env.read("REDIS_URL", None, "Redis 6.2 or newer: broker, cache and limiter", env.redis)
CACHES = {
    "default": {
        "BACKEND": "civic.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
        },  # seconds a page may wait for the cache
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.read("CIVIC_TIME_ZONE", "Asia/Shanghai", "the zone people read times in")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.read("STATIC_ROOT", str(CIVIC_HOME / "static"), "folder of collected static files"))
# Packages from node_modules are served by this chosen list, (prefix, folder): whole distributions would drag
# thousands of files through hashing and compression.
NODE_MODULES = BASE_DIR / "node_modules"
STATIC_PACKAGES = [("leaflet", NODE_MODULES / "leaflet" / "dist"), ("qr", NODE_MODULES / "qr")]
STATICFILES_DIRS = [BASE_DIR / "static", *(package for package in STATIC_PACKAGES if package[1].is_dir())]
MEDIA_ROOT = CIVIC_HOME / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "civic.statics.Storage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
if DEBUG:  # files as they are on disk, without a collecting step
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

# Bodies: JSON and form fields up to 1 MB (413 beyond, civic/limits.py); civic.evidence limits each file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
UPLOAD_MAX_BODY_BYTES = 160 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"

MAP_TILE_URL = env.read("MAP_TILE_URL", "", "map tiles, https://host/{z}/{x}/{y}.png; maps work without")
TILE_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(MAP_TILE_URL)) if MAP_TILE_URL else ""

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *([TILE_ORIGIN] if TILE_ORIGIN else [])],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{levelname} {name}: {message}", "style": "{"},
        "json": {"()": "civic.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}

CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
# A message whose worker was killed comes back after this, longer than any task. Nothing depends on it.
# A broker that is down is given up at once: publishing only wakes a sweeper (without this a request waits 6 s).
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.05,
    "interval_max": 0.1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "civic.scheduling:TickAtOnce"
CELERY_BEAT_SCHEDULE_FILENAME = str(CIVIC_HOME / "beat" / "schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_TASK_DEFAULT_QUEUE = "celery"
TASK_QUEUES = [CELERY_TASK_DEFAULT_QUEUE]  # each gets a canary, which the operations page listens to
# Ticks expire before they pile up: a sweep missed is done by the next one.
CELERY_BEAT_SCHEDULE = {
    "cases.sweep_timers": {
        "task": "cases.sweep_timers",
        "schedule": 10,
        "options": {"expires": 30},
    },
    "notify.sweep": {"task": "notify.sweep", "schedule": 10, "options": {"expires": 30}},
    "notify.digest": {"task": "notify.digest", "schedule": crontab(minute="0", hour="8-19")},
    "notify.forget_secrets": {"task": "notify.forget_secrets", "schedule": crontab(minute="*/10")},
    "notify.purge": {"task": "notify.purge", "schedule": crontab(hour="3", minute="20")},
    **{
        f"canary.{queue}": {
            "task": "civic.canary",
            "schedule": 15,
            "args": [queue],
            "options": {"queue": queue, "expires": 30},
        }
        for queue in TASK_QUEUES
    },
    "requests.resume_imports": {
        "task": "requests.resume_imports",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "volunteers.resume_imports": {
        "task": "volunteers.resume_imports",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "volunteers.forget_imports": {
        "task": "volunteers.forget_imports",
        "schedule": crontab(hour="3", minute="52"),
    },
    "requests.resume_plans": {"task": "requests.resume_plans", "schedule": 60, "options": {"expires": 60}},
    "requests.recalculate": {"task": "requests.recalculate", "schedule": 30, "options": {"expires": 30}},
    "evidence.sweep": {"task": "evidence.sweep", "schedule": crontab(minute="20")},
    "requests.forget_drafts": {
        "task": "requests.forget_drafts",
        "schedule": crontab(hour="3", minute="40"),
    },
    "requests.forget_imports": {
        "task": "requests.forget_imports",
        "schedule": crontab(hour="3", minute="50"),
    },
    "requests.forget_plans": {
        "task": "requests.forget_plans",
        "schedule": crontab(hour="3", minute="55"),
    },
    "privacy.sweep": {
        "task": "privacy.sweep",
        "schedule": crontab(minute="35"),
        "options": {"expires": 3000},
    },
    "privacy.make_copies": {"task": "privacy.make_copies", "schedule": 60, "options": {"expires": 60}},
    "cases.forget_once_keys": {"task": "cases.forget_once_keys", "schedule": crontab(hour="3", minute="10")},
}

AREA_CODE_WIDTHS = env.read(
    "AREA_CODE_WIDTHS",
    "6,3,3,3",
    "digits that county, street, community and grid add to an area code",
    lambda text: tuple(int(width) for width in env.words(text)),
)
CASE_CODE_PREFIX = env.read("CASE_CODE_PREFIX", "QH", "letters before every tracking code")
CONSENT_VERSION = env.read("CONSENT_VERSION", "2026-11", "version of the consent texts people agree to")

from civic.settings_accounts import *  # noqa: E402, F403
from civic.settings_api import *  # noqa: E402, F403
from civic.settings_notify import *  # noqa: E402, F403
from civic.settings_privacy import *  # noqa: E402, F403
from civic.settings_site import *  # noqa: E402, F403
