"""What the database promises when two people press at the same moment, each on a connection."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from patency.records.models.booking import Booking, Plan, Slot
from patency.records.models.money import Payment
from patency.records.models.paperwork import ApplicationForm
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.service import booking, offers, paperwork, payment, planning, registration
from patency.service.house import House
from tests.make import NOW, SITE
from tests.service import walk

pytestmark = pytest.mark.django_db(transaction=True)

AtOnce = Callable[..., list[Any]]


@pytest.fixture
def at_once(tmp_path: Path) -> Iterator[AtOnce]:
    """Return a way to do several acts at the same moment; each answers or raises by itself.

    A test database of SQLite lives in one connection's memory, so it is copied into a file for
    the length of the acts: there, as in a clinic, each has its own connection and waits its turn.
    """
    in_memory = connection.vendor == "sqlite"
    settings = connections.settings["default"]
    name = settings["NAME"]

    def run(*acts: Callable[[], Any]) -> list[Any]:
        file = tmp_path / "clinic.sqlite3"
        if in_memory:
            copy_into(file)
            settings["NAME"] = str(file)
        start = threading.Barrier(len(acts))
        answers: list[Any] = [None] * len(acts)

        def do(place: int, act: Callable[[], Any]) -> None:
            start.wait()
            try:
                answers[place] = act()
            except Exception as error:  # each answer is looked at by the test
                answers[place] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=do, args=each) for each in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        settings["NAME"] = name
        if in_memory:
            copy_back(file)
        return answers

    yield run
    settings["NAME"] = name


def copy_into(file: Path) -> None:
    with sqlite3.connect(file) as there:
        connection.connection.backup(there)


def copy_back(file: Path) -> None:
    with sqlite3.connect(file) as there:
        there.backup(connection.connection)


def kinds(answers: list[Any]) -> list[type]:
    return sorted((type(answer) for answer in answers), key=lambda each: each.__name__)


def test_of_three_women_who_press_at_once_one_has_the_slot(house: House, at_once: AtOnce) -> None:
    women = [
        walk.ready_to_book(house, given_name=name, phone=f"+86 138 0000 000{place}")
        for place, name in enumerate(("Ann", "Bea", "Cleo"))
    ]
    slot = walk.exam_slots(house)[0]

    answers = at_once(
        *(
            lambda visit=visit: booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)
            for visit in women
        )
    )

    assert kinds(answers) == [Booking, booking.SlotTaken, booking.SlotTaken]
    assert Booking.objects.filter(slot=slot, state="firm").count() == 1
    assert sorted(Visit.objects.values_list("state", flat=True)) == ["booked", "cleared", "cleared"]


def test_one_woman_on_two_phones_has_one_date(house: House, at_once: AtOnce) -> None:
    visit = walk.ready_to_book(house)
    first, second = walk.exam_slots(house)[:2]

    answers = at_once(
        lambda: booking.book(house, visit.pk, first.pk, by=walk.DESK, now=NOW),
        lambda: booking.book(house, visit.pk, second.pk, by=walk.DESK, now=NOW),
    )

    assert kinds(answers) == [booking.AlreadyBooked, Booking]
    assert Booking.objects.filter(state="firm").count() == 1


def test_one_quote_is_paid_once_by_two_cashiers(house: House, at_once: AtOnce) -> None:
    visit = walk.register(house)
    quote = payment.quote(house, visit.pk, by=walk.CASHIER, now=NOW)

    def pay() -> Payment:
        return payment.record(house, quote.pk, method="card", by=walk.CASHIER, now=NOW)

    answers = at_once(pay, pay)

    assert kinds(answers) == [payment.AlreadyPaid, Payment]
    paid = Payment.objects.get()
    refused = next(each for each in answers if isinstance(each, payment.AlreadyPaid))
    assert paid.receipt_number in str(refused)


def test_two_nurses_make_one_application_form(house: House, at_once: AtOnce) -> None:
    visit = walk.cleared(house)

    def sign() -> ApplicationForm:
        return paperwork.sign_application(house, visit.pk, by=walk.NURSE, now=NOW)

    answers = at_once(sign, sign)

    assert answers[0] == answers[1] == ApplicationForm.objects.get()


def test_two_desks_open_one_visit(house: House, at_once: AtOnce) -> None:
    first = walk.register(house)
    registration.cancel_visit(first.pk, "her-wish", by=walk.DESK, now=NOW)

    def reopen() -> Visit:
        return registration.open_visit(
            house, first.patient_id, campus="west", by=walk.DESK, now=NOW
        )

    answers = at_once(reopen, reopen)

    assert kinds(answers) == [Visit, registration.VisitStillOpen]
    assert Patient.objects.get().visits.count() == 2


def test_a_move_and_a_booking_of_one_slot_leave_one_woman_in_it(
    house: House, at_once: AtOnce
) -> None:
    hers = walk.booked(house)
    other = walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")
    free = Slot.objects.exclude(pk=hers.slot_id).filter(kind="exam").order_by("starts_at")[0]

    answers = at_once(
        lambda: booking.move(house, hers.pk, free.pk, by=walk.DESK, now=NOW),
        lambda: booking.book(house, other.pk, free.pk, by=walk.DESK, now=NOW),
    )

    assert kinds(answers) == [Booking, booking.SlotTaken]
    assert Booking.objects.filter(slot=free, state="firm").count() == 1
    assert Booking.objects.filter(visit=hers.visit, state="firm").count() == 1


def test_two_workers_who_plan_one_night_leave_each_woman_one_plan(
    house: House, at_once: AtOnce
) -> None:
    visits = [
        walk.ready_to_book(house, given_name=name, phone=f"+86 138 0000 000{place}")
        for place, name in enumerate(("Ann", "Bea"))
    ]
    walk.exam_slots(house)

    def plan() -> planning.Night:
        return planning.plan_night(house, SITE, by=walk.DESK, now=NOW)

    answers = at_once(plan, plan, plan)

    assert kinds(answers) == [planning.Night] * 3
    assert sum(len(night.changed) for night in answers) == len(visits)
    assert Plan.objects.filter(replaced_at__isnull=True).count() == len(visits)


def test_an_offer_that_is_accepted_and_declined_at_once_ends_one_way(
    house: House, at_once: AtOnce
) -> None:
    visit = walk.ready_to_book(house)
    slot = walk.exam_slots(house)[0]
    made = offers.offer(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)

    answers = at_once(
        lambda: offers.accept(house, made.pk, by=walk.DESK, now=NOW),
        lambda: offers.decline(house, made.pk, by=walk.DESK, now=NOW),
    )

    made.refresh_from_db()
    assert len([each for each in answers if isinstance(each, offers.OfferEnded)]) == 1
    firm = Booking.objects.filter(slot=slot, state="firm").count()
    assert (made.state, firm) in {("accepted", 1), ("declined", 0)}
