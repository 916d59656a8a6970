"""Mail goes to a real SMTP server on this machine, and every way it can fail is a sentence."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as SmtpServer

from patency.gateways.mail import SmtpMail
from patency.gateways.not_sent import NotSent

NOW = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
HER = "xiuying@example.org"


class Postbox:
    """A server that keeps what it gets, and answers as it is told to."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer_to_rcpt = "250 OK"
        self.answer_to_data = "250 OK"
        self.hang_up_after_data = False

    async def handle_RCPT(
        self, server: SmtpServer, session: Any, envelope: Any, to: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(to)
        return self.answer_to_rcpt

    async def handle_DATA(self, server: SmtpServer, session: Any, envelope: Any) -> str:
        if self.hang_up_after_data:
            assert server.transport is not None
            server.transport.abort()
            return ""
        self.letters.append(envelope)
        return self.answer_to_data


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def mail_to(port: int, **fields: Any) -> SmtpMail:
    return SmtpMail(
        **{
            "host": "127.0.0.1",
            "port": port,
            "sender": "Clinic <clinic@example.org>",
            "clock": lambda: NOW,
            "security": "none",
            "timeout_s": 5.0,
            **fields,
        }
    )


def test_a_letter_arrives_as_it_was_written(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox

    mail_to(port).send(to=HER, subject="A message for you 消息", text="Sign in, 王秀英.\n")

    [envelope] = box.letters
    letter = message_from_bytes(envelope.content, policy=policy.default)
    assert envelope.mail_from == "clinic@example.org"
    assert envelope.rcpt_tos == [HER]
    assert letter["Subject"] == "A message for you 消息"
    assert letter["Date"].datetime == NOW
    assert letter["Message-ID"].endswith("@example.org>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().strip() == "Sign in, 王秀英."


def test_an_address_the_server_refuses_is_known_not_to_have_gone(
    postbox: tuple[Postbox, int],
) -> None:
    box, port = postbox
    box.answer_to_rcpt = f"550 no such user {HER}"

    with pytest.raises(NotSent, match="refuses the address") as refused:
        mail_to(port).send(to=HER, subject="s", text="t")

    assert not refused.value.may_have_gone
    assert HER not in str(refused.value)
    assert box.letters == []


def test_a_refused_letter_is_known_not_to_have_gone(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox
    box.answer_to_data = "554 looks like spam"

    with pytest.raises(NotSent, match="refuses the message") as refused:
        mail_to(port).send(to=HER, subject="s", text="t")

    assert not refused.value.may_have_gone


def test_silence_after_the_letter_is_said_to_be_unknown(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox
    box.hang_up_after_data = True

    with pytest.raises(NotSent, match="nobody can say whether") as unknown:
        mail_to(port).send(to=HER, subject="s", text="t")

    assert unknown.value.may_have_gone


def test_no_server_is_a_sentence_with_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(NotSent, match=r"did not accept us .* run .patency check") as refused:
        mail_to(port).send(to=HER, subject="s", text="t")

    assert not refused.value.may_have_gone


def test_a_server_without_encryption_gets_nothing_by_default(
    postbox: tuple[Postbox, int],
) -> None:
    box, port = postbox

    with pytest.raises(NotSent, match="did not accept us"):
        mail_to(port, security="starttls").send(to=HER, subject="s", text="t")

    assert box.letters == []


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        held: list[socket.socket] = []
        thread = threading.Thread(target=lambda: held.append(deaf.accept()[0]))
        thread.start()
        with pytest.raises(NotSent, match="did not accept us"):
            mail_to(port, timeout_s=0.2).send(to=HER, subject="s", text="t")
        thread.join()
        held[0].close()


@pytest.mark.parametrize("field", ["to", "subject"])
def test_a_second_header_cannot_be_smuggled_in(postbox: tuple[Postbox, int], field: str) -> None:
    box, port = postbox
    words = {"to": HER, "subject": "s", field: "x@example.org\nBcc: other@example.org"}

    with pytest.raises(NotSent, match="not one line of text"):
        mail_to(port).send(to=words["to"], subject=words["subject"], text="t")

    assert box.letters == []
