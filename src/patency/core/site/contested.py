"""Advice that sources disagree about, which each site therefore chooses in writing.

A choice is a value with a date, the role that made it and where it comes from, and it is shown
wherever the advice is given. Nothing here has a default: a site that has not chosen is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from patency.core.document import Table


class Standing(StrEnum):
    """How well a choice is supported; the words a woman reads are found by this name."""

    EVIDENCE = "evidence"
    CONVENTION = "convention"
    SITE_PREFERENCE = "site-preference"
    """The site's wish alone. For a conception delay: no evidence of radiation risk."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a site chose where sources disagree, when, by whom and on what ground."""

    value: int | str
    chosen_on: date
    chosen_by: str
    """A role, never a person's name."""
    provenance: str
    standing: Standing


E, C, P = Standing.EVIDENCE, Standing.CONVENTION, Standing.SITE_PREFERENCE
CONTESTED: Mapping[str, Mapping[int | str, Standing]] = {
    "antibiotic_policy": {"targeted": E, "universal_3_5d": C},
    # Both articles say two weeks; leaflets elsewhere say one or two days. No trial decides.
    "abstinence_days_after": dict.fromkeys(range(1, 15), C),
    "bath_days_after": dict.fromkeys(range(1, 15), C),
    "conception_delay_months": {0: E, 3: P},
    "cleanliness_iii": {"flag": C, "hold": P},
    # The age from which a woman is put first when dates are short; 0 means age does not count.
    "age_priority": {0: C, 35: P, 36: P, 37: P, 38: P},
    "report_working_days": {1: C, 2: C},
}
"""Every contested choice, the values it may have, and how each value stands."""


def read_choices(top: Table) -> dict[str, Choice]:
    """Return the site's contested choices; all must be made, each dated and with its ground."""
    table = top.table("choices")
    choices: dict[str, Choice] = {}
    for name, allowed in CONTESTED.items():
        one = table.table(name)
        chosen_on = one.day("chosen_on")
        chosen_by = one.text("chosen_by", what="a role such as lead gynaecologist")
        provenance = one.text("provenance")
        value = one.raw.get("value")
        known = one.has("value") and not isinstance(value, bool) and isinstance(value, int | str)
        if known and value in allowed:
            assert isinstance(value, int | str)
            choices[name] = Choice(value, chosen_on, chosen_by, provenance, allowed[value])
        else:
            said = repr(value) if one.has("value") else "nothing"
            one.refuse("value", f"{said} is not one of {', '.join(map(str, allowed))}. Choose one.")
        one.close()
    table.close()
    return choices
