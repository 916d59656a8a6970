"""Her pages after the examination, in a browser: phone, both languages, keyboard, no script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from patency.core.language import nearest
from patency.records.models.followup import DiaryEntry, FollowUp, PregnancyEpisode
from patency.records.models.hers import ErasureWish
from patency.records.models.people import Patient
from patency.service import aftercare, fertile_days, pregnancy, reporting
from patency.service.house import House
from tests.browser.chromium import LANGUAGES, crossed, go_by_keyboard, looks_right, settled
from tests.doors.conftest import Clock
from tests.make import make_answers
from tests.service import after, walk
from tests.service.after import BOTH_OPEN, RADIOLOGIST, on_day

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]
PAGES = (
    "/my/after/",
    "/my/diary/",
    "/my/diary/write/?day=3&page=bleeding",
    "/my/report/",
    "/my/trying/",
    "/my/fertile-days/",
    "/my/positive-test/",
    "/my/calendar-address/",
    "/my/data/",
    "/my/data/end/",
)


def examined(house: House, clock: Clock, language: str = "en") -> FollowUp:
    """Return the follow-up of a woman on day 3, her report signed and released."""
    visit = after.make_arrived()
    Patient.objects.filter(pk=visit.patient_id).update(language=language)
    make_answers(visit, infection_cleared=True)
    after.examination.record(house, visit.pk, after.exam(), by=after.RADIOGRAPHER, now=after.ENDED)
    follow_up = aftercare.open_follow_up(house, visit.pk, by=walk.NURSE, now=after.AFTERWARDS)
    reporting.record_findings(house, visit.pk, BOTH_OPEN, by=RADIOLOGIST, now=after.AFTERWARDS)
    draft = reporting.draft(house, visit.pk, by=RADIOLOGIST, now=after.AFTERWARDS)
    reporting.sign(house, draft.pk, by=RADIOLOGIST, now=after.AFTERWARDS)
    reporting.release(house, visit.pk, by=walk.DOCTOR, now=on_day(2))
    clock.at = on_day(3, 12)
    follow_up.refresh_from_db()
    return follow_up


@pytest.mark.parametrize(("language", "size"), crossed(LANGUAGES, ["phone", "desktop", "zoomed"]))
def test_every_page_after_the_examination_looks_right(
    her_window: Open, house: House, clock: Clock, language: str, size: str
) -> None:
    follow_up = examined(house, clock, language)
    herself = follow_up.patient.as_actor()
    after.tell(house, follow_up, 1, temperature_today_c=38.2)
    fertile_days.want_fertile_days(True, by=herself, now=clock.at)
    page = her_window(follow_up.patient, language=language, size=size)

    told = DiaryEntry.objects.get()
    for address in (*PAGES, f"/my/diary/{told.pk}/"):
        page.goto(address)
        settled(page)
        looks_right(page)
        assert page.locator("html").get_attribute("lang") == language

    pregnancy.report_positive(
        house, follow_up.pk, test_on=clock.at.date(), answers={}, by=herself, now=clock.at
    )
    page.goto("/my/pregnancy/")
    looks_right(page)


WORDS = {
    "en": ("Continue", "None of these", "Send", "Carry on"),
    "zh-hans": ("继续", "都没有", "发送", "照常"),
}


def say(page: Page, *ids: str, go_on: str) -> None:
    for each in ids:
        page.locator(f"label[for='{each}']").click()
    page.get_by_role("button", name=go_on, exact=True).click()


@pytest.mark.parametrize(("language", "script"), [("en", False), ("zh-hans", True)])
def test_a_well_day_takes_her_nine_taps_to_an_answer(
    her_window: Open, house: House, clock: Clock, language: str, script: bool
) -> None:
    follow_up = examined(house, clock, language)
    go_on, none, send, _calm = WORDS[language]
    dry = house.rulebook_at("demo-west").protocol.facts["bleeding_amount"].choices.index("none")
    page = her_window(follow_up.patient, language=language, script=script)

    page.goto("/my/diary/write/")
    say(page, "f-bleeding_amount" + (f"-{dry + 1}" if dry else ""), go_on=go_on)
    page.locator("#f-temperature_today_c").fill("36.7")
    say(page, "f-chills_or_vomiting-2", go_on=go_on)
    say(page, "f-pain_score", "f-unable_to_stand-2", "f-pain_worse_after_24h-2", go_on=go_on)
    page.get_by_label(none).check()
    page.get_by_role("button", name=go_on, exact=True).click()
    while page.locator("#own_words").count() == 0:
        looks_right(page) if script else None
        first = page.locator("input[type=radio][value=no], input[type=radio][value=none]").first
        say(page, str(first.get_attribute("id")), go_on=go_on)
    page.get_by_role("button", name=send, exact=True).click()

    assert page.locator(".care-self").count() == 1
    entry = DiaryEntry.objects.get()
    assert (entry.day, entry.urgency) == (3, "S")


def test_back_changes_an_answer_and_an_error_leads_to_its_question(
    her_window: Open, house: House, clock: Clock
) -> None:
    follow_up = examined(house, clock)
    page = her_window(follow_up.patient)
    page.goto("/my/diary/write/?day=3&page=temperature")

    page.locator("#f-temperature_today_c").fill("99")
    page.get_by_role("button", name="Continue").click()
    looks_right(page)
    page.get_by_role("link", name="This must be a number").click()
    assert page.evaluate("document.activeElement.id") == "f-temperature_today_c"
    assert page.locator("#f-temperature_today_c").input_value() == "99"


def test_by_keyboard_alone_she_tells_an_alarm_and_reaches_the_number(
    her_window: Open, house: House, clock: Clock
) -> None:
    follow_up = examined(house, clock)
    herself = follow_up.patient.as_actor()
    told = aftercare.record_diary(
        house, follow_up.pk, after.exam_day_plus(3), {**after.WELL, "fainted": True},
        by=herself, now=clock.at,
    )  # fmt: skip
    page = her_window(follow_up.patient)
    page.goto("/my/diary/")

    go_by_keyboard(page, "Thursday" if told.entry.day == 2 else "Today")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    go_by_keyboard(page, "Call 120 now")

    assert page.url.endswith(f"/my/diary/{told.entry.pk}/")
    looks_right(page)


@pytest.mark.parametrize("script", [True, False])
def test_she_tells_a_positive_test_on_one_page(
    her_window: Open, house: House, clock: Clock, script: bool
) -> None:
    follow_up = examined(house, clock)
    clock.at = on_day(30)
    page = her_window(follow_up.patient, script=script)
    page.goto("/my/positive-test/")

    page.get_by_role("button", name="Tell the clinic").click()
    if script:
        looks_right(page)
    page.get_by_label("Yesterday").check()
    page.locator("label[for='f-pain_score']").click()
    bleeding = page.locator("input[name=bleeding_amount][value=none]")
    page.locator(f"label[for='{bleeding.get_attribute('id')}']").click()
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Tell the clinic").click()

    assert page.get_by_text("We call you by").is_visible()
    assert PregnancyEpisode.objects.get().test_on == after.exam_day_plus(29)


def test_she_keeps_a_copy_makes_a_calendar_and_asks_for_the_end_without_javascript(
    her_window: Open, house: House, clock: Clock
) -> None:
    follow_up = examined(house, clock)
    clock.at = on_day(20) + timedelta(hours=1)
    page = her_window(follow_up.patient, script=False)

    page.goto("/my/data/")
    with page.expect_download() as kept:
        page.get_by_role("button", name="A copy to read").click()
    page.get_by_role("link", name="My dates in my calendar").click()
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("#address").inner_text()
    page.goto("/my/data/end/")
    page.locator("#id_number").fill(follow_up.patient.number.lower())
    page.get_by_role("button", name="Ask that my record is deleted").click()

    assert kept.value.suggested_filename.startswith("record-")
    assert "/calendar/" in address
    assert page.get_by_text("You asked that your record ends").is_visible()
    assert ErasureWish.objects.count() == 1


def test_the_language_of_her_pages_is_one_we_speak(house: House) -> None:
    assert all(nearest(house.languages, language) for language in LANGUAGES)
