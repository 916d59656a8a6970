"""What another version of the protocol would have decided differently, over the decisions kept."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.compare import decide_both
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import Rulebook, rulebook_with
from patency.core.protocol.tally import Tally
from patency.records.facts_on import facts_from_json
from patency.records.ledger import remember, subject_of
from patency.records.models.comparison import Comparison
from patency.records.seen_by import seen_by
from patency.service.house import House

WHY = "compare versions of the protocol"
AT_ONCE = 2_000
COLUMNS = ("pk", "made_at", "stage", "facts", "site_parameters")


class ComparisonRefused(Exception):
    """Two versions that cannot be compared."""


class SameVersion(ComparisonRefused):
    """A version was to be compared with itself."""


class NothingSince(ComparisonRefused):
    """The day from which decisions are looked at lies ahead."""


def ask(house: House, old: str, new: str, since: date, *, by: Actor, now: datetime) -> Comparison:
    """Return a comparison that a worker works out: every decision under ``old`` decided by both.

    Raises ``SameVersion``, ``NothingSince``, or ``NotKnown`` for a version this house has not.
    """
    access.check(by, Action.COMPARE_PROTOCOLS)
    if old == new:
        raise SameVersion(f"{old} was to be compared with itself. Name two versions.")
    house.protocol(old), house.protocol(new)
    if since > house.day_at(by.site, now):
        raise NothingSince(
            f"No decision was made since {since}, which lies ahead. Name a past day."
        )
    with transaction.atomic():
        row = Comparison.objects.create(
            site=by.site, old=old, new=new, since=since, asked_at=now, asked_by=by.name
        )
        remember(
            kind="comparison-asked",
            subject=subject_of(row),
            by=by,
            now=now,
            site=by.site,
            fields=["old", "new", "since"],
        )
    return row


def work_out(house: House, comparison_id: UUID, *, by: Actor, now: datetime) -> Comparison:
    """Return the comparison with its result; one that is worked out already stays as it is.

    The decisions are read a few thousand at a time, outside any transaction; how many were decided
    so far is written in between, for the page that waits.
    """
    access.check(by, Action.COMPARE_PROTOCOLS)
    row: Comparison = seen_by(by, WHY, now=now).comparisons.get(pk=comparison_id)
    if row.done_at is not None:
        return row
    tally, new = Tally(), house.rulebooks(row.new, row.site)

    @cache
    def as_it_was(values: str) -> Rulebook:
        return rulebook_with(house.protocol(row.old), facts_from_json(json.loads(values)))

    for some in _decisions(house, row, by=by, now=now):
        for each in some:
            if each["facts"] is None:
                tally.erased += 1
                continue
            before = as_it_was(json.dumps(each["site_parameters"], sort_keys=True))
            facts = facts_from_json(each["facts"])
            tally.add(str(each["pk"]), decide_both(before, new, Stage(each["stage"]), facts))
        Comparison.objects.filter(pk=row.pk).update(decided=tally.decided)
    with transaction.atomic():
        row.decided, row.done_at, row.result = tally.decided, now, tally.as_data()
        row.save(update_fields=["decided", "done_at", "result"])
        remember(
            kind="comparison-made",
            subject=subject_of(row),
            by=by,
            now=now,
            site=row.site,
            why=WHY,
            fields=["result"],
        )
    return row


def _decisions(
    house: House, row: Comparison, *, by: Actor, now: datetime
) -> Iterator[list[dict[str, Any]]]:
    """Yield the site's decisions under the old version, the oldest first, some at a time."""
    zone = ZoneInfo(house.site(row.site).time_zone)
    rows = seen_by(by, WHY, now=now).decisions.filter(
        protocol=row.old, made_at__gte=datetime.combine(row.since, time(), zone)
    )
    after = Q()
    while True:
        some = list(rows.filter(after).order_by("made_at", "pk").values(*COLUMNS)[:AT_ONCE])
        if some:
            yield some
        if len(some) < AT_ONCE:
            return
        last = some[-1]
        after = Q(made_at__gt=last["made_at"]) | Q(made_at=last["made_at"], pk__gt=last["pk"])
