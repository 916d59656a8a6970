"""A short message goes to a real HTTP server on this machine, and each answer has its meaning."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from patency.gateways.not_sent import NotSent
from patency.gateways.sms import HttpSms

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
