"""A woman comes in by a one-time code: the same answer for everyone, few tries, few codes."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patency.doors.jobs.at_work import working_for
from patency.doors.jobs.dispatcher import dispatch
from patency.gateways.not_sent import NotSent
from patency.records.models.entrance import OneTimeCode, SignedIn
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.service import entrance, limits
from tests.make import NOW, make_patient

pytestmark = pytest.mark.django_db
PHONE = "+86 138 0000 7301"


@pytest.fixture
def her(house):
    return make_patient(phone=PHONE, email="ann@example.org")


def ask(client, contact, **more):
    return client.post(reverse("my-sign-in"), {"contact": contact, **more})


def delivered(house):
    """Run what waits, and return the code of the newest message."""
    with working_for(house):
        dispatch(house)
    texts = [each.text for each in (*house.gateways.sms.sent, *house.gateways.mail.sent)]
    return re.search(r"\d{6}", texts[-1])[0] if texts else ""


def give(client, code):
    return client.post(reverse("my-sign-in-code"), {"code": code})


def without_token(answer):
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())


@pytest.mark.parametrize(
    "typed", [PHONE, "13800007301", "138-0000-7301", "１３８００００７３０１", "Ann@Example.org "]
)
def test_she_types_her_number_or_address_gets_a_code_and_is_in(typed, house, her, client):
    ask(client, typed)
    code = delivered(house)

    answer = give(client, code)

    assert answer["Location"] == "/"
    assert client.get(reverse("mine")).status_code == 200
    row = SignedIn.objects.get()
    assert (row.user, row.own_phone) == (her.__class__.objects.get().user, False)


def test_the_code_goes_to_the_contact_on_record_and_says_nothing_else(house, her, client):
    ask(client, "13800007301")

    delivered(house)

    (sent,) = house.gateways.sms.sent
    assert sent.to == PHONE
    assert not re.search(r"(?i)ann|example|hospital|HSG|hyster|clinic", sent.text)


def test_a_stranger_gets_the_same_answer_and_no_code(house, her):
    known, unknown = Client(), Client()
    ask(known, PHONE)
    ask(unknown, "+86 139 1111 7301")
    delivered(house)

    pages = [without_token(one.get(reverse("my-sign-in-code"))) for one in (known, unknown)]

    assert pages[0] == pages[1]
    assert [each.to for each in house.gateways.sms.sent] == [PHONE]


def test_asking_takes_the_same_statements_for_a_stranger(house, her):
    ask(Client(), "+86 137 3333 3333")  # the address has a row to count in from now on
    kinds = []

    for contact in (PHONE, "+86 139 1111 2222"):
        with CaptureQueriesContext(connection) as seen:
            ask(Client(), contact)
        kinds.append([each["sql"].split()[0] for each in seen.captured_queries])

    assert kinds[0] == kinds[1]


def test_nothing_of_the_code_is_kept_but_a_keyed_hash(house, her, client):
    ask(client, PHONE)
    code = delivered(house)

    row = OneTimeCode.objects.get()

    assert code not in str(row.__dict__)
    assert len(row.code_hash) == 64
    assert not any(code in str(event.__dict__) for event in Event.objects.all())


def test_after_five_wrong_tries_the_right_one_does_not_help(house, her, client):
    ask(client, PHONE)
    code = delivered(house)
    wrong = "000000" if code != "000000" else "111111"
    said = [give(client, wrong).content.decode() for _ in range(entrance.TRIES)]

    answer = give(client, code)

    assert "4 more times" in said[0]
    assert "once more" in said[3]
    assert "This code is over" in answer.content.decode()
    assert client.get(reverse("mine")).status_code == 302


def test_a_code_ends_after_ten_minutes_and_says_what_to_do(house, her, client, clock):
    ask(client, PHONE)
    code = delivered(house)
    clock.at = NOW + timedelta(minutes=10)

    answer = give(client, code)

    assert "older than ten minutes" in answer.content.decode()
    assert "Send a new code" in answer.content.decode()


def test_a_newer_code_ends_the_older_one(house, her, client):
    ask(client, PHONE)
    first = delivered(house)
    client.post(reverse("my-sign-in-code"), {"again": "yes"})
    second = delivered(house)

    assert "Location" not in give(client, first) or first == second
    assert give(client, second)["Location"] == "/"


def test_a_code_opens_once(house, her, client):
    ask(client, PHONE)
    code = delivered(house)
    row = OneTimeCode.objects.get()
    give(client, code)

    with pytest.raises(entrance.CodeOver):
        entrance.use_code(row.pk, code, by=her.as_actor(), now=NOW)


@pytest.mark.parametrize("typed", ["", "12345", "ann@", "Ann Example", "‮0731"])
def test_what_is_no_contact_is_said_kindly_and_kept(typed, house, client):
    answer = ask(client, typed)

    assert answer.status_code == 200
    assert not OneTimeCode.objects.exists()
    assert "nhsuk-error-summary" in answer.content.decode()


def test_the_fourth_code_in_a_quarter_of_an_hour_waits_with_a_page_that_says_until_when(
    house, her, client
):
    for _ in range(limits.LIMITS["code-contact"].most):
        ask(client, PHONE)

    answer = ask(Client(), "13800007301")

    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert "15 minutes" in answer.content.decode()


def test_one_address_cannot_try_many_numbers(house, client):
    for number in range(limits.LIMITS["code-address"].most):
        ask(client, f"138 0000 {number:04}")

    assert ask(client, "139 0000 0000").status_code == 429


def test_two_sisters_with_one_phone_are_told_apart_by_their_date_of_birth(house, her, client):
    sister = make_patient(phone=PHONE, given_name="Bea", birth_date=NOW.date().replace(year=1990))
    ask(client, PHONE)
    answer = give(client, delivered(house))
    assert answer["Location"] == reverse("my-sign-in-which")

    day = {"birth_date_day": "22", "birth_date_month": "9", "birth_date_year": "1990"}
    wrong = client.post(reverse("my-sign-in-which"), {**day, "birth_date_year": "1980"})
    client.post(reverse("my-sign-in-which"), day)

    assert "we find nobody" in wrong.content.decode()
    sister.refresh_from_db()
    assert int(client.session["_auth_user_id"]) == sister.user_id


def test_a_woman_of_two_clinics_says_which(house, her, client):
    there = make_patient(phone=PHONE, site="demo-leeds", birth_date=her.birth_date)
    ask(client, PHONE)
    give(client, delivered(house))
    day = {"birth_date_day": "17", "birth_date_month": "5", "birth_date_year": "1993"}
    page = client.post(reverse("my-sign-in-which"), day).content.decode()

    client.post(reverse("my-sign-in-which"), {**day, "site": "demo-leeds"})

    assert 'value="demo-west"' in page
    there.refresh_from_db()
    assert int(client.session["_auth_user_id"]) == there.user_id


def test_who_came_in_and_how_is_in_the_ledger_without_a_number(house, her, client):
    ask(client, PHONE)
    give(client, delivered(house))

    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[:4] == ["code-asked", "code-sent", "code-used", "entered-by-code"]
    assert "7301" not in "".join(str(each.__dict__) for each in Event.objects.all())


def test_a_provider_that_fails_is_told_to_staff_once(house, her, client):
    house.gateways.sms.refuse = NotSent("the provider is away")
    for _ in range(2):
        ask(client, PHONE)
        delivered(house)

    assert [task.kind for task in Task.objects.all()] == ["code-not-sent"]
