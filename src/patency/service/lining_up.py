"""In which order a site's line stands: worked out for all who wait together, kept for the pages.

With two thousand women who wait that takes a second, so the worker does it and a page only reads.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.visit import VisitState
from patency.records.models.waiting import LineUp
from patency.records.seen_by import check_own_site, seen_by
from patency.service import waits
from patency.service.house import House

STATES = (*waits.IN_LINE, VisitState.ON_HOLD.value)


@dataclass(frozen=True, slots=True)
class Line:
    """In which order all who wait stand, and what one place more would do for them."""

    made_at: datetime
    women: Sequence[tuple[UUID, bool]]
    """The visits, each with whether days suit in this cycle; who has days comes first."""
    one_more: Sequence[tuple[Mapping[str, object], int]]
    """Of which place one more would have helped, as the last plan found out, and how many."""


def line_now(house: House, site: str, *, by: Actor, now: datetime) -> Line:
    """Return the line as it stands now."""
    access.check(by, Action.PLAN)
    check_own_site(by, site)
    today = house.day_at(site, now)
    # Who has days comes before who has none yet, each in the order of the line.
    line = sorted(
        waits.line(house, site, states=STATES, only_days=True, now=now),
        key=lambda wait: not wait.has_days,
    )
    helped: Counter[str] = Counter()
    for wait in line:
        row = wait.standing_plan(today)
        if row is not None and row.exam_day is None:
            helped.update({json.dumps(each, sort_keys=True) for each in row.why if _helps(each)})
    return Line(
        now,
        tuple((wait.visit.pk, wait.has_days) for wait in line),
        tuple((json.loads(each), women) for each, women in helped.most_common()),
    )


def keep_line(house: House, site: str, *, by: Actor, now: datetime) -> bool:
    """Work the line out and keep it, if anything happened since; return whether it was."""
    access.check(by, Action.PLAN)
    check_own_site(by, site)
    newest = seen_by(by, "the order of the line", now=now).events.order_by("-pk")
    event = newest.values_list("pk", flat=True).first() or 0
    day = house.day_at(site, now)
    if LineUp.objects.filter(site=site, event=event, day=day).exists():
        LineUp.objects.filter(site=site).update(made_at=now)  # it is as good as new
        return False
    line = line_now(house, site, by=by, now=now)
    with transaction.atomic():
        LineUp.objects.update_or_create(
            site=site,
            defaults={
                "made_at": now,
                "day": day,
                "event": event,
                "women": [[str(visit), has] for visit, has in line.women],
                "one_more": [list(each) for each in line.one_more],
            },
        )
    return True


def line_kept(site: str, *, by: Actor, now: datetime) -> Line | None:
    """Return the line as it was kept last; None where nothing was kept."""
    access.check(by, Action.PLAN)
    check_own_site(by, site)
    row: LineUp | None = LineUp.objects.filter(site=site).first()
    if row is None:
        return None
    women = tuple((UUID(visit), has) for visit, has in row.women)
    return Line(row.made_at, women, tuple((one, number) for one, number in row.one_more))


def _helps(one: object) -> bool:
    return isinstance(one, dict) and one.get("code") == "one-more-place"
