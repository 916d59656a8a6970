"""The diary one thing at a time: which questions stand together, and what she has told so far.

What she has told of a day lies sealed in her browser until she sends it, so that a session that
ends loses nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patency.core.aftercare import DRY
from patency.core.facts import Kind
from patency.core.protocol.model import Protocol
from patency.doors.web.asking import ActorRequest
from patency.doors.web.sealed import seal, unseal

COOKIE, PATH = "patency-diary", "/my/diary/"
GOOD_FOR = timedelta(days=1)
SIGNS, MORE = "signs", "more"
NONE_OF_THESE, TICKED = "none-of-these", "signs"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the diary: its name in the address, its title, and the facts it asks for."""

    name: str
    title: str | Promise
    facts: tuple[str, ...]


# What belongs together. What the protocol asks besides, yes or no, is ticked in one list.
TOGETHER: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("bleeding", _("Bleeding today"), ("bleeding_amount",)),
    (
        "how-much",
        _("More about the bleeding"),
        (
            "pads_soaked",
            "pads_over_hours",
            "large_clots",
            "bleeding_less_than_yesterday",
            "bleeding_returned_after_dry_day",
        ),
    ),
    ("temperature", _("Temperature"), ("temperature_today_c", "chills_or_vomiting")),
    ("pain", _("Pain today"), ("pain_score", "unable_to_stand", "pain_worse_after_24h")),
    (SIGNS, _("Do you have any of these today?"), ()),
    ("rash", _("Your skin"), ("rash",)),
    ("test", _("Pregnancy test"), ("pregnancy_test_positive",)),
    (MORE, _("A few more questions"), ()),
)
WHEN_BLEEDING = frozenset(TOGETHER[1][2])
AFTER_A_DAY = frozenset({"pain_worse_after_24h", "bleeding_less_than_yesterday",
                         "bleeding_returned_after_dry_day"})  # fmt: skip


def pages_for(
    protocol: Protocol, asked: Iterable[str], typed: Mapping[str, str], *, day: int
) -> list[Page]:
    """Return the pages of one day in their order; what follows from an answer is not asked."""
    names = [name for name in protocol.facts.types if name in set(asked)]
    if typed.get("bleeding_amount") == DRY:
        names = [name for name in names if name not in WHEN_BLEEDING]
    if day == 0:
        names = [name for name in names if name not in AFTER_A_DAY]
    placed = {name for _page, _title, facts in TOGETHER for name in facts}
    left = [name for name in names if name not in placed]
    yes_no = tuple(name for name in left if protocol.facts[name].kind is Kind.YES_NO)
    others = tuple(name for name in left if name not in yes_no)
    pages = []
    for name, title, facts in TOGETHER:
        here = {SIGNS: yes_no, MORE: others}.get(name) or tuple(f for f in facts if f in names)
        if here:
            pages.append(Page(name, title, here))
    return pages


# ---------------------------------------------------------------- the draft


@dataclass(slots=True)
class DayDraft:
    """What she has told of one day and not sent; each page seen is named."""

    day: int
    typed: dict[str, str]
    seen: list[str]


def read_day(request: ActorRequest, follow_up: object, day: int) -> DayDraft:
    """Return what she has told of a day in this browser; nothing where it is another's or old."""
    kept = unseal(request.COOKIES.get(f"{COOKIE}-{day}", ""), COOKIE)
    fits = (
        isinstance(kept, dict)
        and kept.get("whose") == str(request.user.pk)
        and kept.get("follow_up") == str(follow_up)
        and kept.get("day") == day
        and datetime.fromisoformat(kept["at"]) >= request.now - GOOD_FOR
    )
    if not fits:
        return DayDraft(day, {}, [])
    return DayDraft(day, dict(kept["typed"]), list(kept["seen"]))


def keep_day(request: ActorRequest, response: Any, follow_up: object, draft: DayDraft) -> None:
    """Write what she has told into her browser."""
    kept = {
        "whose": str(request.user.pk),
        "follow_up": str(follow_up),
        "day": draft.day,
        "typed": draft.typed,
        "seen": draft.seen,
        "at": request.now.isoformat(),
    }
    response.set_cookie(
        f"{COOKIE}-{draft.day}",
        seal(kept, COOKIE),
        max_age=GOOD_FOR,
        path=PATH,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def drop_day(response: Any, day: int) -> None:
    """Forget what she has told of a day: it was sent."""
    response.delete_cookie(f"{COOKIE}-{day}", path=PATH, samesite="Lax")
