"""She registers herself in steps: back works, bad input is told kindly, strangers learn nothing."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from patency.core.privacy import TEXT_VERSION
from patency.doors import web
from patency.doors.web.accounts.registering import NAMES
from patency.records.models.entrance import DataConsent, OneTimeCode
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.people import ChannelConsent, Patient
from tests.doors.test_web_entrance import delivered
from tests.make import NOW, make_patient

pytestmark = pytest.mark.django_db
PHONE = "138 0000 7399"
ANSWERS = {
    "place": {"place": "demo-west/west"},
    "name": {"family_name": "王", "given_name": "秀英"},
    "born": {"birth_date_day": "17", "birth_date_month": "5", "birth_date_year": "1993"},
    "reach": {"contact": PHONE},
    "write": {"language": "zh-hans", "write": "yes"},
    "data": {"agreed": "on"},
}


def post(client, name, **changes):
    return client.post(reverse(f"join-{name}"), {**ANSWERS.get(name, {}), **changes})


def walk(house, client, *, until="check", **changes):
    """Answer every step, the code in between; what is answered differently is named by its step."""
    for name in NAMES:
        if name == until:
            return
        post(client, name, **changes.get(name, {}))
        if name == "reach":
            post(client, "code", code=delivered(house))


def test_a_woman_registers_herself_and_is_in(house, client):
    walk(house, client)
    page = client.get(reverse("join-check")).content.decode()
    answer = post(client, "check")

    assert "王" in page and PHONE in page and "17 May 1993" in page
    assert answer["Location"] == reverse("joined")
    her = Patient.objects.get()
    assert (her.family_name, her.given_name, her.phone) == ("王", "秀英", PHONE)
    assert (her.site, her.campus, her.language) == ("demo-west", "west", "zh-hans")
    assert her.registered_herself
    assert her.user.username == her.number and not her.user.has_usable_password()
    assert client.get(reverse("joined")).status_code == 200
    assert client.get(reverse("mine")).status_code == 200


def test_what_she_agreed_to_is_kept_with_its_version_and_way(house, client):
    walk(house, client)
    post(client, "check")

    agreed = DataConsent.objects.get()
    assert (agreed.version, agreed.language, agreed.way) == (TEXT_VERSION, "zh-hans", "online")
    (channel,) = ChannelConsent.objects.all()
    assert (channel.channel, channel.given) == ("sms", True)


# What each version said, by its digest. A changed word is a new version, and the old ones stay.
AGREED_TO = {"data-2026-1": "f68a4c442b714a9a1cb0952f81b135b4f7c5db0155e12dc509cb3bb3fa129a0c"}


def test_a_changed_word_of_the_text_about_her_data_is_a_new_version():
    text = Path(web.__file__).parent / "templates" / "accounts" / "data_text.html"

    assert hashlib.sha256(text.read_bytes()).hexdigest() == AGREED_TO[TEXT_VERSION]


def test_the_desk_has_a_task_to_look_at_her_card(house, client):
    walk(house, client)
    post(client, "check")

    task = Task.objects.get()
    assert (task.kind, task.site, task.patient) == (
        "check-identity",
        "demo-west",
        Patient.objects.get(),
    )


def test_the_ledger_says_she_did_it_herself_and_holds_no_word_of_hers(house, client):
    walk(house, client)
    post(client, "check")

    event = Event.objects.get(kind="registered-herself")
    assert event.actor == Patient.objects.get().number
    everything = str(list(Event.objects.values()))
    assert not any(word in everything for word in ("王", "秀英", "7399", "1993"))


def test_nothing_is_kept_before_she_sends_it(house, client):
    walk(house, client)

    assert not Patient.objects.exists()


def test_one_name_is_enough(house, client):
    walk(house, client, name={"family_name": "Sukarno", "given_name": ""})
    post(client, "check")

    assert Patient.objects.get().given_name == ""


def test_a_step_cannot_be_jumped_over(house, client):
    post(client, "place")

    assert client.get(reverse("join-write"))["Location"] == reverse("join-name")
    assert client.get(reverse("join-check"))["Location"] == reverse("join-name")


def test_back_shows_what_was_typed_and_change_comes_back_to_the_answers(house, client):
    walk(house, client)

    page = client.get(reverse("join-name") + "?check").content.decode()
    answer = post(client, "name", family_name="Wang", check="yes")

    assert 'value="王"' in page
    assert answer["Location"] == reverse("join-check")
    assert "Wang" in client.get(reverse("join-check")).content.decode()


def test_another_number_is_proved_anew(house, client):
    walk(house, client)

    answer = post(client, "reach", contact="139 0000 0001", check="yes")

    assert answer["Location"] == reverse("join-code")
    assert client.get(reverse("join-check"))["Location"] == reverse("join-reach")


def test_pressing_twice_or_back_after_sending_makes_no_second_woman(house, client):
    walk(house, client)
    post(client, "check")

    again = post(client, "check")
    back = client.get(reverse("join-name"))

    assert again["Location"] == back["Location"] == "/"
    assert Patient.objects.count() == 1


def test_two_tabs_of_one_registration_make_one_woman(house):
    one, other = Client(), Client()
    walk(house, one)
    other.cookies = one.cookies.copy()
    post(one, "check")

    answer = post(other, "check")

    assert Patient.objects.count() == 1
    assert answer.status_code == 302


def test_who_is_known_is_led_to_sign_in_only_after_proving_the_number(house, client):
    make_patient(phone="+86 138 0000 7399", family_name="Wang", given_name="X")
    walk(house, client)

    answer = post(client, "check")

    assert answer["Location"] == reverse("join-known")
    page = client.get(reverse("join-known")).content.decode()
    assert "Sign in with a code" in page
    assert Patient.objects.count() == 1


def test_a_stranger_with_her_number_and_birthday_sees_the_same_pages(house):
    said = []
    for is_known in (False, True):
        if is_known:
            make_patient(phone=PHONE)
        stranger = Client()
        walk(house, stranger, until="reach")
        answer = post(stranger, "reach")
        said.append((answer.status_code, answer["Location"]))
        said.append(stranger.get(reverse("join-code")).status_code)

    assert said[:2] == said[2:]


def test_her_sister_with_the_same_phone_registers_too(house, client):
    make_patient(phone=PHONE, birth_date=NOW.date().replace(year=1990))
    walk(house, client)
    post(client, "check")

    assert Patient.objects.count() == 2


def test_a_proof_is_good_for_an_hour(house, client, clock):
    walk(house, client)
    clock.at = NOW + timedelta(minutes=61)

    answer = post(client, "check")

    assert answer["Location"] == reverse("join-reach")
    assert not Patient.objects.exists()
    assert client.get(reverse("join-name")).content.decode().count('value="王"') == 1


def test_a_proof_of_another_womans_code_is_no_proof(house, client):
    walk(house, client)
    OneTimeCode.objects.update(contact="13900000000")

    post(client, "check")

    assert not Patient.objects.exists()


BAD = {
    "a birthday in the future": ("born", {"birth_date_year": "2031"}, "lies in the future"),
    "a child": ("born", {"birth_date_year": "2020"}, "would make you a child"),
    "no such day": ("born", {"birth_date_day": "31", "birth_date_month": "2"}, "no such day"),
    "Chinese for a day": ("born", {"birth_date_day": "十七"}, "no such day"),
    "no name": ("name", {"family_name": "  "}, "Fill this in"),
    "a very long name": ("name", {"family_name": "長" * 121}, "120"),
    "a name of nothing": ("name", {"family_name": "a\0b"}, "Null"),
    "Chinese for a number": ("reach", {"contact": "王秀英"}, "at least eight digits"),
    "too few digits": ("reach", {"contact": "1234"}, "at least eight digits"),
    "another clinic": ("place", {"place": "nowhere/west"}, "nhsuk-error-message"),
    "a language nobody speaks": ("write", {"language": "tlh"}, "nhsuk-error-message"),
    "no agreement": ("data", {"agreed": ""}, "Without your agreement"),
}


@pytest.mark.parametrize(("step", "typed", "says"), BAD.values(), ids=BAD)
def test_bad_input_is_a_kind_sentence_and_a_way_on(step, typed, says, house, client):
    walk(house, client, until=step)

    answer = post(client, step, **typed)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "nhsuk-error-summary" in page
    assert says in page


@pytest.mark.parametrize("name", ["عائشة", "מִרְיָם", "‮evil‬", "Nguyễn Thị", "李 𠮷", "O'Brien-Łoś"])
def test_a_name_in_any_script_is_taken_as_it_is(name, house, client):
    walk(house, client, name={"family_name": name, "given_name": name})
    page = client.get(reverse("join-check")).content.decode()
    post(client, "check")

    assert "<bdi>" in page
    assert Patient.objects.get().family_name == name


def test_five_megabytes_are_refused_kindly_before_they_are_read(house, client):
    post(client, "place")

    answer = post(client, "name", family_name="x" * 5_000_000)

    assert answer.status_code == 413
    assert "Go back with your browser" in answer.content.decode()
    assert not Patient.objects.exists()


def test_every_page_speaks_chinese_too(house, client):
    client.cookies["language"] = "zh-hans"
    for name in NAMES:
        page = client.get(reverse(f"join-{name}")).content.decode()
        assert 'lang="zh-hans"' in page
        post(client, name)
        if name == "reach":
            post(client, "code", code=delivered(house))


@pytest.mark.parametrize(
    ("language", "order"), [("en", ["day", "month", "year"]), ("zh-hans", ["year", "month", "day"])]
)
def test_a_birthday_is_asked_for_in_the_order_of_the_language(language, order, house, client):
    walk(house, client, until="born")
    client.cookies["language"] = language
    page = client.get(reverse("join-born")).content.decode()

    assert re.findall(r'name="birth_date_([a-z]+)"', page) == order
