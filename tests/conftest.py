"""What every test may count on: Hypothesis' pace, the database mark, no silent skips in CI."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests already run side by side; small matrices on many threads only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")

# "fast" is what people wait for; HYPOTHESIS_PROFILE=thorough looks longer. A busy machine is slow,
# not wrong, so no deadline; the same examples every time, so a red run can be run again.
settings.register_profile(
    "fast",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


# What is said on a page, and who may do what, is the same on every database. Of the pages these
# alone are asked for on PostgreSQL too: they open every one of them.
PAGES, ON_BOTH = "tests/doors/test_web_", ("test_web_access.py", "test_web_queries.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("django_db"):
            item.add_marker("database")
        if item.nodeid.startswith(PAGES) and item.path.name not in ON_BOTH:
            item.add_marker("once")
    # Else a worker is left alone at the end with what takes longest.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """See to it that what is made once is made in one process: groups are kept, or it is said."""
    if not getattr(session.config.option, "loadgroup", False):
        return
    grouped = (item for item in session.items if item.get_closest_marker("xdist_group"))
    alone = next((item.nodeid for item in grouped if "@" not in item.nodeid), None)
    if alone is not None:
        raise pytest.UsageError(
            f"{alone} is of a group, and pytest-xdist does not see it: this pytest is too new."
        )


class NoSilentSkips:
    """In CI a test is skipped only when tests/allowed_skips.txt says it may be, and why."""

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed
        self.unexpected: dict[str, None] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.look_at(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.look_at(report.nodeid)

    def look_at(self, nodeid: str) -> None:
        if not any(fnmatchcase(nodeid, pattern) for pattern in self.allowed):
            self.unexpected[nodeid] = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unexpected and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.unexpected:
            terminalreporter.section("skipped without being allowed to")
            for nodeid in self.unexpected:
                terminalreporter.line(nodeid)
            terminalreporter.line(f"Make them run, or write them into {ALLOWED_SKIPS.name}.")


def allowed_skips(text: str) -> list[str]:
    """Return the patterns of the list: a node id each, * stands for anything, # begins a reason."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def pytest_configure(config: pytest.Config) -> None:
    on_a_worker = hasattr(config, "workerinput")
    if os.environ.get("CI") == "true" and not on_a_worker:
        allowed = allowed_skips(ALLOWED_SKIPS.read_text(encoding="utf-8"))
        config.pluginmanager.register(NoSilentSkips(allowed), "no-silent-skips")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Empty the tables after a test that commits in our way, which is the shorter one."""
    from django.test import TransactionTestCase

    from tests.emptied import between_tests

    before = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = between_tests
    yield
    TransactionTestCase._fixture_teardown = before


@pytest.fixture(autouse=True)
def _only_services_write(request: pytest.FixtureRequest) -> Iterator[None]:
    if not request.node.get_closest_marker("database"):
        yield
        return
    from django.db import connection  # here, because unit tests run without Django

    from tests.only_services_write import watch

    with connection.execute_wrapper(watch):
        yield
