"""What the release door says: JSON for each answer, problems as RFC 9457, a way back for forms."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from patency.core.booking.release import Outcome
from patency.service.release import HOLDS_ANOTHER, Answered

Headers = list[tuple[bytes, bytes]]
Said = tuple[int, Headers, bytes]

JSON: Headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
PROBLEM: Headers = [
    (b"content-type", b"application/problem+json"),
    (b"cache-control", b"no-store"),
]
# Kept answers are 200 whether given now or before: the claim is one, however often it is sent.
NOT_KEPT: Mapping[str, str] = {
    Outcome.NOT_YET: "Numbers are not open yet. Nothing was kept; claim again once they are.",
    Outcome.BEING_DRAWN: "Numbers are being drawn. Claim again in a few seconds.",
    Outcome.CLOSED: "This release is closed. Look on your page for the next one.",
    HOLDS_ANOTHER: "You have a number of another release. Keep it, or return it first.",
}


def answer(found: Answered, now: datetime) -> Said:
    """Return what one claim is answered."""
    if found.outcome in NOT_KEPT:
        return _not_kept(found, now)
    # By hand, because a thousand are written in a second; every value is ours.
    body = (
        f'{{"answer":"{found.outcome}","number":{_or_null(found.ordinal)},'
        f'"waiting_place":{_or_null(found.waiting_place)},"claim":"{found.token}",'
        f'"again":{"true" if found.again else "false"},"now":"{written(now)}"}}'
    )
    return 200, JSON, body.encode()


def _not_kept(found: Answered, now: datetime) -> Said:
    more: dict[str, object] = {"answer": found.outcome, "now": written(now)}
    headers: Headers = []
    if found.opens_at is not None:
        more["opens_at"] = written(found.opens_at)
    if found.outcome == Outcome.NOT_YET and found.opens_at is not None:
        headers = [retry_after(max(1, int((found.opens_at - now).total_seconds()) + 1))]
    elif found.outcome == Outcome.BEING_DRAWN:
        headers = [retry_after(2)]
    return problem(409, found.outcome, NOT_KEPT[found.outcome], headers=headers, **more)


def problem(status: int, kind: str, detail: str, *, headers: Headers = [], **more: object) -> Said:  # noqa: B006
    """Return a problem after RFC 9457."""
    body = {
        "type": f"urn:patency:release:{kind}",
        "title": kind.replace("-", " "),
        "status": status,
        "detail": detail,
        **more,
    }
    return status, PROBLEM + headers, json.dumps(body).encode()


def document(body: object) -> Said:
    """Return any JSON."""
    return 200, JSON, json.dumps(body, default=str).encode()


def led_back(said: Said, address: str) -> Said:
    """Return the way back to her page for a browser without JavaScript.

    The page shows what was kept; for what was not, the kind of the problem goes with her, and the
    page has the words.
    """
    status, _, body = said
    kind = "" if status < 400 else json.loads(body)["type"].rpartition(":")[2]
    where = f"{address}?said={kind}" if kind else address
    return 303, [(b"location", where.encode()), (b"cache-control", b"no-store")], b""


def retry_after(seconds: int) -> tuple[bytes, bytes]:
    return (b"retry-after", str(seconds).encode())


def written(moment: datetime) -> str:
    """Return a moment as the door writes all of them: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=1024)  # a thousand claims name one release
def token_named(text: str) -> UUID | None:
    """Return the UUID of a path, or None for anything else."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _or_null(number: int | None) -> str:
    return "null" if number is None else str(number)
