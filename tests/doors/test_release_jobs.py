"""The worker's part in a release: draws that are due, numbers that become times, who is told."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from patency.doors.jobs import worker
from patency.doors.jobs.at_work import worker_at
from patency.doors.jobs.clocks import CLOCKS
from patency.doors.jobs.numbers import keep_numbers, note_not_drawn
from patency.records.models.booking import Booking
from patency.records.models.ledger import Event
from patency.records.models.message import Message
from patency.records.models.release import Claim, NumberRelease
from patency.service import drawing, numbers, slots
from tests.make import SITE
from tests.service import walk
from tests.service.numbers import (
    CLINIC_DAY,
    ROOM,
    SEVEN,
    SUNDAY,
    a_ticket,
    announced,
    claim,
    house_with,
)

pytestmark = pytest.mark.django_db

BY = worker_at(SITE)
DRAWN = SEVEN + drawing.DRAWN_AFTER


def test_the_clock_of_numbers_rings_every_few_seconds():
    (clock,) = (each for each in CLOCKS if each.name == "numbers")

    assert clock.every.total_seconds() <= 10


def test_a_site_that_says_so_announces_its_numbers_by_itself(house):
    slots.open_slots(
        house,
        room=ROOM,
        first=CLINIC_DAY,
        last=CLINIC_DAY,
        begins=time(9),
        ends=time(10),
        by=walk.NURSE,
        now=SUNDAY,
    )
    by_itself = house_with(house, announced_hours_before=12)
    early, due = SEVEN - timedelta(hours=13), SEVEN - timedelta(hours=12)

    assert keep_numbers(house, BY, due) == 0
    assert keep_numbers(by_itself, BY, early) == 0
    assert keep_numbers(by_itself, BY, due) == 1
    assert keep_numbers(by_itself, BY, due) == 0

    made = NumberRelease.objects.get()
    assert (made.campus, made.day, made.opens_at) == ("west", CLINIC_DAY, SEVEN)


def test_a_draw_that_is_due_is_drawn_and_its_numbers_become_times(house):
    of = announced(house, places=1, waiting=1, policy="draw")
    women = [
        walk.answered(house, now=SUNDAY, given_name=f"A{n}", phone=f"+86 138 0000 {n:04}")
        for n in range(2)
    ]
    claim(*[a_ticket(of, visit) for visit in women], at=SUNDAY)

    assert keep_numbers(house, BY, SEVEN) == 0
    assert keep_numbers(house, BY, DRAWN) == 2
    assert keep_numbers(house, BY, DRAWN) == 0

    assert Booking.objects.get().visit_id == Claim.objects.get(outcome="number").visit_id
    assert note_not_drawn(of.pk, BY, DRAWN) == 1
    assert note_not_drawn(of.pk, BY, DRAWN) == 0


def test_she_is_told_of_her_number_and_of_a_draw_that_gave_her_none(house):
    of = announced(house, places=1, waiting=0, policy="draw")
    women = [
        walk.answered(house, now=SUNDAY, given_name=f"A{n}", phone=f"+86 138 0000 {n:04}")
        for n in range(2)
    ]
    claim(*[a_ticket(of, visit) for visit in women], at=SUNDAY)
    at_seven = replace(house, now=lambda: DRAWN)

    worker.run(at_seven, once=True)

    told = Event.objects.filter(kind="message-sent").values_list("payload__message", flat=True)
    assert {"appointment-made", "message-waiting"} <= set(told)
    assert len(house.gateways.sms.sent) >= 2


def test_a_number_that_ends_for_her_is_told_her(house):
    of = announced(house, places=1, waiting=0)
    visit = walk.answered(house, now=SUNDAY)
    claim(a_ticket(of, visit))
    keep_numbers(house, BY, SEVEN)
    numbers.return_number(Claim.objects.get().pk, "slot-closed", by=BY, now=SEVEN)
    at_seven = replace(house, now=lambda: SEVEN)

    worker.run(at_seven, once=True)

    ended = Event.objects.get(kind="number-ended")
    assert Message.objects.filter(about=f"event/{ended.pk}", state="sent").exists()
