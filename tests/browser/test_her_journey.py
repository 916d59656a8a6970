"""Her way up to the examination in a browser: on a phone, in both languages, with the keyboard
alone, and without JavaScript."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from patency.core.access import Role
from patency.records.models.booking import Booking
from patency.records.models.people import Patient
from patency.records.models.visit import Answer, Decision, Period, Visit
from patency.records.models.waiting import Offer
from patency.service import offers, planning, slots
from tests.browser.chromium import LANGUAGES, Seen, crossed, go_by_keyboard, looks_right
from tests.make import NOW, SITE, TODAY, make_actor
from tests.service import walk
from tests.service.numbers import announced

WORKER = make_actor(Role.SYSTEM, name="worker")
HerWindow = Callable[..., Page]


def clinic_times(house: Any) -> None:
    slots.open_slots(
        house, room="west-clinic-1", first=TODAY, last=TODAY + timedelta(days=3),
        begins=time(10), ends=time(11), by=walk.NURSE, now=NOW,
    )  # fmt: skip


def offered(house: Any) -> Offer:
    walk.ready_to_book(house)
    walk.exam_slots(house)
    found = planning.plan_night(house, SITE, by=WORKER, now=NOW)
    (one,) = found.to_offer
    return offers.offer(house, one.visit_id, one.slot_id, why=one.why, by=WORKER, now=NOW)


def go(page: Page, name: str, *args: object, asked: str = "") -> None:
    answer = page.goto(reverse(name, args=args) + asked)
    assert answer is not None and answer.status == 200, f"{page.url}: {answer}"


def held(house: Any) -> Visit:
    return walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)


def registered(house: Any) -> Visit:
    return walk.register(house)


def with_days(house: Any) -> Visit:
    visit = walk.answered(house)
    walk.exam_slots(house)
    clinic_times(house)
    return visit


def with_a_choice(house: Any) -> Visit:
    visit = walk.ready_to_book(house)
    walk.exam_slots(house)
    return visit


def with_a_date(house: Any) -> Visit:
    visit: Visit = walk.booked(house).visit
    return visit


PAGES = {
    registered: (
        "mine", "my-answers", "my-answers?question=next", "my-answers?question=check",
        "my-period", "my-calendar", "my-waiting", "my-preparation", "my-day", "my-cost",
    ),
    with_days: (
        "mine", "my-dates", "my-waiting", "my-calendar", "my-calendar?day=2025-09-23",
        "my-calendar?month=2025-10", "my-wishes", "my-consent", "my-period", "my-period-told",
        "my-timeline",
    ),
    held: ("mine", "my-calendar", "my-waiting"),
    with_a_choice: ("mine", "my-dates", "my-cost"),
    with_a_date: ("mine", "my-day", "my-date", "my-preparation", "my-calendar"),
}  # fmt: skip


@pytest.mark.parametrize(("language", "size"), crossed(LANGUAGES, ["phone", "desktop"]))
@pytest.mark.parametrize("case", PAGES, ids=[case.__name__ for case in PAGES])
def test_every_page_of_hers_can_be_seen_and_heard(
    case: Any, size: str, language: str, house: Any, her_window: HerWindow
) -> None:
    visit = case(house)
    page = her_window(visit.patient, language=language, size=size)

    for each in PAGES[case]:
        name, _, asked = each.partition("?")
        go(page, name, asked=f"?{asked}" if asked else "")
        assert page.locator("h1").count() == 1, page.url
        looks_right(page)


@pytest.mark.parametrize(("language", "script"), crossed(LANGUAGES, [True, False]))
def test_a_woman_goes_from_her_first_question_to_her_date(
    script: bool, language: str, house: Any, her_window: HerWindow
) -> None:
    visit = walk.register(house)
    page = her_window(visit.patient, language=language, script=script)

    # Her period, in two taps from her page, and its end in one more.
    go(page, "my-period")
    page.locator("details").first.locator("summary").click()
    page.locator("#began-on").fill(walk.PERIOD_START.isoformat())
    page.locator("form:has(#began-on) button").click()
    assert Period.objects.get().start == walk.PERIOD_START
    go(page, "my-period")
    page.locator("summary").first.click()
    page.locator("#ended-on").fill(walk.BLEEDING_ENDED.isoformat())
    page.locator("form:has(#ended-on) button").click()
    assert Period.objects.get().bleeding_ended == walk.BLEEDING_ENDED

    # Our questions, one on a page; back works, and nothing is lost.
    answer_all(page)
    page.go_back()
    page.go_forward()
    assert Answer.objects.count() == 0
    page.locator("button[name=send]").click()
    assert Answer.objects.count() > 5
    assert Decision.objects.filter(visit=visit, stage="registration").exists()

    # A time for the test, chosen and checked.
    clinic_times(house)
    go(page, "my-dates")
    page.locator(".times a").first.click()
    page.locator("main form button").first.click()
    assert Booking.objects.get(kind="clinic_visit").state == "firm"


def answer_all(page: Page) -> None:
    """Answer every question as a healthy woman would, and stop at the page of all answers."""
    known = {**walk.HEALTHY, **walk.AT_THE_VISIT, "period_kind": "natural"}
    go(page, "my-answers", asked="?question=next")
    for _step in range(60):
        field = page.locator("#f-answer")
        if not field.count():
            return
        fact = field.get_attribute("name") or ""
        value = known.get(fact)
        if value is None:
            page.locator("button[name=unknown]").click()
            continue
        typed = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        if field.get_attribute("type") == "radio":
            page.locator(f'input[name={fact}][value="{typed}"]').check(force=True)
        else:
            field.fill(typed)
        page.locator("main form button:not([name])").click()
    raise AssertionError("The questions did not end.")


def test_a_woman_takes_a_kept_place_by_keyboard_alone(house: Any, her_window: HerWindow) -> None:
    offer = offered(house)
    page = her_window(offer.visit.patient)

    go(page, "mine")
    go_by_keyboard(page, "Look at it, and answer")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('my-offer', args=[offer.pk])}")
    go_by_keyboard(page, "Take it")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('my-day')}")

    assert Booking.objects.get(kind="exam", state="firm").slot_id == offer.slot_id
    looks_right(page)


def test_a_woman_gives_her_date_up_without_javascript(house: Any, her_window: HerWindow) -> None:
    visit = with_a_date(house)
    page = her_window(visit.patient, script=False)

    go(page, "my-date")
    page.get_by_role("link", name="Give it up").click()
    page.get_by_role("button", name="Give it up").click()

    assert not Booking.objects.filter(kind="exam", state="firm").exists()
    assert page.get_by_text("You gave up Tuesday 23 September").is_visible()


@pytest.mark.parametrize(("language", "size"), crossed(LANGUAGES, ["phone", "desktop"]))
def test_every_step_to_a_date_and_away_from_it_can_be_seen_and_heard(
    size: str, language: str, house: Any, her_window: HerWindow
) -> None:
    visit = with_a_choice(house)
    page = her_window(visit.patient, language=language, size=size)

    go(page, "my-dates")
    page.locator(".times a").first.click()
    looks_right(page)
    page.locator("main form button").first.click()
    page.wait_for_url(f"**{reverse('my-day')}")
    looks_right(page)
    go(page, "my-date-cancel", Booking.objects.get(kind="exam", state="firm").pk)
    looks_right(page)
    page.locator("main form button").first.click()
    page.wait_for_url(f"**{reverse('my-waiting')}")
    looks_right(page)

    assert not Booking.objects.filter(kind="exam", state="firm").exists()


def test_the_days_of_the_calendar_are_opened_by_keyboard(house: Any, her_window: HerWindow) -> None:
    visit = with_days(house)
    page = her_window(visit.patient)

    go(page, "my-calendar")
    go_by_keyboard(page, "23")
    page.keyboard.press("Enter")
    page.wait_for_url("**day=2025-09-23")

    assert page.get_by_text("This day suits you for the examination.").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_is_said_where_it_is_and_stays_typed(
    language: str, house: Any, her_window: HerWindow
) -> None:
    visit = walk.register(house)
    page = her_window(visit.patient, language=language)
    facts = list(house.protocol("hsg/2026-1").facts.types)

    go(page, "my-answers", asked=f"?question={facts.index('usual_bleeding_days') + 1}")
    page.locator("#f-answer").fill("very many")
    page.locator("main form button:not([name])").click()

    assert page.locator("[role=alert]").count() == 1
    assert page.locator("#f-answer").input_value() == "very many"
    looks_right(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_her_page_of_numbers_counts_down_by_our_clock(
    language: str, house: Any, her_window: HerWindow, clock: Any, seen: Seen
) -> None:
    seen.expected = ("/clock", "CORS")  # the door of the numbers is another program
    clock.at = NOW - timedelta(days=1)
    announced(house)
    visit = walk.answered(house, now=clock.at)
    page = her_window(visit.patient, language=language)

    go(page, "my-numbers")

    assert page.locator("[role=timer]").count() == 1
    assert page.locator("form[data-claim] button").is_visible()
    looks_right(page)


def test_her_language_stays_hers(house: Any, her_window: HerWindow) -> None:
    visit = with_a_date(house)
    page = her_window(visit.patient)

    go(page, "my-day")
    page.get_by_role("button", name="简体中文").click()

    assert page.locator("html").get_attribute("lang") == "zh-hans"
    assert Patient.objects.get(pk=visit.patient_id).language == "zh-hans"
