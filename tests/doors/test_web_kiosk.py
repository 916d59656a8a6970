"""The machine in the corridor: one question on each screen, its pages, and nothing left behind."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.doors.jobs import worker
from patency.doors.web.kiosk.visitor import KEY
from patency.gateways.memory import MemoryPrinter
from patency.gateways.printer import JobState, PrinterState, Trouble
from patency.records.models.followup import Task
from patency.records.models.report import Release
from patency.service import pickup, printing
from patency.service.house import House
from tests.doors.conftest import Clock
from tests.make import SITE, make_actor
from tests.service import walk
from tests.service.after import on_day
from tests.service.test_reporting import release, signed

pytestmark = pytest.mark.django_db
THEN = on_day(1, 10)
HERS = {"year": "1993", "month": "5", "day": "17"}
ANOTHERS = {**HERS, "day": "18"}
WORKER = make_actor(Role.SYSTEM, name="worker")


@pytest.fixture
def machine(house: House, clock: Clock, as_staff: Any) -> Client:
    client: Client = as_staff(Role.KIOSK, name="kiosk-west")
    clock.at = THEN
    return client


@pytest.fixture
def code(house: House, machine: Client) -> str:
    made: str = release(house, signed(house)).code
    return made


@pytest.fixture
def printer(house: House) -> Iterator[MemoryPrinter]:
    assert isinstance(house.gateways.printer, MemoryPrinter)
    return house.gateways.printer


def begin(machine: Client, language: str = "en") -> None:
    machine.post(reverse("kiosk"), {"language": language})


def typed(machine: Client, code: str) -> Any:
    return machine.post(reverse("kiosk-code"), {"code": code})


def born(machine: Client, parts: dict[str, str]) -> Any:
    return machine.post(reverse("kiosk-birth"), parts)


def words(answer: Any) -> str:
    page = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", page)


def print_it(house: House) -> None:
    """Do what the worker does: print, and follow the page to the tray."""
    from patency.records.models.ledger import Event

    event = Event.objects.filter(kind="report-picked-up").latest("pk")
    printing.print_page(house, event.pk, b"%PDF", by=WORKER, now=THEN)
    for each in printing.pages_due(SITE, by=WORKER, now=THEN):
        printing.follow_page(house, each, by=WORKER, now=THEN)


def test_language_code_birth_date_and_her_pages(
    house: House, machine: Client, code: str, printer: MemoryPrinter
) -> None:
    assert machine.post(reverse("kiosk"), {"language": "en"})["Location"] == reverse("kiosk-code")
    assert typed(machine, code)["Location"] == reverse("kiosk-birth")
    assert born(machine, HERS)["Location"] == reverse("kiosk-pages")

    waits = machine.get(reverse("kiosk-pages"))
    assert "Your pages are printing" in words(waits)
    assert 'content="2;url=/kiosk/pages/"' in waits.content.decode()

    print_it(house)
    taken = machine.get(reverse("kiosk-pages"))
    assert "Take your pages" in words(taken)
    assert "once more with the same code" in words(taken)
    assert len(printer.printed) == 1


def test_the_worker_prints_what_the_machine_asked_for(
    house: House, machine: Client, code: str, printer: MemoryPrinter, settings: Any, tmp_path: Any
) -> None:
    settings.PATENCY_HOME = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    begin(machine)
    typed(machine, code)
    born(machine, HERS)

    for _ in range(2):
        worker.run(house, once=True)

    [job] = printer.printed
    assert job.pdf.startswith(b"%PDF")
    assert "Take your pages" in words(machine.get(reverse("kiosk-pages")))


def test_every_screen_is_in_the_language_she_chose(machine: Client, code: str) -> None:
    begin(machine, "zh")

    screens = [machine.get(reverse("kiosk-code")), typed(machine, "x")]
    typed(machine, code)
    screens += [machine.get(reverse("kiosk-birth")), born(machine, ANOTHERS)]

    for screen in screens:
        page = screen.content.decode()
        assert '<html lang="zh-hans"' in page
        assert screen["Content-Language"] == "zh-hans"
        assert "需要帮助吗" in page
    assert "出生日期" in words(screens[-1])
    start = machine.get(reverse("kiosk"))
    assert {"Get your pages here", "在这里领取您的文件"} <= set(
        re.findall(r'class="kiosk-line">([^<]+)<', start.content.decode())
    )


def test_a_scanner_that_ends_with_enter_and_small_letters_are_understood(
    machine: Client, code: str
) -> None:
    for as_typed in (f"{code}\r\n", code.lower(), "-".join(re.findall("....", code)), f" {code} "):
        begin(machine)
        assert typed(machine, as_typed)["Location"] == reverse("kiosk-birth")


@pytest.mark.parametrize(
    "text", ["", "123", "ABCDEFGHJKMNP", "取件码取件码取件码取件码", "A" * 5000]
)
def test_what_is_no_code_is_a_sentence_and_no_try(machine: Client, text: str) -> None:
    begin(machine)

    answer = typed(machine, text)

    assert answer.status_code == 200
    assert "kiosk-error" in answer.content.decode()
    from patency.records.models.ledger import Event

    assert not Event.objects.filter(kind=pickup.WRONG_CODE).exists()


def test_an_unknown_code_is_asked_for_again_and_then_the_machine_waits(
    machine: Client, code: str
) -> None:
    begin(machine)
    for _ in range(5):
        assert "Type it again, or ask us" in words(typed(machine, "000000000000"))

    assert "Please wait a few minutes" in words(typed(machine, code))
    assert KEY not in machine.session


def test_a_wrong_birth_date_can_be_tried_again_and_then_the_code_is_closed(
    machine: Client, code: str
) -> None:
    begin(machine)
    typed(machine, code)

    assert "You can try 2 more times" in words(born(machine, ANOTHERS))
    assert "You can try once more" in words(born(machine, ANOTHERS))
    assert "does not work any more" in words(born(machine, ANOTHERS))

    assert Task.objects.get().kind == "pickup-code-locked"
    assert KEY not in machine.session


@pytest.mark.parametrize(
    "parts",
    [{}, {"year": "1993"}, {"year": "1993", "month": "2", "day": "30"}, {**HERS, "year": "2093"}],
)
def test_what_is_no_day_is_a_sentence_and_no_try(
    machine: Client, code: str, parts: dict[str, str]
) -> None:
    begin(machine)
    typed(machine, code)

    answer = born(machine, parts)

    assert answer.status_code == 200
    assert "kiosk-error" in answer.content.decode()
    assert Release.objects.get().wrong_birth_dates == 0


def test_a_printer_without_paper_says_so_and_no_code_is_spent(
    machine: Client, code: str, printer: MemoryPrinter
) -> None:
    printer.state = PrinterState(Trouble.PAPER, "It is out of paper.")
    begin(machine)
    typed(machine, code)

    said = words(born(machine, HERS))

    assert "The printer has no paper" in said
    assert "Your code still works" in said
    assert Release.objects.get().copies_left == 2
    assert Task.objects.get().kind == "printer-trouble"


def test_a_page_that_waits_for_paper_is_said_so_and_one_that_fails_too(
    house: House, machine: Client, code: str, printer: MemoryPrinter
) -> None:
    begin(machine)
    typed(machine, code)
    born(machine, HERS)
    printer.job = JobState("printing", 0, Trouble.PAPER)
    print_it(house)

    assert "The printer has no paper" in words(machine.get(reverse("kiosk-pages")))

    printer.job = JobState("failed", 0, Trouble.PAPER)
    for each in printing.pages_due(SITE, by=WORKER, now=THEN):
        printing.follow_page(house, each, by=WORKER, now=THEN)
    assert "Your pages did not come" in words(machine.get(reverse("kiosk-pages")))
    assert Release.objects.get().copies_left == 2


def test_a_code_that_printed_all_its_copies_says_who_prints_more(
    machine: Client, code: str
) -> None:
    Release.objects.update(copies_left=0)
    begin(machine)

    assert "All copies for this code are printed" in words(typed(machine, code))


def test_the_machine_says_when_it_opens(machine: Client, code: str, clock: Clock) -> None:
    clock.at = on_day(1, 21)

    closed = machine.get(reverse("kiosk"))

    assert "closed now" in words(closed)
    assert "Thursday 25 September" in words(closed)
    assert "07:30" in words(closed)
    assert "<form" not in closed.content.decode().split("</header>")[1]


@pytest.mark.parametrize("page", ["kiosk-code", "kiosk-birth", "kiosk-pages", "kiosk-still-there"])
def test_nobody_goes_on_where_somebody_else_was(
    machine: Client, code: str, clock: Clock, page: str
) -> None:
    begin(machine)
    typed(machine, code)
    clock.at = THEN + timedelta(seconds=76)

    assert machine.get(reverse(page))["Location"] == reverse("kiosk")
    assert KEY not in machine.session


def test_who_is_asked_and_is_there_goes_on(machine: Client, code: str, clock: Clock) -> None:
    begin(machine)
    typed(machine, code)
    clock.at = THEN + timedelta(seconds=45)

    asks = machine.get(reverse("kiosk-still-there")).content.decode()
    assert 'content="15;url=/kiosk/"' in asks
    assert f'href="{reverse("kiosk-birth")}"' in asks
    clock.at = THEN + timedelta(seconds=58)
    assert machine.get(reverse("kiosk-birth")).status_code == 200


def test_each_question_asks_by_itself_whether_she_is_still_there(
    machine: Client, code: str
) -> None:
    begin(machine)
    first = machine.get(reverse("kiosk-code")).content.decode()
    typed(machine, code)
    second = machine.get(reverse("kiosk-birth")).content.decode()

    for page in (first, second):
        assert '<noscript><meta http-equiv="refresh" content="45;url=/kiosk/still-there/">' in page
        assert 'data-idle="45" data-warned="15"' in page


@pytest.mark.parametrize("way", ["end", "start", "taken"])
def test_nothing_of_her_stays_in_the_machine(
    house: House, machine: Client, code: str, way: str
) -> None:
    begin(machine)
    typed(machine, code)
    if way == "taken":
        born(machine, HERS)
        print_it(house)
        machine.get(reverse("kiosk-pages"))
    elif way == "end":
        assert machine.post(reverse("kiosk-end"))["Location"] == reverse("kiosk")
    else:
        machine.get(reverse("kiosk"))

    kept = [row.get_decoded() for row in Session.objects.all()]
    visit = Release.objects.get().visit
    for hers in (code, str(visit.pk), str(visit.patient_id), str(Release.objects.get().pk), KEY):
        assert hers not in str([each.keys() for each in kept]) + str(kept).replace("kiosk-west", "")
    assert machine.get(reverse("kiosk-birth"))["Location"] == reverse("kiosk")


def test_no_screen_is_kept_by_the_browser_and_none_says_who_she_is(
    machine: Client, code: str
) -> None:
    begin(machine)
    screens = [machine.get(reverse("kiosk-code"))]
    typed(machine, code)
    screens += [machine.get(reverse("kiosk-birth")), born(machine, ANOTHERS), born(machine, HERS)]
    screens.append(machine.get(reverse("kiosk-pages")))
    patient = Release.objects.get().visit.patient

    for screen in screens:
        assert screen["Cache-Control"] == "no-store"
        page = screen.content.decode()
        for hers in (patient.family_name, patient.given_name, patient.number, code):
            assert hers not in page


def test_every_screen_has_a_way_to_a_human(machine: Client, code: str, clock: Clock) -> None:
    begin(machine)
    screens = [machine.get(reverse("kiosk-code")), machine.get(reverse("kiosk-still-there"))]
    typed(machine, code)
    screens += [born(machine, ANOTHERS), machine.get(reverse("kiosk"))]
    clock.at = on_day(1, 21)
    screens.append(machine.get(reverse("kiosk")))

    for screen in screens:
        assert "Radiology, room 249" in words(screen)
        assert "010-0000-0249" in words(screen)


def test_the_machine_reaches_no_other_page_and_nobody_else_reaches_its(
    house: House, machine: Client, as_staff: Any
) -> None:
    for page in ("today", "find", "messages", "planner"):
        assert machine.get(reverse(page)).status_code == 403
    nurse = as_staff(Role.NURSE)
    for page in ("kiosk", "kiosk-code", "kiosk-birth"):
        assert nurse.get(reverse(page)).status_code == 403
    assert Client().get(reverse("kiosk")).status_code == 302


def test_a_site_without_a_machine_sends_her_to_the_desk(
    house: House, machine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = replace(house.site(SITE), kiosk=None)
    monkeypatch.setitem(house.sites, SITE, bare)  # type: ignore[arg-type]

    assert "You cannot print your pages here" in words(machine.get(reverse("kiosk")))


def test_the_machine_stays_signed_in_over_a_weekend(machine: Client, clock: Clock) -> None:
    machine.get(reverse("kiosk"))
    clock.at = THEN + timedelta(days=3)

    assert machine.get(reverse("kiosk")).status_code == 200


def test_staff_have_the_desk_for_a_locked_code(machine: Client, code: str, house: House) -> None:
    begin(machine)
    typed(machine, code)
    for _ in range(3):
        born(machine, ANOTHERS)
    visit = Release.objects.get().visit

    new = pickup.renew_code(
        visit.pk, shown="id-card", born=visit.patient.birth_date, by=walk.DESK, now=THEN
    )
    begin(machine)
    assert typed(machine, new)["Location"] == reverse("kiosk-birth")
    assert born(machine, HERS)["Location"] == reverse("kiosk-pages")
