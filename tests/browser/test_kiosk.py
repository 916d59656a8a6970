"""She fetches her report at the machine in the corridor, with a real browser and a real printer."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.doors.jobs import worker
from patency.doors.web import house as handed
from patency.gateways.printer import IppPrinter
from patency.records.models.followup import Task
from patency.records.models.report import Release
from patency.service.house import House
from tests.browser import chromium
from tests.browser.chromium import crossed
from tests.doors.conftest import Clock
from tests.make import SITE
from tests.real_printer import MISSING, WHY_SKIPPED, RealPrinter, a_real_printer
from tests.service.after import on_day
from tests.service.test_reporting import release, signed

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(bool(MISSING), reason=WHY_SKIPPED),
]
PICTURES = os.environ.get("PATENCY_SCREENSHOTS", "")
WORDS = {
    "en": {
        "start": "Get your pages here",
        "code": "Type your code",
        "on": "Go on",
        "born": "When were you born?",
        "print": "Print my pages",
        "taken": "Take your pages",
        "have": "I have my pages",
        "wrong": "This is not the date of birth we have.",
        "paper": "The printer has no paper.",
    },
    "zh-hans": {
        "start": "在这里领取您的文件",
        "code": "请输入取件码",
        "on": "继续",
        "born": "您的出生日期是？",
        "print": "打印我的文件",
        "taken": "请取走您的文件",
        "have": "我已取走文件",
        "wrong": "这与我们登记的出生日期不一致。",
        "paper": "打印机没有纸了",
    },
}
NAMES = {"en": "English", "zh-hans": "简体中文"}
HERS = {"year": "1993", "month": "5", "day": "17"}


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[RealPrinter]:
    with a_real_printer(tmp_path) as switched_on:
        yield switched_on


@pytest.fixture
def at_work(
    house: House, printer: RealPrinter, settings: Any, tmp_path: Path, clock: Clock
) -> House:
    """Return the house whose self-service printer is the real one; a test lets its worker go."""
    settings.PATENCY_HOME = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    site = house.site(SITE)
    ours = replace(
        house,
        sites={
            **house.sites,
            SITE: replace(site, printer=replace(site.printer, address=printer.address)),
        },
        gateways=replace(house.gateways, printer=IppPrinter()),
    )
    handed.provide(lambda: ours)
    clock.at = on_day(1, 10)
    return ours


@pytest.fixture
def machine(at_work: House, staff_window: Callable[..., Page]) -> Callable[..., Page]:
    """Return how the machine is switched on: ``machine(script=False)``."""

    def switch_on(**how: Any) -> Page:
        page = staff_window(Role.KIOSK, name="kiosk-west", **{"size": "kiosk", **how})
        page.goto("/kiosk/")
        return page

    return switch_on


def look_at(page: Page, name: str) -> None:
    chromium.looks_right(page)
    big_enough(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/kiosk-{name}.png", full_page=True)


def big_enough(page: Page) -> None:
    """Fail with what is too small for a finger, or to be read from two steps away."""
    small = page.evaluate(
        """() => [...document.querySelectorAll('main :is(button, select, input, a), header button')]
          .filter(e => e.offsetParent && e.type !== 'hidden')
          .map(e => [e.getBoundingClientRect(), e.outerHTML.slice(0, 120)])
          .filter(([box]) => box.height < 64 || box.width < 64).map(([, html]) => html)"""
    )
    assert small == []
    letters = page.evaluate(
        """() => [...document.querySelectorAll('main p, main li, main label')]
          .filter(e => e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(letters, default=24) >= 24


def choose(page: Page, parts: dict[str, str]) -> None:
    for name, value in parts.items():
        page.locator(f"select[name={name}]").select_option(value)


@pytest.mark.parametrize(("script", "language"), crossed([True, False], sorted(WORDS)))
def test_she_fetches_her_pages(
    at_work: House, machine: Callable[..., Page], printer: RealPrinter, language: str, script: bool
) -> None:
    said = WORDS[language]
    code = release(at_work, signed(at_work)).code
    page = machine(script=script)
    expect(page.get_by_text(said["start"])).to_be_visible()
    if script:
        look_at(page, "start")

    page.get_by_role("button", name=NAMES[language]).click()
    expect(page.get_by_role("heading", name=said["code"])).to_be_visible()
    if script:
        for letter in code:
            page.locator(f"[data-key='{letter}']").click()
        assert page.locator("input[name=code]").input_value().replace(" ", "") == code
        look_at(page, f"code-{language}")
    else:
        page.locator("input[name=code]").fill(code.lower())
    page.get_by_role("button", name=said["on"], exact=True).click()

    expect(page.get_by_role("heading", name=said["born"])).to_be_visible()
    choose(page, {**HERS, "day": "18"})
    page.get_by_role("button", name=said["print"]).click()
    expect(page.get_by_text(said["wrong"])).to_be_visible()
    if script:
        look_at(page, f"birth-{language}")
    choose(page, HERS)
    page.get_by_role("button", name=said["print"]).click()

    worker.run(at_work, once=True)
    for _ in range(50):
        worker.run(at_work, once=True)
        if printer.pages():
            break
    worker.run(at_work, once=True)
    expect(page.get_by_role("heading", name=said["taken"])).to_be_visible(timeout=15_000)
    if script:
        look_at(page, f"taken-{language}")
    [paper] = printer.pages()
    assert paper.startswith(b"%PDF")
    page.get_by_role("button", name=said["have"]).click()
    expect(page.get_by_text(said["start"])).to_be_visible()

    # Back shows nothing of her.
    page.go_back()
    expect(page.get_by_text(said["start"])).to_be_visible()
    assert "1993" not in page.content()


def test_a_scanner_types_the_code_and_goes_on(at_work: House, machine: Callable[..., Page]) -> None:
    code = release(at_work, signed(at_work)).code
    page = machine()
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Type your code").click()  # the field is not touched

    page.keyboard.type(code + "\n", delay=2)

    expect(page.get_by_role("heading", name="When were you born?")).to_be_visible()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_out_of_paper_is_said_and_the_code_still_works(
    at_work: House, machine: Callable[..., Page], printer: RealPrinter, language: str
) -> None:
    said = WORDS[language]
    code = release(at_work, signed(at_work)).code
    page = machine()
    printer.take_the_paper_out()
    page.get_by_role("button", name=NAMES[language]).click()
    page.locator("input[name=code]").fill(code)
    page.get_by_role("button", name=said["on"], exact=True).click()
    choose(page, HERS)
    page.get_by_role("button", name=said["print"]).click()

    expect(page.get_by_role("heading", name=re.compile(said["paper"]))).to_be_visible()
    look_at(page, f"paper-{language}")
    assert Release.objects.get().copies_left == 2
    assert Task.objects.filter(kind="printer-trouble").count() == 1


def test_a_screen_nobody_touches_asks_and_then_forgets_her(
    at_work: House, machine: Callable[..., Page]
) -> None:
    code = release(at_work, signed(at_work)).code
    page = machine()
    page.clock.install()
    page.get_by_role("button", name="English").click()
    page.locator("input[name=code]").fill(code[:6])

    page.clock.fast_forward(46_000)
    expect(page.get_by_role("heading", name="Are you still there?")).to_be_visible()
    look_at(page, "still-there")
    page.get_by_role("button", name="Yes, I am here").click()
    assert page.locator("input[name=code]").input_value() == code[:6]  # what she typed is there

    page.clock.fast_forward(46_000)
    expect(page.get_by_role("heading", name="Are you still there?")).to_be_visible()
    for _second in range(16):
        page.clock.fast_forward(1_000)
    expect(page.get_by_text("Get your pages here")).to_be_visible()
    page.go_back()
    assert code[:6] not in page.content()


def test_everything_can_be_done_by_keyboard(at_work: House, machine: Callable[..., Page]) -> None:
    code = release(at_work, signed(at_work)).code
    page = machine()
    chromium.go_by_keyboard(page, "English")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Type your code")).to_be_visible()
    page.keyboard.type(code)
    chromium.go_by_keyboard(page, "Go on")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="When were you born?")).to_be_visible()
    for label, typed in (("Day", "17"), ("Month", "May"), ("Year", "1993")):
        chromium.go_by_keyboard(page, label)
        page.keyboard.type(typed, delay=20)
    chromium.go_by_keyboard(page, "Print my pages")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your pages are printing")).to_be_visible()


def test_the_machine_says_when_it_is_closed(
    at_work: House, machine: Callable[..., Page], clock: Clock
) -> None:
    clock.at = on_day(1, 21)
    page = machine()

    expect(page.get_by_role("heading", name="The printer is closed now")).to_be_visible()
    look_at(page, "closed")
