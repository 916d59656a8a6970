"""A real browser at the real pages: on made rows with a fixed clock, or at a whole served demo.

Run with `make test`, or alone: pytest tests/browser. Without a Chromium every test is skipped and
says so.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from patency.core.access import Role
from patency.records.models.people import Patient
from patency.service.house import House
from tests.browser import chromium
from tests.browser.chromium import Seen
from tests.browser.served import Demo, serve_demo
from tests.doors.conftest import as_herself, as_staff, clock, house, shipped, signed_in
from tests.make import SITE, make_staff

__all__ = ["as_herself", "as_staff", "clock", "house", "shipped"]

# Playwright runs an event loop in this thread; Django sees it and would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
NO_BROWSER = (
    "no Chromium on this machine: apt-get install chromium, or name one with PATENCY_BROWSER"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = chromium.program() is None
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            if missing:
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keep SQLite's tables in a file: the served pages use connections of their own.

    Each worker has a database of its own, as everywhere else.
    """
    database = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        name = str(tmp_path_factory.mktemp("db") / "browser.sqlite3")
        database["TEST"] = {**database.get("TEST", {}), "NAME": name}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture
def seen() -> Iterator[Seen]:
    """Return what goes wrong in the browser; anything a test did not expect fails it."""
    found = Seen()
    yield found
    assert found.unexpected() == []


@dataclass
class Windows:
    """Opens windows at the pages: signed in or not, of a size, in a language."""

    browser: Browser
    seen: Seen
    base: str
    stack: ExitStack

    def open(
        self,
        user: Any = None,
        *,
        size: str = "phone",
        language: str = "en",
        script: bool = True,
    ) -> Page:
        """Return an empty page of a new window; ``user`` is signed in already."""
        cookies = [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": self.base}]
        if user is not None:
            client = signed_in(user)
            key = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": key, "url": self.base})
        context: BrowserContext = self.stack.enter_context(
            chromium.window(
                self.browser,
                self.seen,
                size=size,
                language=language,
                script=script,
                base=self.base,
                cookies=cookies,
            )
        )
        return context.new_page()


@pytest.fixture
def windows(
    browser: Browser, seen: Seen, house: House, transactional_db: None, live_server: Any
) -> Iterator[Windows]:
    """Return windows at pages served on made rows, at the moment ``clock`` says."""
    with ExitStack() as stack:
        yield Windows(browser, seen, live_server.url, stack)


@pytest.fixture
def staff_window(windows: Windows) -> Callable[..., Page]:
    """Return how a member of staff opens a window: ``staff_window(Role.NURSE, size="desktop")``."""

    def open_one(*roles: Role, site: str = SITE, name: str = "", **how: Any) -> Page:
        member = make_staff(*roles, site=site, name=name or "-".join(sorted(roles)))
        if how.get("language", "en") != member.language:
            member.language = how.get("language", "en")
            member.save()
        return windows.open(member.user, **{"size": "desktop", **how})

    return open_one


@pytest.fixture
def her_window(windows: Windows, django_user_model: Any) -> Callable[..., Page]:
    """Return how a woman opens a window: ``her_window(patient, language="zh-hans")``."""

    def open_one(patient: Patient, **how: Any) -> Page:
        user, _new = django_user_model.objects.get_or_create(username=patient.number)
        changes: dict[str, Any] = {"user": user}
        if "language" in how:
            changes["language"] = how["language"]
        Patient.objects.filter(pk=patient.pk).update(**changes)
        return windows.open(user, **how)

    return open_one


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Return a demo told to its end and served, as `make demo` does."""
    with serve_demo(tmp_path_factory.mktemp("demo")) as served:
        yield served
