"""Findings while they are told: what is missing, what contradicts, what to look at again."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.findings.check import SENTENCES, found_wrong, problems
from patency.core.findings.classes import classified
from patency.core.findings.form import to_json
from patency.core.findings.model import Cavity, Findings, Quality, Shape, Spill
from patency.core.findings.partly import OfTheDay, read_partly
from tests.unit.core.test_findings import AT_THE_HORN, NORMAL, OPEN, any_findings

AS_RECORDED = OfTheDay(leak=False, intravasation_grade=0, key_images=frozenset({1, 2, 3, 4}))
TUBE: dict[str, object] = {"filled_to": "fimbria", "spill": "free", "calibre": "normal"}
WHOLE: dict[str, Any] = {
    "cavity": {"shape": "normal"},
    "right": TUBE,
    "left": TUBE,
    "quality": "good",
}


def codes(found: Any) -> list[str]:
    return [f"{each.side} {each.code}".strip() for each in found]


def test_nothing_told_is_missing_everything_and_contradicts_nothing():
    read = read_partly({})

    assert codes(read.missing) == [
        "missing-shape",
        "right missing-tube",
        "left missing-tube",
        "missing-quality",
    ]
    assert (read.wrong, read.look, read.findings) == ((), (), None)


def test_findings_told_to_the_end_are_the_findings():
    assert read_partly(WHOLE, AS_RECORDED).findings == NORMAL


def test_a_side_that_is_forgotten_is_named_and_never_filled_in():
    read = read_partly({**WHOLE, "left": {}})

    assert codes(read.missing) == ["left missing-tube"]
    assert read.findings is None


@pytest.mark.parametrize(
    ("tube", "wrong"),
    [
        ({"filled_to": "horn", "said_patent": False}, ["right closed-at-the-horn"]),
        ({"filled_to": "none", "said_patent": False}, ["right closed-at-the-horn"]),
        ({"filled_to": "isthmus", "spill": "free"}, ["right spill-without-filling"]),
        ({"filled_to": "ampulla"}, []),
        # What is not told yet is not held against what is.
        ({"filled_to": "fimbria", "said_patent": True}, []),
        ({"filled_to": "none", "calibre": "normal"}, ["right calibre-of-nothing"]),
        ({"filled_to": "fimbria", "said_hydrosalpinx": True}, []),
        ({"filled_to": "sideways"}, ["right unreadable"]),
    ],
)
def test_a_contradiction_shows_as_soon_as_it_is_told(tube: dict[str, object], wrong: list[str]):
    assert codes(read_partly({"right": tube}).wrong) == wrong


def test_a_cavity_is_checked_before_the_tubes_are_told():
    cavity = {"shape": "normal", "indentation_mm": 12}

    assert codes(read_partly({"cavity": cavity}).wrong) == ["indentation-in-normal"]
    assert codes(
        read_partly({"cavity": {"shape": "not seen", "defects": ["polyp-like"]}}).wrong
    ) == ["defect-in-unseen-cavity"]


@pytest.mark.parametrize(
    ("changes", "look"),
    [
        ({"right": {**TUBE, "note": "the left one is longer"}}, ["right note-of-the-other-side"]),
        ({"left": {**TUBE, "note": "右侧较长"}}, ["left note-of-the-other-side"]),
        ({"right": {**TUBE, "note": "right as usual"}}, []),
        ({"leak": True}, ["leak-unlike-the-record"]),
        ({"intravasation_grade": 2}, ["grade-unlike-the-record"]),
        ({"key_images": [1, 2], "images_missing_why": "pain"}, ["images-unlike-the-record"]),
    ],
)
def test_what_may_be_a_slip_is_shown_and_stops_nothing(changes: dict[str, Any], look: list[str]):
    read = read_partly({**WHOLE, **changes}, AS_RECORDED)

    assert codes(read.look) == look
    assert read.findings is not None


def test_two_tubes_of_normal_width_after_a_wide_one_was_told_of_are_looked_at_again():
    wide_before = replace(AS_RECORDED, dilated_tube=True)

    assert codes(read_partly(WHOLE, wide_before).look) == ["record-tells-of-a-wide-tube"]
    one_wide = {**WHOLE, "left": {**TUBE, "calibre": "dilated"}}
    assert codes(read_partly(one_wide, wide_before).look) == []


@given(any_findings)
def test_told_to_the_end_the_same_is_wrong_as_when_it_is_kept(findings: Findings):
    read = read_partly(to_json(findings))

    assert read.missing == ()
    assert [str(each) for each in read.wrong] == list(problems(findings))
    assert (read.findings is None) == bool(read.wrong)


@given(any_findings)
def test_every_problem_has_its_sentence(findings: Findings):
    for each in found_wrong(findings):
        assert each.code in SENTENCES
        assert "{" not in str(each)


@given(
    st.dictionaries(
        st.sampled_from(["cavity", "right", "left", "quality", "x"]),
        st.none() | st.text() | st.dictionaries(st.text(max_size=4), st.text(max_size=4)),
    )
)
def test_no_half_told_findings_break_the_reading(raw: dict[str, Any]):
    read_partly(raw, AS_RECORDED)


# ---- two classifications


def systems(cavity: Cavity) -> dict[str, tuple[tuple[str, ...], bool]]:
    return {each.system: (each.classes, each.is_decided) for each in classified(cavity)}


@pytest.mark.parametrize("shape", [Shape.NORMAL, Shape.IRREGULAR, Shape.NOT_SEEN])
def test_a_cavity_that_is_no_malformation_is_not_classified(shape: Shape):
    assert classified(Cavity(shape)) == ()


def test_a_divided_cavity_is_left_open_in_both_systems():
    assert systems(Cavity(Shape.DIVIDED)) == {
        "eshre": (("U2", "U3"), False),
        "asrm": (("asrm-septate", "asrm-bicornuate"), False),
    }


@pytest.mark.parametrize(
    ("depth", "angle", "classes"),
    [
        (9, 80, ("asrm-normal",)),
        (10, 80, ("asrm-normal", "asrm-septate")),
        (15, 89, ("asrm-normal", "asrm-septate")),
        (16, 89, ("asrm-septate", "asrm-bicornuate")),
        (16, 90, ("asrm-normal", "asrm-septate")),
        (16, None, ("asrm-normal", "asrm-septate")),
    ],
)
def test_asrm_counts_depth_and_angle_where_they_were_measured(
    depth: int, angle: int | None, classes: tuple[str, ...]
):
    measured = Cavity(Shape.ARCUATE, indentation_mm=depth, angle_degrees=angle)

    assert systems(measured)["asrm"][0] == classes
    assert systems(measured)["eshre"] == (("U0", "U2"), False)


def test_contrast_around_a_tube_that_did_not_fill_to_its_end_contradicts():
    around = replace(OPEN, peritubal=True)
    stopped = replace(AT_THE_HORN, peritubal=True)

    assert problems(replace(NORMAL, right=around)) == ()
    assert codes(found_wrong(replace(NORMAL, right=stopped))) == ["right peritubal-of-nothing"]
    assert Spill.NONE is stopped.spill and NORMAL.quality is Quality.GOOD
