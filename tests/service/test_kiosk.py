"""At the machine: her code, her birth date, her pages; and nothing for anyone else."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from patency.core.access import NotPermitted, Role
from patency.gateways.memory import MemoryPrinter
from patency.gateways.printer import PrinterState, Trouble
from patency.records.models.followup import Task
from patency.records.models.ledger import Audit, Event
from patency.records.models.report import Release
from patency.service import pickup
from patency.service.house import House
from tests.make import SITE, make_actor
from tests.service import walk
from tests.service.after import on_day
from tests.service.test_reporting import release, signed

pytestmark = pytest.mark.django_db
KIOSK = make_actor(Role.KIOSK, name="kiosk-west")
HERS, ANOTHERS = date(1993, 5, 17), date(1993, 5, 18)
THEN = on_day(1, 10)


def out(house: House) -> str:
    code: str = release(house, signed(house)).code
    return code


def known(house: House, code: str, now: datetime = THEN) -> UUID:
    return pickup.know_code(house, code, by=KIOSK, now=now)


def fetch(house: House, found: UUID, born: date = HERS, now: datetime = THEN) -> pickup.PickedUp:
    return pickup.print_at_kiosk(house, found, born, by=KIOSK, now=now)


def test_code_and_birth_date_print_the_report(house: House) -> None:
    found = known(house, out(house))
    assert Release.objects.get().copies_left == 2  # knowing a code spends nothing

    fetched = fetch(house, found)

    assert (fetched.report.status, fetched.copies_left) == ("signed", 1)
    event = Event.objects.get(pk=fetched.event)
    assert (event.kind, event.actor) == ("report-picked-up", "kiosk-west")
    assert Audit.objects.get(action="report-picked-up").why == "code and birth date"


def test_a_code_prints_as_often_as_the_clinic_allows(house: House) -> None:
    found = known(house, code := out(house))
    for _ in range(2):
        fetch(house, found)

    for try_it in (lambda: known(house, code), lambda: fetch(house, found)):
        with pytest.raises(pickup.NoCopiesLeft):
            try_it()


def test_wrong_birth_dates_lock_the_code_and_staff_are_told(house: House) -> None:
    found = known(house, code := out(house))
    left = []
    for _ in range(2):
        with pytest.raises(pickup.WrongBirthDate) as wrong:
            fetch(house, found, ANOTHERS)
        left.append(wrong.value.tries_left)
    with pytest.raises(pickup.CodeLocked):
        fetch(house, found, ANOTHERS)

    assert left == [2, 1]
    for try_it in (lambda: known(house, code), lambda: fetch(house, found)):
        with pytest.raises(pickup.CodeLocked):
            try_it()
    with pytest.raises(pickup.CodeLocked):
        pickup.print_report(house, code, by=walk.DESK, now=THEN)
    task = Task.objects.get(kind="pickup-code-locked")
    assert (task.site, task.visit_id) == (SITE, Release.objects.get().visit_id)
    assert "1993" not in str(list(Event.objects.values()) + list(Audit.objects.values()))

    renewed = pickup.renew_code(task.visit_id, shown="id-card", born=HERS, by=walk.DESK, now=THEN)
    assert fetch(house, known(house, renewed)).copies_left == 1


def test_the_right_birth_date_forgets_the_wrong_ones(house: House) -> None:
    found = known(house, out(house))
    for _ in range(2):
        with pytest.raises(pickup.WrongBirthDate):
            fetch(house, found, ANOTHERS)
        fetch(house, found)

    assert Release.objects.get().wrong_birth_dates == 0


def test_a_machine_at_which_codes_are_guessed_waits(house: House) -> None:
    code = out(house)
    for seconds in range(5):
        with pytest.raises(pickup.CodeNotKnown):
            known(house, "WRONGWRONG12", THEN + timedelta(seconds=seconds))

    soon = THEN + timedelta(minutes=5)
    with pytest.raises(pickup.TooManyWrongCodes) as waits:
        known(house, code, soon)
    assert waits.value.until == soon + timedelta(seconds=4)
    assert known(house, code, waits.value.until)
    assert "WRONGWRONG12" not in str(list(Event.objects.values()) + list(Audit.objects.values()))


def test_five_women_who_mistype_once_do_not_make_it_wait(house: House) -> None:
    code = out(house)
    for minute in range(5):
        with pytest.raises(pickup.CodeNotKnown):
            known(house, "WRONGWRONG12", THEN + timedelta(minutes=minute))
        known(house, code, THEN + timedelta(minutes=minute, seconds=30))


def test_a_printer_without_paper_spends_no_code_and_staff_are_told_once(house: House) -> None:
    found = known(house, out(house))
    printer = house.gateways.printer
    assert isinstance(printer, MemoryPrinter)
    printer.state = PrinterState(Trouble.PAPER, "It is out of paper.")

    for _ in range(2):
        with pytest.raises(pickup.PrinterNotReady) as refused:
            fetch(house, found)

    assert refused.value.trouble is Trouble.PAPER
    assert Release.objects.get().copies_left == 2
    assert Task.objects.get(kind="printer-trouble").why == "printer-paper"
    printer.state = PrinterState()
    assert fetch(house, found).copies_left == 1


def test_the_machine_prints_within_its_hours(house: House) -> None:
    code = out(house)
    late = on_day(1, 20)
    with pytest.raises(pickup.MachineClosed) as closed:
        known(house, code, late)

    assert closed.value.opens is not None
    assert closed.value.opens.isoformat() == "2025-09-25T07:30:00+08:00"
    assert known(house, code, late - timedelta(seconds=1))


def test_a_machine_that_keeps_holidays_opens_on_the_first_day_after_them(house: House) -> None:
    site = house.site(SITE)
    assert site.kiosk is not None
    kept = replace(site, kiosk=replace(site.kiosk, on_holidays=False))
    ours = replace(house, sites={**house.sites, SITE: kept})

    with pytest.raises(pickup.MachineClosed) as closed:
        pickup.check_open(ours, by=KIOSK, now=datetime.fromisoformat("2025-10-01T10:00:00+08:00"))

    assert closed.value.opens is not None
    assert closed.value.opens.isoformat() == "2025-10-09T07:30:00+08:00"


def test_a_site_without_a_machine_says_who_hands_reports_out(house: House) -> None:
    bare = replace(house.site(SITE), kiosk=None)

    with pytest.raises(pickup.NoMachine, match="the desk hands them out"):
        pickup.check_open(replace(house, sites={**house.sites, SITE: bare}), by=KIOSK, now=THEN)


def test_a_machine_of_another_site_knows_no_code_of_ours(house: House) -> None:
    found = known(house, code := out(house))
    leeds = replace(KIOSK, site="demo-leeds")
    open_there = on_day(1, 17)  # 10:00 in Leeds

    with pytest.raises(pickup.CodeNotKnown):
        pickup.know_code(house, code, by=leeds, now=open_there)
    with pytest.raises(pickup.CodeNotKnown):
        pickup.print_at_kiosk(house, found, HERS, by=leeds, now=open_there)
    assert Release.objects.get().copies_left == 2


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.KIOSK}))
def test_nobody_but_a_machine_stands_for_one(house: House, role: Role) -> None:
    someone = make_actor(role, name="someone")

    with pytest.raises(NotPermitted):
        pickup.know_code(house, "000000000000", by=someone, now=THEN)
    with pytest.raises(NotPermitted):
        pickup.print_at_kiosk(house, UUID(int=0), HERS, by=someone, now=THEN)
