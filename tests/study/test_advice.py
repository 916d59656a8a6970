"""Advice by hand, on small calendars: which days a change opens, and what it would win."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.config.data import load_protocol
from patency.core.calendar.legal import HolidayYear, LegalCalendar, Notice
from patency.core.calendar.open_days import OpenDays
from patency.core.study.advice import Figures, figures, interval, rows
from patency.core.study.opening import (
    AS_IT_IS,
    OPENING_CHANGES,
    Hours,
    changes_anything,
    clinical_changes,
    opening,
)
from patency.core.study.simulation.world import Days, Examined, Played, Turn, Woman, World

MONDAY = date(2026, 3, 2)
WORKING_WEEK = frozenset(range(5))
NOTICE = Notice("somebody", "A notice", date(2025, 11, 1), "https://example.org")
BY_KEY = {change.key: change for change in OPENING_CHANGES}


def hours(*, closed=(), own=(), week=WORKING_WEEK, years=(2026,), lab=None):
    legal = dict.fromkeys(closed, "Spring Festival")
    calendar = LegalCalendar(
        "CN", {year: HolidayYear("CN", year, legal, {}, NOTICE) for year in years}
    )

    def service(weekdays):
        return OpenDays(calendar, weekdays, True, dict.fromkeys(own, "staff training"))

    return Hours(
        service(week), service(week), service(week if lab is None else lab), dict.fromkeys(week, 4)
    )


def days(*ahead):
    return tuple(MONDAY + timedelta(days=each) for each in ahead)


def open_visits(found):
    return [day for day, is_open in enumerate(found.visit_open) if is_open]


def test_a_visit_needs_the_clinic_and_the_laboratory():
    found = opening(hours(lab=frozenset({0, 2})), AS_IT_IS, MONDAY, 7)

    assert open_visits(found) == [0, 2]
    assert found.exam_places == (4, 4, 4, 4, 4, 0, 0)


def test_saturdays_open_for_the_test_and_nothing_else():
    found = opening(hours(), BY_KEY["lab-saturday"], MONDAY, 7)

    assert open_visits(found) == [0, 1, 2, 3, 4, 5]
    assert found.exam_places[5] == 0


def test_the_laboratory_opens_on_legal_holidays_of_its_weekdays_and_on_no_closure_of_its_own():
    closed, own = days(1, 5), days(2)

    found = opening(hours(closed=closed, own=own), BY_KEY["lab-holidays"], MONDAY, 7)

    assert open_visits(found) == [0, 1, 3, 4]
    assert found.exam_places == (4, 0, 0, 4, 4, 0, 0)


def test_a_long_closure_opens_on_its_middle_day_and_a_weekend_does_not():
    closed = days(7, 8, 9, 10, 11)  # with the weekends: day 5 to day 13

    found = opening(hours(closed=closed), BY_KEY["day-in-block"], MONDAY, 21)

    assert [day for day in range(5, 14) if found.exam_places[day]] == [9]
    assert 9 in open_visits(found)
    assert not found.exam_places[19]


def test_one_more_on_mondays_and_on_no_closed_one():
    found = opening(hours(closed=days(7)), BY_KEY["monday-exam"], MONDAY, 14)

    assert (found.exam_places[0], found.exam_places[1], found.exam_places[7]) == (5, 4, 0)


def test_a_year_without_a_notice_follows_its_weekdays_and_is_named():
    found = opening(hours(years=(2026,)), AS_IT_IS, date(2026, 12, 28), 11)

    assert found.years_without_notice == (2027,)
    assert [bool(places) for places in found.exam_places[4:]] == [True, False, False, *[True] * 4]


def test_what_is_open_already_is_no_change():
    every_day = hours(week=frozenset(range(7)))
    now = opening(every_day, AS_IT_IS, MONDAY, 60)

    assert not changes_anything(every_day, BY_KEY["lab-saturday"], now)
    assert changes_anything(every_day, BY_KEY["monday-exam"], now)


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.integers(0, 40)),
    st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from(OPENING_CHANGES),
)
def test_a_change_of_the_hours_closes_nothing(closed, week, change):
    site = hours(closed=days(*closed), week=frozenset(week))

    before, after = (opening(site, each, MONDAY, 41) for each in (AS_IT_IS, change))

    pairs = zip(before.exam_places, after.exam_places, strict=True)
    assert all(later >= earlier for earlier, later in pairs)
    assert set(open_visits(before)) <= set(open_visits(after))


def test_clinical_changes_stay_within_the_protocols_ranges_and_are_marked():
    protocol = load_protocol("hsg/2026-1")

    found = {change.key: change for change in clinical_changes(protocol, protocol.values())}

    assert {"cap-11", "cap-12", "lh-test", "exam-days-after-bleeding-min-2"} <= found.keys()
    # The visit may be on day 1 to 6 already: its ranges end there.
    assert not any(key.startswith("visit-days") for key in found)
    assert all(change.clinical for change in found.values())
    at_the_end = clinical_changes(protocol, {**protocol.values(), "cycle_day_cap": 12})
    assert not any(change.key.startswith("cap-") for change in at_the_end)


def turn(start, *exam, passes=True, shows=True, ovulation=99):
    return Turn(
        start,
        5,
        ovulation,
        passes,
        shows,
        Days(exam, exam[0] - 1 if exam else None),
        Days(exam, None),
    )


def world(*women):
    return World(
        "w", MONDAY, (1,) * 90, (True,) * 90, tuple(women), measured=range(60), show_share=1.0
    )


def test_lost_cycles_are_counted_from_the_first_in_which_an_open_clinic_would_have_examined_her():
    women = [
        Woman(0, False, 5, (turn(0, 8), turn(28, 36, ovulation=36), turn(56, 64))),
        Woman(0, False, 5, (turn(0), turn(28), turn(56))),
        Woman(0, False, 5, (turn(0),)),
        Woman(70, False, 5, (turn(72, 80),)),
    ]
    played = Played([Examined(1, 36), None, None, Examined(0, 80)])

    found = figures(world(*women), played, [0, 1, None, 0], extra_hours=8.0)

    # The first lost one cycle, the second two; the third could never be examined and the fourth
    # was referred too late to be counted.
    assert found == Figures(2, 1.5, 3 / 6, 0.5, 1.0, 8.0)


def test_the_interval_is_students():
    found = interval([0.1, 0.2, 0.3])

    assert found.mean == pytest.approx(0.2)
    assert found.high - found.mean == pytest.approx(4.3027 * 0.1 / 3**0.5, abs=1e-4)


def test_changes_are_compared_playing_by_playing_and_the_best_comes_first():
    def lost(cycles):
        return Figures(100, cycles, 0.2, 1.0, 0.0, 0.0)

    some, more = OPENING_CHANGES[:2]
    playings = [
        [(AS_IT_IS, lost(0.40)), (some, lost(0.39)), (more, lost(0.30))],
        [(AS_IT_IS, lost(0.60)), (some, lost(0.60)), (more, lost(0.50))],
    ]

    found = rows(playings)

    assert [row.change for row in found] == [AS_IT_IS, more, some]
    assert found[1].won_cycles.mean == pytest.approx(0.10)
    assert found[1].is_certain and not found[2].is_certain


def test_without_the_site_as_it_is_nothing_can_be_compared():
    with pytest.raises(KeyError):
        rows([])
