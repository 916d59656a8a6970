"""The film beside the report: frames over WADO-RS on a canvas, moved by keys alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pydicom.dataset import Dataset

from patency.core.access import Role
from patency.gateways.filmfile import run_file
from patency.records.models.visit import Visit
from patency.service.chosen import chosen_of
from patency.service.house import House
from tests.browser.chromium import LANGUAGES, crossed, looks_right, settled
from tests.browser.films import films, hand_over, told_of
from tests.make import NOW
from tests.service.after import AFTERWARDS
from tests.service.test_reporting import make_examined


def file_images(house: House, visit: Visit, **says: Any) -> None:
    shown = {"WindowCenter": 2000, "WindowWidth": 2000, **says}
    told = told_of(visit)
    runs = [run_file(told, film, number=n, **shown) for n, film in enumerate(films(), 1)]
    hand_over(house, runs, now=NOW)


@pytest.fixture
def reader(staff_window: Callable[..., Page], clock: Any) -> Callable[..., Page]:
    clock.at = AFTERWARDS + timedelta(hours=3)

    def window(**how: Any) -> Page:
        return staff_window(Role.RADIOLOGIST, name=f"radiologist-{len(how)}", **how)

    return window


def brightest_column(page: Page) -> float:
    """Return where the brightest columns of the canvas lie, from 0 at the left to 1."""
    return float(
        page.evaluate(
            """() => { const c = document.getElementById('film-canvas')
            const w = c.width, h = c.height
            const d = c.getContext('2d').getImageData(0, h / 2, w, 1).data
            let sum = 0, at = 0; let top = 0
            for (let x = 0; x < w; x += 1) top = Math.max(top, d[4 * x])
            for (let x = 0; x < w; x += 1) if (d[4 * x] > top - 8) { sum += 1; at += x }
            return at / sum / w }"""
        )
    )


@pytest.mark.parametrize(("language", "size"), crossed(LANGUAGES, ["phone", "desktop"]))
def test_a_film_is_read_by_keys_alone(
    size: str, language: str, house: House, reader: Callable[..., Page]
) -> None:
    visit = make_examined()
    file_images(house, visit)
    page = reader(size=size, language=language)
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    said = page.locator("#film-said")
    expect(canvas).to_have_attribute("data-shown", "0:0")
    expect(said).to_contain_text("1/8")
    settled(page)
    looks_right(page)
    at_first = brightest_column(page)

    canvas.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(canvas).to_have_attribute("data-shown", "0:3")
    assert brightest_column(page) > at_first + 0.08

    page.keyboard.press("PageDown")
    expect(canvas).to_have_attribute("data-shown", "1:0")
    expect(said).to_contain_text("2")

    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    expect(page.locator("[data-does=subtract]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("i")
    page.keyboard.press("+")
    page.keyboard.press("0")
    expect(page.locator("[data-does=invert]")).to_have_attribute("aria-pressed", "false")
    looks_right(page)


def test_hurrying_through_a_film_loses_no_frame_and_breaks_nothing(
    house: House, reader: Callable[..., Page]
) -> None:
    visit = make_examined()
    file_images(house, visit)
    page = reader(size="desktop")
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    expect(canvas).to_have_attribute("data-shown", "0:0")

    canvas.focus()
    for _ in range(3):
        for key in ("PageDown", "ArrowRight", "ArrowRight", "s", "PageUp", "ArrowRight", "s"):
            page.keyboard.press(key)

    expect(canvas).to_have_attribute("data-shown", "0:1")


def test_a_film_plays_to_its_end(house: House, reader: Callable[..., Page]) -> None:
    visit = make_examined()
    file_images(house, visit)
    page = reader(size="desktop")
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    expect(canvas).to_have_attribute("data-shown", "0:0")

    canvas.focus()
    page.keyboard.press(" ")

    expect(canvas).to_have_attribute("data-shown", "1:7", timeout=15_000)
    assert int(canvas.get_attribute("data-frames") or 0) == 16
    expect(page.locator("[data-does=play]")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("language", "size"), crossed(LANGUAGES, ["phone", "desktop"]))
def test_key_images_are_chosen_and_taken_away_without_leaving_the_film(
    size: str, language: str, house: House, reader: Callable[..., Page]
) -> None:
    visit = make_examined()
    file_images(house, visit)
    page = reader(size=size, language=language)
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    chosen = page.locator("#film-chosen li")
    expect(canvas).to_have_attribute("data-shown", "0:0")

    canvas.focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    expect(canvas).to_have_attribute("data-shown", "1:1")
    page.keyboard.press("k")
    expect(chosen).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    expect(chosen).to_have_count(2)
    expect(canvas).to_be_focused()
    expect(page.locator("[data-does=choose]")).to_have_attribute("aria-pressed", "true")
    looks_right(page)
    found = [(each.run, each.frame) for each in chosen_of(visit)]
    assert found == [(2, 2), (2, 3)]

    page.keyboard.press("PageUp")
    chosen.first.get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    expect(canvas).to_have_attribute("data-shown", "1:1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(chosen).to_have_count(1)
    expect(canvas).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    expect(chosen).to_have_count(0)
    assert chosen_of(visit) == []


@pytest.mark.parametrize("slope, ground", [(0.5, 0), (-0.5, 255)])
def test_a_window_is_of_what_stored_values_mean(
    slope: float, ground: int, house: House, reader: Callable[..., Page]
) -> None:
    visit = make_examined()
    # The ground is stored as 1200: it means 500 of a window from 600 to 1000, or 1500 of it.
    intercept = -100 if slope > 0 else 2100
    file_images(
        house,
        visit,
        RescaleSlope=slope,
        RescaleIntercept=intercept,
        WindowCenter=800,
        WindowWidth=400,
    )
    page = reader(size="desktop")
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    expect(canvas).to_have_attribute("data-shown", "0:0")

    shown = canvas.evaluate("(c) => c.getContext('2d').getImageData(600, 20, 1, 1).data[0]")

    assert shown == ground


@pytest.mark.parametrize(("is_signed", "square"), [(0, 255), (1, 0)])
def test_a_table_says_what_stored_values_mean(
    is_signed: int, square: int, house: House, reader: Callable[..., Page]
) -> None:
    visit = make_examined()
    # A window from 600 to 1000. Stored values from 1000 on mean 3 more each: the ground, 1200, is
    # 600. Signed with 11 bits it is -848, before the table: it means what the first value does.
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [1001, 1000, 16])
    values = [600] + [3000] * 1000 if is_signed else [3 * n for n in range(1001)]
    table.add_new("LUTData", "US", values)
    bits = {"BitsStored": 11, "HighBit": 10, "PixelRepresentation": 1} if is_signed else {}
    file_images(
        house, visit, ModalityLUTSequence=[table], WindowCenter=800, WindowWidth=400, **bits
    )
    page = reader(size="desktop")
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    expect(canvas).to_have_attribute("data-shown", "0:0")

    ground_and_square = canvas.evaluate(
        """(c) => [20, 320].map((y) => c.getContext('2d').getImageData(40, y, 1, 1).data[0])"""
    )

    assert ground_and_square == [0, square]
