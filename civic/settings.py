"""Settings: everything comes from the environment (civic/env.py) and fails loudly when it cannot be right."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from civic import env

BASE_DIR = Path(__file__).resolve().parent.parent

DEMO = env.read("DEMO", "0", "demo accounts, demo city and /dev/outbox/", env.flag)
DEBUG = env.read("DEBUG", "0", "Django's debug pages; never in production", env.flag)
SECRET_KEY = env.read("CIVIC_SECRET_KEY", None, "signs sessions and forms; 50 random characters")
FIELD_KEYS = env.read("FIELD_KEYS", "", "encrypts personal columns; comma list, the first encrypts, all decrypt", env.words)
HASH_KEY = env.read("HASH_KEY", "", "keys the hashes used for exact search of encrypted columns")
ALLOWED_HOSTS = env.read("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver", "host names served", env.words)
CIVIC_HOME = Path(env.read("CIVIC_HOME", str(BASE_DIR / "var"), "folder of data, uploads and embedded servers"))

INSTALLED_APPS = [
    "civic.areas",
    "civic.accounts",
    "civic.evidence",
    "civic.worktime",
    "civic.notify",
    "civic.cases",
    "volunteers",
    "requests_app",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
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
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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
            ]
        },
    }
]

DATABASES = {
    "default": {
        **env.read("DATABASE_URL", None, "PostgreSQL 15 or newer, postgres://user:password@host/name", env.database),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": "-c lock_timeout=3000 -c timezone=UTC"},
    }
}
REDIS_URL = env.read("REDIS_URL", None, "Redis 6.2 or newer: broker, cache and limiter")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.read("CIVIC_TIME_ZONE", "Asia/Shanghai", "the zone people read times in")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = CIVIC_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = CIVIC_HOME / "media"

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

CELERY_BROKER_URL = REDIS_URL
CASE_CODE_PREFIX = env.read("CASE_CODE_PREFIX", "QH", "letters before every tracking code")
