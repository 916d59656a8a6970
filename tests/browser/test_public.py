"""The pages anybody may read, in a browser: both languages, by keyboard, without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Page

from patency.service.house import House
from tests.browser.chromium import LANGUAGES, crossed, go_by_keyboard, looks_right, settled
from tests.browser.conftest import Windows

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("", "examination/", "bleeding/", "price/", "days/", "where/", "registering/")
HERE = "/clinics/demo-west/"


@pytest.mark.parametrize(("language", "size"), crossed(LANGUAGES, ["phone", "desktop", "zoomed"]))
def test_every_public_page_looks_right(windows: Windows, language: str, size: str) -> None:
    page = windows.open(language=language, size=size)

    for address in ("/", *(HERE + each for each in PAGES)):
        page.goto(address)
        settled(page)
        looks_right(page)


@pytest.mark.parametrize("script", [True, False])
def test_a_stranger_reads_on_in_the_language_she_picks(windows: Windows, script: bool) -> None:
    page = windows.open(language="en", script=script)
    page.goto("/")

    page.get_by_role("link", name="Maternity Hospital, Imaging Interventional Clinic").click()
    page.get_by_role("link", name="简体中文").click()
    page.get_by_role("link", name="检查后出血").first.click()

    assert page.locator("html").get_attribute("lang") == "zh-hans"
    assert page.get_by_role("heading", name="请马上拨急救电话").is_visible()
    assert page.get_by_role("link", name="现在拨打120").get_attribute("href") == "tel:120"


def test_by_keyboard_alone_she_comes_from_the_start_to_where_and_its_phone(
    windows: Windows,
) -> None:
    page: Page = windows.open(language="en")
    page.goto("/")

    for name in ("Maternity Hospital", "Where to find us"):
        go_by_keyboard(page, name)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    go_by_keyboard(page, "010-0000-0249")

    assert page.url.endswith(f"{HERE}where/")


def test_what_a_part_rests_on_opens_without_javascript(windows: Windows, house: House) -> None:
    page: Any = windows.open(language="en", script=False)
    page.goto(HERE + "examination/")

    page.locator("#risks summary").click()

    assert page.locator("#risks").get_by_text("Answers for it").is_visible()
