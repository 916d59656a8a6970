"""Our own identifier for a woman: random, short, read aloud without mistakes.

``PT-7K3M-QX4D``: seven random characters and a check character. The letters I, L, O and U are
left out because they look or sound like others. 32 to the power of 7 numbers (3.4e10) are enough
for five million women; should a number be taken already, the one who asks takes another.

The check is a sum over the field of 32 elements in which each place has its own weight, so any one
wrong character and any two that changed places are noticed, neighbours or not.
"""

from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
LENGTH = 8
PREFIX = "PT"
TOKEN = "NX"  # next: the token of a woman who got no date, for the cycle to come
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_MEANT = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_MODULUS = 0b100101  # x^5 + x^2 + 1, primitive: the powers of x are 31 different weights


class IdentifierRefused(ValueError):
    """What was typed is no identifier of ours."""


def new_identifier(random_bytes: Callable[[int], bytes]) -> str:
    """Return an identifier made from as many random bytes as it asks for."""
    values = [byte % len(ALPHABET) for byte in random_bytes(LENGTH - 1)]
    return _written([*values, _times_x(_weighed(values))])


def new_token(random_bytes: Callable[[int], bytes]) -> str:
    """Return the token a woman quotes in her next cycle, such as ``NX-7K3M-QX4D``.

    It is made like an identifier and names a refusal, not a woman; nothing can be learnt from it.
    """
    return new_identifier(random_bytes).replace(PREFIX, TOKEN, 1)


def read_identifier(typed: str) -> str:
    """Return what was typed or read aloud in its one written form.

    Small letters, missing dashes, a missing ``PT``, I or L for 1 and O for 0 are understood.
    Raises ``IdentifierRefused`` when a character is wrong or two have changed places.
    """
    characters = typed.upper().translate(_MEANT)
    if len(characters) == LENGTH + len(PREFIX):
        characters = characters.removeprefix(PREFIX)
    if len(characters) != LENGTH or not set(characters) <= _VALUE.keys():
        raise IdentifierRefused(
            f"A patient's number has {LENGTH} characters after {PREFIX}, such as PT-7K3M-QX4D, "
            "from the digits and the letters without I, L, O and U. Type it again from the card."
        )
    values = [_VALUE[character] for character in characters]
    if _weighed(values) != 0:
        raise IdentifierRefused(
            "A patient's number does not add up: one character is wrong, or two have changed "
            "places. Type it again from the card, or look her up by birth date and name."
        )
    return _written(values)


def _weighed(values: list[int]) -> int:
    total = 0
    for value in values:
        total = _times_x(total) ^ value
    return total


def _times_x(value: int) -> int:
    doubled = value << 1
    return doubled ^ _MODULUS if doubled & 0b100000 else doubled


def _written(values: list[int]) -> str:
    characters = "".join(ALPHABET[value] for value in values)
    return f"{PREFIX}-{characters[:4]}-{characters[4:]}"
