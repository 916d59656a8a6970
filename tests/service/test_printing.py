"""A page is claimed, given to the printer once, followed to the tray, and never left for others."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from patency.core.access import Role
from patency.core.site.model import Site
from patency.gateways.memory import MemoryPrinter, PrintJob
from patency.gateways.not_sent import NotSent
from patency.gateways.printer import IppPrinter, JobState, PrinterState, Trouble
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.message import (
    NOT_SENT,
    PRINTING,
    SENDING,
    SENT,
    UNKNOWN,
    WAITING,
    Message,
)
from patency.records.models.report import Release
from patency.service import pickup, printing
from patency.service.house import House
from tests.make import SITE, make_actor
from tests.real_printer import MISSING, WHY_SKIPPED, a_real_printer
from tests.service import walk
from tests.service.after import on_day
from tests.service.test_reporting import release, signed

pytestmark = pytest.mark.django_db
WORKER = make_actor(Role.SYSTEM, name="worker")
DESK = walk.DESK
THEN = on_day(1, 10)
PDF = b"%PDF-1.7 hers"


def printer(house: House) -> MemoryPrinter:
    assert isinstance(house.gateways.printer, MemoryPrinter)
    return house.gateways.printer


def asked_for(house: House) -> int:
    """Return the event of a woman's wish to print, just now."""
    out = release(house, signed(house))
    return pickup.print_report(house, out.code, by=DESK, now=THEN).event


def put_on_paper(house: House, event: int, *, after: timedelta = timedelta()) -> str:
    return printing.print_page(house, event, PDF, by=WORKER, now=THEN + after)


def follow(house: House, after: timedelta) -> list[str]:
    now = THEN + after
    due = printing.pages_due(SITE, by=WORKER, now=now)
    return [printing.follow_page(house, each, by=WORKER, now=now) for each in due]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def copies_left() -> int:
    return int(Release.objects.get().copies_left)


def test_a_page_is_printed_once_for_one_wish_and_followed_to_the_tray(house: House) -> None:
    event = asked_for(house)

    assert [put_on_paper(house, event), put_on_paper(house, event)] == [PRINTING, PRINTING]
    assert follow(house, minutes(0.1)) == [SENT]

    address = house.site(SITE).printer.address
    assert printer(house).printed == [PrintJob(address, PDF, "Document")]
    assert follow(house, minutes(1)) == []
    assert printing.how_it_stands(event, by=DESK, now=THEN) == (SENT, Trouble.NONE)
    assert copies_left() == 1
    assert not Task.objects.filter(kind__startswith="message").exists()


def test_what_was_printed_is_remembered_without_a_word_of_it(house: House) -> None:
    put_on_paper(house, asked_for(house))
    follow(house, minutes(0.1))

    row = Message.objects.get()
    assert (row.name, row.channel, row.report.status) == ("page", "printer", "signed")
    kinds = list(
        Event.objects.filter(subject=f"message/{row.pk}")
        .order_by("pk")
        .values_list("kind", flat=True)
    )
    assert kinds == ["page-claimed", "page-printing", "page-sent"]


def test_a_printer_in_trouble_gets_no_page_and_she_keeps_her_copy(house: House) -> None:
    event = asked_for(house)
    printer(house).state = PrinterState(Trouble.PAPER, "It is out of paper.")

    assert put_on_paper(house, event) == NOT_SENT

    assert printer(house).printed == []
    assert copies_left() == 2
    assert Release.objects.get().picked_up_at is None
    assert Task.objects.get(kind="printer-trouble").why == "printer-paper"
    assert Task.objects.get(kind="message-not-sent").why == "It is out of paper."


def test_a_page_that_may_have_come_is_a_persons_to_look_for(house: House) -> None:
    event = asked_for(house)
    printer(house).refuse = NotSent("It fell silent.", may_have_gone=True)

    assert [put_on_paper(house, event), put_on_paper(house, event)] == [UNKNOWN, UNKNOWN]
    assert copies_left() == 1
    assert Task.objects.get(kind="message-unknown").why == "It fell silent."


def test_a_busy_printer_is_asked_again_in_seconds_and_prints_once(house: House) -> None:
    event = asked_for(house)
    printer(house).refuse = NotSent("It is busy.")
    assert put_on_paper(house, event) == WAITING
    assert printing.pages_waiting(SITE, by=WORKER, now=THEN) == []
    printer(house).refuse = None

    [(again, report)] = printing.pages_waiting(SITE, by=WORKER, now=THEN + minutes(0.1))
    assert (again, report) == (event, str(Message.objects.get().report_id))
    assert put_on_paper(house, again, after=minutes(0.1)) == PRINTING
    assert len(printer(house).printed) == 1


def test_a_printer_that_is_busy_for_minutes_gives_her_the_copy_back(house: House) -> None:
    event = asked_for(house)
    printer(house).refuse = NotSent("It is busy.")

    assert put_on_paper(house, event) == WAITING
    assert put_on_paper(house, event, after=minutes(3)) == NOT_SENT
    assert copies_left() == 2


def test_a_page_the_printer_gave_up_gives_her_the_copy_back(house: House) -> None:
    put_on_paper(house, asked_for(house))
    printer(house).job = JobState("failed", 0, Trouble.JAM)

    assert follow(house, minutes(0.1)) == [NOT_SENT]
    assert copies_left() == 2


def test_a_report_that_came_in_part_is_a_persons_to_take_away(house: House) -> None:
    put_on_paper(house, asked_for(house))
    printer(house).job = JobState("failed", 1, Trouble.JAM)

    assert follow(house, minutes(0.1)) == [UNKNOWN]
    assert copies_left() == 1
    assert "Take away what came" in Task.objects.get(kind="message-unknown").why


def test_a_page_that_is_held_up_tells_her_and_staff_once(house: House) -> None:
    event = asked_for(house)
    put_on_paper(house, event)
    printer(house).state = PrinterState(Trouble.PAPER, "It is out of paper.")
    printer(house).job = JobState("printing", 0, Trouble.PAPER)

    assert [follow(house, minutes(each)) for each in (0.1, 0.2)] == [[PRINTING]] * 2
    assert printing.how_it_stands(event, by=DESK, now=THEN) == (PRINTING, Trouble.PAPER)
    assert Task.objects.filter(kind="printer-trouble").count() == 1

    printer(house).state, printer(house).job = PrinterState(), JobState("done", 1)
    assert follow(house, minutes(1)) == [SENT]


def test_a_page_that_does_not_come_is_taken_back_before_others_read_it(house: House) -> None:
    put_on_paper(house, asked_for(house))
    printer(house).job = JobState("printing", 0, Trouble.PAPER)
    assert follow(house, minutes(2.9)) == [PRINTING]

    assert follow(house, minutes(3)) == [NOT_SENT]

    assert printer(house).cancelled == [1]
    assert copies_left() == 2
    assert "taken back" in Task.objects.get(kind="message-not-sent").why


def test_a_printer_that_is_gone_with_the_page_leaves_it_open(house: House) -> None:
    put_on_paper(house, asked_for(house))
    printer(house).job = JobState("unknown", trouble=Trouble.GONE)

    assert follow(house, minutes(3.9)) == [PRINTING]
    assert follow(house, minutes(4)) == [UNKNOWN]
    assert copies_left() == 1


def test_a_worker_that_died_while_printing_leaves_a_task_and_no_second_page(house: House) -> None:
    event = asked_for(house)

    class Dies(MemoryPrinter):
        def print_pdf(self, address: str, pdf: bytes, *, title: str) -> int:
            raise SystemExit

    dying = replace(house, gateways=replace(house.gateways, printer=Dies()))
    with pytest.raises(SystemExit):
        put_on_paper(dying, event)

    assert put_on_paper(house, event) == SENDING
    assert follow(house, minutes(2)) == [UNKNOWN]
    assert printer(house).printed == []


def test_the_page_of_another_woman_is_nobodys_to_follow(house: House) -> None:
    event = asked_for(house)
    put_on_paper(house, event)
    other = signed(house).visit.patient.as_actor()
    elsewhere = replace(DESK, site="demo-leeds")

    for stranger in (other, elsewhere):
        assert printing.how_it_stands(event, by=stranger, now=THEN) == (WAITING, Trouble.NONE)


@pytest.mark.skipif(bool(MISSING), reason=WHY_SKIPPED)
def test_on_a_real_printer_her_page_comes_and_one_that_is_held_up_is_taken_back(
    house: House, tmp_path: Path
) -> None:
    with a_real_printer(tmp_path) as real:
        site: Site = house.site(SITE)
        at_it = replace(site, printer=replace(site.printer, address=real.address))
        ours = replace(
            house,
            sites={**house.sites, SITE: at_it},
            gateways=replace(house.gateways, printer=IppPrinter()),
        )
        out = release(ours, signed(ours))
        event = pickup.print_report(ours, out.code, by=DESK, now=THEN).event
        put_on_paper(ours, event)
        for _ in range(200):
            stands = follow(ours, minutes(0.1))
            if stands != [PRINTING]:
                break
        assert (stands, real.pages()) == ([SENT], [PDF])

        real.engine(hold=True)
        event = pickup.print_report(ours, out.code, by=DESK, now=THEN).event
        put_on_paper(ours, event)
        assert follow(ours, minutes(3)) == [PRINTING]  # asked to stop; the engine still holds it
        real.engine(hold=False)
        for _ in range(200):
            stands = follow(ours, minutes(3.5))
            if stands != [PRINTING]:
                break

    assert stands == [NOT_SENT]
    assert copies_left() == 1
