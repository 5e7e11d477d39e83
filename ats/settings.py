"""Settings, read from the environment by django-environ; README.md lists every variable.

With DEBUG on everything has a working default that keeps its state in ``var/``: SQLite, a private
Valkey on a unix socket, mail through the sandbox. With DEBUG off the required variables must be set.
"""

import os
from pathlib import Path

import environ
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from ats import environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
# Everything this installation keeps on disk, unless a variable below says otherwise.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).absolute()

# Off unless asked for: a server that forgot to say is a production server.
DEBUG = env.bool("DEBUG", default=False)
source = environment.Environment(env, debug=DEBUG)

SECRET_KEY = source.required("SECRET_KEY", "development-only-" + "x" * 40)
PORT = env.int("PORT", default=8000)
PUBLIC_URL = source.required("PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
RECRUITING_DOMAIN = source.required("RECRUITING_DOMAIN", "recruiting.posthorn.example").lower()
CAREERS_DOMAIN = env.str("CAREERS_DOMAIN", default="").lower()
MAIL_ENCRYPTION_KEYS = [
    key
    for key in source.required("MAIL_ENCRYPTION_KEYS", "development-only-mail-key").split(",")
    if key
]
EMAIL_URL = source.required("EMAIL_URL", "submission://platform:sandbox@127.0.0.1:8025")
DATABASE_URL = source.required("DATABASE_URL", f"sqlite:///{VAR_DIR / 'posthorn.sqlite3'}")
BROKER_SOCKET = VAR_DIR / "broker" / "valkey.sock"
CELERY_BROKER_URL = source.required(
    "CELERY_BROKER_URL", f"redis+socket://{BROKER_SOCKET}?virtual_host=0"
)
CACHE_URL = source.required("CACHE_URL", f"unix://{BROKER_SOCKET}?db=1")
source.complain()

INBOUND_IMAP_URL = env.str(
    "INBOUND_IMAP_URL", default="imap://inbound:sandbox@127.0.0.1:8143/INBOX" if DEBUG else ""
)
INBOUND_POLL_SECONDS = env.int("INBOUND_POLL_SECONDS", default=3 if DEBUG else 60)
INBOUND_LARGEST_MAIL_MB = env.int("INBOUND_LARGEST_MAIL_MB", default=150)
INBOUND_SMTP_LISTEN = env.str("INBOUND_SMTP_LISTEN", default="127.0.0.1:8026" if DEBUG else "")
MAIL_ALLOWED_NETWORKS = environment.networks(
    env.list("MAIL_ALLOWED_NETWORKS", default=["127.0.0.0/8", "::1/128"] if DEBUG else []),
    name="MAIL_ALLOWED_NETWORKS",
)
# Who we are for Google and Microsoft, for mail accounts that are connected without a password.
MAIL_OAUTH = {
    "google": {
        "client_id": env.str("GOOGLE_CLIENT_ID", default=""),
        "client_secret": env.str("GOOGLE_CLIENT_SECRET", default=""),
        "authorize_url": env.str(
            "GOOGLE_AUTHORIZE_URL", default="https://accounts.google.com/o/oauth2/v2/auth"
        ),
        "token_url": env.str("GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token"),
    },
    "microsoft": {
        "client_id": env.str("MICROSOFT_CLIENT_ID", default=""),
        "client_secret": env.str("MICROSOFT_CLIENT_SECRET", default=""),
        "authorize_url": env.str(
            "MICROSOFT_AUTHORIZE_URL",
            default="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        ),
        "token_url": env.str(
            "MICROSOFT_TOKEN_URL",
            default="https://login.microsoftonline.com/common/oauth2/v2.0/token",
        ),
    },
}
# Where an application of a single tenant asks for tokens, and where an administrator lets it in.
MICROSOFT_TENANT_TOKEN_URL = env.str(
    "MICROSOFT_TENANT_TOKEN_URL",
    default="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
)
MICROSOFT_CONSENT_URL = env.str(
    "MICROSOFT_CONSENT_URL", default="https://login.microsoftonline.com/{tenant}/adminconsent"
)
# The APIs that take mail by HTTP instead of SMTP.
GRAPH_URL = env.str("GRAPH_URL", default="https://graph.microsoft.com")
GMAIL_URL = env.str("GMAIL_URL", default="https://gmail.googleapis.com")
OUTBOUND_ADDRESSES = env.list("OUTBOUND_ADDRESSES", default=[])
# Selectors under which our own server or provider signs for customers' domains; none: it does not.
DKIM_SELECTORS = env.list("DKIM_SELECTORS", default=[])
# Whose Authentication-Results are believed: our own receivers, by the name they write first in the field.
AUTHSERV_IDS = env.list("AUTHSERV_IDS", default=[RECRUITING_DOMAIN])
TRUSTED_PROXIES = environment.networks(
    env.list("TRUSTED_PROXIES", default=[]), name="TRUSTED_PROXIES"
)
APPLICATIONS_PER_MINUTE = env.int("APPLICATIONS_PER_MINUTE", default=100)  # of one client address
# of one client address, of the form of one position
FORM_SENDINGS_PER_MINUTE = env.int("FORM_SENDINGS_PER_MINUTE", default=10)
# of one company, at each address of the v1 interface
V1_REQUESTS_PER_MINUTE = env.int("V1_REQUESTS_PER_MINUTE", default=20)
MAINTENANCE = env.bool("MAINTENANCE", default=False)  # the interfaces for applications answer 503

ALLOWED_HOSTS = ["*"] if DEBUG else env.list("ALLOWED_HOSTS", default=[])
_public_host = environ.urlparse(PUBLIC_URL).hostname or "localhost"
if not DEBUG:
    ALLOWED_HOSTS += [_public_host] + ([f".{CAREERS_DOMAIN}"] if CAREERS_DOMAIN else [])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "ats.apps.AtsConfig",
    "ats.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "anymail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "companies",
    "mailsettings",
    "recruiting",
    "careers",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "ats.requests.answer_probes",
    "ats.requests.refuse_nul",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "careers.site.hosts.serve_sites",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "ats.urls"
WSGI_APPLICATION = "ats.wsgi.application"
# The endpoint's clients post to slashless paths; a redirect would lose their body.
APPEND_SLASH = False

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
                "recruiting.navigation.navigation",
            ],
        },
    }
]

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL alone makes lock errors worse; with IMMEDIATE transactions there are none. FULL: a commit that was
    # answered with 250, or that says that a mail may have left, must outlive a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
            "PRAGMA cache_size=-65536;PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "ats.cache.Cache",
        "LOCATION": CACHE_URL,
        # A cache that is away is noticed at once; three attempts would cost a page seconds.
        "OPTIONS": {"socket_timeout": 1, "retry": Retry(NoBackoff(), retries=0)},
    }
}

STORAGES = {
    "default": {
        "BACKEND": "companies.storage.DurableStorage",
        "OPTIONS": {"location": str(env.path("STORAGE_DIR", default=VAR_DIR / "files"))},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploads are spooled where the storage lives, so that keeping a file is a rename.
FILE_UPLOAD_TEMP_DIR = str(env.path("UPLOAD_DIR", default=VAR_DIR / "uploads"))
Path(FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# Providers post whole mails as one field or JSON; uploads of applicants are streamed and bounded by their view.
DATA_UPLOAD_MAX_MEMORY_SIZE = 36 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "recruiting:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "companies.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # its mail offers to sign up, and to anybody
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False  # the proxy's task; /healthz and the feed answer on both
SECURE_HSTS_SECONDS = 0 if DEBUG else env.int("HSTS_SECONDS", default=31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "ats.views.csrf_failure"
DEFAULT_EXCEPTION_REPORTER_FILTER = "ats.errors.Filter"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # redirecting to https is the proxy's task, see above

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "ats.formats"  # English dates are not American ones
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
USE_TZ = True

# System mail (invitations, password resets) goes through the platform provider, never a customer's.
EMAIL_BACKEND = "mailsettings.outbound.platform.SystemMailBackend"
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=f"Posthorn <no-reply@{RECRUITING_DOMAIN}>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ANYMAIL = {
    "REQUESTS_TIMEOUT": 20,
    # Keys of the provider's webhooks, by Anymail's own names: ANYMAIL_WEBHOOK_SECRET, ANYMAIL_MAILGUN_…
    **{
        name.removeprefix("ANYMAIL_"): os.environ[name]
        for name in os.environ
        if name.startswith("ANYMAIL_")
    },
}

# Workers run threads: tasks wait for mail servers most of their time, and each has time-outs of its own, for
# Celery's time limits have no effect on a thread. What may run away is done in a process (search/pdftext).
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # rows are the queue of record; a sweep finds what a worker dropped
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "deliver-due": {"task": "mailsettings.deliver_due", "schedule": 5.0},
    "file-sent-copies": {"task": "mailsettings.file_sent_copies", "schedule": 30.0},
    "deliver-webhooks-due": {"task": "mailsettings.deliver_webhooks_due", "schedule": 10.0},
    "look-in-sent": {"task": "mailsettings.look_in_sent", "schedule": 30.0},
    "read-reports": {"task": "mailsettings.read_reports", "schedule": 10.0},
    "forget-webhooks": {
        "task": "mailsettings.forget_webhooks",
        "schedule": crontab(hour="3", minute="50"),
    },
    "poll-due": {"task": "mailsettings.poll_due", "schedule": float(min(INBOUND_POLL_SECONDS, 30))},
    "read-personal-due": {
        "task": "recruiting.read_personal_due",
        "schedule": float(min(INBOUND_POLL_SECONDS, 30)),
    },
    "recheck-due": {"task": "mailsettings.recheck_due", "schedule": 60.0},
    "look-for-test-mails": {"task": "mailsettings.look_for_test_mails", "schedule": 5.0},
    "check-domains": {"task": "mailsettings.check_domains", "schedule": 60.0},
    "prove-domains": {"task": "mailsettings.prove_domains", "schedule": 60.0},
    "route-received": {"task": "mailsettings.route_received", "schedule": 5.0},
    "write-mailings": {"task": "recruiting.write_mailings", "schedule": 2.0},
    "remind": {"task": "recruiting.remind", "schedule": 60.0},
    "file-received": {"task": "recruiting.file_received", "schedule": 2.0},
    "import-due": {"task": "recruiting.import_due", "schedule": 5.0},
    "look-for-duplicates": {"task": "recruiting.look_for_duplicates", "schedule": 300.0},
    "look-for-duplicates-everywhere": {
        "task": "recruiting.look_for_duplicates_everywhere",
        "schedule": crontab(hour="3", minute="30"),
    },
    "index-due": {"task": "recruiting.index_due", "schedule": 5.0},
    "refresh-index": {
        "task": "recruiting.refresh_index",
        "schedule": crontab(hour="2", minute="40"),
    },
    "sweep-files": {"task": "companies.sweep_files", "schedule": crontab(hour="3", minute="20")},
    "compare-folders": {
        "task": "mailsettings.compare_folders",
        "schedule": crontab(hour="2", minute="40"),
    },
    "forget-expired": {"task": "recruiting.forget_expired", "schedule": crontab(minute="10")},
    "spread-news": {"task": "recruiting.spread_news", "schedule": 5.0},
    "look-for-trouble": {"task": "recruiting.look_for_trouble", "schedule": 60.0},
    "mail-digests": {
        "task": "recruiting.mail_digests",
        "schedule": crontab(hour="6", minute="30"),
    },
    "check-integrity": {
        "task": "recruiting.check_integrity",
        "schedule": crontab(hour="3", minute="40"),
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django's own handler would say everything a second time.
    "loggers": {"django": {"handlers": []}, "django.server": {"level": "WARNING"}},
}
