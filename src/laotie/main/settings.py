"""Django's settings. What an operator may change comes from `LAOTIE_*` variables; docs/settings.md lists them."""

import hashlib
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from laotie.core.environment import BadSetting, env_flag, env_number, env_path, env_text

django_stubs_ext.monkeypatch()  # makes Django's generic classes subscriptable at run time

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent.parent
# Without LAOTIE_HOME the data lives beside the source, or where a user's programs keep theirs.
HOME = env_path(
    "LAOTIE_HOME",
    CHECKOUT / "var" if (CHECKOUT / "pyproject.toml").exists() else Path("~/.local/share/laotie"),
)


def _database(url: str) -> dict[str, Any]:
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting("DATABASE_URL must begin with postgresql://")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "laotie.core.postgres",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.pop("host", "") or parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # a database that was killed and restarted is met with a new connection
        # Hot statements are prepared once per connection; planning each anew costs more than running most of them.
        "OPTIONS": {"options": "-c plan_cache_mode=force_generic_plan", **query, "prepare_threshold": 2},
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


def _secret() -> str:
    """Return LAOTIE_SECRET_KEY, or one made at the first start and kept in the data directory."""
    given = env_text("LAOTIE_SECRET_KEY")
    if given:
        return given
    kept = HOME / "secret.key"
    if not kept.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _running_database() -> str:
    """Return DATABASE_URL, or where the embedded server of this data directory last listened."""
    given = env_text("DATABASE_URL")
    written = HOME / "database.url"
    return given or (written.read_text().strip() if written.exists() else "postgresql://127.0.0.1:1/none")


DEBUG = env_flag("LAOTIE_DEBUG", default=False)
SECRET_KEY = _secret()
ENCRYPTION_SECRETS = [part for part in env_text("LAOTIE_ENCRYPTION_KEYS").split(",") if part] or [SECRET_KEY]
SITE_URL = env_text("LAOTIE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = [part for part in env_text("LAOTIE_HOSTS", "127.0.0.1,localhost").split(",") if part]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "procrastinate.contrib.django",
    "laotie.core",
    "laotie.events",
    "laotie.people",
    "laotie.ledger",
    "laotie.trust",
    "laotie.catalog",
    "laotie.alliance",
    "laotie.promotions",
    "laotie.orders",
    "laotie.api",
    "laotie.web",
    "laotie.main",
]
AUTH_USER_MODEL = "people.Account"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "laotie.main.urls"
WSGI_APPLICATION = "laotie.main.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            # Named one by one: left to themselves, cotton and partials undo each other silently.
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

DATABASES = {"default": _database(_running_database())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # rate limits count here: a counter dropped early limits nobody
    }
}

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "laotie.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_UNIQUE_EMAIL = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

EMAIL_HOST = env_text("LAOTIE_SMTP_HOST")
EMAIL_PORT = env_number("LAOTIE_SMTP_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env_text("LAOTIE_SMTP_USER")
EMAIL_HOST_PASSWORD = env_text("LAOTIE_SMTP_PASSWORD")
EMAIL_USE_TLS = env_flag("LAOTIE_SMTP_TLS", default=True)
# Without a mail server every message is a file in the data directory, where a developer can read the login code.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = str(HOME / "mail")
DEFAULT_FROM_EMAIL = env_text("LAOTIE_MAIL_FROM", "laotie <no-reply@laotie.example>")

SMS_PROVIDER = env_text("LAOTIE_SMS_PROVIDER", "catch")
SMS_URL = env_text("LAOTIE_SMS_URL", "https://dysmsapi.aliyuncs.com/" if SMS_PROVIDER == "aliyun" else "")
SMS_KEY = env_text("LAOTIE_SMS_KEY")
SMS_SECRET = env_text("LAOTIE_SMS_SECRET")
SMS_SIGN = env_text("LAOTIE_SMS_SIGN", "老铁")
SMS_TEMPLATES = dict(pair.split("=", 1) for pair in env_text("LAOTIE_SMS_TEMPLATES").split(",") if "=" in pair)
SMS_FILE_PATH = str(HOME / "sms")
CARRIER_SECRETS = {
    "sandbox": hashlib.sha256(f"{SECRET_KEY}:carrier".encode()).hexdigest(),
    **dict(pair.split("=", 1) for pair in env_text("LAOTIE_CARRIERS").split(",") if "=" in pair),
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_000_000  # a picture of 8 MB in base64 is the largest thing a request carries
VERIFICATION = env_text("LAOTIE_VERIFICATION", "sandbox")
VERIFICATION_URL = env_text("LAOTIE_VERIFICATION_URL")
VERIFICATION_SECRET = env_text("LAOTIE_VERIFICATION_SECRET")
if VERIFICATION not in {"sandbox", "http"}:
    raise BadSetting("LAOTIE_VERIFICATION must be sandbox or http.")
if VERIFICATION == "http" and not (VERIFICATION_URL and VERIFICATION_SECRET):
    raise BadSetting("LAOTIE_VERIFICATION=http needs LAOTIE_VERIFICATION_URL and LAOTIE_VERIFICATION_SECRET.")
if SMS_PROVIDER not in {"catch", "http", "aliyun"}:
    raise BadSetting("LAOTIE_SMS_PROVIDER must be catch, http or aliyun.")
if SMS_PROVIDER != "catch" and not (SMS_URL and SMS_SECRET):
    raise BadSetting("LAOTIE_SMS_PROVIDER needs LAOTIE_SMS_URL and LAOTIE_SMS_SECRET.")

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env_text("LAOTIE_TIME_ZONE", "Asia/Shanghai")
CURRENCY = env_text("LAOTIE_CURRENCY", "CNY")

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/assets/"  # their names change with their content
MEDIA_URL = "/media/"
MEDIA_ROOT = HOME / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # Unfold's admin sets inline styles through Alpine; ours do not.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

RATE_PER_MINUTE_ACCOUNT = env_number("LAOTIE_RATE_ACCOUNT", 600, least=1, most=10_000_000)
RATE_PER_MINUTE_ADDRESS = env_number("LAOTIE_RATE_ADDRESS", 3_000, least=1, most=10_000_000)

WEBHOOKS_ALLOW_PRIVATE = env_flag("LAOTIE_WEBHOOKS_ALLOW_PRIVATE", default=False)

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
SANDBOX_PAYMENT_SECRET = env_text("LAOTIE_SANDBOX_PAYMENT_SECRET", f"sandbox:{SECRET_KEY}")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env_text("LAOTIE_LOG_LEVEL", "WARNING")},
    # They log whole addresses, which hold codes and telephone numbers, or the secret part of somebody's webhook.
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
