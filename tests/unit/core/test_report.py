"""Findings and the record of a day to the sections of a report and a page for her."""

import re
from dataclasses import replace
from datetime import date
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.config.data import DATA
from patency.config.languages import read_languages, read_report_words
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Defect,
    Findings,
    NotDiagnostic,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)
from patency.core.report.compose import compose
from patency.core.report.model import Composed, Contact, Header, Material, Technique
from patency.core.report.words import words_in
from tests.unit.core.test_findings import AT_THE_HORN, NORMAL, OPEN, WIDE, any_findings

WORDS = read_report_words(DATA / "locale", read_languages(DATA / "locale"))
HEADER = Header(
    number="PT-7K3M-QX4",
    exam_day=date(2025, 9, 29),
    protocol="hsg/2026-1",
    indication="infertility",
    period_start=date(2025, 9, 21),
    bleeding_ended=date(2025, 9, 25),
    pregnancy_test="negative",
    pregnancy_test_read_at="08:40",
)
TECHNIQUE = Technique(
    operator="radiologist-one",
    device="5 Fr balloon",
    seal="balloon",
    medium="water",
    agent="iohexol 300",
    lot="A1",
    iodine_mg_per_ml=300,
    increments=(2.0, 2.0, 1.5),
    total_ml=5.5,
    anaesthesia="none",
    pain_score=4,
    relief_offered=True,
    events=(),
    stopped_early=False,
    stop_reason="",
    dap_gy_cm2=1.2,
    dap_reference_gy_cm2=2.0,
    dap_reason="",
    fluoro_seconds=40,
)
CONTACT = Contact("gynaecologist on duty", "010-0000-0120", "120")


def report(
    findings: Findings = NORMAL,
    header: Header = HEADER,
    technique: Technique = TECHNIQUE,
    her_language: str = "en",
) -> Composed:
    material = Material(header, technique, findings, CONTACT)
    return compose(material, WORDS["en"], words_in(WORDS, her_language))


def text_of(composed: Composed, section: str) -> str:
    found = next(each for each in (*composed.sections, *composed.plain) if each.id == section)
    return " ".join(found.lines)


def test_a_report_has_all_its_sections_in_order():
    assert [each.id for each in report().sections] == [
        "header",
        "technique",
        "dose",
        "cervix",
        "cavity",
        "right",
        "left",
        "peritoneum",
        "events",
        "limitations",
        "impression",
        "recommendation",
        "accuracy",
    ]
    assert all(each.lines for each in report().sections)


def test_the_header_says_why_she_was_cleared():
    text = text_of(report(), "header")

    assert "Cycle day 9" in text
    assert "negative" in text
    assert "hsg/2026-1" in text


def test_what_was_not_recorded_is_said_not_to_be():
    header = Header(number="PT-1", exam_day=date(2025, 9, 29), protocol="hsg/2026-1")
    technique = replace(TECHNIQUE, dap_gy_cm2=None, fluoro_seconds=None, pain_score=None)
    found = report(header=header, technique=technique)
    untimed = report(header=replace(HEADER, pregnancy_test_read_at=""))

    assert "The day of the cycle is not recorded" in text_of(found, "header")
    assert "is not recorded" in text_of(found, "header").split("cycle is not recorded")[1]
    assert "not recorded" in text_of(found, "dose")
    assert "not recorded" in text_of(found, "events")
    assert "read at not recorded" in text_of(untimed, "header")


def test_two_tubes_that_did_not_fill_at_the_horn_may_be_a_spasm_and_are_looked_at_again():
    found = report(replace(NORMAL, right=AT_THE_HORN, left=AT_THE_HORN))

    assert "spasm cannot be excluded" in text_of(found, "impression")
    assert found.recommendation == ("repeat-one-month",)
    assert "about one month" in text_of(found, "recommendation")
    assert "does not mean that your tube is closed" in text_of(found, "plain-seen")


@given(any_findings)
def test_no_tube_is_ever_called_blocked(findings: Findings):
    for language in WORDS:
        found = compose(
            Material(HEADER, TECHNIQUE, findings, CONTACT), WORDS[language], WORDS[language]
        )
        written = " ".join(
            line for each in (*found.sections, *found.plain) for line in each.lines
        ).lower()
        assert not re.search(r"block|堵塞|阻塞|painless|无痛", written)


def test_a_wide_tube_that_does_not_empty_goes_to_a_specialist_before_trying():
    found = report(replace(NORMAL, right=WIDE))

    assert found.recommendation[0] == "specialist-hydrosalpinx"
    assert "try" not in found.recommendation
    assert "talk with a specialist" in text_of(found, "plain-seen")


@pytest.mark.parametrize(
    ("changes", "ways"),
    [
        ({}, ("try",)),
        ({"right": replace(OPEN, calibre=Calibre.DILATED)}, ("antibiotics-wide", "try")),
        ({"right": AT_THE_HORN}, ("look-further", "try")),
        (
            {
                "right": Tube(Segment.FIMBRIA, Spill.NONE, Calibre.NORMAL),
                "left": AT_THE_HORN,
            },
            ("repeat-one-month", "specialist-closed"),
        ),
        (
            {
                "right": Tube(Segment.AMPULLA, Spill.NOT_SEEN, Calibre.NORMAL),
                "left": Tube(Segment.AMPULLA, Spill.NOT_SEEN, Calibre.NORMAL),
            },
            ("look-further",),
        ),
        (
            {"diagnostic": False, "not_diagnostic": NotDiagnostic.PAIN},
            ("repeat-not-diagnostic",),
        ),
        ({"cavity": Cavity(Shape.DIVIDED)}, ("outer-outline",)),
        ({"cavity": Cavity(Shape.ARCUATE)}, ("outer-outline", "try")),
        ({"cavity": Cavity(Shape.IRREGULAR)}, ("hysteroscopy", "try")),
        (
            {"cavity": Cavity(Shape.NORMAL, frozenset({Defect.SYNECHIAE}))},
            ("hysteroscopy",),
        ),
        (
            {"left": replace(OPEN, spill=Spill.LOCULATED)},
            ("adhesions", "try"),
        ),
    ],
)
def test_each_finding_has_its_way_on(changes: dict[str, Any], ways: tuple[str, ...]):
    assert report(replace(NORMAL, **changes)).recommendation == ways


def test_oil_means_a_thyroid_test_later():
    found = report(technique=replace(TECHNIQUE, medium="oil"))

    assert found.recommendation == ("thyroid", "try")
    assert "thyroid" in text_of(found, "plain-next")


def test_a_divided_cavity_is_not_given_a_type():
    found = report(replace(NORMAL, cavity=Cavity(Shape.DIVIDED, note="deep")))

    assert "its type cannot be decided from HSG" in text_of(found, "cavity")
    assert "deep" in text_of(found, "cavity")
    assert "CAV-SEPT/CAV-BIC" in text_of(found, "impression")


def test_a_dose_above_the_reference_carries_its_reason():
    above = replace(TECHNIQUE, dap_gy_cm2=2.6, dap_reason="two attempts")

    assert "two attempts" in text_of(report(technique=above), "dose")
    assert "Above" not in text_of(report(), "dose")


def test_no_contrast_and_no_images_are_said():
    found = report(
        replace(
            NORMAL,
            right=AT_THE_HORN,
            left=AT_THE_HORN,
            cavity=Cavity(Shape.NOT_SEEN),
            key_images=frozenset(),
            images_missing_why="stopped",
            diagnostic=False,
            not_diagnostic=NotDiagnostic.CERVICAL_STENOSIS,
        ),
        technique=replace(
            TECHNIQUE,
            total_ml=0,
            increments=(),
            stopped_early=True,
            stop_reason="The cervix was too narrow.",
            events=("faint",),
        ),
    )

    assert "No contrast" in text_of(found, "technique")
    assert "No key images" in text_of(found, "technique")
    assert "too narrow to pass" in text_of(found, "cervix")
    assert "stopped early" in text_of(found, "events")
    assert "faint" in text_of(found, "events")
    assert "missing" in text_of(found, "limitations")
    assert "could not answer" in text_of(found, "plain-seen")
    assert "You were right" in text_of(found, "plain-done")


def test_an_examination_after_the_bound_says_that_a_tube_may_look_closed():
    found = report(header=replace(HEADER, after_ovulation_bound=True))

    assert "look closed that is not" in text_of(found, "limitations")


@pytest.mark.parametrize(
    ("tube", "said"),
    [
        (Tube(Segment.FIMBRIA, Spill.SLOW, Calibre.NORMAL), "perhaps not freely"),
        (Tube(Segment.FIMBRIA, Spill.LOCULATED, Calibre.NORMAL), "stayed in one place"),
        (Tube(Segment.ISTHMUS, Spill.NONE, Calibre.NORMAL), "stopped on its way"),
        (Tube(Segment.AMPULLA, Spill.NOT_SEEN, Calibre.NORMAL), "could not be seen"),
        (Tube(Segment.FIMBRIA, Spill.FREE, Calibre.DILATED), "wider than usual"),
    ],
)
def test_she_reads_what_each_tube_did(tube: Tube, said: str):
    assert said in text_of(report(replace(NORMAL, left=tube)), "plain-seen")


def test_a_note_and_diverticula_are_written_with_their_tube():
    found = report(
        replace(NORMAL, right=replace(OPEN, isthmic_diverticula=True, note="seen late"), leak=True)
    )

    assert "isthmica nodosa" in text_of(found, "right")
    assert "seen late" in text_of(found, "right")
    assert "leaked" in text_of(found, "cervix")


def test_intravasation_is_an_event():
    found = report(replace(NORMAL, intravasation_grade=2), technique=TECHNIQUE)

    assert "grade 2 of 3" in text_of(found, "events")
    assert "No other event" not in text_of(found, "events")


def test_the_cavity_that_was_not_seen_or_is_not_usual_is_said_plainly():
    not_seen = report(replace(NORMAL, cavity=Cavity(Shape.NOT_SEEN)))
    unusual = report(replace(NORMAL, cavity=Cavity(Shape.NORMAL, frozenset({Defect.POLYP}))))

    assert "could not be seen" in text_of(not_seen, "plain-seen")
    assert "Another test is advised" in text_of(unusual, "plain-next")
    assert "like a polyp" in text_of(unusual, "cavity")


def test_how_sure_it_is_names_the_studies():
    text = text_of(report(), "accuracy")

    assert "65 %" in text
    assert "Swart 1995" in text
    assert "Broeze 2011" in text


def test_the_page_is_in_her_language_and_names_whom_to_call():
    found = report(her_language="zh-hans")

    assert "010-0000-0120" in text_of(found, "plain-call")
    assert "输卵管" in text_of(found, "plain-seen")
    assert words_in(WORDS, "de").language.code == "en"


def test_both_languages_have_the_same_words_with_the_same_places():
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for code, words in WORDS.items():
        assert words.texts.keys() == WORDS["en"].texts.keys(), code
        for name, text in words.texts.items():
            assert places(text) == places(WORDS["en"].texts[name]), f"{code}: {name}"


@given(any_findings, st.sampled_from(["water", "oil", ""]))
def test_every_report_can_be_written_and_becomes_plain_values(findings: Findings, medium: str):
    technique = replace(TECHNIQUE, medium=medium, total_ml=0 if not medium else 5)
    found = report(findings, technique=technique)

    assert found.recommendation
    assert found.sections_json()["recommendation"] == list(found.recommendation)
    assert len(found.plain_json()["sections"]) == len(found.plain)
    if not findings.diagnostic:
        assert "try" not in found.recommendation
    if Quality.POOR is findings.quality:
        assert "poor" in text_of(found, "limitations")


def test_a_cavity_is_called_by_both_classifications_and_left_open():
    divided = replace(NORMAL, cavity=Cavity(Shape.DIVIDED, indentation_mm=18, angle_degrees=60))

    cavity = text_of(report(divided), "cavity")

    assert "By ESHRE/ESGE 2013: U2 (septate) or U3 (bicorporeal); the outer outline" in cavity
    assert "By ASRM 2021: septate or bicornuate; the outer outline" in cavity
    assert "18 mm, angle 60°" in cavity


def test_what_the_radiologist_adds_stands_in_limitations_and_conclusion():
    told = replace(NORMAL, limitations="She moved.", comment="See her again.")

    composed = report(told)

    assert "Note: She moved." in text_of(composed, "limitations")
    assert "None beyond" not in text_of(composed, "limitations")
    assert text_of(composed, "impression").endswith("Note: See her again.")
