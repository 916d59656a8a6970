"""What is refused beside the machine and at the desk is said where a person looks."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.records.models.booking import Booking
from patency.service import aftercare, table
from patency.service.house import House
from tests.browser.chromium import looks_right
from tests.service import after, walk
from tests.service.after import exam_day_plus, on_day

PICTURES = os.environ.get("PATENCY_SCREENSHOTS", "")


def see(page: Page, name: str) -> None:
    """Keep a picture of a page where PATENCY_SCREENSHOTS asks for it."""
    looks_right(page)
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_pressure_that_cannot_be_is_refused_aloud(
    size: str, house: House, clock: Any, staff_window: Callable[..., Page]
) -> None:
    done = walk.arrived(house)
    clock.at = walk.EXAM_MORNING
    table.write_step(done.visit.pk, "started", by=walk.NURSE, now=clock.at)
    page = staff_window(Role.RADIOGRAPHER, size=size)

    page.goto(reverse("exam", args=[done.visit.pk]))
    page.get_by_label("Pressure, mmHg").fill("9999")
    page.get_by_role("button", name="Keep the pressure").click()

    said = page.locator("#said")
    expect(said).to_contain_text("9999 was not written down")
    expect(said).to_contain_text("must be from 10 to 400 mmHg")
    see(page, f"exam-refused-{size}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_wrong_temperature_is_put_right_from_the_page_beside_the_machine(
    language: str, house: House, clock: Any, staff_window: Callable[..., Page]
) -> None:
    done = walk.arrived(house)
    clock.at = walk.EXAM_MORNING
    page = staff_window(Role.NURSE, size="phone", language=language)

    page.goto(reverse("exam", args=[done.visit.pk]))
    page.locator(f"a[href='{reverse('check-in', args=[Booking.objects.get().pk])}']").click()
    see(page, f"put-right-{language}")
    page.locator("#f-temperature_c").fill("388")
    page.locator("form.asked button.huge").click()
    expect(page.locator(".nhsuk-error-summary a[href='#f-temperature_c']")).to_be_visible()
    see(page, f"put-right-wrong-{language}")
    page.locator("#f-temperature_c").fill("38.8")
    page.locator("form.asked button.huge").click()
    see(page, f"put-right-sure-{language}")
    page.locator("button[value=yes]").click()

    expect(page.locator("#said")).to_be_visible()
    assert walk.fresh(done.visit).state == "on-hold"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_card_raised_by_what_she_left_open_names_it(
    language: str, house: House, clock: Any, her_window: Callable[..., Page]
) -> None:
    follow_up = after.make_followed()
    told = {**after.WELL, "temperature_today_c": 38.4}
    for name in ("fainted", "chest_pain", "breathing_difficulty"):
        del told[name]
    she = follow_up.patient
    entry = aftercare.record_diary(
        house, follow_up.pk, exam_day_plus(1), told, by=she.as_actor(), now=on_day(1)
    ).entry
    clock.at = on_day(1)
    page = her_window(she, language=language)

    page.goto(reverse("my-care-card", args=[entry.pk]))

    expect(page.locator("#raised")).to_be_visible()
    see(page, f"raised-{language}")
    page.goto(reverse("decision", args=[entry.decision_id]))
    expect(page.locator("#raised")).to_be_visible()
    see(page, f"raised-decision-{language}")
