"""What the machine knows of who stands before it: a little, for a minute, and then nothing."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

KEY = "kiosk"
IDLE_S, WARNED_S = 45, 15
"""Seconds without a touch until she is asked whether she is there, and from then to the end."""
OVER_AFTER = timedelta(seconds=IDLE_S + WARNED_S + 15)  # the way to the machine and back
PRINTS_AT_MOST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Visitor:
    """One woman's minutes at the machine, in its session."""

    language: str
    seen: str
    """When something was last touched."""
    release: str = ""
    """What her code stands for, once it was typed."""
    event: int = 0
    """Her wish to print, once the birth date was right."""
    copies_left: int = 0

    @property
    def release_id(self) -> UUID:
        return UUID(self.release)


def visitor_of(request: Any) -> Visitor | None:
    """Return who stands there; None when nobody began, or began and went away."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict):
        return None
    try:
        visitor = Visitor(**kept)
        seen = datetime.fromisoformat(visitor.seen)
    except (TypeError, ValueError):
        return None
    # While it prints nobody touches anything.
    patience = PRINTS_AT_MOST if visitor.event else OVER_AFTER
    return visitor if request.now - seen <= patience else None


def greet(request: Any, language: str) -> None:
    """Begin with somebody new."""
    _keep(request, Visitor(language, request.now.isoformat()))


def go_on(request: Any, visitor: Visitor, **more: Any) -> Visitor:
    """Return the visitor, who has just touched something, with what is known now."""
    now = replace(visitor, seen=request.now.isoformat(), **more)
    _keep(request, now)
    return now


def forget(request: Any) -> None:
    """Let nothing be left of whoever stood there."""
    if KEY in request.session:
        del request.session[KEY]


def _keep(request: Any, visitor: Visitor) -> None:
    request.session[KEY] = asdict(visitor)
