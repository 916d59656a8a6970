"""Her calendar: each day of a month once, the forecast as a range, a ribbon that says itself."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from patency.core.booking.window import WindowDay
from patency.doors.web import strip
from patency.doors.web.patient.calendar import month_of
from patency.doors.web.ribbon import DAYS, IN_A_ROW, MARKS, ribbon, spans
from patency.doors.web.words import day_words
from tests.make import NOW, TODAY
from tests.service import walk

ONE_DAY = timedelta(days=1)
some_day = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def read(client, **asked):
    answer = client.get(reverse("my-calendar"), asked)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


# ---------------------------------------------------------------- laws


@given(some_day)
def test_a_month_holds_each_of_its_days_once_on_its_weekday(day):
    weeks = month_of(day)

    days = [one for week in weeks for one in week if one is not None]
    first = day.replace(day=1)
    assert days == [first + number * ONE_DAY for number in range(len(days))]
    assert (days[-1] + ONE_DAY).day == 1
    assert all(len(week) == 7 for week in weeks)
    assert all(one is None or one.weekday() == at for week in weeks for at, one in enumerate(week))


@given(st.lists(some_day, max_size=12))
def test_days_said_as_spans_are_those_days_and_no_others(days):
    said = spans(days)

    named = sorted(set(days))
    ends = [one for one in named if one - ONE_DAY not in named or one + ONE_DAY not in named]
    assert all(any(day_words(one) in part for part in said) for one in ends)
    assert len(said) == sum(one - ONE_DAY not in named for one in named)


kinds = st.sampled_from(["open", "closed", "no"])


@given(
    start=some_day,
    bled=st.one_of(st.none(), st.integers(0, 9)),
    today_after=st.integers(0, 17),
    days=st.lists(kinds, min_size=DAYS, max_size=DAYS),
    marked=st.dictionaries(st.integers(0, DAYS - 1), st.sampled_from(sorted(MARKS)), max_size=3),
)
def test_the_text_of_a_ribbon_says_what_its_picture_shows(start, bled, today_after, days, marked):
    window = {
        start + at * ONE_DAY: WindowDay(
            day=start + at * ONE_DAY,
            cycle_day=at + 1,
            days_after_bleeding=None,
            closed="National Day" if kind == "closed" else None,
            reasons=(),
            still_to_ask=(),
            visit_days=(),
        )
        for at, kind in enumerate(days)
    }
    usable = frozenset(start + at * ONE_DAY for at, kind in enumerate(days) if kind == "open")
    ended = None if bled is None else start + bled * ONE_DAY
    marks = {start + at * ONE_DAY: mark for at, mark in marked.items()}

    drawn = ribbon(start, ended, start + today_after * ONE_DAY, window, usable, marks)

    assert [cell.day for cell in drawn.cells] == sorted(window)
    assert {cell.y // 92 for cell in drawn.cells} == set(range(-(-DAYS // IN_A_ROW)))
    suits = [cell.day for cell in drawn.cells if cell.kind == "suits"]
    assert all(part in drawn.text for part in spans(suits))
    assert ("No day suits." in drawn.text) == (not suits)
    for cell in drawn.cells:
        if cell.kind == "closed":
            assert f"{day_words(cell.day)} (National Day)" in drawn.text
        if cell.mark:
            assert str(MARKS[cell.mark]).format(day=day_words(cell.day)) in drawn.text
        if cell.is_today:
            assert f"Today: {day_words(cell.day)}." in drawn.text


# ---------------------------------------------------------------- pages


@pytest.mark.django_db
def test_two_ribbons_of_one_page_share_no_id(house, clock, as_herself):
    visit = walk.answered(house)
    clock.at = NOW + timedelta(days=12)

    page = read(as_herself(visit.patient))

    found = re.findall(r'\bid="([^"]+)"', page)
    assert len(found) == len(set(found))


@pytest.mark.django_db
def test_the_month_shows_her_days_what_is_closed_and_the_forecast_as_a_range(house, as_herself):
    visit = walk.answered(house)
    herself = as_herself(visit.patient)

    september, october = read(herself), read(herself, month="2025-10")

    assert "September 2025" in september and "Suits you" in september
    assert "Closed: National Day" in october or "National Day" in october
    assert "Period may begin" in october
    assert "most likely between Saturday 11 October and Saturday 18 October" in october
    assert "about 4 times in 5" in october


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2025-09-23", "This day suits you for the examination."),
        ("2025-09-17", "You told us of bleeding on this day."),
        ("2025-09-30", "This day does not suit this cycle."),
        ("2025-10-01", "No examinations are made on this day (legal holiday: National Day"),
        ("2025-10-14", "Your next period may begin on this day."),
        ("2025-12-24", "Nothing is known of this day yet."),
    ],
)
def test_every_day_can_be_opened_to_read_why(day, says, house, as_herself):
    visit = walk.answered(house)

    assert says in read(as_herself(visit.patient), day=day)


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["", "2025-13", "x", "1025-01", "9999-12", "2025-09-99"])
def test_a_month_that_cannot_be_shown_is_this_one(asked, house, as_herself):
    visit = walk.register(house)

    assert "September 2025" in read(as_herself(visit.patient), month=asked, day=asked)


@pytest.mark.django_db
def test_on_hold_no_day_is_said_to_suit_outright(house, as_herself):
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)
    herself = as_herself(visit.patient)

    assert "something has to be seen to first" in read(herself, day="2025-09-23")
    assert "Suits you" not in read(herself)


@pytest.mark.django_db
def test_a_woman_without_a_visit_has_a_calendar_too(house, as_herself):
    from tests.make import make_patient

    assert "September 2025" in read(as_herself(make_patient()))


def test_the_strip_of_the_planner_says_its_days_as_spans():
    days = [TODAY, TODAY + ONE_DAY, TODAY + 3 * ONE_DAY]

    said = strip._text(days, {TODAY: "kept"})

    assert said == (
        "Days that suit: Monday 22 September to Tuesday 23 September and Thursday 25 September. "
        "Place kept: Monday 22 September."
    )
