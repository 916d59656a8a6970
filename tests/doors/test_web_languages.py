"""The language of a page: her own choice, else her browser's, else the site's."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.people import StaffMember
from tests.make import make_patient

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"


def language_of(answer):
    lang = re.search(r'<html lang="([^"]+)"', answer.content.decode())[1]
    assert answer["Content-Language"] == lang
    return lang


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.5", "zh-hans"),
        ("zh", "zh-hans"),
        ("fr,de;q=0.9", "en"),
        ("fr,zh;q=0.9,en;q=0.1", "zh-hans"),
        ("not a header at all;;;q=x", "en"),
    ],
)
def test_before_sign_in_the_browser_is_asked(house, client, asked, shown):
    answer = client.get(SIGN_IN, headers={"accept-language": asked} if asked else {})

    assert language_of(answer) == shown
    assert {"Accept-Language", "Cookie"} <= set(answer["Vary"].split(", "))


def test_a_choice_is_kept_in_the_browser_and_leads_back(house, client):
    answer = client.post(reverse("language"), {"language": "zh-hans", "next": SIGN_IN})

    assert (answer.status_code, answer["Location"]) == (302, SIGN_IN)
    assert language_of(client.get(SIGN_IN, headers={"accept-language": "en"})) == "zh-hans"


@pytest.mark.parametrize("code", ["zh", "zh-hans"])
def test_a_woman_reads_her_pages_in_her_language(as_herself, code):
    hers = as_herself(make_patient(language=code))

    assert language_of(hers.get(reverse("mine"), headers={"accept-language": "en"})) == "zh-hans"


def test_a_woman_chooses_and_it_is_kept_with_her_wherever_she_signs_in(as_herself):
    patient = make_patient(language="en")
    hers = as_herself(patient)

    hers.post(reverse("language"), {"language": "zh-hans"})

    patient.refresh_from_db()
    assert patient.language == "zh-hans"
    elsewhere = Client()
    elsewhere.force_login(patient.user)
    assert language_of(elsewhere.get(reverse("mine"))) == "zh-hans"


def test_staff_choose_for_themselves(as_staff):
    nurse = as_staff(Role.NURSE, name="nurse-one")
    assert language_of(nurse.get(reverse("today"))) == "en"

    nurse.post(reverse("language"), {"language": "zh-hans", "next": "/today/"})

    assert StaffMember.objects.get().language == "zh-hans"
    assert language_of(nurse.get(reverse("today"))) == "zh-hans"
    assert language_of(as_staff(Role.NURSE, name="nurse-two").get(reverse("today"))) == "en"


@pytest.mark.parametrize(
    "after", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_it_never_leads_to_another_house(house, client, after):
    answer = client.post(reverse("language"), {"language": "zh-hans", "next": after})

    assert answer["Location"] == "/"


def test_a_language_that_is_not_there_changes_nothing(house, client):
    answer = client.post(reverse("language"), {"language": "xx", "next": SIGN_IN})

    assert answer["Location"] == SIGN_IN
    assert "language" not in answer.cookies


def test_it_is_changed_by_a_form_only(house, client):
    assert client.get(reverse("language")).status_code == 405


def test_every_page_offers_the_other_language_in_its_own_name(house, client):
    page = client.get(SIGN_IN).content.decode()

    assert (
        '<button class="linklike" name="language" value="zh-hans" lang="zh-hans">简体中文<' in page
    )
    assert 'value="en"' not in page
