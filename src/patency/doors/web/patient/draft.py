"""What she has answered so far, until she sends it: sealed, hers alone, and gone after a day.

It lies in her browser, unreadable there, so that a session that ends loses nothing she typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from patency.doors.web.asking import ActorRequest
from patency.doors.web.sealed import seal, unseal

COOKIE = "patency-answers"
GOOD_FOR = timedelta(days=1)


@dataclass(slots=True)
class Draft:
    """Answers of one visit as they were typed; an empty one is left open for now."""

    visit: str
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def given(self) -> Mapping[str, str]:
        """What was answered."""
        return {name: value for name, value in self.typed.items() if value}


def read_draft(request: ActorRequest, visit: object) -> Draft:
    """Return her draft for this visit; an empty one where there is none, or another's."""
    kept = unseal(request.COOKIES.get(COOKIE, ""), COOKIE)
    empty = Draft(str(visit))
    if not isinstance(kept, dict) or kept.get("visit") != str(visit):
        return empty
    if kept.get("whose") != str(request.user.pk) or not isinstance(kept.get("typed"), dict):
        return empty
    if datetime.fromisoformat(kept["at"]) < request.now - GOOD_FOR:
        return empty
    return Draft(str(visit), {str(name): str(value) for name, value in kept["typed"].items()})


def keep_draft(request: ActorRequest, response: Any, draft: Draft) -> None:
    """Write her draft into the answer her browser gets."""
    kept = {
        "whose": str(request.user.pk),
        "visit": draft.visit,
        "typed": draft.typed,
        "at": request.now.isoformat(),
    }
    response.set_cookie(
        COOKIE,
        seal(kept, COOKIE),
        max_age=GOOD_FOR,
        path="/my/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def drop_draft(response: Any) -> None:
    """Forget the draft: it was sent, or she begins anew."""
    response.delete_cookie(COOKIE, path="/my/", samesite="Lax")
