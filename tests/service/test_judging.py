from dataclasses import replace
from typing import cast

import pytest

from patency.core.protocol.model import Stage
from patency.records.models.paperwork import Consent
from patency.records.models.visit import Decision
from patency.service import registration, screening
from patency.service.erasure import erase
from patency.service.house import House
from patency.service.judging import FactsErased, judge, language_of, replay
from tests.make import NOW
from tests.service import walk

pytestmark = pytest.mark.django_db


def test_every_decision_of_a_journey_comes_out_the_same_when_it_is_made_again(
    house: House,
) -> None:
    walk.arrived(house)

    rows = list(Decision.objects.order_by("made_at"))

    assert {row.stage for row in rows} >= {
        "registration",
        "tentative",
        "visit",
        "booking",
        "arrival",
    }
    assert [replay(row, house).differs for row in rows] == [()] * len(rows)


def test_a_decision_whose_facts_were_other_ones_does_not_come_out_the_same(house: House) -> None:
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)
    row = Decision.objects.filter(visit=visit, stage="visit").latest("made_at")

    row.facts = {**cast(dict[str, object], row.facts), "leucorrhoea_trichomonas": False}

    assert not replay(row, house).same
    assert "rule_ids" in replay(row, house).differs


def test_the_words_are_kept_as_they_were_shown(house: House) -> None:
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)
    row = Decision.objects.filter(visit=visit, stage="visit").latest("made_at")

    shown = cast(dict[str, list[dict[str, str]]], row.shown)

    first = shown["reasons"][0]
    assert first["rule"] in row.rule_ids
    assert first["say"]
    assert first["staff"]


def test_after_erasure_the_replay_says_since_when_there_are_no_facts(house: House) -> None:
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)
    registration.cancel_visit(visit.pk, "her-wish", by=walk.DESK, now=NOW)
    erase(house, visit.patient_id, by=walk.ADMINISTRATOR, now=NOW)
    row = Decision.objects.filter(visit=visit, stage="visit").latest("made_at")

    with pytest.raises(FactsErased, match="erased on 2025-09-22"):
        replay(row, house)
    assert (row.outcome, row.rule_ids[0]) == ("HOLD", "leucorrhoea-trichomonas")


def test_a_language_the_protocol_does_not_speak_falls_back(house: House) -> None:
    protocol = house.protocol("hsg/2026-1")
    english = replace(protocol, words={"en": protocol.words["en"]})
    both = replace(protocol, words={"en": protocol.words["en"], "zh": protocol.words["en"]})

    assert language_of(english, "fr") == "en"
    assert language_of(both, "zh-hans") == "zh"


def test_what_was_written_at_the_desk_is_known_and_an_answer_counts_more(house: House) -> None:
    visit = walk.register(house, medium_wanted="water")
    Consent.objects.create(
        visit=visit,
        text_version="1",
        chaperone=False,
        interpreter_language="fr",
        signed_at=NOW,
        signed_name="Ann",
    )
    before, _ = judge(house, visit, Stage.VISIT, by=walk.NURSE, now=NOW)
    screening.record_answers(house, visit.pk, {"medium_wanted": "oil"}, by=walk.NURSE, now=NOW)
    after, _ = judge(house, visit, Stage.VISIT, by=walk.NURSE, now=NOW)

    assert before.facts["medium_wanted"] == "water"
    assert before.facts["interpreter_needed"] is True
    assert after.facts["medium_wanted"] == "oil"
