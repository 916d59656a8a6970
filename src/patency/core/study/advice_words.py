"""What advice rests on, in sentences, for the terminal and the staff's page alike."""

from collections.abc import Iterator, Mapping
from typing import Any

ENOUGH_PLAYINGS = 5
"""Under so many the interval of what a change wins says little; our choice."""


def rests_on(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what advice rests on, and what was assumed or not known; ``data`` is its result."""
    yield (
        f"{data['site']} under {data['protocol']}, from {data['from']} on: {data['playings']} "
        f"playings of a year, {data['own_women']} women who wait now, {data['women']:,} in all."
    )
    if data["playings"] < ENOUGH_PLAYINGS:
        yield (
            f"{data['playings']} playings are too few to tell what a change wins or loses: play "
            f"{ENOUGH_PLAYINGS} or more."
        )
    counted = "as opened" if data["exams_measured"] else "(assumed, not counted from opened places)"
    asked = "as counted" if data["referrals_measured"] else "(assumed: 85 % of the places)"
    yield (
        f"{data['exams_a_week']} examinations a week {counted}; "
        f"{data['referrals_a_day']:.1f} new women on an open day {asked}."
    )
    if years := data["years_without_notice"]:
        yield (
            f"No official holiday notice is loaded for {', '.join(map(str, years))}: its days "
            "count by their weekdays alone, and its holidays are missing from these figures."
        )
