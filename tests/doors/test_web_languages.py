"""The language of a page: her own choice, else her browser's, else the site's."""

import re
from html import unescape

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from patency.core.access import Action, Role
from patency.doors.web import codes, permitted
from patency.records.models.people import StaffMember
from patency.records.models.visit import Decision
from tests.make import make_patient
from tests.service import walk

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


def test_from_a_form_that_was_not_kept_it_leads_back_to_the_form(house, as_staff):
    nurse = as_staff(Role.NURSE)
    form = reverse("register")

    refused = nurse.post(form, {}, headers={"referer": f"http://testserver{form}?from=find"})
    elsewhere = nurse.post(form, {}, headers={"referer": "https://elsewhere.example/register/"})

    assert f'name="next" value="{form}?from=find"' in refused.content.decode()
    assert 'name="next" value=""' in elsewhere.content.decode()


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


def the_hold(house):
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)
    return Decision.objects.filter(visit=visit, outcome="HOLD").latest("made_at")


def test_a_decision_is_read_in_the_language_of_the_page_and_as_it_was_kept(house, as_staff):
    decision = the_hold(house)
    doctor = as_staff(Role.GYNAECOLOGIST)
    doctor.post(reverse("language"), {"language": "zh-hans"})

    page = unescape(doctor.get(reverse("decision", args=[decision.pk])).content.decode())

    words = house.protocol(decision.protocol).words["zh"]
    for rule_id in decision.rule_ids:
        assert words.rules[rule_id].why.text in page
    assert "暂缓" in page
    assert "保存时的原文（英语）" in page
    assert decision.shown["reasons"][0]["say"] in page


def test_in_the_language_it_was_shown_in_a_decision_stands_as_it_was_kept(house, as_staff):
    decision = the_hold(house)

    page = as_staff(Role.GYNAECOLOGIST).get(reverse("decision", args=[decision.pk]))

    assert "As it was kept" not in page.content.decode()


def test_who_may_do_what_is_said_in_the_language_of_the_page(house, as_staff):
    cashier = as_staff(Role.CASHIER)
    cashier.post(reverse("language"), {"language": "zh-hans"})

    answer = cashier.get(reverse("planner"))

    assert answer.status_code == 403
    assert "不能预约日期" in answer.content.decode()


def test_every_answer_that_can_be_chosen_has_its_words(house):
    chosen = {
        choice
        for version in house.protocols
        for fact in house.protocol(version).facts.types.values()
        for choice in fact.choices
    }

    assert chosen <= codes.CODES.keys()


def test_every_unit_of_a_fact_is_known_worldwide_or_has_its_words(house):
    units = {
        fact.unit
        for version in house.protocols
        for fact in house.protocol(version).facts.types.values()
    }
    worldwide = {"", "%", "Gy·cm²", "IU/L", "kg", "kg/m²", "mIU/L", "mL", "mL/min/1.73 m²", "pH"}

    assert units - worldwide - {"°C"} <= codes.UNITS.keys()


def test_every_act_has_its_words():
    assert permitted.ACTIONS.keys() == set(Action)


@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_speaks_the_language_of_the_page(status):
    with translation.override("zh-hans"):
        page = render_to_string(f"{status}.html", {"request": None})

    assert 'lang="zh-hans"' in page
    assert "请" in page
