"""The fakes keep what was sent, and fail when they are told to."""

import pytest

from patency.gateways.memory import MemoryMail, MemoryPrinter, MemorySms
from patency.gateways.not_sent import NotSent


def test_what_was_sent_is_kept_in_order() -> None:
    mail, sms, printer = MemoryMail(), MemorySms(), MemoryPrinter()
    mail.send(to="a@example.org", subject="one", text="x")
    mail.send(to="a@example.org", subject="two", text="x")
    sms.send(to="1", text="y")
    printer.print_pdf(b"z", title="Report", copies=3)

    assert [letter.subject for letter in mail.sent] == ["one", "two"]
    assert sms.sent[0].text == "y"
    assert (printer.printed[0].pdf, printer.printed[0].copies) == (b"z", 3)


@pytest.mark.parametrize(
    "use",
    [
        lambda no: MemoryMail(refuse=no).send(to="a", subject="s", text="t"),
        lambda no: MemorySms(refuse=no).send(to="a", text="t"),
        lambda no: MemoryPrinter(refuse=no).print_pdf(b"", title="t", copies=1),
    ],
)
def test_a_fake_refuses_when_told_to(use: object) -> None:
    with pytest.raises(NotSent, match="no line"):
        use(NotSent("no line"))  # type: ignore[operator]
