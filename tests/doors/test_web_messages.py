"""What was sent, seen by staff; and the three ways in which she stops it."""

import hashlib
import hmac
import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patency.core.access import Role
from patency.doors.web.reaching import sent
from patency.doors.web.reaching.words import CHANNELS, MESSAGES, STATES, TONES
from patency.gateways.memory import MemorySms
from patency.records.models.followup import Task
from patency.records.models.message import STATES as ALL_STATES
from patency.records.models.message import WAYS, Message
from patency.records.models.people import ChannelConsent, Patient
from patency.service import messages
from patency.service.house import House
from patency.service.outgoing import number_hash
from tests.make import NOW, SITE, make_patient

pytestmark = pytest.mark.django_db
PHONE = "+8613800000000"


def make_woman(*channels: str, **fields: Any) -> Patient:
    patient = make_patient(**{"phone": PHONE, "email": "ann@example.org", **fields})
    for channel in channels:
        ChannelConsent.objects.create(
            patient=patient, channel=channel, given=True, at=NOW, by="nurse-one"
        )
    return patient


def make_message(patient: Patient | None, state: str = "sent", **fields: Any) -> Message:
    on_its_way = state in ("waiting", "sending", "printing")
    return Message.objects.create(
        **{
            "site": SITE,
            "patient": patient,
            "about": f"event/{uuid4()}",
            "name": "message-waiting",
            "channel": "sms",
            "state": state,
            "made_at": NOW,
            "goes_at": NOW if state == "waiting" else None,
            "settled_at": None if on_its_way else NOW,
            **fields,
        }
    )


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def consent(patient: Patient, channel: str) -> bool:
    return bool(patient.channelconsent_set.filter(channel=channel).latest("pk").given)


# ---- staff


def test_staff_see_to_whom_what_went_by_which_way_and_how_it_stands(as_staff: Any) -> None:
    make_message(make_woman(family_name="Example", given_name="Ann"))
    make_message(make_woman(given_name="Bea"), "waiting", goes_at=NOW + timedelta(hours=4), tries=2)
    make_message(None, name="duty")

    page = words(as_staff(Role.NURSE).get(reverse("messages")))

    for said in ("Example, Ann", "Example, Bea", "the duty contact", "Something is to be read"):
        assert said in page
    for said in ("short message", "Went out", "Waits", "next try: Monday 22 September", "13:00"):
        assert said in page
    assert "tried 2 times" in page
    assert "138" not in page


def test_a_part_of_them_is_asked_for_and_one_womans(as_staff: Any) -> None:
    ann, bea = make_woman(given_name="Ann"), make_woman(given_name="Bea")
    make_message(ann, "unknown", why="It fell silent.")
    make_message(bea, "sent")
    nurse = as_staff(Role.NURSE)

    trouble = words(nurse.get(reverse("messages") + "?which=trouble"))
    assert "Nobody knows" in trouble and "It fell silent." in trouble
    assert "Bea" not in trouble
    hers = words(nurse.get(reverse("messages-to", args=[bea.pk])))
    assert "Messages to Example, Bea" in hers
    assert "Ann" not in hers
    assert "Nothing was sent that fits" in words(
        nurse.get(reverse("messages-to", args=[bea.pk]) + "?which=trouble")
    )


def test_a_message_that_did_not_reach_her_is_sent_again_with_one_press(
    house: House, as_staff: Any
) -> None:
    patient = make_woman("sms")
    task = Task.objects.create(
        site=SITE, patient=patient, kind="message-not-sent", urgency="C", opened_at=NOW, due_at=NOW
    )
    row = make_message(patient, "not-sent", task=task)
    nurse = as_staff(Role.NURSE)
    address = reverse("message-again", args=[row.pk])
    assert f'action="{address}"' in nurse.get(reverse("messages")).content.decode()

    answer = nurse.post(address, {"next": reverse("messages") + "?which=trouble"}, follow=True)

    assert "goes again now" in words(answer)
    row.refresh_from_db()
    task.refresh_from_db()
    assert (row.state, task.done_at) == ("waiting", NOW)
    again = nurse.post(address, follow=True)
    assert "was not sent again: it went, or it is on its way" in words(again)


@pytest.mark.parametrize("fields", [{}, {"name": "page"}, {"name": "duty"}])
def test_what_cannot_go_again_has_no_button(as_staff: Any, fields: dict[str, Any]) -> None:
    state = "not-sent" if fields else "sent"
    row = make_message(make_woman("sms"), state, **fields)

    page = as_staff(Role.NURSE).get(reverse("messages")).content.decode()

    assert reverse("message-again", args=[row.pk]) not in page


def test_a_manager_sees_numbers_and_no_names_and_sends_nothing_again(as_staff: Any) -> None:
    patient = make_woman("sms", family_name="Example", given_name="Ann")
    row = make_message(patient, "not-sent")
    manager = as_staff(Role.MANAGER)

    page = words(manager.get(reverse("messages")))

    assert patient.number in page
    assert "Ann" not in page
    assert manager.post(reverse("message-again", args=[row.pk])).status_code == 403


def test_another_sites_messages_are_not_there(as_staff: Any) -> None:
    patient = make_woman("sms")
    row = make_message(patient, "not-sent")
    elsewhere = as_staff(Role.NURSE, site="demo-leeds")

    assert "Nothing was sent" in words(elsewhere.get(reverse("messages")))
    for page, key in (("messages-to", patient.pk), ("message-again", row.pk)):
        ask = elsewhere.get if page == "messages-to" else elsewhere.post
        assert ask(reverse(page, args=[key])).status_code == 404


def test_older_messages_come_page_by_page_and_each_once(as_staff: Any) -> None:
    patient = make_woman()
    for minute in range(60):
        make_message(patient, made_at=NOW - timedelta(minutes=minute))
    nurse, address, found = as_staff(Role.NURSE), reverse("messages"), []

    for _ in range(3):
        page = nurse.get(address).content.decode()
        found += re.findall(r'figures">.*?<time datetime="([^"]+)"', page)
        older = re.search(r'href="(\?which=all&amp;before=[^"]+)"', page)
        address = reverse("messages") + older[1].replace("&amp;", "&") if older else ""

    assert len(found) == len(set(found)) == 60
    assert address == ""


def test_the_list_costs_as_many_statements_for_25_messages_as_for_5(as_staff: Any) -> None:
    nurse = as_staff(Role.NURSE)
    nurse.get(reverse("messages"))
    counts = []
    for more in (5, 20):
        for _ in range(more):
            make_message(make_woman())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            nurse.get(reverse("messages"))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_everything_that_can_be_sent_has_its_words(house: House) -> None:
    stops = {"stop-by-link", "stop-by-answer"}
    assert MESSAGES.keys() >= house.words.keys() - stops
    assert STATES.keys() == TONES.keys() == set(ALL_STATES)
    assert CHANNELS.keys() == set(WAYS)
    refusals = {messages.MessageRefused, *messages.MessageRefused.__subclasses__()}
    assert sent.REFUSALS.keys() == refusals


# ---- she, by the link of a mail


def test_a_link_shows_her_ways_and_a_press_stops_one(house: House) -> None:
    patient = make_woman("sms", "email", language="zh-hans")
    address = reverse("channels", args=[make_message(patient).stop_key])
    anyone = Client()

    shown = anyone.get(address)
    assert "停止邮件" in words(shown)
    assert (consent(patient, "email"), consent(patient, "sms")) == (True, True)
    assert shown["Cache-Control"] == "no-store"
    assert shown["Referrer-Policy"] == "same-origin"
    assert shown["X-Robots-Tag"] == "noindex"
    for hers in ("ann@", "138", patient.number, "Example"):
        assert hers not in shown.content.decode()

    assert "已完成" in words(anyone.post(address, {"channel": "email"}))
    assert (consent(patient, "email"), consent(patient, "sms")) == (False, True)
    assert "停止邮件" not in words(anyone.get(address))


def test_a_link_that_is_none_of_ours_or_old_says_what_to_do(house: House) -> None:
    old = make_message(make_woman("sms"), made_at=NOW - timedelta(days=91)).stop_key

    for key in (uuid4(), old):
        for answer in (
            Client().get(reverse("channels", args=[key])),
            Client().post(reverse("channels", args=[key]), {"channel": "sms"}),
        ):
            assert answer.status_code == 404
            assert "Take the link of our newest mail" in words(answer)


# ---- she, by answering


def answer(body: bytes, *, secret: str = "for tests only") -> Any:
    at = f"{int(NOW.timestamp())}"
    mark = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Client(enforce_csrf_checks=True).post(
        reverse("sms-answer"),
        body,
        content_type="application/json",
        headers={"X-Signature": f"t={at},v1={mark}"},
    )


@pytest.fixture
def hears(house: House) -> None:
    assert isinstance(house.gateways.sms, MemorySms)
    house.gateways.sms.secret = "for tests only"


@pytest.mark.usefixtures("hears")
def test_an_answer_that_our_provider_signed_stops_short_messages() -> None:
    patient = make_woman("sms", "email")
    make_message(patient, reached=number_hash(PHONE))

    told = answer(json.dumps({"from": "13800000000", "text": "TD"}).encode())

    assert (told.status_code, told.json()) == (200, {"heard": True})
    assert (consent(patient, "sms"), consent(patient, "email")) == (False, True)


@pytest.mark.usefixtures("hears")
def test_an_unsigned_answer_changes_nothing_and_an_unknown_number_is_not_told_apart() -> None:
    patient = make_woman("sms")
    make_message(patient, reached=number_hash(PHONE))
    stop = json.dumps({"from": PHONE, "text": "STOP"}).encode()

    assert answer(stop, secret="guessed").status_code == 403
    assert answer(b"x" * 5000).status_code == 413
    unknown = answer(json.dumps({"from": "19900000000", "text": "STOP"}).encode())
    assert unknown.json() == {"heard": True}
    assert consent(patient, "sms")


def test_without_a_secret_no_answer_is_heard(house: House) -> None:
    assert answer(b'{"from": "1", "text": "STOP"}', secret="").status_code == 403


# ---- she, on her own page


def test_on_her_page_she_stops_and_begins(as_herself: Any) -> None:
    patient = make_woman("sms", email="")
    her = as_herself(patient)

    page = words(her.get(reverse("my-channels")))
    assert "Stop short messages" in page
    assert "We have no mail address of yours" in page

    stopped = her.post(reverse("my-channels"), {"channel": "sms", "given": "no"}, follow=True)
    assert "do not write to you this way any more" in words(stopped)
    assert not consent(patient, "sms")
    begun = her.post(reverse("my-channels"), {"channel": "sms", "given": "yes"}, follow=True)
    assert "write to you this way from now on" in words(begun)
    assert consent(patient, "sms")


@pytest.mark.parametrize(
    "asked", [{"channel": "email", "given": "yes"}, {"channel": "fax", "given": "yes"}, {}]
)
def test_a_way_that_is_none_is_a_sentence(as_herself: Any, asked: dict[str, str]) -> None:
    patient = make_woman("sms", email="")

    answer = as_herself(patient).post(reverse("my-channels"), asked, follow=True)

    assert "no number or address for this" in words(answer)
    assert not patient.channelconsent_set.filter(channel="email").exists()
