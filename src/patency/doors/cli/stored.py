"""Stored decisions, decided again: by the version they were made with, and by a new one."""

import json
from collections.abc import Iterator
from functools import cache

from patency.core.access import Actor, Role
from patency.core.protocol.compare import DecisionDifference, decide_both
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import Rulebook, rulebook_with
from patency.doors.cli.program import Refused, set_up_django
from patency.service.house import House

WHY = "compare protocol versions"


def stored_decisions(
    house: House, site: str, old: str, new: Rulebook
) -> Iterator[tuple[str, DecisionDifference]]:
    """Yield the id of each decision a site made under ``old``, and what both versions say now.

    Those whose facts were erased are left out. Each read is written to the audit.
    """
    if not site:
        raise Refused("Stored decisions belong to a site. Name it with --site.")
    set_up_django()
    from patency.records.facts_on import facts_from_json
    from patency.records.seen_by import seen_by

    @cache
    def as_it_was(values: str) -> Rulebook:
        return rulebook_with(house.protocol(old), facts_from_json(json.loads(values)))

    by = Actor(name="command-line", site=site, roles=frozenset({Role.SYSTEM}))
    rows = seen_by(by, WHY, now=house.now()).decisions.filter(protocol=old, facts__isnull=False)
    for row in rows.order_by("made_at"):
        before = as_it_was(json.dumps(row.site_parameters, sort_keys=True))
        facts = facts_from_json(row.facts or {})
        yield f"decision {row.pk}", decide_both(before, new, Stage(row.stage), facts)
