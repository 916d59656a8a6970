"""Sends short messages through a provider's HTTP interface."""

import hashlib
import hmac
import http.client
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from patency.gateways.not_sent import NotSent

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
CHECK = 'Check the provider\'s settings, then run "patency check".'
FRESH = timedelta(minutes=5)  # an older answer is one that somebody kept and sends again
LONGEST = 4096  # bytes of an answer; a short message has some hundred


@dataclass(frozen=True, slots=True)
class Heard:
    """What a woman answered to a short message."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class HttpSms:
    """One provider that takes ``{"from", "to", "text"}`` as JSON, with a token.

    Any answer from 200 to 299 means the provider has taken the message. A provider that wants
    other names gets its own small module beside this one, with the same ``send``.
    """

    url: str
    token: str = field(repr=False)
    sender: str
    secret: str = field(default="", repr=False)
    """Shared with the provider, who signs with it what women answer."""
    timeout_s: float = 20.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not safe or not parts.hostname:
            raise ValueError(
                "The address of the SMS provider must begin with https:// and name a host (http:// "
                "only on this machine), because messages and numbers pass through it. Correct it "
                "in the settings."
            )

    def send(self, *, to: str, text: str) -> None:
        """Hand one message to the provider. Raises ``NotSent``."""
        body = json.dumps({"from": self.sender, "to": to, "text": text}).encode()
        parts = urlsplit(self.url)
        line = self._line()
        try:
            try:
                line.connect()
            except OSError as error:
                raise NotSent(
                    f"No message was sent: the SMS provider at {parts.hostname} cannot be reached "
                    f"({type(error).__name__}). {CHECK}"
                ) from error
            status = self._ask(line, parts.path or "/", parts.query, body)
        finally:
            line.close()
        if 200 <= status < 300:
            return
        if status >= 500 and status != 503:
            raise NotSent(_unknown(parts.hostname, f"answered {status}"), may_have_gone=True)
        raise NotSent(
            f"No message was sent: the SMS provider at {parts.hostname} refuses it (answer "
            f"{status}). {CHECK} If the settings are right, ask her for her number.",
            for_good=status not in (408, 425, 429, 503),
        )

    def try_it(self) -> None:
        """Go as far as the provider's door, and send nothing. Raises ``NotSent``."""
        line = self._line()
        try:
            line.connect()
        except OSError as error:
            raise NotSent(
                f"The SMS provider at {line.host} cannot be reached ({type(error).__name__}). "
                "Correct PATENCY_SMS_URL, or look at the network."
            ) from error
        finally:
            line.close()

    def hear(self, body: bytes, signature: str, now: datetime) -> Heard | None:
        """Return what a woman answered, or None for what our provider did not sign."""
        return heard(body, signature, secret=self.secret, now=now)

    def _line(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        return kind(parts.hostname or "", parts.port, timeout=self.timeout_s)

    def _ask(self, line: http.client.HTTPConnection, path: str, query: str, body: bytes) -> int:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        try:
            line.request("POST", f"{path}?{query}" if query else path, body, headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(_unknown(line.host, "fell silent"), may_have_gone=True) from error
        return answer.status


def _unknown(host: str | None, what: str) -> str:
    return (
        f"The SMS provider at {host} {what} after it had the message, so nobody can say whether it "
        "was delivered. It is not sent again by itself; look at the provider's list, or reach her "
        "by another channel."
    )


def heard(body: bytes, signature: str, *, secret: str, now: datetime) -> Heard | None:
    """Return what a woman answered, or None unless it is signed with our secret, and fresh.

    ``signature`` is ``t=<seconds since 1970>,v1=<hex of HMAC-SHA-256 over "<t>.<body>">``; the body
    is JSON with ``from`` and ``text``.
    """
    said = dict(part.partition("=")[::2] for part in signature.split(","))
    at, mark = said.get("t", ""), said.get("v1", "")
    if not secret or not at.isdigit() or len(at) > 12 or len(body) > LONGEST:
        return None
    right = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), mark.encode()):
        return None
    if abs(now.timestamp() - int(at)) > FRESH.total_seconds():
        return None
    try:
        told = json.loads(body)
        number, text = told["from"], told["text"]
    except (ValueError, KeyError, TypeError):
        return None
    return Heard(number, text) if isinstance(number, str) and isinstance(text, str) else None
