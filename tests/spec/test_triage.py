"""The shipped triage over thousands of diary entries: worse news is never less urgent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.config.data import load_protocol
from patency.core.aftercare import Clocks, Triage, triage, unanswered
from patency.core.facts import AskedOf
from patency.core.protocol.decide import decide
from patency.core.protocol.model import URGENCY_ORDER, Stage
from patency.core.protocol.rulebook import Rulebook, rulebook

EXAM = date(2025, 9, 23)
NOW = datetime(2025, 10, 2, 4, tzinfo=UTC)
# From good to bad; a later value is never better news.
LADDERS: dict[str, tuple[Any, ...]] = {
    "bleeding_amount": ("none", "spotting", "light", "as_period", "more_than_period"),
    "pads_soaked": (0.0, 1.0, 2.0, 4.0),
    "bleeding_less_than_yesterday": (True, False),
    "bleeding_returned_after_dry_day": (False, True),
    "large_clots": (False, True),
    "dizzy": (False, True),
    "fainted": (False, True),
    "temperature_today_c": (36.7, 37.5, 38.0, 38.5, 39.0),
    "chills_or_vomiting": (False, True),
    "pain_score": (0, 1, 6, 7, 10),
    "unable_to_stand": (False, True),
    "pain_worse_after_24h": (False, True),
    "foul_discharge": (False, True),
    "breathing_difficulty": (False, True),
    "chest_pain": (False, True),
    "vision_or_nerve_symptoms": (False, True),
    "rash": ("none", "skin", "spreading_or_face"),
    "thyroid_symptoms": (False, True),
    "pregnancy_test_positive": (False, True),
    "shoulder_tip_pain": (False, True),
    "tubal_disease_found": (False, True),
}
steps = st.fixed_dictionaries(
    {name: st.integers(0, len(ladder) - 1) for name, ladder in LADDERS.items()}
)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook(load_protocol("hsg/2026-1"))


def triaged(book: Rulebook, rungs: dict[str, int], day: int, left_out: set[str]) -> Triage:
    facts: dict[str, Any] = {
        "exam_date": EXAM,
        "diary_date": EXAM + timedelta(days=day),
        "pads_over_hours": 2.0,
        "free_text_given": False,
        **{name: LADDERS[name][rung] for name, rung in rungs.items() if name not in left_out},
    }
    decision = decide(book, Stage.AFTERCARE, facts)
    asked = {name for name in LADDERS if book.protocol.facts[name].asked_of is AskedOf.PATIENT}
    return triage(decision, unanswered(decision, asked), now=NOW, clocks=Clocks())


def soonness(found: Triage) -> int:
    return URGENCY_ORDER.index(found.urgency)


@given(steps, steps, st.integers(0, 14))
def test_worse_answers_are_never_less_urgent(
    book: Rulebook, one: dict[str, int], other: dict[str, int], day: int
):
    better = {name: min(one[name], other[name]) for name in LADDERS}
    worse = {name: max(one[name], other[name]) for name in LADDERS}

    assert soonness(triaged(book, worse, day, set())) <= soonness(triaged(book, better, day, set()))


@given(steps, st.integers(0, 14), st.sets(st.sampled_from(sorted(LADDERS))))
def test_leaving_out_good_news_never_makes_it_less_urgent(
    book: Rulebook, rungs: dict[str, int], day: int, left_out: set[str]
):
    good = {name for name in left_out if rungs[name] == 0}

    assert soonness(triaged(book, rungs, day, good)) <= soonness(triaged(book, rungs, day, set()))


@given(steps, st.integers(0, 14))
def test_every_complete_entry_has_an_urgency_and_its_clock(
    book: Rulebook, rungs: dict[str, int], day: int
):
    found = triaged(book, rungs, day, set())

    assert not any(each.startswith("unanswered:") for each in found.why)
    assert (found.due_at is None) == (found.urgency.value == "S")


def test_a_positive_test_is_asked_for_on_every_day_of_the_diary(book: Rulebook):
    assert not book.protocol.facts["pregnancy_test_positive"].lasting
