"""The 7:00 door: one claim in, one definite answer out.

No session, no cookie, no row is read for a claim before it is decided: its ticket was signed by
the pages beforehand. When a claim was received is read from the server's clock the moment the
whole request is here, before anything is looked at.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs
from uuid import UUID

from patency.core.access import Actor, Role
from patency.core.booking.ticket import NotOurs, OtherRelease, TicketRefused, read_ticket
from patency.doors.release import answers, calls
from patency.doors.release.answers import Said, problem
from patency.doors.release.connection import Reply, Request
from patency.doors.release.group_commit import GroupCommit, Overrun
from patency.doors.release.limits import Limits
from patency.service.release import Answered, AskedFor

log = logging.getLogger(__name__)

NAME = "release door"
BY = Actor(name=NAME, site="", roles=frozenset({Role.SYSTEM}))
LONGEST_KEY = 64
LOOKS_A_MINUTE = 60  # at one claim, by whoever holds its token
SHOWN_FOR = timedelta(seconds=1)  # how old the public state of a release may be
DRAWS_EVERY_S = 1.0


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
    """Its state is a line of claims, counts, and what was shown last."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._claims = GroupCommit(lambda asked: calls.commit(asked, BY, around.now))
        self._limits = Limits()
        self._looks = Limits()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reads")
        self._shown: dict[str, tuple[datetime, Said]] = {}
        self._draws: asyncio.Task[None] | None = None
        self._shows: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        """Return the moment by the server's clock."""
        return self._around.now()

    def ask(self, request: Request, reply: Reply) -> None:
        """Take one request; it is replied to once, a claim when its answer is durable."""
        received_at = self._around.now()
        origin = request.headers.get(b"origin")
        if origin and origin in self._around.origins:
            reply = _readable_for(origin, reply)
        try:
            said = self._answer(request, reply, received_at)
        except Exception:  # the outer edge: she is told that nothing is known, and may ask again
            log.exception("a request was not answered")
            said = _try_again()
        if said is not None:
            reply(said)

    def _answer(self, request: Request, reply: Reply, received_at: datetime) -> Said | None:
        """Return what is said at once; None for what is replied to later."""
        path = request.path.partition(b"?")[0].decode("latin-1")
        match (request.method, path.strip("/").split("/")):
            case ("POST", ["releases", release, "claims"]):
                return self._claim(release, request, reply, received_at)
            case ("OPTIONS", ["releases", _, "claims"]):
                return 204, PREFLIGHT, b""
            case ("GET", ["clock"]):
                return answers.document({"now": answers.written(received_at)})
            case ("GET", ["releases", release]):
                return self._show(release, calls.state_of, reply, received_at)
            case ("GET", ["releases", release, "result"]):
                return self._show(release, calls.result_of, reply, received_at)
            case ("GET", ["claims", token]):
                return self._look(token, reply, received_at)
        return problem(404, "not-found", "There is no such page here.")

    def _claim(
        self, release: str, request: Request, reply: Reply, received_at: datetime
    ) -> Said | None:
        """Take a claim; one sent by a form is answered on her page, whatever the answer is."""
        form = _form(request.body) if request.body else {}
        pages = self._around.pages if form else ""
        if not pages:
            return self._claim_of(form, release, request, reply, received_at)

        def lead_back(said: Said) -> None:
            reply(answers.led_back(said, pages))

        said = self._claim_of(form, release, request, lead_back, received_at)
        return None if said is None else answers.led_back(said, pages)

    def _claim_of(
        self,
        form: Mapping[str, str],
        release: str,
        request: Request,
        reply: Reply,
        received_at: datetime,
    ) -> Said | None:
        text = form.get("ticket") or _bearer(request.headers.get(b"authorization", b""))
        key = form.get("key") or request.headers.get(b"idempotency-key", b"").decode("latin-1")
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

        def tell(found: Answered | None) -> None:
            if found is None:
                reply(_try_again())
            else:
                reply(answers.answer(found, self._around.now()))

        try:
            self._claims.ask(AskedFor(ticket, key, received_at), tell)
        except Overrun:
            return _try_again(503, "crowded", "Too many ask at this moment.")
        return None

    def _show(
        self, release: str, read: Callable[..., Said], reply: Reply, now: datetime
    ) -> Said | None:
        """Say a public page of a release, at most a second old."""
        key = f"{read.__name__}/{release}"
        shown = self._shown.get(key)
        if shown is not None and now - shown[0] < SHOWN_FOR:
            return shown[1]
        of_release = answers.token_named(release)
        if of_release is None:
            return problem(404, "no-release", "There is no such release.")

        def keep_and_reply(said: Said) -> None:
            if len(self._shown) > 1000:
                self._shown.clear()
            self._shown[key] = (now, said)
            reply(said)

        self._read(read, of_release, now, reply, keep_and_reply)
        return None

    def _look(self, token: str, reply: Reply, now: datetime) -> Said | None:
        claim = answers.token_named(token)
        if claim is None:
            return problem(404, "no-claim", "There is no such claim.")
        wait_s = self._looks.wait_s(claim, LOOKS_A_MINUTE, now)
        if wait_s:
            return problem(
                429, "too-often", "Look again later.", headers=[answers.retry_after(wait_s)]
            )
        self._read(calls.claim_of, claim, now, reply, reply)
        return None

    def _read(
        self, read: Callable[..., Said], key: UUID, now: datetime, reply: Reply, then: Reply
    ) -> None:
        """Read in the thread for reading, then go on; ``reply`` is for when that failed."""

        async def reads() -> None:
            loop = asyncio.get_running_loop()
            try:
                said = await loop.run_in_executor(self._reader, read, key, BY, now)
            except Exception:  # the outer edge, as above
                log.exception("a request was not answered")
                reply(_try_again())
            else:
                then(said)

        task = asyncio.get_running_loop().create_task(reads())
        self._shows.add(task)
        task.add_done_callback(self._shows.discard)

    # ---- beginning and ending

    def begin(self) -> None:
        """Begin to draw what is due, second by second."""
        self._draws = asyncio.get_running_loop().create_task(self._draw_when_due())

    async def end(self) -> None:
        """End once the commit under way is done."""
        if self._draws is not None:
            self._draws.cancel()
        await asyncio.get_running_loop().run_in_executor(None, self._claims.close)
        self._reader.shutdown()

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


def _form(body: bytes) -> Mapping[str, str]:
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=8)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _readable_for(origin: bytes, reply: Reply) -> Reply:
    """Return a reply that pages of this origin may read."""
    more = [(b"access-control-allow-origin", origin), (b"vary", b"origin")]
    return lambda said: reply((said[0], [*said[1], *more], said[2]))


def _bearer(value: bytes) -> str:
    """Return the ticket of ``Authorization: Ticket …``."""
    kind, _, rest = value.decode("latin-1").partition(" ")
    return rest.strip() if kind.lower() == "ticket" else ""
