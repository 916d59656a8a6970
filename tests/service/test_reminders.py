"""She is reminded the evening before, and of her diary, once each and at no other hour."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from patency.core.access import NotPermitted, Role
from patency.gateways.memory import MemorySms
from patency.records.models.booking import Plan
from patency.records.models.followup import DiaryEntry, Task
from patency.records.models.message import LAPSED, NO_CHANNEL, SENT, Message
from patency.records.models.people import ChannelConsent
from patency.records.models.visit import Visit
from patency.service import messages, reminders
from patency.service.house import House
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_actor,
    make_booking,
    make_follow_up,
    make_patient,
    make_slot,
    make_visit,
)

pytestmark = pytest.mark.django_db
WORKER = make_actor(Role.SYSTEM, name="worker")
TOMORROW = TODAY + timedelta(days=1)


def at(clock: str, day: date = TODAY) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00+08:00")


def make_woman(*, consents: bool = True, **fields: Any) -> Visit:
    patient = make_patient(phone="+8613800000000")
    if consents:
        ChannelConsent.objects.create(
            patient=patient, channel="sms", given=True, at=NOW, by="nurse-one"
        )
    return make_visit(patient=patient, **fields)


def make_date(visit: Visit, **fields: Any) -> Any:
    starts = at("09:00", TOMORROW)
    slot = make_slot(starts_at=starts, day=TOMORROW)
    return make_booking(visit, slot, **{"made_at": NOW, **fields})


def remind(house: House, now: datetime) -> int:
    return reminders.remind(house, SITE, by=WORKER, now=now)


def send(house: House, now: datetime) -> list[str]:
    due = messages.messages_due(SITE, by=WORKER, now=now)
    return [messages.send_waiting(house, each, by=WORKER, now=now) for each in due]


def texts(house: House) -> list[str]:
    assert isinstance(house.gateways.sms, MemorySms)
    return [each.text for each in house.gateways.sms.sent]


def said(house: House, name: str) -> str:
    return house.words[name]["en"].text


def test_she_is_reminded_of_tomorrows_date_from_the_sites_hour_on_and_once(house: House) -> None:
    make_date(make_woman(state="booked"))

    assert remind(house, at("16:59")) == 0
    assert [remind(house, at("17:00")), remind(house, at("17:05"))] == [1, 0]
    assert send(house, at("17:05")) == [SENT]
    assert remind(house, at("20:00")) == 0
    assert texts(house) == [said(house, "appointment-tomorrow")]


def test_two_workers_at_one_moment_remind_once(house: House) -> None:
    make_date(make_woman(state="booked"))
    remind(house, at("17:00"))

    [row] = Message.objects.all()
    again = reminders._Due(row.about, row.name, row.patient_id, row.visit_id, row.ends_at)
    assert not reminders._claim(again, by=WORKER, now=at("17:00"))
    assert Message.objects.count() == 1


@pytest.mark.parametrize("fields", [{"state": "cancelled"}, {"state": "held"}])
def test_a_date_that_does_not_stand_is_nothing_to_be_reminded_of(
    house: House, fields: dict[str, Any]
) -> None:
    make_date(make_woman(), **fields)

    assert remind(house, at("17:00")) == 0


def test_who_took_her_date_this_evening_is_not_told_twice(house: House) -> None:
    make_date(make_woman(state="booked"), made_at=at("17:30"))

    assert remind(house, at("17:35")) == 0


def test_nobody_is_reminded_in_the_quiet_hours(house: House) -> None:
    make_date(make_woman(state="booked"))

    assert remind(house, at("21:30")) == 0


def test_a_reminder_that_comes_too_late_is_dropped_in_silence(house: House) -> None:
    make_date(make_woman(state="booked"))
    remind(house, at("17:00"))

    assert send(house, at("09:00", TOMORROW)) == [LAPSED]
    assert texts(house) == []
    assert not Task.objects.exists()


def test_a_woman_who_is_written_to_by_no_way_opens_no_task_each_evening(house: House) -> None:
    make_date(make_woman(consents=False, state="booked"))
    remind(house, at("17:00"))

    assert send(house, at("17:00")) == [NO_CHANNEL]
    assert not Task.objects.exists()


def test_she_is_told_that_tomorrow_is_her_planned_test_day(house: House) -> None:
    visit = make_woman()
    Plan.objects.create(visit=visit, test_day=TOMORROW, made_at=NOW)

    assert remind(house, at("17:00")) == 1
    send(house, at("17:00"))
    assert texts(house) == [said(house, "day-that-suits")]


def test_a_planned_day_of_a_woman_with_a_date_is_the_dates_to_tell(house: House) -> None:
    visit = make_woman(state="booked")
    Plan.objects.create(visit=visit, test_day=TOMORROW, made_at=NOW)
    make_date(visit)

    assert remind(house, at("17:00")) == 1
    assert Message.objects.get().name == "appointment-tomorrow"


@pytest.mark.parametrize(("day", "asked"), [(0, 0), (1, 1), (2, 0), (3, 1), (7, 1), (8, 0)])
def test_she_is_asked_for_her_diary_on_the_days_of_the_site(
    house: House, day: int, asked: int
) -> None:
    make_follow_up(make_woman(state="examined"), exam_day=TODAY - timedelta(days=day))

    assert [remind(house, at("18:59")), remind(house, at("19:00")), remind(house, at("19:05"))] == [
        0,
        asked,
        0,
    ]


def test_who_has_written_today_is_not_asked(house: House) -> None:
    follow_up = make_follow_up(make_woman(state="examined"), exam_day=TODAY - timedelta(days=1))
    DiaryEntry.objects.create(follow_up=follow_up, day=1, urgency="S", at=NOW)

    assert remind(house, at("19:00")) == 0


def test_reminding_is_the_workers_and_the_fronts(house: House) -> None:
    with pytest.raises(NotPermitted):
        reminders.remind(house, SITE, by=make_actor(Role.CASHIER), now=NOW)
    with pytest.raises(NotPermitted):
        reminders.remind(house, "demo-leeds", by=WORKER, now=NOW)
