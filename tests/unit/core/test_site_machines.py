"""A site's quiet hours, its pick-up machine and its printer: read whole, or refused in words."""

from datetime import date, datetime, time

import pytest

from patency.core.calendar.legal import HolidayYear, LegalCalendar, Notice
from patency.core.document import DocumentRefused
from tests.unit.core.test_site import WEST, make_calendar, read

OPENS = "opens = 07:30:00\ncloses = 20:00:00"


def changed(old: str, new: str) -> str:
    assert old in WEST
    return WEST.replace(old, new, 1)


def test_the_western_demo_says_when_it_is_quiet_and_when_its_machine_prints() -> None:
    site = read()

    assert (site.messages.quiet_from, site.messages.quiet_until) == (time(21, 30), time(7))
    assert site.messages.diary_days == (1, 3, 7)
    assert site.kiosk is not None
    assert (site.kiosk.wrong_codes, site.kiosk.wrong_birth_dates) == (5, 3)
    assert site.printer.address.startswith("ipp://")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("remind_at = 17:00:00", "remind_at = 22:00:00", "messages.remind_at: lies in the quiet"),
        ("diary_at = 19:00:00", "diary_at = 06:59:00", "messages.diary_at: lies in the quiet"),
        ("diary_days = [1, 3, 7]", "diary_days = [1, 15]", "not a list of days from 0 to 14"),
        ("diary_days = [1, 3, 7]", "", "messages.diary_days: is missing"),
        (OPENS, "opens = 20:00:00\ncloses = 07:30:00", "is not after 'opens'"),
        ("wrong_codes = 5", "wrong_codes = 1", "a whole number of tries from 3 up to 20"),
        ("wrong_birth_dates = 3", "wrong_birth_dates = 9", "from 1 up to 5"),
        ("ipp://localhost:8631/ipp/print", "http://printer/", "is not a printer's address"),
        ("quiet_from = 21:30:00", "quiet_form = 21:30:00", "Did you mean 'quiet_from'"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(old: str, new: str, says: str) -> None:
    with pytest.raises(DocumentRefused, match=says.replace("[", r"\[")):
        read(changed(old, new))


def test_a_site_without_quiet_hours_written_down_is_refused() -> None:
    text = WEST[: WEST.index("[messages]")] + WEST[WEST.index("diary_days = [1, 3, 7]") :]

    with pytest.raises(DocumentRefused, match="messages: is missing"):
        read(text.replace("diary_days = [1, 3, 7]", "[rest]"))


@pytest.mark.parametrize(
    ("moment", "opens", "closes"),
    [
        ("2025-09-22T07:29", "2025-09-22T07:30", None),
        ("2025-09-22T07:30", "2025-09-23T07:30", "2025-09-22T20:00"),
        ("2025-09-22T19:59", "2025-09-23T07:30", "2025-09-22T20:00"),
        ("2025-09-22T20:00", "2025-09-23T07:30", None),
    ],
)
def test_the_machine_opens_and_closes_by_its_hours(
    moment: str, opens: str, closes: str | None
) -> None:
    kiosk, calendar = read().kiosk, make_calendar("CN")
    assert kiosk is not None
    now = datetime.fromisoformat(f"{moment}:00+08:00")

    found = kiosk.closes_at(now, calendar)

    assert kiosk.opens_next(now, calendar) == datetime.fromisoformat(f"{opens}:00+08:00")
    assert found == (datetime.fromisoformat(f"{closes}:00+08:00") if closes else None)


def test_a_machine_that_keeps_holidays_is_closed_on_them_where_they_are_known() -> None:
    kiosk = read(changed("on_holidays = true", "on_holidays = false")).kiosk
    assert kiosk is not None
    holiday = datetime.fromisoformat("2025-10-01T10:00:00+08:00")

    assert kiosk.closes_at(holiday, make_calendar("CN")) is None
    assert kiosk.opens_next(holiday, make_calendar("CN")) == datetime.fromisoformat(
        "2025-10-09T07:30:00+08:00"
    )
    unknown = holiday.replace(year=2031)
    assert kiosk.closes_at(unknown, make_calendar("CN")) is not None


def test_a_machine_that_never_opens_within_a_month_says_so() -> None:
    kiosk = read(changed("on_holidays = true", "on_holidays = false")).kiosk
    assert kiosk is not None
    closed = {date(2025, month, day): "closed" for month in (9, 10, 11) for day in range(1, 31)}
    closed[date(2025, 10, 31)] = "closed"
    notice = Notice("State Council", "notice", date(2024, 11, 12), "")
    calendar = LegalCalendar("CN", {2025: HolidayYear("CN", 2025, closed, {}, notice)})

    assert kiosk.opens_next(datetime.fromisoformat("2025-09-22T10:00:00+08:00"), calendar) is None
