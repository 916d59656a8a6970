"""The one settings file. It reads the environment and refuses to start without what it needs."""

import os
import tempfile
from getpass import getuser
from importlib.util import find_spec
from pathlib import Path

from patency.config.catalogue import compiled
from patency.config.environment import (
    database,
    folder,
    mode,
    secret,
    throw_away_key,
    words,
    yes_no,
)
from patency.config.languages import read_languages

PACKAGE = Path(__file__).resolve().parent.parent
WEB = PACKAGE / "doors" / "web"

PATENCY_MODE = mode(os.environ)
"""production, demo or test; says what a process may do without secrets, nothing clinical."""
PATENCY_HOME = folder(os.environ, "PATENCY_HOME", "var")
PATENCY_SITES = os.environ.get("PATENCY_SITES", "")
"""A folder of site files; empty means the sites that ship."""
IN_PRODUCTION = PATENCY_MODE == "production"
DEBUG = yes_no(os.environ, "PATENCY_DEBUG")

if PATENCY_MODE == "test":
    SECRET_KEY = "not a secret: for tests only"
elif PATENCY_MODE == "demo" or DEBUG:
    SECRET_KEY = throw_away_key(PATENCY_HOME)
else:
    SECRET_KEY = secret(
        os.environ,
        "PATENCY_SECRET_KEY_FILE",
        what_for="the key that signs sessions and pick-up codes",
        how='Make one with `python -c "import secrets; print(secrets.token_urlsafe(50))" > FILE`.',
    )

# ---- who may ask

ALLOWED_HOSTS = words(os.environ, "PATENCY_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = words(os.environ, "PATENCY_ORIGINS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IN_PRODUCTION and not DEBUG
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 90 * 24 * 60 * 60  # at most; a site's [sign_in] says how long, far shorter
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # of a form; far more than anybody types
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
SECURE_SSL_REDIRECT = IN_PRODUCTION and not DEBUG
SECURE_HSTS_SECONDS = 31_536_000 if IN_PRODUCTION and not DEBUG else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IN_PRODUCTION and not DEBUG
BEHIND_PROXY = yes_no(os.environ, "PATENCY_BEHIND_PROXY")
"""Whether a proxy in front sets where a request came from; otherwise nobody is believed."""
if BEHIND_PROXY:
    # Only where a proxy in front sets this header itself; otherwise anyone could.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---- the release door, which may stand at another address

_RUNS_HERE = PATENCY_MODE != "production" or DEBUG
RELEASE_DOOR_URL = os.environ.get("PATENCY_RELEASE_DOOR", "").rstrip("/") or (
    "http://127.0.0.1:8001" if _RUNS_HERE else "/release"
)
"""Where pages send a claim; in production a proxy hands ``/release`` on, unless this says else."""
PAGES_ORIGINS = CSRF_TRUSTED_ORIGINS or (["http://127.0.0.1:8000"] if _RUNS_HERE else [])
"""Whose pages may read what the release door answers."""
HER_PAGE_URL = f"{PAGES_ORIGINS[0]}/my/numbers/" if PAGES_ORIGINS else "/my/numbers/"
"""Where a browser without JavaScript goes back to after a claim."""

# ---- what there is

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
    "patency.records",
    "patency.doors.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if find_spec("patency.doors.web.middleware"):
    MIDDLEWARE.append("patency.doors.web.middleware.ActorMiddleware")

FORM_RENDERER = "patency.doors.web.forms.PageRenderer"
ROOT_URLCONF = (
    "patency.config.urls" if find_spec("patency.config.urls") else "django.contrib.staticfiles.urls"
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "patency.doors.web.sections.sections",
            ],
        },
    }
]

# ---- what is remembered

DATABASES = {"default": database(os.environ, PATENCY_HOME)}
if PATENCY_MODE != "test" and "sqlite3" in str(DATABASES["default"]["ENGINE"]):
    Path(str(DATABASES["default"]["NAME"])).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Tests empty whole tables between cases; nobody else may (records.guards).
TABLES_MAY_BE_EMPTIED = PATENCY_MODE == "test"

TASKS = {
    "default": {
        "BACKEND": (
            "django_tasks.backends.immediate.ImmediateBackend"
            if PATENCY_MODE == "test"
            else "django_tasks_db.DatabaseBackend"
        ),
        "QUEUES": ["default"],
    }
}

# ---- who signs in

PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and guards nothing in a test
    if PATENCY_MODE == "test"
    else ["django.contrib.auth.hashers.Argon2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PATENCY_SECOND_FACTOR = IN_PRODUCTION or yes_no(os.environ, "PATENCY_SECOND_FACTOR")
"""Whether staff must have a second factor. Always in production; elsewhere only when it is said."""
ACCOUNT_ADAPTER = "patency.doors.web.accounts.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]  # nobody signs up: not routed
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # service.limits counts in the database, for every process
ACCOUNT_LOGIN_TIMEOUT = 600
MFA_ADAPTER = "patency.doors.web.accounts.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "patency.doors.web.accounts.forms.SecondFactorForm",
    "reauthenticate": "patency.doors.web.accounts.forms.ProofForm",
    "activate_totp": "patency.doors.web.accounts.forms.SetUpAppForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = False
MFA_TOTP_ISSUER = "Patency"
MFA_TOTP_TOLERANCE = 1  # steps of half a minute, for a phone whose clock is not quite right
MFA_RECOVERY_CODE_COUNT = 10
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IN_PRODUCTION
CSRF_FAILURE_VIEW = "patency.doors.web.accounts.pages.old_page"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# ---- words, times, files

SPEAKS = read_languages(PACKAGE / "locale")
"""Every language of the pages by its folder in ``locale``; the first stands for want of another."""
LANGUAGE_CODE = next(iter(SPEAKS.values())).django
LANGUAGES = [(language.django, language.name) for language in SPEAKS.values()]
LOCALE_PATHS = [
    compiled(
        SPEAKS,
        PACKAGE / "locale",
        # Tests share one folder, whatever their home is; it is named by what the words say.
        Path(tempfile.gettempdir()) / f"patency-test-words-{getuser()}"
        if PATENCY_MODE == "test"
        else PATENCY_HOME / "locale",
    )
]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = IN_PRODUCTION and not DEBUG
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # a calendar day is always asked of a site, never of this

STATIC_URL = "static/"
STATIC_ROOT = PATENCY_HOME / "static" if IN_PRODUCTION else None  # else found where they are
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IN_PRODUCTION and not DEBUG
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not IN_PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": "WARNING" if PATENCY_MODE == "test" else "INFO",
    },
}
