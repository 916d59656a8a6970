"""The ticket a woman is given before a release: who may claim, signed, so that no row is read then.

A ticket is bound to one woman, one visit and one release, and ends when the release closes. It
holds keys, never a name, and is signed with HMAC-SHA-256, so nobody can make or change one.
"""

import binascii
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

VERSION = 1
_HELD = struct.Struct(">H16s16s16s16sQBB")
_SIGNED_BYTES = sha256().digest_size
# 108 bytes, a multiple of 3: in base 64 no bit of the last letter is left over to be changed.
LENGTH = (_HELD.size + _SIGNED_BYTES) // 3 * 4


class TicketRefused(Exception):
    """A ticket that lets nobody in."""


class NotOurs(TicketRefused):
    """We did not sign it, or somebody changed it."""


class TicketEnded(TicketRefused):
    """It was good once."""


class OtherRelease(TicketRefused):
    """It is for another release."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says."""

    token: UUID
    """The claim's own name, the same for every ticket of this woman to this release."""
    release: UUID
    patient: UUID
    visit: UUID
    ends_at: datetime
    """Aware; whole seconds. From then on it lets nobody in."""
    priority_class: int
    """0 to 255; 0 is drawn first."""
    tries_a_minute: int
    """How often it may be shown, 1 to 255."""


def token_for(key: bytes, release: UUID, patient: UUID) -> UUID:
    """Return the token of one woman in one release; nobody without the key can tell whose it is."""
    made = hmac.digest(key, b"token" + release.bytes + patient.bytes, "sha256")
    return UUID(bytes=made[:16], version=4)


def sign(ticket: Ticket, key: bytes) -> str:
    """Return the ticket as text for an address or a header: letters, digits, - and _."""
    held = _HELD.pack(
        VERSION,
        ticket.token.bytes,
        ticket.release.bytes,
        ticket.patient.bytes,
        ticket.visit.bytes,
        int(ticket.ends_at.timestamp()),
        ticket.priority_class,
        ticket.tries_a_minute,
    )
    return urlsafe_b64encode(held + _signature(held, key)).decode()


def read_ticket(text: str, key: bytes, *, release: UUID, now: datetime) -> Ticket:
    """Return what a ticket says.

    Raises ``NotOurs``, ``TicketEnded`` or ``OtherRelease``; the signature is compared in constant
    time and before anything the ticket says is looked at.
    """
    try:
        whole = urlsafe_b64decode(text) if len(text) == LENGTH else b""
    except (binascii.Error, ValueError):
        whole = b""
    held, signature = whole[: _HELD.size], whole[_HELD.size :]
    if (
        len(whole) != _HELD.size + _SIGNED_BYTES
        or int.from_bytes(held[:2]) != VERSION
        or not hmac.compare_digest(signature, _signature(held, key))
    ):
        raise NotOurs(
            "This ticket is not one of ours, or was changed on the way. A ticket is given on her "
            "own page, to her alone. Open that page again and take the ticket from there."
        )
    _, token, of_release, patient, visit, ends_at, priority_class, tries = _HELD.unpack(held)
    if of_release != release.bytes:
        raise OtherRelease(
            "This ticket is for another release. Each release has its own ticket. Open the page "
            "of this one and take the ticket from there."
        )
    if now.timestamp() >= ends_at:
        ended = datetime.fromtimestamp(ends_at, UTC)
        raise TicketEnded(
            f"This ticket ended at {ended:%Y-%m-%d %H:%M:%S} UTC. A ticket ends when its release "
            "closes. Look on her own page for the next release."
        )
    return Ticket(
        UUID(bytes=token),
        release,
        UUID(bytes=patient),
        UUID(bytes=visit),
        datetime.fromtimestamp(ends_at, UTC),
        priority_class,
        tries,
    )


def _signature(held: bytes, key: bytes) -> bytes:
    return hmac.digest(key, held, "sha256")
