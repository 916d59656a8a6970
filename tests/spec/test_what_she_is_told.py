"""A sentence that is a message reaches her: its day, and the words that carry it."""

from datetime import date

import pytest

from patency.config.data import load_protocol
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Protocol, Stage
from patency.core.protocol.rulebook import derive, rulebook

PROTOCOL: Protocol = load_protocol("hsg/2026-1")
EXAM = {"period_start": date(2025, 9, 1), "exam_date": date(2025, 9, 10)}

# sentence: message, its stage and day, and what it must say (of an examination on 10 September)
TOLD: dict[str, list[tuple[str, str, int, str]]] = {
    "S1.0": [("aftercare-day-0", "aftercare", 0, "Why you may bleed")],
    "S1.1": [("preparation", "booking", -7, "whether your tubes are open")],
    "S1.5": [("aftercare-day-1", "aftercare", 1, "Light bleeding and a dull belly are usual")],
    "S1.6": [("aftercare-day-7", "aftercare", 7, "By tomorrow you should no longer bleed")],
    "S1.7": [("aftercare-day-3", "aftercare", 3, "Light bleeding needs no medicine")],
    "S1.8": [("aftercare-day-7", "aftercare", 7, "If you still do, tell us")],
    "S1.9": [("danger-signs", "aftercare", 0, "Call the emergency number at once")],
    "S1.10": [
        ("preparation", "booking", -7, "Your examination is planned"),
        ("day-before", "booking", -1, "Tomorrow"),
    ],
    "S1.20": [("aftercare-day-0", "aftercare", 0, "No sex until after Wednesday 24 September")],
    "S2.0": [("preparation", "booking", -7, "stop at any time")],
    "S2.9": [("day-before", "booking", -1, "a temperature of 37.5 °C or more")],
    "S2.10": [("day-before", "booking", -1, "have a cold")],
    "S2.15": [("day-before", "booking", -1, "You may feel warmth")],
    "S2.17": [
        ("aftercare-day-0", "aftercare", 0, "no tub bath or swimming before Thursday 25 September"),
        ("aftercare-day-1", "aftercare", 1, "diary"),
        ("aftercare-day-14", "aftercare", 14, "a tub bath from Thursday 25 September"),
    ],
    "S2.18": [
        ("aftercare-day-1", "aftercare", 1, "antibiotics"),
        ("aftercare-day-3", "aftercare", 3, "to the last dose"),
    ],
    "S2.19": [
        ("aftercare-day-0", "aftercare", 0, "Light bleeding up to Wednesday 17 September"),
        ("aftercare-day-3", "aftercare", 3, "the bleeding should grow less"),
    ],
    "S2.20": [("report-ready", "release", 1, "Take your pick-up code to the printer")],
    "S2.22": [("aftercare-day-14", "aftercare", 14, "If your tubes are open you can try")],
    "S2.23": [("aftercare-day-14", "aftercare", 14, "When a pregnancy test is positive")],
}


@pytest.mark.parametrize("row", TOLD)
def test_a_sentence_reaches_her(row: str) -> None:
    shipped = PROTOCOL.values()
    known = shipped | derive(PROTOCOL.derived, EXAM, shipped)
    words = PROTOCOL.words["en"]
    messages = {message.id: message for message in PROTOCOL.messages}
    for name, stage, day, says in TOLD[row]:
        message = messages[name]
        assert (message.stage.value, message.day) == (stage, day)
        assert row in {citation.row for citation in message.because}
        assert says in words.messages[name].fill(known, words.language)


def test_every_sentence_that_is_a_message_is_looked_at() -> None:
    cited = {
        (citation.row, message.id)
        for message in PROTOCOL.messages
        for citation in message.because
        if citation.row
    }
    assert cited == {(row, told[0]) for row, tellings in TOLD.items() for told in tellings}


def test_the_days_of_a_scan_are_named() -> None:
    facts = {"pregnancy_test_positive": True, "last_period_start": date(2025, 10, 1)}
    decision = decide(rulebook(PROTOCOL), Stage.PREGNANCY, facts)
    said = {reason.rule.id: reason.say for reason in decision.reasons}
    # 5 weeks and 0 days to 6 weeks and 6 days after the first day of the last period.
    assert said["scan-days"] == (
        "Your scan has its best days between Wednesday 5 November 2025 "
        "and Tuesday 18 November 2025."
    )


def test_too_early_an_examination_is_explained_without_frightening() -> None:
    words = PROTOCOL.words["en"].rules["exam-too-soon-after-bleeding"]
    assert "old blood could be pushed into vessels and tubes" in words.why.text
    assert "endometriosis" not in words.why.text
    claims = {claim.id: claim for claim in PROTOCOL.contested}
    assert "endometriosis" in claims["endometriosis-from-early-examination"].claim
