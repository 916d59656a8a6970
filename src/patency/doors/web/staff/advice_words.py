"""Advice to a clinic in the page's words: each change, what it wins, what it all rests on."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from patency.core.study.advice_words import ENOUGH_PLAYINGS
from patency.core.study.opening import LONG_BLOCK_DAYS

# By the key of a change; a number at its end is the day it moves a limit to.
CHANGES: Mapping[str, str | Promise] = {
    "as-it-is": gettext_lazy("As it is"),
    "lab-saturday": gettext_lazy("Clinic and test laboratory open on Saturdays"),
    "lab-weekend": gettext_lazy("Clinic and test laboratory open on Saturdays and Sundays"),
    "open-saturday": gettext_lazy("Examinations, clinic and laboratory on Saturdays"),
    "lab-holidays": gettext_lazy("Clinic and test laboratory open on legal holidays"),
    "day-in-block": gettext_lazy(
        "Everything open on the middle day of each closure of %(day)s days or more"
    ),
    "monday-exam": gettext_lazy("One more examination on Mondays"),
    "visit-days-after-bleeding-min": gettext_lazy("Clinic visit from day %(day)s after bleeding"),
    "visit-days-after-bleeding-max": gettext_lazy("Clinic visit to day %(day)s after bleeding"),
    "exam-days-after-bleeding-min": gettext_lazy("Examination from day %(day)s after bleeding"),
    "exam-days-after-bleeding-max": gettext_lazy("Examination to day %(day)s after bleeding"),
    "cap": gettext_lazy("Examination to cycle day %(day)s without a clinician's approval"),
    "lh-test": gettext_lazy(
        "A test for ovulation (LH) before the examination, instead of counting from her shortest "
        "cycle; its answer is taken to be known ahead"
    ),
}


def change_words(key: str, kept: str) -> str:
    """Return a change in words; one of a later version is said as it was kept."""
    if key in CHANGES:
        return str(CHANGES[key]) % {"day": LONG_BLOCK_DAYS}
    found = re.fullmatch(r"(.+)-(\d+)", key)
    if found is None or found[1] not in CHANGES:
        return kept
    return str(CHANGES[found[1]]) % {"day": found[2]}


def won_words(won: Mapping[str, float]) -> str:
    """Return what a change wins or loses, with the range the true figure lies in."""
    said = (
        _("wins %(mean)s cycles a woman, between %(low)s and %(high)s")
        if won["mean"] >= 0
        else _("loses %(mean)s cycles a woman, between %(low)s and %(high)s")
    )
    return said % {
        "mean": f"{abs(won['mean']):.2f}",
        "low": f"{won['low']:.2f}",
        "high": f"{won['high']:.2f}",
    }


def rests_on(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what advice rests on, and what was assumed or not known; ``data`` is its result."""
    yield _(
        "%(site)s under %(protocol)s, from %(day)s on. Playings of a year: %(playings)s; women "
        "who wait now: %(own)s; women in all: %(women)s."
    ) % {
        "site": data["site"],
        "protocol": data["protocol"],
        "day": data["from"],
        "playings": data["playings"],
        "own": data["own_women"],
        "women": f"{data['women']:,}",
    }
    if data["playings"] < ENOUGH_PLAYINGS:
        yield ngettext(
            "%(n)d playing is too few to tell what a change wins or loses: play %(enough)d or "
            "more.",
            "%(n)d playings are too few to tell what a change wins or loses: play %(enough)d or "
            "more.",
            data["playings"],
        ) % {"n": data["playings"], "enough": ENOUGH_PLAYINGS}
    exams = {"n": data["exams_a_week"]}
    if data["exams_measured"]:
        yield _("Examinations a week, as opened: %(n)s.") % exams
    else:
        yield _("Examinations a week, assumed and not counted from opened places: %(n)s.") % exams
    women = {"n": f"{data['referrals_a_day']:.1f}"}
    if data["referrals_measured"]:
        yield _("New women on an open day, as counted: %(n)s.") % women
    else:
        yield _("New women on an open day, assumed as 85 %% of the places: %(n)s.") % women
    if years := data["years_without_notice"]:
        yield _(
            "No official holiday notice is loaded for %(years)s: its days count by their weekdays "
            "alone, and its holidays are missing from these figures."
        ) % {"years": ", ".join(map(str, years))}
