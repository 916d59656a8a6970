from datetime import timedelta
from uuid import uuid4

import pytest

from patency.core.access import NotPermitted, Role
from patency.records.models.hers import CalendarFeed
from patency.records.models.ledger import Audit, Event
from patency.service import calendar_feed, erasure
from patency.service.details import visitor_at
from patency.service.house import House
from tests.make import NOW, SITE, make_actor, make_patient
from tests.service import walk

pytestmark = pytest.mark.django_db
ANYBODY = visitor_at(SITE)


def opened(patient, **changes):
    asked = {"words": "appointment", "with_place": False, "by": patient.as_actor(), "now": NOW}
    return calendar_feed.open_feed(**{**asked, **changes})


def test_whoever_holds_the_address_learns_whose_calendar_it_is(house: House) -> None:
    patient = make_patient(language="zh")
    feed = opened(patient, words="busy", with_place=True)

    holder = calendar_feed.holder_of(house, feed.token, by=ANYBODY, now=NOW)

    assert holder.her.patient_id == patient.pk
    assert (holder.language, holder.words, holder.with_place) == ("zh", "busy", True)


def test_no_table_and_no_event_holds_the_secret_part_of_an_address(house: House) -> None:
    patient = make_patient()
    feed = opened(patient)
    record = erasure.export(house, patient.pk, by=patient.as_actor(), now=NOW)

    kept = [str(row) for model in (CalendarFeed, Event, Audit) for row in model.objects.values()]
    assert not any(str(feed.token) in each or feed.token.hex in each for each in kept)
    assert str(feed.token) not in str(record)


def test_she_reads_the_same_address_again(house: House) -> None:
    patient = make_patient()
    feed = opened(patient)

    again = calendar_feed.my_feed(by=patient.as_actor(), now=NOW + timedelta(days=30))

    assert again == feed


def test_a_renewed_address_ends_the_old_one(house: House) -> None:
    patient = make_patient()
    old, new = opened(patient), opened(patient)

    assert old.token != new.token
    with pytest.raises(calendar_feed.NoCalendar):
        calendar_feed.holder_of(house, old.token, by=ANYBODY, now=NOW)
    assert calendar_feed.holder_of(house, new.token, by=ANYBODY, now=NOW).her.patient_id


def test_an_ended_calendar_answers_nothing_and_ending_it_twice_ends_nothing(house: House) -> None:
    patient = make_patient()
    feed = opened(patient)

    first, second = (calendar_feed.end_feed(by=patient.as_actor(), now=NOW) for _ in range(2))

    assert (first, second) == (True, False)
    with pytest.raises(calendar_feed.NoCalendar):
        calendar_feed.holder_of(house, feed.token, by=ANYBODY, now=NOW)


def test_a_guess_is_nobodys_calendar(house: House) -> None:
    opened(make_patient())

    with pytest.raises(calendar_feed.NoCalendar):
        calendar_feed.holder_of(house, uuid4(), by=ANYBODY, now=NOW)


def test_her_calendar_ends_with_her_record(house: House) -> None:
    patient = make_patient()
    feed = opened(patient)

    erasure.erase(house, patient.pk, by=walk.ADMINISTRATOR, now=NOW)

    with pytest.raises(calendar_feed.NoCalendar):
        calendar_feed.holder_of(house, feed.token, by=ANYBODY, now=NOW)
    assert not CalendarFeed.objects.exists()


def test_only_she_herself_makes_her_calendar(house: House) -> None:
    with pytest.raises(NotPermitted, match="only she herself"):
        calendar_feed.open_feed(words="busy", with_place=False, by=make_actor(Role.NURSE), now=NOW)


def test_words_that_are_none_are_refused_and_the_calendar_stays(house: House) -> None:
    patient = make_patient()
    feed = opened(patient)

    with pytest.raises(calendar_feed.CalendarRefused, match="appointment, busy, reminder"):
        opened(patient, words="hysterosalpingography")

    assert calendar_feed.my_feed(by=patient.as_actor(), now=NOW) == feed
