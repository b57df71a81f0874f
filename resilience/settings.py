"""All settings, one file. Everything that varies between places comes from the environment (or `.env`).

The defaults run a demo on one machine with nothing set. `PRODUCTION=1` switches to a server that people
depend on: it refuses to start with a default key, with DEBUG, without hosts or without a second factor (see
`_refuse_unsafe`).
"""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(os.environ.get("ENV_FILE") or str(BASE_DIR / ".env"), recurse=False)

# --- who we are ---------------------------------------------------------------------------------
PRODUCTION: bool = env.bool("PRODUCTION", False)
DEBUG: bool = env.bool("DEBUG", False)

_DEMO_PHONE = "154 0000 0110"  # of a prefix that nobody has
_DEFAULT_KEY = "insecure-demo-key-for-one-machine-only-never-for-a-server"
SECRET_KEY: str = env.str("SECRET_KEY", _DEFAULT_KEY)
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [], subcast=str.strip)
# Keys of encrypted fields: `id:base64(32 bytes)`, newest first, comma separated. See resilience/lib/crypto.py.
FIELD_KEYS: list[str] = env.list("FIELD_KEYS", [], subcast=str.strip)
# Keys of the fingerprints that phones and ID numbers are found by; none: made from the oldest of FIELD_KEYS.
INDEX_KEYS: list[str] = env.list("INDEX_KEYS", [], subcast=str.strip)
# Keys that seal audit rows, in the same form; without, one derived from the oldest field key. See resilience/audit.
AUDIT_KEYS: list[str] = env.list("AUDIT_KEYS", [], subcast=str.strip)
# Where heads of the audit's chain are written, one line an hour: best on another machine's disk. And who is mailed one.
AUDIT_ANCHOR_DIR = env.path("AUDIT_ANCHOR_DIR", BASE_DIR / "var" / "anchors")
AUDIT_ANCHOR_EMAIL: str = env.str("AUDIT_ANCHOR_EMAIL", "")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [] if PRODUCTION else ["*"], subcast=str.strip)
# required: administrators and who works in an office set up a second factor before anything else opens.
SECOND_FACTOR: str = env.str("SECOND_FACTOR", "required", validate=validate.OneOf(["required", "optional"]))
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [], subcast=str.strip)


def _refuse_unsafe() -> None:
    """Raise ImproperlyConfigured when a production server would start unsafely."""
    faults = []
    if SECRET_KEY == _DEFAULT_KEY or len(SECRET_KEY) < 50:
        faults.append("SECRET_KEY is missing, the demo's, or shorter than 50 characters")
    if not FIELD_KEYS:
        faults.append("FIELD_KEYS is missing: phones and ID numbers would be readable with the demo's key")
    if DEBUG:
        faults.append("DEBUG is on")
    if SECOND_FACTOR != "required":
        faults.append("SECOND_FACTOR is not 'required': a password alone would open the office")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        faults.append("ALLOWED_HOSTS is empty or '*'")
    if not env.str("SITE_URL", "").startswith("https://"):
        faults.append("SITE_URL is not the https:// address that links in messages lead to")
    if env.str("DUTY_PHONE", _DEMO_PHONE) == _DEMO_PHONE:
        faults.append("DUTY_PHONE is missing: whoever is in danger would be told to call the demo's number")
    if faults:
        raise ImproperlyConfigured("PRODUCTION=1 and " + "; ".join(faults) + ".")


if PRODUCTION:
    _refuse_unsafe()

# --- the house ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "allauth.account",  # only because allauth.mfa imports it: no URL of it is mounted, its tables stay empty
    "allauth.mfa",
    "resilience",
    "resilience.accounts",
    "resilience.outbox",
    "resilience.audit",
    "resilience.keys",
    "households",
    "resilience.exports",
    "resilience.privacy",
    "resilience.admin_app.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "resilience.middleware.security_headers",  # of static files, too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "resilience.audit.context.middleware",
    "allauth.account.middleware.AccountMiddleware",
    "households.access.viewer_middleware",
    "resilience.accounts.middleware.SecondFactorFirst",
    "resilience.middleware.PolicyMiddleware",
    "resilience.accounts.middleware.session_in_use",
    "resilience.middleware.private_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "resilience.middleware.ended_session",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "resilience.urls"
WSGI_APPLICATION = "resilience.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
FORM_RENDERER = "resilience.lib.widgets.Renderer"

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
                "resilience.context_processors.house",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "resilience.templatetags.ui"],
        },
    }
]

# --- the two databases --------------------------------------------------------------------------
DATABASE_URL: str = env.str("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'resilience.sqlite3'}")
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # secure_delete: what is deleted is overwritten, not only forgotten where it stood.
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;"
    ),
}
# Planning our statements takes PostgreSQL longer than answering them: asked five times, one is planned for good.
_POSTGRES_OPTIONS = {"server_side_binding": True, "prepare_threshold": 5}
if DATABASE_URL.startswith("sqlite:///"):
    Path(DATABASE_URL.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
_IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
DATABASES["default"]["OPTIONS"] = {
    **(_SQLITE_OPTIONS if _IS_SQLITE else _POSTGRES_OPTIONS),
    **DATABASES["default"].get("OPTIONS", {}),  # what the URL says
}

# The process's own memory: nothing in it that another process would have to know at once, and no personal data.
_IN_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _IN_MEMORY},
    # What `{% cache %}` keeps; not while somebody edits templates.
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.dummy.DummyCache" if DEBUG else _IN_MEMORY,
        "LOCATION": "fragments",
    },
}

# --- people and sessions ------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "resilience.accounts.passwords.MaximumLengthValidator"},
    {"NAME": "resilience.accounts.passwords.EasyPasswordValidator"},
    {"NAME": "resilience.accounts.passwords.KnownOfYouValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
]
AUTHENTICATION_BACKENDS = ["resilience.accounts.backends.Backend"]
SESSION_ENGINE = "resilience.accounts.sessions"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "home"
MFA_ADAPTER = "resilience.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds that a phone's clock may be off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # http://localhost
ACCOUNT_LOGIN_METHODS = {"username"}  # allauth's own checks want these three to agree; our views sign in
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
SIGN_IN_RULES = "households.sign_in.rules_for"  # who needs a second factor, and how long a sign-in holds
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())  # the longest of them
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
# Said once, on the next page: with the session, not readable in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "resilience.views.csrf_failure"

# A table's history is read; going back is one more edit, by hand, with its own entry.
SIMPLE_HISTORY_REVERT_DISABLED = True

# --- languages and time -------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "resilience" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
FORMAT_MODULE_PATH = "resilience.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE: str = env.str("TIME_ZONE", "Asia/Shanghai")

# --- what is served -----------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "var" / "static")
MEDIA_ROOT = env.path("MEDIA_ROOT", BASE_DIR / "var" / "media")
# Digests of what was destroyed, and the certificates: outside the database, so that a restored one can be purged again.
TOMBSTONE_DIR = env.path("TOMBSTONE_DIR", BASE_DIR / "var" / "tombstones")
_MANIFEST = env.bool("STATIC_MANIFEST", PRODUCTION)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "resilience.lib.static_files.ManifestStorage"
        if _MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _MANIFEST
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our files are for our pages
# Lists as files: rows that one person may take out on their own word within a day, the most of any file, how long a
# file is there and how often it may be fetched.
EXPORT_ROWS: int = env.int("EXPORT_ROWS", 500)
EXPORT_MOST_ROWS: int = env.int("EXPORT_MOST_ROWS", 20_000)
EXPORT_HOURS: int = env.int("EXPORT_HOURS", 24)
EXPORT_DOWNLOADS: int = env.int("EXPORT_DOWNLOADS", 3)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # bytes of a body without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_200  # bulk assign of 500 rows, with room
DATA_UPLOAD_MAX_NUMBER_FILES = 24  # more than a form takes: who picks nine photos reads 'at most four', not a 400
FILE_UPLOAD_PERMISSIONS = 0o600

# --- safety -------------------------------------------------------------------------------------
# As Django 6 spells it, which sends it by itself; until then `resilience.middleware.security_headers` does.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
X_FRAME_OPTIONS = "DENY"
# A browser takes a cookie of this name only over HTTPS and from this very host, and sends it nowhere else.
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
SECURE_CONTENT_TYPE_NOSNIFF = True
# Links with a tracking code in them must not travel to another host (there are none) or into its logs.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 63_072_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
    CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"  # send.js looks for it
    LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
    if env.bool("BEHIND_TLS_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of ours stand in front; the client's address is counted that many hops from the right.
PROXY_HOPS: int = env.int("PROXY_HOPS", 0)

# --- the neighbourhood --------------------------------------------------------------------------
# Nobody's, as every number of the demo: no range that is given out begins with 154.
DUTY_PHONE: str = env.str("DUTY_PHONE", _DEMO_PHONE)
AREA_CODE: str = env.str("AREA_CODE", "0931")  # added to local numbers of 7 or 8 digits
# Where links in messages lead; no slash at the end.
SITE_URL: str = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
EMAIL_HOST: str = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT: int = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER: str = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS: bool = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 20  # seconds; far below the outbox's lease
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "resilience@localhost")
WEBHOOK_URL: str = env.str("WEBHOOK_URL", "")
SMS_GATEWAY_URL: str = env.str("SMS_GATEWAY_URL", "")
SMS_GATEWAY_TOKEN: str = env.str("SMS_GATEWAY_TOKEN", "")
# Channels of the outbox by name; a dotted path to a resilience.outbox.channels.Channel. See resilience/outbox.
OUTBOX_CHANNELS: dict[str, str] = {
    "sms": env.str("SMS_CHANNEL", "resilience.outbox.channels.Console"),
    "email": env.str("EMAIL_CHANNEL", "resilience.outbox.channels.Console"),
    "webhook": env.str("WEBHOOK_CHANNEL", "resilience.outbox.channels.Console"),
}

# --- logs: an id and a path's shape, never a name, a phone or a query; see the formatter -----------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "resilience.lib.logs.Lines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
    # Not Django's own, which mails a whole request to administrators and prints what was asked for a second time.
    "loggers": {
        "django": {"handlers": [], "level": "NOTSET"},
        # At DEBUG it prints all that a page knows, people's names and notes, for every variable that is not there.
        "django.template": {"level": "INFO"},
    },
}

if not FIELD_KEYS:
    import base64

    FIELD_KEYS = ["0:" + base64.b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode()]
