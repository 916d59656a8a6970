"""A calendar file says when and never what for; other programs read it as it was meant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from patency.gateways.ics import Appointment, DayNote, Reveals, calendar_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
WRITTEN = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
UID = "5f0c6f4e-5a5e-4f64-9d5e-0d1d8f1f9f10@patency"
ENTRY = Appointment(UID, datetime(2025, 9, 29, 9, 0, tzinfo=SHANGHAI), 20, WRITTEN)
NOTE = DayNote(f"note-{UID}", date(2025, 10, 2), WRITTEN)
FORBIDDEN = [
    "hsg",
    "hysterosalpingography",
    "fertility",
    "pregnan",
    "uterus",
    "造影",
    "tube",
    "x-ray",
]


def test_an_appointment_is_read_back_at_its_time_in_its_zone() -> None:
    read = Calendar.from_ical(calendar_of([ENTRY]))

    [event] = read.walk("VEVENT")
    assert event.decoded("dtstart") == ENTRY.starts_at
    assert event.decoded("dtend") == ENTRY.starts_at + timedelta(minutes=20)
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert [zone["tzid"] for zone in read.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert read["method"] == "PUBLISH"
    assert event["uid"] == UID
    assert event["class"] == "PRIVATE"
    assert "location" not in event
    assert "description" not in event


def test_a_reminder_lasts_a_day_and_blocks_none() -> None:
    [event] = Calendar.from_ical(calendar_of([NOTE])).walk("VEVENT")

    assert event.decoded("dtstart") == date(2025, 10, 2)
    assert event.decoded("dtend") == date(2025, 10, 3)
    assert event["transp"] == "TRANSPARENT"


def test_nothing_in_the_file_tells_what_it_is_for() -> None:
    text = calendar_of([ENTRY, NOTE]).decode().lower().replace("\r\n ", "")

    assert [word for word in FORBIDDEN if word in text] == []
    assert "appointment" in text


@pytest.mark.parametrize(
    "place", ["HSG room", "子宫输卵管造影室", "Fertility Centre", "Gynaecology 2"]
)
def test_a_place_that_tells_is_refused(place: str) -> None:
    entry = Appointment(UID, ENTRY.starts_at, 20, WRITTEN, location=place)

    with pytest.raises(Reveals, match="tells what the appointment is for") as refused:
        calendar_of([entry])
    assert place not in str(refused.value)


@pytest.mark.parametrize("place", ["Outer building, room 249", "Computer Street 3", "门诊楼二层"])
def test_an_ordinary_place_is_written(place: str) -> None:
    entry = Appointment(UID, ENTRY.starts_at, 20, WRITTEN, location=place)

    [event] = Calendar.from_ical(calendar_of([entry])).walk("VEVENT")
    assert event["location"] == place


def test_a_moved_appointment_takes_the_place_of_the_old_one() -> None:
    later = Appointment(UID, ENTRY.starts_at, 20, WRITTEN + timedelta(hours=1))
    old, new = (
        Calendar.from_ical(calendar_of([each])).walk("VEVENT")[0] for each in (ENTRY, later)
    )

    assert old["uid"] == new["uid"]
    assert old["sequence"] < new["sequence"]


def test_a_cancelled_one_says_so() -> None:
    gone = Appointment(UID, ENTRY.starts_at, 20, WRITTEN, is_cancelled=True)

    assert Calendar.from_ical(calendar_of([gone])).walk("VEVENT")[0]["status"] == "CANCELLED"


def test_summer_time_is_kept_on_both_sides_of_its_end() -> None:
    london = ZoneInfo("Europe/London")
    days = [datetime(2025, 10, day, 9, 0, tzinfo=london) for day in (24, 27)]
    entries = [Appointment(f"{day}{UID}", day, 20, WRITTEN) for day in days]

    read = Calendar.from_ical(calendar_of(entries)).walk("VEVENT")

    assert [event.decoded("dtstart").astimezone(UTC).hour for event in read] == [8, 9]


def test_a_bare_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="the site's time zone by its name"):
        calendar_of([Appointment(UID, WRITTEN, 20, WRITTEN)])


@given(
    st.integers(0, 1_000_000).map(lambda minutes: WRITTEN + timedelta(minutes=minutes)),
    st.sampled_from(["Asia/Shanghai", "Europe/London", "America/New_York"]),
)
def test_the_same_entries_give_the_same_file(starts: datetime, zone: str) -> None:
    entries = [Appointment(UID, starts.astimezone(ZoneInfo(zone)), 20, WRITTEN), ENTRY]

    assert calendar_of(entries) == calendar_of(entries)
