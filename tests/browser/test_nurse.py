"""A nurse's day in a real browser, by the keyboard alone: from the test to the way home."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.records.models.booking import Booking
from patency.records.models.exam import ExamRecord, Observation
from patency.records.models.followup import Task
from patency.records.models.visit import Visit
from patency.service import booking, payment, slots
from tests.browser.chromium import LANGUAGES, crossed, go_by_keyboard, looks_right, settled
from tests.make import NOW, SITE, TODAY, make_patient
from tests.service import walk

R = Role
WAYS = crossed(["desktop", "phone"], LANGUAGES)
WORDS = {True: "yes", False: "no"}


class Desk:
    """One window of the nurse, used by keys; every page that comes is looked at."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language

    def say(self, words: str, **values: Any) -> str:
        with translation.override(self.language):
            return translation.gettext(words).format(**values)

    def at(self, path: str) -> "Desk":
        self.page.goto(path)
        return self.look()

    def look(self) -> "Desk":
        looks_right(settled(self.page))
        return self

    def press(self, words: str) -> "Desk":
        """Move to what carries these words with the Tab key, press Enter, and look."""
        self.page.wait_for_load_state("networkidle")  # a preview that is under way
        go_by_keyboard(self.page, self.say(words), most=400)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")
        return self.look()

    def tap(self, words: str) -> "Desk":
        """Press a button beside the C-arm, which changes only its part of the page."""
        self.page.evaluate(
            """() => {
              const page = document.documentElement
              page.dataset.settled = 'no'
              addEventListener('htmx:afterSettle', () => { page.dataset.settled = 'yes' })
            }"""
        )
        go_by_keyboard(self.page, words, most=400)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("html")).to_have_attribute("data-settled", "yes")
        return self

    def fill(self, values: Mapping[str, object]) -> "Desk":
        """Choose and type what is asked and known; what is not asked stays away."""
        for name, value in values.items():
            text = WORDS[value] if isinstance(value, bool) else str(value)
            radio = self.page.locator(f'input[type=radio][name="{name}"][value="{text}"]')
            field = self.page.locator(f'input:not([type=radio]):not([type=hidden])[name="{name}"]')
            if radio.count():
                radio.focus()
                self.page.keyboard.press("Space")
            elif field.count():
                field.focus()
                self.page.keyboard.press("Control+A")
                self.page.keyboard.type(text)
        return self


@pytest.fixture
def visit(house: Any, transactional_db: None) -> Visit:
    """Return a woman who answered at home and has a time for the test today."""
    visit = walk.answered(house)
    slots.open_slots(
        house,
        room="west-clinic-1",
        first=TODAY,
        last=TODAY,
        begins=(NOW + timedelta(hours=8, minutes=10)).time(),
        ends=(NOW + timedelta(hours=9)).time(),
        by=walk.NURSE,
        now=NOW,
    )
    slot = booking.offer_visits(house, visit.pk, by=walk.DESK, now=NOW)[0]
    booking.book_visit(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)
    walk.exam_slots(house)
    return visit


@pytest.mark.parametrize(("size", "language"), WAYS)
def test_a_nurse_takes_a_woman_from_the_test_to_the_way_home(
    size: str, language: str, visit: Visit, house: Any, clock: Any, staff_window: Any
) -> None:
    def nurse(name: str) -> Desk:
        return Desk(staff_window(R.NURSE, name=name, size=size, language=language), language)

    desk = nurse("morning").at("/today/").press("Test and questions")
    desk.fill({**walk.AT_THE_VISIT, **walk.LEUCORRHOEA})
    preview = desk.page.locator("#preview")
    expect(preview).to_contain_text(desk.say("Nothing in the way"))
    assert walk.fresh(visit).state == "registered"
    desk.press("Keep this")
    assert walk.fresh(visit).state == "cleared"

    desk.at(f"/visits/{visit.pk}/papers/").fill(
        {"signed_name": "Ann Example", "chaperone": "no", "operator_sex_wish": "none"}
    )
    desk.press("She has signed")
    quote = payment.quote(house, visit.pk, by=walk.CASHIER, now=clock.at)
    payment.record(house, quote.pk, method="card", by=walk.CASHIER, now=clock.at)
    desk.press("Make the application form")
    desk.at(f"/visits/{visit.pk}/dates/").press("09:00")
    date_of_hers = Booking.objects.get(visit=visit, kind="exam")
    assert date_of_hers.state == "firm"

    clock.at = walk.EXAM_MORNING
    desk = nurse("next-morning").at("/today/").press("Check her in")
    desk.fill({**walk.ON_ARRIVAL, "pregnancy_test_today": "negative"})
    desk.fill({"pregnancy_urine-lot": "HCG-0925"}).press("Check her in")
    assert walk.fresh(visit).state == "arrived"

    desk.at("/today/").press("Examine")
    for words in (
        "Begin the examination",
        "Run begins",
        "+ 2",
        "2 Womb full, tubes begin",
        "Run ends",
    ):
        desk.tap(desk.say(words))
    desk.look().tap(desk.say("Faint (vasovagal)")).look()
    expect(desk.page.locator(".step-list")).to_contain_text(desk.say("Faint (vasovagal)"))
    desk.tap(desk.say("Take back: %(what)s").split("%")[0].strip())
    expect(desk.page.locator(".step-list")).not_to_contain_text(desk.say("Faint (vasovagal)"))
    clock.at += timedelta(minutes=6)
    desk.tap(desk.say("End the examination")).press("Make the record")
    desk.page.locator("select[name=agent]").select_option("iohexol 300")
    desk.fill({"lot": "IO-1", "dap_gy_cm2": "1.1", "fluoro_seconds": "30"})
    desk.press("Keep the record: examined")
    record = ExamRecord.objects.get(visit=visit)
    assert (record.increments, record.key_images, record.events) == ([2.0], [2], [])

    clock.at += timedelta(minutes=31)
    desk = nurse("later").at(f"/visits/{visit.pk}/examination/after/")
    desk.fill({"how_she_is": "well", "pulse": "72"}).press("Keep this look")
    desk.press("Let her go home")
    expect(desk.page.locator("#said")).to_contain_text(desk.say("Not done."))
    desk.look().press("She goes home all the same")
    assert Observation.objects.get(exam=record).left_at == clock.at
    desk.at(f"/patients/{visit.patient_id}/")
    expect(desk.page.locator(".road [aria-current]")).to_contain_text(desk.say("Examined"))


def test_the_board_looks_again_by_itself_and_keeps_what_is_being_typed(
    visit: Visit, house: Any, staff_window: Any
) -> None:
    task = Task.objects.create(
        site=SITE,
        patient=visit.patient,
        kind="call-back",
        urgency="C",
        opened_at=NOW,
        due_at=NOW + timedelta(hours=3),
    )
    page = staff_window(R.NURSE)
    page.goto("/today/")
    note = page.locator(f"#note-{task.pk}")
    page.locator(f"details:has(#note-{task.pk}) summary").click()
    note.focus()
    page.keyboard.type("called at")

    walk.register(house, family_name="New", phone="+86 138 0000 0009")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#waiting ~ ul.waits")).to_contain_text("New")

    expect(note).to_have_value("called at")
    page.keyboard.type(" 9")
    expect(note).to_have_value("called at 9")


def test_the_board_says_the_same_without_a_script(visit: Visit, staff_window: Any) -> None:
    page = staff_window(R.NURSE, script=False)

    page.goto("/today/")

    expect(page.locator(".board-line")).to_have_count(1)
    expect(page.get_by_text("Look again")).to_be_visible()
    looks_right_without_script(page)


def looks_right_without_script(page: Page) -> None:
    assert page.locator("h1").count() == 1
    assert page.locator(".board-line .nhsuk-button").get_attribute("href")


def test_a_slip_at_the_door_is_asked_about_and_a_wrong_number_keeps_what_was_typed(
    house: Any, transactional_db: None, clock: Any, staff_window: Any
) -> None:
    date_of_hers = walk.booked(house)
    clock.at = walk.EXAM_MORNING
    desk = Desk(staff_window(R.NURSE, size="phone"), "en")
    desk.at(f"/bookings/{date_of_hers.pk}/check-in/")

    desk.fill({**walk.ON_ARRIVAL, "temperature_c": "37.9", "pregnancy_test_today": "negative"})
    desk.fill({"pregnancy_urine-lot": "HCG-0925"})
    expect(desk.page.locator("#preview")).to_contain_text("On hold")
    desk.press("Check her in")
    expect(desk.page.locator("h1")).to_have_text("Is this so?")
    desk.press("Measure / ask again")
    expect(desk.page.locator("input[name=temperature_c]")).to_have_value("37.9")

    assert walk.fresh(date_of_hers.visit).state == "booked"


def test_a_woman_is_found_by_her_phone_and_by_the_beginning_of_her_name(
    house: Any, transactional_db: None, staff_window: Any
) -> None:
    for number, given in enumerate(("秀英", "秀兰", "秀梅")):
        make_patient(family_name="王", given_name=given, phone=f"+86 139 0000 000{number}")
    desk = Desk(staff_window(R.REGISTRATION), "en").at("/find/")

    desk.fill({"number": "王秀"}).press("Find her")
    expect(desk.page.locator(".found > li")).to_have_count(3)
    desk.fill({"number": "139 0000 0001"}).press("Find her")

    expect(desk.page.locator("h1")).to_have_text("王秀兰")
    assert "139" not in desk.page.url
