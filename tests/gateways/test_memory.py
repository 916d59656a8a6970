"""The fakes keep what was sent, and fail when they are told to."""

import pytest

from patency.gateways.memory import MemoryMail, MemoryPrinter, MemorySms, PrintJob
from patency.gateways.not_sent import NotSent


def test_what_was_sent_is_kept_in_order() -> None:
    mail, sms, printer = MemoryMail(), MemorySms(), MemoryPrinter()
    mail.send(to="a@example.org", subject="one", text="x")
    mail.send(to="a@example.org", subject="two", text="x")
    sms.send(to="1", text="y")
    job = printer.print_pdf("ipp://here/", b"z", title="Report")

    assert [letter.subject for letter in mail.sent] == ["one", "two"]
    assert sms.sent[0].text == "y"
    assert printer.printed == [PrintJob("ipp://here/", b"z", "Report")]
    assert printer.follow("ipp://here/", job).state == "done"
    printer.cancel("ipp://here/", job)
    assert printer.follow("ipp://here/", job).state == "failed"


@pytest.mark.parametrize(
    "use",
    [
        lambda no: MemoryMail(refuse=no).send(to="a", subject="s", text="t"),
        lambda no: MemorySms(refuse=no).send(to="a", text="t"),
        lambda no: MemoryPrinter(refuse=no).print_pdf("", b"", title="t"),
    ],
)
def test_a_fake_refuses_when_told_to(use: object) -> None:
    with pytest.raises(NotSent, match="no line"):
        use(NotSent("no line"))  # type: ignore[operator]
