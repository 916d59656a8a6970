"""The 7:00 release in a browser: three women, one number, one place in line, one definite no.

The door of the numbers is the program that serves it in a clinic, on a clock that stands a few
seconds before seven; the pages are read at the same moments.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.gateways.clock import DemoClock
from patency.records.models.release import Claim
from tests.browser.chromium import LANGUAGES, crossed, looks_right
from tests.service import walk
from tests.service.numbers import SEVEN, SUNDAY, announced

BEFORE = timedelta(seconds=14)  # long enough for three pages to open on a busy machine
SAID = {
    "en": ("Your number is 1.", "You are number 1 in line.", "All numbers of this day are given"),
    "zh-hans": ("您的号码是1。", "您在候补中排第1位。", "这一天的号已放完，候补也满了。"),
}


def database_address() -> str:
    its = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{its['NAME']}"
    return f"postgresql://{its['USER']}:{its['PASSWORD']}@{its['HOST']}:{its['PORT']}/{its['NAME']}"


class Door:
    """The door of the numbers, in a process of its own, on a clock of its own."""

    def __init__(self, home: Path, pages: str) -> None:
        self.clock = DemoClock(home / "demo-clock.json", begins=SEVEN - BEFORE)
        self.clock.begin_again()
        self.clock.stand_still()
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "door.log"
        (home / "demo-key").write_text(settings.SECRET_KEY)  # the pages sign the tickets with it
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(Path(sys.executable).with_name("patency"), "release", "serve"),
                    *("--port", str(self.port)),
                ],
                env={
                    **os.environ,
                    "PATENCY_MODE": "demo",
                    "PATENCY_HOME": str(home),
                    "PATENCY_ORIGINS": pages,
                    "DATABASE_URL": database_address(),
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ready(self) -> "Door":
        ends = monotonic() + 90
        while monotonic() < ends and self.process.poll() is None:
            try:
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as line:
                    line.request("GET", "/clock")
                    line.getresponse().read()
                return self
            except OSError:
                sleep(0.1)
        pytest.fail(f"the door did not open: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def door(
    transactional_db: None, live_server: Any, tmp_path: Path, monkeypatch: Any
) -> Iterator[Door]:
    opened = Door(tmp_path, live_server.url)
    monkeypatch.setattr(settings, "RELEASE_DOOR_URL", opened.url)
    try:
        yield opened.ready()
    finally:
        opened.kill()


def read_page(page: Page, clock: Any, now: datetime) -> None:
    clock.at = now
    answer = page.goto(reverse("my-numbers"))
    assert answer is not None and answer.status == 200


@pytest.mark.parametrize(("script", "language"), crossed([True, False], LANGUAGES))
def test_at_seven_each_woman_gets_one_definite_answer(
    language: str,
    script: bool,
    house: Any,
    clock: Any,
    door: Door,
    her_window: Callable[..., Page],
) -> None:
    clock.at = SUNDAY
    announced(house, places=1, waiting=1, policy="first-come")
    women = [
        walk.answered(
            house, now=SUNDAY, family_name=name, phone=f"+86 138 0000 000{number}"
        ).patient
        for number, name in enumerate(("First", "Second", "Third"))
    ]
    pages = [her_window(one, language=language, script=script) for one in women]
    for page in pages:
        read_page(page, clock, SEVEN - BEFORE)
        if script:
            looks_right(page)
    first, *_ = pages
    if script:
        expect(first.locator("form[data-claim] button")).to_be_disabled()

    door.clock.go_on()
    while door.clock() < SEVEN:
        sleep(0.2)
    clock.at = door.clock()
    for page in pages:
        page.locator("form[data-claim] button").click()
        expect(page.locator("form[data-claim]")).to_have_count(0)

    for page, said in zip(pages, SAID[language], strict=True):
        expect(page.locator("main")).to_contain_text(said)
        if script:
            looks_right(page)
    outcomes = Claim.objects.order_by("received_at").values_list("outcome", flat=True)
    assert list(outcomes) == ["number", "waiting", "sold-out"]


def test_who_presses_too_early_loses_nothing_and_asks_again_at_seven(
    house: Any, clock: Any, door: Door, her_window: Callable[..., Page]
) -> None:
    clock.at = SUNDAY
    announced(house, places=1, waiting=1, policy="first-come")
    page = her_window(walk.answered(house, now=SUNDAY).patient, script=False)
    read_page(page, clock, SEVEN - BEFORE)

    page.locator("form[data-claim] button").click()
    early = page.locator("main").inner_text()
    door.clock.jump_to(SEVEN + timedelta(seconds=1))
    read_page(page, clock, door.clock())
    page.locator("form[data-claim] button").click()

    assert "Not open yet. Nothing is lost" in early
    expect(page.locator("main")).to_contain_text("Your number is 1.")
    assert Claim.objects.get().outcome == "number"
