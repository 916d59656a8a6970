"""The 7:00 door: one claim in, one definite answer out.

A bare ASGI application in one process. No session, no cookie, no row is read for a claim before it
is decided: its ticket was signed by the pages beforehand. When a claim was received is read from
the server's clock the moment the whole request is here, before anything is looked at.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from patency.core.access import Actor, Role
from patency.core.booking.ticket import NotOurs, OtherRelease, TicketRefused, read_ticket
from patency.doors.release import answers, calls
from patency.doors.release.answers import Said, problem
from patency.doors.release.group_commit import GroupCommit, NotKept, Overrun
from patency.doors.release.limits import Limits
from patency.service.release import AskedFor

log = logging.getLogger(__name__)

NAME = "release door"
BY = Actor(name=NAME, site="", roles=frozenset({Role.SYSTEM}))
LONGEST_BODY = 2048  # a ticket and a key in a form
LONGEST_KEY = 64
LOOKS_A_MINUTE = 60  # at one claim, by whoever holds its token
SHOWN_FOR = timedelta(seconds=1)  # how old the public state of a release may be
DRAWS_EVERY_S = 1.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Around:
    """What config joined for this door."""

    now: Callable[[], datetime]
    key: bytes
    """Tickets are signed with it."""
    pages: str
    """Where her page is, for a browser without JavaScript."""
    origins: frozenset[bytes]
    """Whose pages may read the answers, beside the door's own."""


class Door:
    """The application; its state is a line of claims, counts, and what was shown last."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._claims = GroupCommit(lambda asked: calls.commit(asked, BY, around.now))
        self._limits = Limits()
        self._looks = Limits()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reads")
        self._shown: dict[str, tuple[datetime, Said]] = {}
        self._draws: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or begin and end with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            status, headers, body = await self._answer(scope, receive)
        except Exception:  # the outer edge: she is told that nothing is known, and may ask again
            log.exception("a request was not answered")
            status, headers, body = _try_again()
        origin = _header(scope, b"origin")
        if origin and origin in self._around.origins:
            headers = [*headers, (b"access-control-allow-origin", origin), (b"vary", b"origin")]
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*headers, (b"content-length", str(len(body)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Said:
        method, parts = scope["method"], scope["path"].strip("/").split("/")
        match (method, parts):
            case ("POST", ["releases", release, "claims"]):
                return await self._claim(release, scope, receive)
            case ("OPTIONS", ["releases", _, "claims"]):
                return 204, PREFLIGHT, b""
            case ("GET", ["clock"]):
                return answers.document({"now": answers.written(self._around.now())})
            case ("GET", ["releases", release]):
                return await self._show(release, calls.state_of)
            case ("GET", ["releases", release, "result"]):
                return await self._show(release, calls.result_of)
            case ("GET", ["claims", token]):
                return await self._look(token)
        return problem(404, "not-found", "There is no such page here.")

    async def _claim(self, release: str, scope: Scope, receive: Receive) -> Said:
        body = await _body(receive)
        received_at = self._around.now()
        form = _form(body) if body else {}
        text = form.get("ticket") or _bearer(_header(scope, b"authorization"))
        key = form.get("key") or _header(scope, b"idempotency-key").decode("latin-1")
        of_release = answers.token_named(release)
        if of_release is None:
            return problem(404, "no-release", "There is no such release.")
        if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
            return problem(
                400,
                "no-idempotency-key",
                f"A claim has an Idempotency-Key of 1 to {LONGEST_KEY} characters. Send one, and "
                "the same one when you ask again.",
            )
        try:
            ticket = read_ticket(text, self._around.key, release=of_release, now=received_at)
        except TicketRefused as refusal:
            return problem(403, _kind(refusal), str(refusal))
        wait_s = self._limits.wait_s(ticket.token, ticket.tries_a_minute, received_at)
        if wait_s:
            return problem(
                429,
                "too-often",
                f"This ticket was shown more than {ticket.tries_a_minute} times in a minute. Your "
                "place does not depend on how often you press; wait, then press once.",
                headers=[answers.retry_after(wait_s)],
            )
        try:
            found = await self._claims.answer(AskedFor(ticket, key, received_at))
        except Overrun:
            return _try_again(503, "crowded", "Too many ask at this moment.")
        except NotKept:
            return _try_again()
        if form and self._around.pages:
            return answers.back_to(self._around.pages)
        return answers.answer(found, self._around.now())

    async def _show(self, release: str, read: Callable[..., Said]) -> Said:
        """Return a public page of a release, at most a second old."""
        key, now = f"{read.__name__}/{release}", self._around.now()
        shown = self._shown.get(key)
        if shown is not None and now - shown[0] < SHOWN_FOR:
            return shown[1]
        of_release = answers.token_named(release)
        if of_release is None:
            return problem(404, "no-release", "There is no such release.")
        said = await self._read(read, of_release, now)
        if len(self._shown) > 1000:
            self._shown.clear()
        self._shown[key] = (now, said)
        return said

    async def _look(self, token: str) -> Said:
        claim, now = answers.token_named(token), self._around.now()
        if claim is None:
            return problem(404, "no-claim", "There is no such claim.")
        wait_s = self._looks.wait_s(claim, LOOKS_A_MINUTE, now)
        if wait_s:
            return problem(
                429, "too-often", "Look again later.", headers=[answers.retry_after(wait_s)]
            )
        return await self._read(calls.claim_of, claim, now)

    async def _read(self, read: Callable[..., Said], key: UUID, now: datetime) -> Said:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, read, key, BY, now)

    # ---- beginning and ending

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._draws = asyncio.create_task(self._draw_when_due())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._draws is not None:
                    self._draws.cancel()
                await asyncio.get_running_loop().run_in_executor(None, self._claims.close)
                self._reader.shutdown()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _draw_when_due(self) -> None:
        """Draw each release whose moment has come; a worker may be faster, and it is one draw."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(DRAWS_EVERY_S)
            try:
                await loop.run_in_executor(
                    self._reader, calls.draw_what_is_due, BY, self._around.now()
                )
            except Exception:  # the outer edge: the next second tries again
                log.exception("a draw was not drawn")


PREFLIGHT = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"authorization, idempotency-key"),
    (b"access-control-max-age", b"600"),
]


def _try_again(status: int = 503, kind: str = "not-kept", why: str = "It was not kept.") -> Said:
    says = f"{why} Ask again with the same key: if your claim was kept, you get its answer."
    return problem(status, kind, says, headers=[answers.retry_after(1)])


def _kind(refusal: TicketRefused) -> str:
    if isinstance(refusal, NotOurs):
        return "ticket-not-ours"
    return "ticket-of-another-release" if isinstance(refusal, OtherRelease) else "ticket-ended"


async def _body(receive: Receive) -> bytes:
    """Return the whole body; one that is longer than any of ours is read no further."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= LONGEST_BODY:
        message = await receive()
        body += message.get("body", b"")
    return body if len(body) <= LONGEST_BODY else b""


def _form(body: bytes) -> Mapping[str, str]:
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=8)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _header(scope: Scope, name: bytes) -> bytes:
    for each, value in scope["headers"]:
        if each == name:
            return bytes(value)
    return b""


def _bearer(value: bytes) -> str:
    """Return the ticket of ``Authorization: Ticket …``."""
    kind, _, rest = value.decode("latin-1").partition(" ")
    return rest.strip() if kind.lower() == "ticket" else ""
