"""Django, configured for one data folder: sign-in, sessions and templates, with a database file of its own and nothing else.

Django keeps its settings for the whole process, so one process serves one site; a second call points the same Django at another folder
(the tests do that). Nothing of ours is stored through its ORM but who may sign in.
"""

import hashlib
import secrets
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections

HERE = Path(__file__).parent
SESSION_SECONDS = 7 * 24 * 3600
HSTS_SECONDS = 30 * 24 * 3600
_turn = threading.Lock()
_migrated: set[Path] = set()


def configure(data: Path, *, secret: bytes | None = None, public_url: str | None = None) -> None:
    """Make Django usable for `data`, its tables up to date. Without `secret` only for the tables: what a site has set is left alone."""
    with _turn:
        if not apps.ready:
            values = {**_fixed(), **_of_folder(data), **_of_address(public_url), "SECRET_KEY": _key(secret)}
            if settings.configured:  # barely, by whoever only reads what mail providers send
                _set(**values)
            else:
                settings.configure(**values)
            django.setup()
        else:
            connections.close_all()  # those of other threads end with their requests
            connections.databases["default"]["NAME"] = _path(data)
            if secret is not None:
                _set(SECRET_KEY=_key(secret), **_of_address(public_url))
        _bring_up_to_date(data)
        connections.close_all()


def _set(**values: Any) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


def _bring_up_to_date(data: Path) -> None:
    """Tables as the code wants them, once a process and folder; sessions that have run out go."""
    path = data / "web.sqlite"
    if path in _migrated and path.exists():
        return
    call_command("migrate", verbosity=0, interactive=False)
    call_command("clearsessions")
    path.chmod(0o600)
    _migrated.add(path)


def _path(data: Path) -> str:
    return str(data / "web.sqlite")


def _key(secret: bytes | None) -> str:
    """Derived, so that a leaked key of the pages says nothing about hold-outs and tracking tokens."""
    if secret is None:
        return secrets.token_hex(32)
    return hashlib.blake2b(b"pages", key=secret[:64], person=b"opportune-web").hexdigest()


def _of_folder(data: Path) -> dict[str, Any]:
    options = {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", "transaction_mode": "IMMEDIATE", "timeout": 20}
    return {"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _path(data), "OPTIONS": options}}}


def _of_address(public_url: str | None) -> dict[str, Any]:
    parts = urlsplit(public_url or "")
    is_https = parts.scheme == "https"
    return {
        "SESSION_COOKIE_SECURE": is_https,
        "CSRF_COOKIE_SECURE": is_https,
        "SECURE_HSTS_SECONDS": HSTS_SECONDS if is_https else 0,
        # behind a proxy that ends TLS, the browser's Origin is the public one and not what we were asked at
        "CSRF_TRUSTED_ORIGINS": [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else [],
    }


def _fixed() -> dict[str, Any]:
    security = "django.middleware.security.SecurityMiddleware"
    frames = "django.middleware.clickjacking.XFrameOptionsMiddleware"
    return {
        "DEBUG": False,
        "ALLOWED_HOSTS": ["*"],  # site.py has looked at the host before Django sees it
        "ROOT_URLCONF": "opportune.web.urls",
        "INSTALLED_APPS": ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "opportune.web"],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "MIDDLEWARE": [
            security,
            "opportune.web.headers.SecureHeaders",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
            frames,
        ],
        "TEMPLATES": [_templates()],
        "LOGIN_URL": "/sign-in",
        "SESSION_COOKIE_AGE": SESSION_SECONDS,
        "SESSION_COOKIE_NAME": "opportune_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": "opportune_csrf",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_REFERRER_POLICY": "same-origin",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 64 * 1024,
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        ],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": False,
        "APPEND_SLASH": False,
        "LOGGING": _LOGGING,
    }


def _templates() -> dict[str, Any]:
    processors = ["django.contrib.auth.context_processors.auth", "opportune.web.surroundings.surroundings"]
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(HERE / "templates")],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request", *processors]},
    }


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
