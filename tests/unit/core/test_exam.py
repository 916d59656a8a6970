"""The record of an examination: what cannot be right, the facts it gives, and antibiotics."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from patency.core.exam import Exam, facts_of, indications, policy_of, problems, wrong_choice
from patency.core.site.contested import Choice, Standing
from patency.core.site.model import Drug, Site
from tests.unit.core.test_site import read

STARTED = datetime(2025, 9, 23, 1, tzinfo=UTC)
ENDED = STARTED + timedelta(minutes=8)
DONE = Exam(
    device="5 Fr balloon",
    seal="balloon",
    operator="radiologist-one",
    started_at=STARTED,
    ended_at=ENDED,
    outcome="completed",
    agent="iohexol 300",
    lot="A1",
    increments=(2, 2, 1.5),
    key_images=(1, 2, 3, 4),
    station="WESTFLUORO1",
    pain_score=4,
    relief_offered=True,
    dap_gy_cm2=1.2,
    fluoro_seconds=42,
)
DOXYCYCLINE = Drug("doxycycline", "100 mg", 5, ("pregnancy",), "a review")


def choice(value: str) -> Choice:
    return Choice(value, date(2025, 9, 1), "lead gynaecologist", "a leaflet", Standing.EVIDENCE)


@pytest.fixture(scope="module")
def site() -> Site:
    return read()


def test_a_complete_record_has_no_problem(site: Site):
    assert list(problems(DONE, site, ENDED)) == []
    assert float(DONE.total_ml) == 5.5


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outcome": "fine"}, "outcome: must be one of completed"),
        ({"device": " "}, "device: is missing"),
        ({"ended_at": STARTED - timedelta(minutes=1)}, "ended_at: lies before"),
        ({"ended_at": ENDED + timedelta(days=1)}, "ended_at: lies in the future"),
        ({"station": "NOWHERE"}, "station: must be one of"),
        ({"increments": (2, -1)}, "increments: each must be more than 0"),
        ({"agent": "a new one"}, "agent: must be one of"),
        ({"lot": ""}, "lot: is missing"),
        ({"increments": ()}, "without contrast is not completed"),
        ({"key_images": (1, 1, 2)}, "key_images: must be different numbers"),
        ({"key_images": (5,)}, "key_images: must be different numbers"),
        ({"intravasation_grade": 4}, "intravasation_grade: must be 0 to 3"),
        ({"events": ("fell asleep",)}, "events: must be among"),
        ({"increments": (float("nan"),)}, "increments: each must be more than 0"),
        ({"increments": (150, 150)}, "all together at most 200 mL"),
        ({"pain_score": 11}, "pain_score: must be a whole number, 0 to 10"),
        ({"pain_score": 4.5}, "pain_score: must be a whole number, 0 to 10"),
        ({"fluoro_seconds": -1}, "fluoro_seconds: must be 0 to 14400"),
        ({"device": "d" * 121}, "device: has at most 120 characters"),
        ({"outcome": "abandoned", "stop_reason": "pain"}, "stopped_early"),
        ({"stopped_early": True}, "stop_reason: is missing"),
        ({"dap_gy_cm2": -1}, "dap_gy_cm2: must be 0 to 1000"),
        ({"dap_gy_cm2": float("nan")}, "dap_gy_cm2: must be 0 to 1000"),
        ({"dap_gy_cm2": 2.6}, "dose_reason: the dose is above the reference of 2 Gy"),
    ],
)
def test_what_cannot_be_right_is_said_with_its_field(
    site: Site, changes: dict[str, Any], says: str
):
    assert any(says in each for each in problems(replace(DONE, **changes), site, ENDED))


@pytest.mark.parametrize(
    "changes",
    [
        {"dap_gy_cm2": 2.0},
        {"dap_gy_cm2": 2.6, "dose_reason": "two attempts"},
        {"dap_gy_cm2": None, "pain_score": None, "station": ""},
        {"outcome": "abandoned", "stopped_early": True, "stop_reason": "pain", "increments": ()},
        {"outcome": "non_diagnostic", "stop_reason": "leak"},
    ],
)
def test_what_is_right_is_let_be(site: Site, changes: dict[str, Any]):
    assert list(problems(replace(DONE, **changes), site, ENDED)) == []


def test_the_record_gives_facts_and_what_was_not_recorded_stays_unknown():
    full = facts_of(
        replace(DONE, events=("warm-feeling", "faint"), dilated_tube=True),
        medium="water",
        exam_day=date(2025, 9, 23),
    )
    bare = facts_of(
        replace(DONE, pain_score=None, dap_gy_cm2=None, fluoro_seconds=None),
        medium="",
        exam_day=date(2025, 9, 23),
    )

    assert full["exam_reaction"] == "faint"
    assert full["fluoroscopy_minutes"] == pytest.approx(0.7)
    assert full["dilated_tube"] is True
    assert bare["exam_reaction"] == "none"
    assert bare.keys().isdisjoint(
        {"contrast_used", "exam_pain_score", "dap_gy_cm2", "fluoroscopy_minutes", "dilated_tube"}
    )


@pytest.mark.parametrize(
    ("facts", "policy", "found"),
    [
        ({}, "targeted", ()),
        ({"past_pelvic_infection": False, "chlamydia_result": "negative"}, "targeted", ()),
        (
            {"dilated_tube": True, "immunosuppressed": True},
            "targeted",
            ("dilated-tube", "immunosuppressed"),
        ),
        ({"chlamydia_result": "not_done"}, "targeted", ("not-screened",)),
        ({}, "universal_3_5d", ("site-policy",)),
    ],
)
def test_the_reasons_for_antibiotics_are_those_that_are_known(
    facts: dict[str, Any], policy: str, found: tuple[str, ...]
):
    assert indications(facts, policy=choice(policy)) == found
    assert policy_of(choice(policy)) == policy.split("_")[0]


@pytest.mark.parametrize(
    ("known", "give", "drug", "reason", "checked", "says"),
    [
        (("dilated-tube",), True, "doxycycline", "", True, ""),
        ((), True, "doxycycline", "fever-before", True, ""),
        ((), False, "", "", False, ""),
        (("dilated-tube",), False, "", "allergy", True, ""),
        (("dilated-tube",), True, "a brand", "", True, "drug: must be one of doxycycline"),
        (("dilated-tube",), True, "doxycycline", "", False, "both are asked before any dose"),
        ((), True, "doxycycline", "", True, "no indication is known here"),
        (("dilated-tube",), False, "", "", True, "dilated-tube speaks for antibiotics"),
    ],
)
def test_a_choice_about_antibiotics_leaves_nothing_out(
    known: tuple[str, ...], give: bool, drug: str, reason: str, checked: bool, says: str
):
    wrong = list(
        wrong_choice(
            known,
            give=give,
            drug=drug,
            formulary={"doxycycline": DOXYCYCLINE},
            reason=reason,
            both_checked=checked,
        )
    )

    assert (not wrong) if not says else (says in wrong[0])


@pytest.mark.parametrize(("reason", "is_wrong"), [("", True), ("other-class", False)])
def test_a_known_allergy_asks_the_prescriber_why(reason: str, is_wrong: bool):
    wrong = list(
        wrong_choice(
            ("dilated-tube",),
            give=True,
            drug="doxycycline",
            formulary={"doxycycline": DOXYCYCLINE},
            reason=reason,
            both_checked=True,
            has_allergy=True,
        )
    )

    assert bool(wrong) is is_wrong
