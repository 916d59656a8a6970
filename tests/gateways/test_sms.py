"""A short message goes to a real HTTP server on this machine, and each answer has its meaning."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from patency.gateways.not_sent import NotSent
from patency.gateways.sms import Heard, HttpSms, heard

HER = "+8613800000000"


class Provider(BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[Any, str | None]]] = []
    status: ClassVar[int] = 202
    hangs_up: ClassVar[bool] = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.hangs_up:
            self.connection.close()
            return
        self.got.append((json.loads(body), self.headers["Authorization"]))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[str]:
    Provider.got, Provider.status, Provider.hangs_up = [], 202, False
    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/messages?v=1"
    server.shutdown()
    thread.join()
    server.server_close()


def sms(url: str) -> HttpSms:
    return HttpSms(url, token="secret", sender="Clinic", timeout_s=5)


def test_a_message_is_handed_over_with_the_token(provider: str) -> None:
    sms(provider).send(to=HER, text="诊所有给您的消息。")

    assert Provider.got == [
        ({"from": "Clinic", "to": HER, "text": "诊所有给您的消息。"}, "Bearer secret")
    ]


@pytest.mark.parametrize(
    ("status", "may_have_gone"),
    [(302, False), (400, False), (401, False), (429, False), (503, False), (500, True)],
)
def test_what_an_answer_means(provider: str, status: int, may_have_gone: bool) -> None:
    Provider.status = status

    with pytest.raises(NotSent, match=str(status)) as refused:
        sms(provider).send(to=HER, text="t")

    assert refused.value.may_have_gone is may_have_gone
    assert len(Provider.got) == 1
    assert HER not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_provider_that_hangs_up_leaves_it_unknown(provider: str) -> None:
    Provider.hangs_up = True

    with pytest.raises(NotSent, match="nobody can say") as unknown:
        sms(provider).send(to=HER, text="t")

    assert unknown.value.may_have_gone


def test_a_provider_out_of_reach_is_known_not_to_have_it() -> None:
    with pytest.raises(NotSent, match="cannot be reached") as refused:
        HttpSms("http://127.0.0.1:9/", token="t", sender="s", timeout_s=1).send(to=HER, text="t")

    assert not refused.value.may_have_gone


@pytest.mark.parametrize("url", ["http://provider.example/send", "provider", "ftp://x/", ""])
def test_an_address_that_would_send_numbers_in_the_open_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https"):
        sms(url)


# ---- what she answers

NOW = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
SECRET = "for tests only"
ANSWER = json.dumps({"from": HER, "text": "退订"}).encode()


def signed(body: bytes = ANSWER, *, at: datetime = NOW, secret: str = SECRET) -> str:
    said = f"{int(at.timestamp())}"
    mark = hmac.new(secret.encode(), said.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={said},v1={mark}"


def test_an_answer_is_heard_when_our_provider_signed_it_a_moment_ago() -> None:
    ours = HttpSms("https://sms.example/", "token", "Clinic", SECRET)

    assert ours.hear(ANSWER, signed(at=NOW - timedelta(minutes=4)), NOW) == Heard(HER, "退订")
    assert SECRET not in repr(ours)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (ANSWER, ""),
        (ANSWER, "t=,v1="),
        (ANSWER, "nonsense"),
        (ANSWER, signed(secret="another")),
        (ANSWER + b" ", signed()),
        (ANSWER, signed(at=NOW - timedelta(minutes=6))),
        (ANSWER, signed(at=NOW + timedelta(minutes=6))),
        (ANSWER, signed().replace("t=", "t=9999999999999")),
        (ANSWER, f"t={int(NOW.timestamp())},v1=Ä"),
        (b"not JSON", signed(b"not JSON")),
        (b"[]", signed(b"[]")),
        (b'{"from": 1, "text": "STOP"}', signed(b'{"from": 1, "text": "STOP"}')),
        (ANSWER + b" " * 5000, signed(ANSWER + b" " * 5000)),
    ],
)
def test_what_is_not_signed_fresh_or_whole_is_not_heard(body: bytes, signature: str) -> None:
    assert heard(body, signature, secret=SECRET, now=NOW) is None


def test_without_a_secret_nothing_is_heard() -> None:
    assert heard(ANSWER, signed(secret=""), secret="", now=NOW) is None


@pytest.mark.parametrize(
    ("status", "for_good"), [(400, True), (401, True), (404, True), (429, False), (503, False)]
)
def test_what_a_provider_refuses_for_good_is_told_from_what_may_go_later(
    provider: str, status: int, for_good: bool
) -> None:
    Provider.status = status

    with pytest.raises(NotSent) as refused:
        sms(provider).send(to=HER, text="t")

    assert refused.value.for_good is for_good


def test_the_way_is_tried_without_a_message(provider: str) -> None:
    sms(provider).try_it()

    assert Provider.got == []
    with pytest.raises(NotSent, match="cannot be reached"):
        sms("http://127.0.0.1:1/messages").try_it()
