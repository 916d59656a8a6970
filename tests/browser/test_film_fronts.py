"""The fronts of a draft over the film: drawn where they belong, hidden by a key or a rejection."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.gateways.filmfile import run_file
from patency.records.models.suggested import DraftReading
from patency.records.models.visit import Visit
from patency.service import suggesting
from patency.service.house import House
from tests.browser.chromium import looks_right, settled
from tests.browser.films import films, hand_over, told_of
from tests.make import make_staff
from tests.service.after import JOB
from tests.service.readings import LATER, NOT_PASSED, found, tube
from tests.service.test_reporting import make_examined

DRAFT = {"en": "Draft, no finding", "zh-hans": "草稿，并非结论"}


def followed(y: float, *, from_s: float = 0.0) -> dict[str, Any]:
    """Return a line that runs from left to right through row ``y`` of one run of 64 x 64."""
    return {
        "from_s": from_s,
        "to_s": from_s + 0.88,
        "frames": 8,
        "size": [64, 64],
        "points": [[10.0, y, 0.0], [30.0, y, 2.0], [50.0, y, 4.0]],
        "moved": [[from_s, 0.0, 0.0], [from_s + 0.6, 3.0, -2.0]],
    }


def a_read_film(house: House, *, begins: tuple[str, str] = ("0900", "0905")) -> Visit:
    """Return a visit with two runs and a draft that followed both tubes in the first."""
    visit = make_examined()
    told = told_of(visit)
    files = [
        run_file(told, film, number=n, begins=f"20250923{at}00", WindowCenter=2000, WindowWidth=900)
        for n, (film, at) in enumerate(zip(films(), begins, strict=True), 1)
    ]
    hand_over(house, files, now=LATER)
    steps = [[0.0, 0.0], [0.3, 1.0], [0.5, 2.0]]
    right = tube() | {"front": steps, "course": [followed(32.0)]}
    left = NOT_PASSED | {"front": steps, "course": [followed(50.0)]}
    house.gateways.reader.says = found(right, left)  # type: ignore[attr-defined]
    later = LATER + timedelta(minutes=30)
    assert suggesting.ask_for_due(house, visit.site, by=JOB, now=later) == 1
    waiting = DraftReading.objects.get(visit=visit)
    suggesting.read_images(house, waiting.pk, by=JOB, now=later)
    return visit


@pytest.fixture
def reader(staff_window: Callable[..., Page], clock: Any) -> Callable[..., Page]:
    clock.at = LATER + timedelta(hours=3)

    def window(visit: Visit, **how: Any) -> Page:
        page = staff_window(Role.RADIOLOGIST, name="radiologist", **how)
        page.goto(reverse("report-editor", args=[visit.pk]))
        expect(page.locator("#film-canvas")).to_have_attribute("data-shown", "0:0")
        return page

    return window


def step_on(page: Page, frames: int) -> None:
    page.locator("#film-canvas").focus()
    for _ in range(frames):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#film-canvas")).to_have_attribute("data-shown", f"0:{frames}")


def fronts(page: Page) -> dict[str, tuple[int, int]]:
    told = page.locator("#film-canvas").get_attribute("data-fronts") or ""
    parts = [each.split() for each in told.split(", ") if each]
    return {side: (int(x), int(y)) for side, x, y in parts}


def is_yellow(page: Page, x: float, y: float) -> bool:
    """Return whether the canvas is yellow, not grey, at a place or a pixel beside it."""
    return bool(
        page.locator("#film-canvas").evaluate(
            """(c, [x, y]) => { const d = c.getContext('2d').getImageData(x - 1, y - 1, 3, 3).data
            for (let n = 0; n < d.length; n += 4) if (d[n] - d[n + 2] > 60) return true
            return false }""",
            [x, y],
        )
    )


@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh-hans")])
def test_a_front_is_drawn_where_contrast_had_come_and_hidden_by_a_key(
    size: str, language: str, house: House, reader: Callable[..., Page]
) -> None:
    page = reader(a_read_film(house), size=size, language=language)
    said, button = page.locator("#film-front-said"), page.locator("[data-does=fronts]")
    expect(said).to_have_text("")

    step_on(page, 4)  # 0.5 s: 2 cm, in the middle of 64 pixels on a canvas of 640

    assert fronts(page) == {"right": (305, 325), "left": (305, 505)}
    assert is_yellow(page, 305, 325)
    expect(said).to_contain_text(DRAFT[language])
    expect(said).to_contain_text("2.0 cm")
    looks_right(settled(page))

    page.keyboard.press("f")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(said).to_have_text("")
    assert fronts(page) == {}
    assert not is_yellow(page, 305, 325)
    looks_right(page)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert fronts(page)["right"] == (305, 325)


def test_a_front_goes_with_the_picture_and_with_the_organ(
    house: House, reader: Callable[..., Page]
) -> None:
    page = reader(a_read_film(house), size="desktop")
    step_on(page, 5)  # 0.625 s: the organ stands 3 pixels to the right and 2 higher

    assert fronts(page)["right"] == (335, 305)

    page.keyboard.press("+")
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#film-canvas")).to_have_attribute(
        "data-fronts", "right 359 301, left 359 526"
    )
    assert is_yellow(page, 359, 301)

    page.keyboard.press("PageDown")
    expect(page.locator("#film-canvas")).to_have_attribute("data-shown", "1:0")
    assert fronts(page) == {}, "no tube was followed in the second run"


def test_a_line_that_may_be_of_either_run_is_drawn_in_none(
    house: House, reader: Callable[..., Page]
) -> None:
    page = reader(a_read_film(house, begins=("0900", "0900")), size="desktop")

    step_on(page, 4)

    assert fronts(page) == {}
    expect(page.locator("#film-front-said")).to_contain_text("2.0 cm")


@pytest.mark.parametrize("outcome", ["rejected", "accepted"])
def test_a_tube_whose_suggestion_was_rejected_is_not_drawn(
    outcome: str, house: House, reader: Callable[..., Page]
) -> None:
    visit = a_read_film(house)
    by = make_staff(Role.RADIOLOGIST, name="earlier").as_actor()
    reading = DraftReading.objects.get(visit=visit)
    suggesting.judge_suggestion(house, reading.pk, "right", outcome, by=by, now=LATER)
    page = reader(visit, size="desktop")

    step_on(page, 4)

    assert ("right" in fronts(page)) is (outcome == "accepted")
    assert fronts(page)["left"] == (305, 505)
    assert is_yellow(page, 250, 325) is (outcome == "accepted")
