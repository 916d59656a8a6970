"""A telephone lies on a table, a letter is read by others: nothing that leaves gives her away."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from patency.config.wiring import build_house
from patency.records.models.message import Message
from patency.service import printing
from patency.service.house import House
from patency.service.messages import REMINDERS
from patency.service.outgoing import said_to

GIVES_AWAY = re.compile(
    r"hsg|hystero|salping|fertil|steril|pregnan|concei|conception|\bbab(y|ies)\b|\bivf\b|ectopic"
    r"|miscarr|uter[ui]|\bwomb|\btubes?\b|tubal|ovar|ovulat|vagin|cervi|gyn(a)?ec|obstet|sperm|semen"
    r"|period|menstru|\bcycle|bleed|spotting|discharge|leucorrh|\bhcg\b|antibiotic|infect|contrast"
    r"|x-?ray|radiolog|radiograph|ultrasound|\bscan\b|\bexam|\btests?\b|result|report|diagnos"
    r"|hospital|matern|women|\bshe\b|\bher\b"
    r"|造影|输卵管|生殖|不孕|不育|怀孕|受孕|备孕|妊娠|宫|妇|产科|月经|经期|例假|周期|排卵|卵巢|阴道|白带"
    r"|出血|流产|试管|精子|检查|化验|检验|结果|报告|诊断|放射|X光|超声|抗生素|感染|医院|女",
    re.IGNORECASE,
)
LONGEST = 160  # one short message in Latin letters (GSM 03.38); a longer one comes in pieces


def everything_said(house: House) -> Iterator[tuple[str, str]]:
    """Yield every message in every language by every channel, as it goes, with its name."""
    ours = replace(house, pages="https://pages.invalid", hears_answers=True)
    for name, spoken in house.words.items():
        for language in spoken:
            for channel in ("sms", "email"):
                message = Message(name=name, channel=channel, patient_id=1)
                filled = {"code": "7K3MQX4D9ABC"}
                if name == "stop-by-link":
                    filled["link"] = "https://pages.invalid/channels/"
                subject, text = said_to(ours, message, language, **filled)
                yield f"{name} ({language}, {channel})", f"{subject} {text}"


@pytest.fixture(scope="module")
def house() -> House:
    return build_house({"PATENCY_MODE": "test"})


def test_no_message_in_any_language_by_any_channel_gives_her_away(house: House) -> None:
    said = list(everything_said(house))

    assert len(said) >= 2 * 2 * 10
    assert [(name, found[0]) for name, text in said if (found := GIVES_AWAY.search(text))] == []


def test_no_message_names_a_clinic_of_the_house(house: House) -> None:
    names = {site.name for site in house.sites.values()}
    names |= {campus.name for site in house.sites.values() for campus in site.campuses.values()}
    names |= {site.printer.name for site in house.sites.values()}

    for name, text in everything_said(house):
        assert not [each for each in names if each.casefold() in text.casefold()], name


def test_a_page_has_a_title_that_says_nothing() -> None:
    assert not GIVES_AWAY.search(printing.TITLE)


def test_every_message_is_short_and_leaves_nothing_to_be_filled_in(house: House) -> None:
    for name, text in everything_said(house):
        assert "{" not in text and "}" not in text, name
    for spoken in house.words.values():
        assert all(len(words.text) <= LONGEST for words in spoken.values())


def test_every_reminder_has_words(house: House) -> None:
    assert house.words.keys() >= REMINDERS


@pytest.mark.parametrize(
    "text",
    [
        "Your HSG is tomorrow.",
        "Your report is ready.",
        "Your pregnancy test was positive.",
        "How is your bleeding today?",
        "The Fertility Clinic wrote to you.",
        "Please come for your X-ray.",
        "您明天有造影检查。",
        "您的报告已出。",
        "月经来了吗？",
        "妇产科给您来信。",
    ],
)
def test_words_that_give_her_away_are_found(text: str) -> None:
    assert GIVES_AWAY.search(text)
