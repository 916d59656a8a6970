"""One thing the self-check found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    LOOK = "look"
    """It works, and somebody should look at it."""
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, what was found and what to do."""

    what: str
    state: State
    found: str
    do: str = ""
