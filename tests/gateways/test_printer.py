"""Pages go to a real printer on this machine, and every way it can fail is a sentence."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from patency.gateways import ipp
from patency.gateways.not_sent import NotSent
from patency.gateways.printer import IppPrinter, JobState, Trouble
from tests.real_printer import MISSING, PATIENCE_S, WHY_SKIPPED, RealPrinter, a_real_printer

real = pytest.mark.skipif(bool(MISSING), reason=WHY_SKIPPED)
PDF = b"%PDF-1.7 \x00\xff the page of one woman" + bytes(range(256)) * 300
OURS = IppPrinter(timeout_s=5, look_s=5)


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[RealPrinter]:
    with a_real_printer(tmp_path) as switched_on:
        yield switched_on


def until(find: Callable[[], JobState], state: str) -> JobState:
    ends = time.monotonic() + PATIENCE_S
    while (found := find()).state != state:
        assert time.monotonic() < ends, f"still {found}"
        time.sleep(0.05)
    return found


@real
def test_the_page_that_comes_is_the_one_we_sent(printer: RealPrinter) -> None:
    assert OURS.look(printer.address).is_ready

    job = OURS.print_pdf(printer.address, PDF, title="Document")

    until(lambda: OURS.follow(printer.address, job), "done")
    assert printer.pages() == [PDF]


@real
def test_a_printer_that_takes_one_page_at_a_time_is_busy_and_takes_the_next_then(
    printer: RealPrinter,
) -> None:
    printer.engine(hold=True)
    first = OURS.print_pdf(printer.address, PDF + b"1", title="Document")

    with pytest.raises(NotSent, match="It is busy") as refusal:
        OURS.print_pdf(printer.address, PDF + b"2", title="Document")

    assert (refusal.value.may_have_gone, refusal.value.for_good) == (False, False)
    printer.engine(hold=False)
    until(lambda: OURS.follow(printer.address, first), "done")
    second = OURS.print_pdf(printer.address, PDF + b"2", title="Document")
    until(lambda: OURS.follow(printer.address, second), "done")
    assert first != second
    assert printer.pages() == [PDF + b"1", PDF + b"2"]


@real
def test_a_printer_without_paper_says_so_before_a_page_is_sent(printer: RealPrinter) -> None:
    printer.take_the_paper_out()

    state = OURS.look(printer.address)

    assert state.trouble is Trouble.PAPER
    assert "is out of paper" in state.why
    printer.fill()
    assert OURS.look(printer.address).is_ready


@real
def test_a_page_that_waits_for_paper_is_held_up_and_comes_when_there_is_some(
    printer: RealPrinter,
) -> None:
    printer.take_the_paper_out()
    job = OURS.print_pdf(printer.address, PDF, title="Document")

    ends = time.monotonic() + PATIENCE_S
    while (held := OURS.follow(printer.address, job)).trouble is not Trouble.PAPER:
        assert time.monotonic() < ends, f"still {held}"
    assert held.state == "printing"
    printer.fill()
    until(lambda: OURS.follow(printer.address, job), "done")


@real
@pytest.mark.parametrize(
    ("said", "trouble"),
    [("media-jam", Trouble.JAM), ("cover-open", Trouble.COVER)],
)
def test_what_stops_the_engine_is_told(printer: RealPrinter, said: str, trouble: Trouble) -> None:
    printer.engine(say=f"STATE: +{said}\n", hold=True)
    job = OURS.print_pdf(printer.address, PDF, title="Document")

    ends = time.monotonic() + PATIENCE_S
    while OURS.follow(printer.address, job).trouble is not trouble:
        assert time.monotonic() < ends, OURS.follow(printer.address, job)
    assert not OURS.look(printer.address).is_ready


@real
def test_a_page_the_printer_gives_up_has_failed(printer: RealPrinter) -> None:
    printer.engine(fail=True)

    job = OURS.print_pdf(printer.address, PDF, title="Document")

    assert until(lambda: OURS.follow(printer.address, job), "failed").trouble is Trouble.STOPPED


@real
def test_a_page_that_is_held_up_can_be_taken_back(printer: RealPrinter) -> None:
    printer.engine(hold=True)
    job = OURS.print_pdf(printer.address, PDF, title="Document")

    OURS.cancel(printer.address, job)

    printer.engine(hold=False)
    until(lambda: OURS.follow(printer.address, job), "failed")
    OURS.cancel(printer.address, job)  # taking back what is over is harmless


@real
def test_a_page_nobody_gave_it_is_not_known(printer: RealPrinter) -> None:
    assert OURS.follow(printer.address, 4711).state == "unknown"


@real
def test_a_printer_that_is_switched_off_is_gone_before_and_after(printer: RealPrinter) -> None:
    printer.engine(hold=True)
    job = OURS.print_pdf(printer.address, PDF, title="Document")
    printer.switch_off()

    assert OURS.look(printer.address).trouble is Trouble.GONE
    assert OURS.follow(printer.address, job) == JobState("unknown", trouble=Trouble.GONE)
    with pytest.raises(NotSent, match="cannot be reached") as refusal:
        OURS.print_pdf(printer.address, PDF, title="Document")
    assert not refusal.value.may_have_gone


@real
def test_a_printer_that_takes_no_pdf_is_named(tmp_path: Path) -> None:
    with a_real_printer(tmp_path, formats="image/jpeg,image/pwg-raster") as printer:
        state = OURS.look(printer.address)

        assert state.trouble is Trouble.NO_PDF
        assert "image/pwg-raster" in state.why
        with pytest.raises(NotSent, match="takes no PDF") as refusal:
            OURS.print_pdf(printer.address, PDF, title="Document")
        assert refusal.value.for_good


# ---- what a well-behaved printer does not do


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Return how a printer is made that answers everything with the same bytes, then hangs up."""
    lines: list[socket.socket] = []

    def answer(line: socket.socket, said: bytes) -> None:
        while True:
            try:
                caller, _ = line.accept()
            except OSError:
                return
            with caller:
                caller.settimeout(2)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += caller.recv(65536)
                asked = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                rest = int(asked) - len(head.partition(b"\r\n\r\n")[2])
                while rest > 0:
                    rest -= len(caller.recv(65536))
                if said:
                    caller.sendall(said)

    def begin(said: bytes) -> str:
        line = socket.create_server(("127.0.0.1", 0))
        lines.append(line)
        threading.Thread(target=answer, args=(line, said), daemon=True).start()
        return f"ipp://127.0.0.1:{line.getsockname()[1]}/ipp/print"

    yield begin
    for line in lines:
        line.close()


def http(status: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_a_printer_that_falls_silent_with_the_page_leaves_it_open(
    answering: Callable[[bytes], str],
) -> None:
    with pytest.raises(NotSent, match="fell silent") as refusal:
        OURS.print_pdf(answering(b""), PDF, title="Document")
    assert refusal.value.may_have_gone


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "426 Upgrade Required"])
def test_a_printer_that_asks_who_prints_is_told_apart(
    answering: Callable[[bytes], str], status: str
) -> None:
    address = answering(http(status))

    with pytest.raises(NotSent, match="asks who prints") as refusal:
        OURS.print_pdf(address, PDF, title="Document")
    assert (refusal.value.may_have_gone, refusal.value.for_good) == (False, True)
    assert OURS.look(address).trouble is Trouble.IDENTITY


@pytest.mark.parametrize(
    ("said", "open_"),
    [
        (http("404 Not Found"), False),
        (http("500 Internal Server Error"), True),
        (http("200 OK", b"<html>a router</html>"), True),
        (
            http("200 OK", b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x21\x00\x06job-id\x00\x04\x00"),
            True,
        ),
        (http("200 OK", b"\x01\x01\x00\x00\x00\x00\x00\x01\x03"), True),  # taken, without a number
        (http("200 OK", b"\x01\x01\x05\x07\x00\x00\x00\x01\x03"), False),  # busy
    ],
)
def test_what_is_no_answer_of_a_printer_is_a_sentence(
    answering: Callable[[bytes], str], said: bytes, open_: bool
) -> None:
    with pytest.raises(NotSent) as refusal:
        OURS.print_pdf(answering(said), PDF, title="Document")
    assert refusal.value.may_have_gone is open_
    assert str(refusal.value).endswith(".")


def attributes(*values: tuple[int, str, bytes]) -> bytes:
    said = b"\x01\x01\x00\x00\x00\x00\x00\x01\x04"
    for kind, name, value in values:
        said += bytes([kind]) + len(name).to_bytes(2) + name.encode()
        said += len(value).to_bytes(2) + value
    return http("200 OK", said + b"\x03")


@pytest.mark.parametrize(
    ("reason", "trouble"),
    [
        ("none", Trouble.NONE),
        ("media-empty", Trouble.PAPER),
        ("media-empty-error", Trouble.PAPER),
        ("media-empty-warning", Trouble.NONE),  # one of its trays; it prints from another
        ("media-needed-warning", Trouble.PAPER),
        ("media-low", Trouble.NONE),
        ("media-jam-error", Trouble.JAM),
        ("toner-empty", Trouble.INK),
        ("toner-low-warning", Trouble.NONE),
        ("marker-supply-empty-error", Trouble.INK),
        ("paused", Trouble.STOPPED),
        ("output-area-full-error", Trouble.STOPPED),
    ],
)
def test_each_reason_of_a_printer_is_understood(
    answering: Callable[[bytes], str], reason: str, trouble: Trouble
) -> None:
    address = answering(attributes((ipp.KEYWORD, "printer-state-reasons", reason.encode())))

    state = OURS.look(address)

    assert state.trouble is trouble
    assert bool(state.why) is not state.is_ready


def test_a_printer_that_stands_still_or_takes_nothing_is_not_ready(
    answering: Callable[[bytes], str],
) -> None:
    stands = answering(attributes((ipp.ENUM, "printer-state", (5).to_bytes(4))))
    closed = answering(attributes((ipp.BOOLEAN, "printer-is-accepting-jobs", b"\x00")))

    assert OURS.look(stands).trouble is Trouble.STOPPED
    assert OURS.look(closed).trouble is Trouble.REFUSES


def test_a_password_goes_through_a_safe_line_only() -> None:
    sent: list[bytes] = []

    def listen(line: socket.socket) -> None:
        caller, _ = line.accept()
        with caller:
            sent.append(caller.recv(65536))

    ours = IppPrinter(user="patency", password="for tests only", look_s=2)
    with socket.create_server(("127.0.0.1", 0)) as line:
        thread = threading.Thread(target=listen, args=(line,), daemon=True)
        thread.start()
        ours.look(f"ipp://127.0.0.1:{line.getsockname()[1]}/ipp/print")
        thread.join(2)

    assert b"Authorization: Basic" in sent[0]  # on this machine itself
    assert "for tests only" not in repr(ours)


@pytest.mark.parametrize(
    "broken", [b"", b"\x01\x01", b"\x03\x00\x00\x00\x00\x00\x00\x01\x03", bytes(20)]
)
def test_bytes_that_are_no_ipp_are_refused(broken: bytes) -> None:
    with pytest.raises(ipp.NotIpp):
        ipp.read(broken)


def test_an_answer_is_read_with_all_its_values() -> None:
    said = (
        b"\x02\x00\x00\x00\x00\x00\x00\x07\x04"
        b"\x23\x00\x0dprinter-state\x00\x04\x00\x00\x00\x03"
        b"\x44\x00\x15printer-state-reasons\x00\x09media-jam"
        b"\x44\x00\x00\x00\x0acover-open"
        b"\x22\x00\x01b\x00\x01\x01"
        b"\x35\x00\x01t\x00\x08\x00\x02en\x00\x02ab"
        b"\x03"
    )

    found = ipp.read(said).group(ipp.PRINTER_GROUP)

    assert found["printer-state"] == (3,)
    assert found["printer-state-reasons"] == ("media-jam", "cover-open")
    assert (found["b"], found["t"]) == ((True,), ("ab",))
