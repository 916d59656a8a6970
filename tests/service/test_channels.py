"""She stops what is written to her: by a mail's link, or by answering a short message."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from patency.core.access import Actor
from patency.records.models.ledger import Audit, Event
from patency.records.models.message import Message
from patency.records.models.people import ChannelConsent, Patient
from patency.service import channels
from patency.service.outgoing import number_hash
from tests.make import NOW, SITE, make_patient

pytestmark = pytest.mark.django_db
ANYONE = Actor("link", SITE, frozenset())
PHONE = "+86 138 0000 0000"


def make_woman(*given: str, **fields: Any) -> Patient:
    patient = make_patient(**{"phone": PHONE, "email": "ann@example.org", **fields})
    for channel in given or ("sms", "email"):
        ChannelConsent.objects.create(
            patient=patient, channel=channel, given=True, at=NOW, by="nurse-one"
        )
    return patient


def make_message(patient: Patient, **fields: Any) -> Message:
    return Message.objects.create(
        **{
            "patient": patient,
            "about": f"event/{uuid4()}",
            "name": "message-waiting",
            "state": "sent",
            "made_at": NOW,
            "settled_at": NOW,
            "reached": number_hash(patient.phone),
            **fields,
        }
    )


def consent(patient: Patient, channel: str) -> bool:
    row = patient.channelconsent_set.filter(channel=channel).latest("pk")
    return bool(row.given)


def answer(text: str, number: str = "008613800000000", days: int = 0) -> int:
    return channels.stop_by_answer(number, text, by=ANYONE, now=NOW + timedelta(days=days))


def test_a_link_shows_her_ways_and_nothing_of_her() -> None:
    message = make_message(make_woman("sms", language="zh-hans"))

    shown = channels.of_link(message.stop_key, by=ANYONE, now=NOW)

    assert (shown.language, shown.given) == ("zh-hans", {"sms": True, "email": False})
    for hers in ("ann@", "138", "Example", "Ann"):
        assert hers not in str(shown)


def test_a_link_stops_a_channel_once_and_it_is_remembered() -> None:
    patient = make_woman()
    message = make_message(patient)

    for _ in range(2):
        left = channels.stop_by_link(message.stop_key, "email", by=ANYONE, now=NOW)

    assert left.given == {"sms": True, "email": False}
    assert not consent(patient, "email")
    assert consent(patient, "sms")
    assert Event.objects.get().kind == "channel-consent-withdrawn"
    assert Audit.objects.get().why == "the link of a mail"


@pytest.mark.parametrize("days", [0, 90])
def test_a_link_is_good_for_ninety_days(days: int) -> None:
    key = make_message(make_woman()).stop_key

    assert channels.of_link(key, by=ANYONE, now=NOW + timedelta(days=days))
    with pytest.raises(channels.LinkOver, match="90 days"):
        channels.of_link(key, by=ANYONE, now=NOW + timedelta(days=90, seconds=1))


def test_a_link_of_nobody_changes_nothing() -> None:
    erased = make_message(make_woman(erased_at=NOW)).stop_key
    to_duty = Message.objects.create(
        site=SITE, about="event/1", name="duty", state="sent", made_at=NOW, settled_at=NOW
    ).stop_key

    for key in (uuid4(), erased, to_duty):
        with pytest.raises(channels.LinkOver):
            channels.stop_by_link(key, "sms", by=ANYONE, now=NOW)
    with pytest.raises(channels.NotHerChannel, match="'fax'"):
        channels.stop_by_link(make_message(make_woman()).stop_key, "fax", by=ANYONE, now=NOW)
    assert not Event.objects.exists()


@pytest.mark.parametrize("text", ["STOP", " stop. ", "退订", "TD", "T", "Unsubscribe", "退订。"])
def test_an_answer_that_says_stop_stops_short_messages_only(text: str) -> None:
    patient = make_woman()
    make_message(patient)

    assert answer(text) == 1
    assert not consent(patient, "sms")
    assert consent(patient, "email")
    assert answer(text) == 0


@pytest.mark.parametrize(
    "text", ["", "please do not stop", "谢谢", "STOP it hurts, please call me", "Stopped bleeding"]
)
def test_any_other_answer_changes_nothing(text: str) -> None:
    patient = make_woman()
    make_message(patient)

    assert answer(text) == 0
    assert consent(patient, "sms")


def test_an_answer_from_a_number_we_did_not_write_to_changes_nothing() -> None:
    patient = make_woman()
    assert answer("STOP") == 0  # nothing was sent to her

    make_message(patient)
    assert answer("STOP", number="13900000000") == 0
    assert answer("STOP", days=181) == 0
    assert consent(patient, "sms")


def test_mother_and_daughter_with_one_phone_both_stop() -> None:
    for name in ("Ann", "Bea"):
        make_message(make_woman(given_name=name))

    assert answer("STOP") == 2
