"""Mail goes to a real SMTP server on this machine, and every way it can fail is a sentence."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as SmtpServer
from aiosmtpd.smtp import AuthResult, LoginPassword

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


def test_a_long_subject_of_any_script_stays_one_line_and_whole(
    postbox: tuple[Postbox, int],
) -> None:
    box, port = postbox
    subject = "您的预约有变动，请登录查看 " * 12 + "🩷 Änderung"

    mail_to(port).send(to=HER, subject=subject, text="t")

    content = box.letters[0].content
    assert message_from_bytes(content, policy=policy.default)["Subject"] == subject
    assert max(len(line) for line in content.splitlines()) <= 998  # RFC 5322, 2.1.1
    assert content.isascii()


def test_a_subject_cannot_bring_a_header_of_its_own(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox

    with pytest.raises(NotSent, match="not one line of text") as refused:
        mail_to(port).send(to=HER, subject="s\r\nBcc: other@example.org", text="t")

    assert (refused.value.may_have_gone, refused.value.for_good) == (False, True)
    assert box.letters == []


def test_the_way_to_stop_and_a_picture_go_with_a_letter(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox
    stop, picture = "https://clinic.example/channels/1/", b"\x89PNG and more"

    mail_to(port).send(to=HER, subject="s", text="Your code: A", stop=stop, picture=picture)

    letter = message_from_bytes(box.letters[0].content, policy=policy.default)
    assert letter["List-Unsubscribe"] == f"<{stop}>"
    text, attached = letter.iter_parts()
    assert text.get_content().strip() == "Your code: A"
    assert (attached.get_content_type(), attached.get_content()) == ("image/png", picture)


@pytest.mark.parametrize(
    ("answer", "for_good"),
    [("550 no such user", True), ("450 mailbox busy", False), ("452 too much", False)],
)
def test_what_a_server_refuses_for_good_is_told_from_what_may_go_later(
    postbox: tuple[Postbox, int], answer: str, for_good: bool
) -> None:
    box, port = postbox
    for name in ("answer_to_rcpt", "answer_to_data"):
        setattr(box, name, answer)
        with pytest.raises(NotSent) as refused:
            mail_to(port).send(to=HER, subject="s", text="t")
        setattr(box, name, "250 OK")
        assert (refused.value.may_have_gone, refused.value.for_good) == (False, for_good)


# ---- encrypted, and known by a password


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Return a key and a certificate of this machine that nobody signed but itself."""
    key, pem = tmp_path / "key.pem", tmp_path / "cert.pem"
    order = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    order += " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [*order.split(), "-keyout", str(key), "-out", str(pem)], check=True, capture_output=True
    )
    return key, pem


@pytest.fixture
def safe_postbox(certificate: tuple[Path, Path]) -> Iterator[tuple[Postbox, int]]:
    """Return a server that asks for encryption first, and then for a name and a password."""
    key, pem = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == b"for tests only"
        return AuthResult(success=right, handled=right)

    box = Postbox()
    controller = Controller(
        box,
        hostname="localhost",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=knows,
    )
    controller.start()
    yield box, port
    controller.stop()


Trusts = Callable[[], None]


@pytest.fixture
def we_trust_it(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Trusts:
    return lambda: monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))


def safely(port: int, **fields: Any) -> SmtpMail:
    ours = {"host": "localhost", "security": "starttls", "user": "clinic", **fields}
    return mail_to(port, **{"password": "for tests only", **ours})


def test_a_letter_goes_through_an_encrypted_line_with_our_password(
    safe_postbox: tuple[Postbox, int], we_trust_it: Trusts
) -> None:
    box, port = safe_postbox
    we_trust_it()

    safely(port).send(to=HER, subject="您的预约", text="请登录。")

    [letter] = box.letters
    assert message_from_bytes(letter.content, policy=policy.default)["Subject"] == "您的预约"


def test_a_server_nobody_vouches_for_gets_nothing(safe_postbox: tuple[Postbox, int]) -> None:
    box, port = safe_postbox

    with pytest.raises(NotSent, match="SSLCertVerificationError"):
        safely(port).send(to=HER, subject="s", text="t")

    assert box.letters == []


def test_a_wrong_password_is_refused_for_good_and_not_repeated_in_the_sentence(
    safe_postbox: tuple[Postbox, int], we_trust_it: Trusts
) -> None:
    box, port = safe_postbox
    we_trust_it()

    with pytest.raises(NotSent, match="SMTPAuthenticationError, answer 535") as refused:
        safely(port, password="another").send(to=HER, subject="s", text="t")

    assert (refused.value.for_good, refused.value.may_have_gone) == (True, False)
    assert "another" not in str(refused.value) + repr(safely(port, password="another"))
    assert box.letters == []


def test_without_a_password_a_server_that_wants_one_gets_nothing(
    safe_postbox: tuple[Postbox, int], we_trust_it: Trusts
) -> None:
    box, port = safe_postbox
    we_trust_it()

    with pytest.raises(NotSent, match="does not let us write"):
        safely(port, user="").send(to=HER, subject="s", text="t")

    assert box.letters == []


def test_the_way_is_tried_without_a_letter(
    safe_postbox: tuple[Postbox, int], we_trust_it: Trusts
) -> None:
    box, port = safe_postbox
    we_trust_it()

    safely(port).try_it()

    assert box.letters == []
    with pytest.raises(NotSent, match="did not accept us"):
        safely(port, password="another").try_it()
    with pytest.raises(NotSent, match="does not let us write"):
        safely(port, user="").try_it()
