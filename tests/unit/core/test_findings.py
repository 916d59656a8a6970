"""What was seen: codes, contradictions, and there and back as plain values."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.findings.check import checked, problems
from patency.core.findings.codes import coded
from patency.core.findings.form import from_json, to_json
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Defect,
    Findings,
    FindingsRefused,
    NotDiagnostic,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)

OPEN = Tube(Segment.FIMBRIA, Spill.FREE, Calibre.NORMAL)
AT_THE_HORN = Tube(Segment.NONE, Spill.NONE, Calibre.NOT_JUDGED)
WIDE = Tube(Segment.AMPULLA, Spill.NONE, Calibre.DILATED)
NORMAL = Findings(Cavity(Shape.NORMAL), OPEN, OPEN, Quality.GOOD)

tubes = st.builds(
    Tube,
    filled_to=st.sampled_from(Segment),
    spill=st.sampled_from(Spill),
    calibre=st.sampled_from(Calibre),
    isthmic_diverticula=st.booleans(),
    said_patent=st.none() | st.booleans(),
    said_hydrosalpinx=st.booleans(),
    note=st.text(max_size=5),
)
any_findings = st.builds(
    Findings,
    cavity=st.builds(
        Cavity,
        shape=st.sampled_from(Shape),
        defects=st.frozensets(st.sampled_from(Defect)),
        note=st.text(max_size=5),
    ),
    right=tubes,
    left=tubes,
    quality=st.sampled_from(Quality),
    leak=st.booleans(),
    intravasation_grade=st.integers(0, 3),
    key_images=st.frozensets(st.integers(1, 4)),
    images_missing_why=st.sampled_from(["", "pain"]),
    not_diagnostic=st.none() | st.sampled_from(NotDiagnostic),
    diagnostic=st.booleans(),
)


def codes(findings: Findings) -> list[str]:
    return [each.code for each in coded(findings)]


def test_two_open_tubes_and_a_normal_cavity_are_said_so():
    assert codes(NORMAL) == ["CAV-NORM", "T-R-PAT", "T-L-PAT"]
    assert problems(NORMAL) == ()
    assert checked(NORMAL) is NORMAL


@pytest.mark.parametrize(
    ("tube", "expected"),
    [
        (AT_THE_HORN, ["T-R-OCC-CORN"]),
        (Tube(Segment.HORN, Spill.NONE, Calibre.NORMAL), ["T-R-OCC-CORN"]),
        (Tube(Segment.NONE, Spill.NOT_SEEN, Calibre.NOT_JUDGED), ["T-R-OCC-CORN"]),
        (Tube(Segment.ISTHMUS, Spill.NONE, Calibre.NORMAL), ["T-R-OCC-ISTH"]),
        (Tube(Segment.AMPULLA, Spill.NONE, Calibre.NORMAL), ["T-R-OCC-AMP"]),
        (Tube(Segment.FIMBRIA, Spill.NONE, Calibre.NORMAL), ["T-R-OCC-FIM"]),
        (Tube(Segment.AMPULLA, Spill.NOT_SEEN, Calibre.NORMAL), ["T-R-SPILL-NOT-SEEN"]),
        (WIDE, ["T-R-HYDRO"]),
        (Tube(Segment.FIMBRIA, Spill.LOCULATED, Calibre.DILATED), ["T-R-HYDRO", "PER-ADH"]),
        (Tube(Segment.FIMBRIA, Spill.LOCULATED, Calibre.NORMAL), ["PER-ADH"]),
        (Tube(Segment.FIMBRIA, Spill.FREE, Calibre.DILATED), ["T-R-PAT"]),
        (Tube(Segment.FIMBRIA, Spill.SLOW, Calibre.NORMAL), ["T-R-PHIM"]),
        (
            Tube(Segment.FIMBRIA, Spill.FREE, Calibre.NORMAL, isthmic_diverticula=True),
            ["T-R-PAT", "T-R-SIN"],
        ),
    ],
)
def test_each_tube_has_its_codes(tube: Tube, expected: list[str]):
    assert codes(replace(NORMAL, right=tube)) == ["CAV-NORM", *expected, "T-L-PAT"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cavity": Cavity(Shape.DIVIDED)}, "CAV-SEPT/CAV-BIC"),
        ({"cavity": Cavity(Shape.NORMAL, frozenset({Defect.POLYP}))}, "CAV-FD-POLYP"),
        ({"leak": True}, "CX-LEAK"),
        ({"intravasation_grade": 2}, "IV-2"),
        ({"diagnostic": False, "not_diagnostic": NotDiagnostic.PAIN}, "NDX"),
        (
            {"diagnostic": False, "not_diagnostic": NotDiagnostic.CERVICAL_STENOSIS},
            "CX-STEN",
        ),
    ],
)
def test_what_is_beside_the_tubes_has_its_code(changes: dict[str, Any], expected: str):
    assert expected in codes(replace(NORMAL, **changes))


def test_a_cavity_with_a_defect_is_not_called_normal_and_one_not_seen_is_called_nothing():
    with_defect = replace(NORMAL, cavity=Cavity(Shape.NORMAL, frozenset({Defect.FIBROID})))
    not_seen = replace(NORMAL, cavity=Cavity(Shape.NOT_SEEN))

    assert "CAV-NORM" not in codes(with_defect)
    assert codes(not_seen) == ["T-R-PAT", "T-L-PAT"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"right": replace(OPEN, filled_to=Segment.NONE)}, "cannot spill"),
        ({"right": replace(OPEN, filled_to=Segment.AMPULLA)}, "cannot spill"),
        ({"left": replace(WIDE, said_patent=True)}, "Patent means that contrast came out"),
        ({"left": replace(OPEN, said_patent=False)}, "called not patent, yet contrast came out"),
        ({"left": replace(AT_THE_HORN, said_patent=False)}, "A spasm looks the same"),
        ({"right": replace(OPEN, said_hydrosalpinx=True)}, "A hydrosalpinx is a wide tube"),
        ({"right": replace(AT_THE_HORN, calibre=Calibre.NORMAL)}, "nothing of it filled"),
        ({"right": replace(AT_THE_HORN, isthmic_diverticula=True)}, "did not fill so far"),
        ({"key_images": frozenset({1, 2})}, "Key images 3, 4 are missing"),
        ({"key_images": frozenset({1, 2, 3, 4, 5})}, "5 is none of them"),
        ({"diagnostic": False}, "non-diagnostic without a reason"),
        ({"not_diagnostic": NotDiagnostic.LEAK}, "Take one of the two back"),
        ({"intravasation_grade": 4}, "grade 4 does not exist"),
        (
            {"cavity": Cavity(Shape.NOT_SEEN, frozenset({Defect.AIR}))},
            "not seen, and something was seen in it",
        ),
        (
            {"cavity": Cavity(Shape.NOT_SEEN), "right": AT_THE_HORN, "left": AT_THE_HORN},
            "Call the examination non-diagnostic",
        ),
    ],
)
def test_what_cannot_be_true_together_is_refused_in_a_sentence(
    changes: dict[str, Any], sentence: str
):
    found = replace(NORMAL, **changes)

    assert any(sentence in each for each in problems(found))
    with pytest.raises(FindingsRefused, match="do not fit together"):
        checked(found)


def test_missing_images_with_a_reason_are_a_limitation_and_not_a_contradiction():
    found = replace(NORMAL, key_images=frozenset({1}), images_missing_why="stopped at her wish")

    assert problems(found) == ()


@given(any_findings)
def test_a_tube_that_stopped_at_the_horn_is_never_called_closed(findings: Findings):
    for each in coded(findings):
        if each.code.endswith("OCC-CORN"):
            assert each.what == "occ-corn"
    if findings.right.stopped_at_the_horn and findings.right.said_patent is False:
        assert problems(findings)


@given(any_findings)
def test_findings_survive_the_way_through_plain_values(findings: Findings):
    assert from_json(to_json(findings)) == findings


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("right",), None, "findings.right is missing"),
        (("right", "spill"), "fre", "Did you mean 'free'"),
        (("right", "spill"), None, "nothing is not one of"),
        (("right", "note"), 3, "give text"),
        (("right", "said_patent"), "yes", "give true or false"),
        (("quality",), "fine", "findings.quality"),
        (("leak",), "no", "give true or false"),
        (("cavity", "defects"), "polyp", "give a list"),
        (("cavity", "defects"), ["wart"], "findings.cavity.defects"),
        (("key_images",), "all", "a list of image numbers"),
        (("key_images",), ["1"], "a list of image numbers"),
        (("intravasation_grade",), "two", "a whole number, 0 to 3"),
        (("not_diagnostic",), "tired", "findings.not_diagnostic"),
    ],
)
def test_a_value_that_is_not_one_is_refused_with_its_field(
    path: tuple[str, ...], value: object, sentence: str
):
    raw: dict[str, Any] = to_json(NORMAL)
    place = raw
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value

    with pytest.raises(FindingsRefused, match=sentence):
        from_json(raw)
