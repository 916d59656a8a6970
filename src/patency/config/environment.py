"""Typed readers of the environment; what is missing or wrong is refused with what to do."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

MODES = ("production", "demo", "test")


class NotConfigured(Exception):
    """The environment lacks something, or says something that is not allowed."""


def mode(env: Mapping[str, str]) -> str:
    """Return what this process is for; production unless it says otherwise, test below pytest."""
    chosen = env.get("PATENCY_MODE") or ("test" if "PYTEST_VERSION" in env else "production")
    if chosen not in MODES:
        raise NotConfigured(
            f"PATENCY_MODE is {chosen!r}; it may be {', '.join(MODES)}. Unset it for production."
        )
    return chosen


def yes_no(env: Mapping[str, str], name: str) -> bool:
    """Return a switch; off when it is not set."""
    match env.get(name, "").strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "" | "0" | "false" | "no" | "off":
            return False
        case other:
            raise NotConfigured(f"{name} is {other!r}; set it to yes or no.")


def words(env: Mapping[str, str], name: str) -> list[str]:
    """Return a list written with commas."""
    return [word.strip() for word in env.get(name, "").split(",") if word.strip()]


def folder(env: Mapping[str, str], name: str, default: str) -> Path:
    """Return a folder as an absolute path; it need not exist yet."""
    return Path(env.get(name) or default).expanduser().resolve()


def secret(env: Mapping[str, str], name: str, *, what_for: str, how: str) -> str:
    """Return the secret in the file that ``name`` points to.

    A secret is never a variable itself: variables show up in process lists and crash reports.
    """
    where = env.get(name)
    if not where:
        raise NotConfigured(
            f"{name} is not set: it names the file that holds {what_for}. {how} "
            "To only look around, use `make demo`, which needs no secrets; other commands work on "
            "its database with PATENCY_MODE=demo PATENCY_HOME=var/demo put in front."
        )
    try:
        value = Path(where).expanduser().read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotConfigured(
            f"{name} names {where}, which cannot be read ({error.strerror}). {how}"
        ) from error
    if not value:
        raise NotConfigured(f"{name} names {where}, which is empty. {how}")
    return value


def throw_away_key(home: Path) -> str:
    """Return the key of a demo, made up once per home, so that its processes share it."""
    file = home / "demo-key"
    if not file.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(secrets.token_urlsafe(50), encoding="utf-8")
        file.chmod(0o600)
    return file.read_text(encoding="utf-8")


def database(env: Mapping[str, str], home: Path) -> dict[str, object]:
    """Return Django's description of the database that DATABASE_URL names.

    Not set means ``patency.sqlite3`` in ``home``. The password of a PostgreSQL may stand in the
    file that DATABASE_PASSWORD_FILE names instead of the address.
    """
    url = env.get("DATABASE_URL", "").strip()
    parts = urlsplit(url)
    match parts.scheme:
        case "":
            return _sqlite(home / "patency.sqlite3", home)
        case "sqlite":
            # sqlite:///relative.sqlite3 and sqlite:////absolute/path.sqlite3
            return _sqlite(Path(unquote(parts.path[1:])).expanduser(), home)
        case "postgres" | "postgresql":
            return _postgresql(env, url)
        case other:
            raise NotConfigured(
                f"DATABASE_URL begins with {other!r}; it may be sqlite:///path or "
                "postgresql://user@host:5432/name. Unset it to use SQLite in PATENCY_HOME."
            )


def _sqlite(path: Path, home: Path) -> dict[str, object]:
    if str(path) in ("", "."):
        raise NotConfigured(
            "DATABASE_URL names no SQLite file; write sqlite:///path, or unset it to use "
            f"patency.sqlite3 in {home}."
        )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path.resolve()),
        "OPTIONS": {
            # One writer at a time from the first statement on: no transaction finds out at its
            # end that another one was faster. Django switches foreign keys on by itself.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _postgresql(env: Mapping[str, str], url: str) -> dict[str, object]:
    parts = urlsplit(url)
    name = unquote(parts.path[1:])
    try:
        port = parts.port
    except ValueError as error:
        raise NotConfigured(
            "DATABASE_URL has a port that is not a number, such as 5432."
        ) from error
    if not name:
        raise NotConfigured(
            "DATABASE_URL names no database; write postgresql://user@host:5432/name."
        )
    options = dict(parse_qsl(parts.query))
    password = unquote(parts.password or "")
    if not password and env.get("DATABASE_PASSWORD_FILE"):
        password = secret(
            env,
            "DATABASE_PASSWORD_FILE",
            what_for="the password of the database",
            how="Write the password into it, readable only by this program's user.",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": password,
        # A socket's folder is written percent-encoded, or as ?host=/var/run/postgresql.
        "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
        "PORT": str(port or options.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(options),
    }
