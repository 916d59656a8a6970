"""Writes and reads the messages of the Internet Printing Protocol (RFC 8010, RFC 8011)."""

import struct
from dataclasses import dataclass

VERSION = b"\x01\x01"  # every printer that speaks IPP answers to 1.1; we need nothing newer

# RFC 8011, 5.4.15
PRINT_JOB, VALIDATE_JOB, CANCEL_JOB = 0x0002, 0x0004, 0x0008
GET_JOB_ATTRIBUTES, GET_PRINTER_ATTRIBUTES = 0x0009, 0x000B

# RFC 8010, 3.5.1: what begins a group, and what ends the attributes
OPERATION_GROUP, JOB_GROUP, END, PRINTER_GROUP = 0x01, 0x02, 0x03, 0x04
# RFC 8010, 3.5.2: kinds of values
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
_NUMBERS = {INTEGER, ENUM}
_TEXTS = range(0x40, 0x60)
_WITH_LANGUAGE = {0x35, 0x36}

Value = int | bool | str | bytes


class NotIpp(ValueError):
    """What came back is no answer of a printer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status, and the attributes of its groups, in their order."""

    status: int
    groups: tuple[tuple[int, dict[str, tuple[Value, ...]]], ...]

    def group(self, tag: int) -> dict[str, tuple[Value, ...]]:
        """Return the attributes of the first group of a kind; empty where there is none."""
        return next((found for kind, found in self.groups if kind == tag), {})

    @property
    def is_good(self) -> bool:
        """Whether it was done, perhaps without attributes the printer does not know."""
        return self.status < 0x0100


def written(operation: int, number: int, attributes: list[tuple[int, str, Value]]) -> bytes:
    """Return one question to a printer; a document may follow it.

    ``attributes`` are kind, name and value, in the order in which the protocol wants them.
    """
    out = [VERSION, struct.pack(">HI", operation, number), bytes([OPERATION_GROUP])]
    language = [(CHARSET, "attributes-charset", "utf-8"), (LANGUAGE, LANGUAGE_NAME, "en")]
    for kind, name, value in [*language, *attributes]:
        said = _said(kind, value)
        plain = name.encode()
        out.append(bytes([kind]) + struct.pack(">H", len(plain)) + plain)
        out.append(struct.pack(">H", len(said)) + said)
    return b"".join([*out, bytes([END])])


LANGUAGE_NAME = "attributes-natural-language"


def _said(kind: int, value: Value) -> bytes:
    if kind == BOOLEAN:
        return b"\x01" if value else b"\x00"
    if kind in _NUMBERS:
        return struct.pack(">i", value)
    return value if isinstance(value, bytes) else str(value).encode()


def read(answer: bytes) -> Answer:
    """Return an answer, taken apart. Raises ``NotIpp``."""
    try:
        return _read(answer)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotIpp(f"{len(answer)} bytes that break off or are no IPP") from error


def _read(answer: bytes) -> Answer:
    if len(answer) < 9 or answer[0] not in (1, 2):
        raise NotIpp(f"{len(answer)} bytes that do not begin as IPP does")
    (status,) = struct.unpack_from(">H", answer, 2)
    groups: list[tuple[int, dict[str, tuple[Value, ...]]]] = []
    at, name = 8, ""
    while answer[at] != END:
        kind = answer[at]
        at += 1
        if kind < 0x10:
            groups.append((kind, {}))
            continue
        said, at = _text(answer, at)
        value, at = _text(answer, at)
        # Without a name of its own a value is one more of the attribute before it.
        name = said.decode() or name
        if not groups:
            raise NotIpp("a value outside any group")
        inside = groups[-1][1]
        inside[name] = (*inside.get(name, ()), _understood(kind, value))
    return Answer(status, tuple(groups))


def _text(answer: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", answer, at)
    at += 2
    if at + length > len(answer):
        raise NotIpp("an answer that breaks off")
    return answer[at : at + length], at + length


def _understood(kind: int, value: bytes) -> Value:
    if kind in _NUMBERS and len(value) == 4:
        (number,) = struct.unpack(">i", value)
        return int(number)
    if kind == BOOLEAN:
        return value == b"\x01"
    if kind in _WITH_LANGUAGE:
        (length,) = struct.unpack_from(">H", value)
        return value[length + 4 :].decode()
    return value.decode() if kind in _TEXTS else value
