"""A phone number or a mail address, told apart and compared however it was typed."""

import unicodedata

PHONE, EMAIL = "phone", "email"
FEWEST_DIGITS = 8  # our choice: fewer say too little to be one person's number
LONGEST_PREFIX = 5  # of a country, with 00 in front, such as 00852


def plain_contact(typed: str) -> str:
    """Return a contact in one form: an address in small letters, a number in digits alone.

    Full-width characters, as Chinese keyboards type them, are understood.
    """
    plain = unicodedata.normalize("NFKC", typed).strip()
    if "@" in plain:
        return "".join(plain.split()).casefold()
    return "".join(character for character in plain if character.isdecimal())


def kind_of(contact: str) -> str:
    """Return whether a contact is a ``phone`` number or an ``email`` address."""
    return EMAIL if "@" in contact else PHONE


def is_contact(typed: str) -> bool:
    """Return whether what was typed can be a phone number or a mail address."""
    plain = plain_contact(typed)
    if kind_of(plain) == EMAIL:
        name, _, host = plain.rpartition("@")
        return bool(name) and "." in host.strip(".") and len(plain) <= 254
    signs = set(unicodedata.normalize("NFKC", typed)) - set("0123456789 -–().+/")
    return FEWEST_DIGITS <= len(plain) <= 20 and not signs


def same_contact(one: str, other: str) -> bool:
    """Return whether two contacts are one; a number is, with its country's prefix or without."""
    first, second = plain_contact(one), plain_contact(other)
    if not first or kind_of(first) != kind_of(second):
        return False
    if first == second:
        return True
    if kind_of(first) == EMAIL:
        return False
    short, long = sorted((first.lstrip("0"), second.lstrip("0")), key=len)
    more = len(long) - len(short)
    return len(short) >= FEWEST_DIGITS and more <= LONGEST_PREFIX and long.endswith(short)


def hinted(contact: str) -> str:
    """Return as much of a contact as lets her know it again, and nobody else learn it."""
    plain = plain_contact(contact)
    if kind_of(plain) == EMAIL:
        name, _, host = plain.rpartition("@")
        return f"{name[:1]}…@{host}"
    return f"…{plain[-2:]}"
