"""The radiologist's two minutes: from the list to the signature, by keyboard alone."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.core.exam import Step
from patency.core.visit import VisitState
from patency.records.models.exam import ExamStep
from patency.records.models.report import Findings, FindingsDraft, Report
from patency.records.models.visit import Visit
from patency.service.house import House
from tests.browser.chromium import LANGUAGES, Seen, crossed, go_by_keyboard, looks_right, settled
from tests.service import after
from tests.service.after import AFTERWARDS, BOTH_OPEN
from tests.service.test_reporting import draft, find, make_examined, sign

SAVED = {"en": "Draft saved", "zh-hans": "草稿已保存"}
FITS = {"en": "Fits together", "zh-hans": "没有矛盾"}
SPASM = {"en": "a spasm looks the same", "zh-hans": "痉挛看起来也是这样"}


@pytest.fixture
def reader(staff_window: Callable[..., Page], clock: Any) -> Callable[..., Page]:
    clock.at = AFTERWARDS + timedelta(hours=3)

    def window(**how: Any) -> Page:
        return staff_window(Role.RADIOLOGIST, name=f"radiologist-{len(how)}", **how)

    return window


def make_filmed() -> Visit:
    """Return the visit of a woman whose examination was written down step by step."""
    visit = make_examined()
    for kind, second, value in (
        ("started", 0, None),
        ("run-began", 20, None),
        ("contrast", 24, 2.0),
        ("cavity-full", 31, None),
        ("run-ended", 40, None),
        ("run-began", 62, None),
        ("spill-right", 80, None),
        ("spill-left", 93, None),
        ("run-ended", 101, None),
        ("ended", 480, None),
    ):
        step = Step(kind, after.STARTED + timedelta(seconds=second), value)
        ExamStep.objects.create(
            visit=visit, kind=step.kind, at=step.at, value=step.value, by="radiographer-one"
        )
    return visit


def live(page: Page) -> Any:
    return page.locator("#live")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_normal_examination_is_reported_and_signed_by_keyboard_alone(
    house: House, reader: Callable[..., Page], language: str
) -> None:
    visit = make_filmed()
    page = reader(language=language)

    page.goto(reverse("reading"))
    looks_right(settled(page))
    go_by_keyboard(page, {"en": "Write the report", "zh-hans": "写报告"}[language])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("report/$"))
    settled(page)
    expect(page.locator(".film-strip svg")).to_be_visible()

    page.keyboard.press("Alt+b")
    expect(live(page).get_by_text(SAVED[language])).to_be_visible()
    page.keyboard.press("Alt+i")
    page.keyboard.press("Space")
    expect(live(page).get_by_text(FITS[language])).to_be_visible()
    looks_right(page)
    page.keyboard.press("Alt+k")
    page.wait_for_url(re.compile("/reports/"))
    looks_right(settled(page))
    page.keyboard.press("Alt+s")
    page.wait_for_url(re.compile("/reading/"))

    report = Report.objects.get()
    assert (report.status, report.visit_id) == ("signed", visit.pk)
    visit.refresh_from_db()
    assert visit.state == VisitState.REPORTED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_blocked_from_the_horn_alone_is_refused_while_it_is_picked(
    house: House, reader: Callable[..., Page], language: str
) -> None:
    visit = make_examined()
    page = reader(language=language)
    page.goto(reverse("report-editor", args=[visit.pk]))
    settled(page)

    page.keyboard.press("Alt+r")
    page.keyboard.press("ArrowRight")  # nothing is picked before an arrow or the space bar
    page.locator("#id_right_filled_to_1").check(force=True)
    page.locator("#id_right_said_2").check(force=True)

    expect(live(page).get_by_text(SPASM[language])).to_be_visible()
    looks_right(page)
    link = live(page).locator("a", has_text=SPASM[language])
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_right_said_0"
    assert not Findings.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_keep_both_texts_and_say_who_saved_when(
    house: House, reader: Callable[..., Page], staff_window: Callable[..., Page]
) -> None:
    visit = make_examined()
    mine = reader()
    theirs = staff_window(Role.RADIOLOGIST, name="radiologist-two")
    for page in (mine, theirs):
        page.goto(reverse("report-editor", args=[visit.pk]))
        settled(page)

    theirs.locator("#id_shape_1").check(force=True)
    expect(live(theirs).get_by_text("Draft saved")).to_be_visible()
    mine.locator("#id_shape_2").check(force=True)

    expect(live(mine)).to_contain_text("radiologist-two saved another text at 13:00")
    mine.get_by_role("link", name="Look at both").click()
    settled(mine)
    expect(mine.locator("table")).to_contain_text("Arcuate")
    expect(mine.locator("table")).to_contain_text("Divided")
    looks_right(mine)
    assert FindingsDraft.objects.filter(beside=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_picked_stays_when_the_session_ends_meanwhile(
    house: House, reader: Callable[..., Page], seen: Seen
) -> None:
    seen.expected = ("Response Status Error Code", "htmx")
    visit = make_examined()
    page = reader()
    page.goto(reverse("report-editor", args=[visit.pk]))
    settled(page)
    page.context.clear_cookies()

    page.locator("#id_shape_1").check(force=True)

    expect(live(page)).to_contain_text("You are signed out.")
    assert page.locator("#id_shape_1").is_checked()


@pytest.mark.django_db(transaction=True)
def test_an_amendment_is_written_and_compared(house: House, reader: Callable[..., Page]) -> None:
    visit = make_examined()
    find(house, visit)
    sign(house, draft(house, visit))
    page = reader()

    page.goto(reverse("report-editor", args=[visit.pk]))
    page.get_by_label("Why it is amended").fill("The late image shows slow spill on the left.")
    page.locator("#id_left_spill_1").check(force=True)
    page.keyboard.press("Alt+k")
    page.wait_for_url(re.compile("/reports/"))
    page.get_by_role("link", name="What version 2 changed").click()
    settled(page)

    expect(page.locator("ins").first).to_contain_text("Slow spill")
    looks_right(page)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "language"), crossed(["phone", "zoomed"], LANGUAGES))
def test_the_editor_and_the_report_fit_a_phone_and_400_per_cent(
    house: House, reader: Callable[..., Page], size: str, language: str
) -> None:
    visit = make_filmed()
    find(house, visit, replace(BOTH_OPEN, right=after.WIDE))
    report = draft(house, visit)
    page = reader(size=size, language=language)

    for address in (
        reverse("reading"),
        reverse("report-editor", args=[visit.pk]),
        reverse("report", args=[report.pk]),
    ):
        page.goto(address)
        looks_right(settled(page))


@pytest.mark.django_db(transaction=True)
def test_the_editor_works_without_a_script(house: House, reader: Callable[..., Page]) -> None:
    visit = make_examined()
    page = reader(script=False)

    page.goto(reverse("report-editor", args=[visit.pk]))
    page.get_by_role("button", name="Cavity and both tubes normal").click()
    page.locator("#id_quality_0").check(force=True)
    page.get_by_role("button", name="Keep, and read the report").click()
    page.get_by_role("button", name="Sign", exact=False).last.click()

    assert Report.objects.get().status == "signed"
