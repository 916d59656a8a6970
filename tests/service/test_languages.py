"""A person keeps the language she chose; others' stays."""

import pytest

from patency.core.access import Actor, NotPermitted, Role
from patency.records.models.ledger import Audit, Event
from patency.service.house import House
from patency.service.languages import LanguageUnknown, choose_language
from tests.make import NOW, SITE, make_patient, make_staff

pytestmark = pytest.mark.django_db


def test_a_woman_keeps_her_language_and_it_is_remembered(house: House) -> None:
    patient, other = make_patient(), make_patient(given_name="Bea")

    kept = choose_language(house, "zh", by=patient.as_actor(), now=NOW)

    patient.refresh_from_db()
    other.refresh_from_db()
    assert (kept, patient.language, other.language) == ("zh-hans", "zh-hans", "en")
    assert Event.objects.get(kind="language-chosen").subject == f"patient/{patient.pk}"
    assert Audit.objects.get(action="language-chosen").what == ["language"]


def test_a_member_of_staff_keeps_one_too(house: House) -> None:
    member = make_staff(Role.NURSE)

    choose_language(house, "zh-hans", by=member.as_actor(), now=NOW)
    choose_language(house, "en", by=member.as_actor(), now=NOW)

    member.refresh_from_db()
    assert member.language == "en"
    assert Event.objects.filter(kind="language-chosen").count() == 2


@pytest.mark.parametrize("spelled", ["zh", "zh-hans"])
def test_both_spellings_of_one_language_are_the_same_choice(house: House, spelled: str) -> None:
    patient = make_patient(language="zh")

    choose_language(house, spelled, by=patient.as_actor(), now=NOW)

    patient.refresh_from_db()
    assert patient.language == "zh"
    assert not Event.objects.filter(kind="language-chosen").exists()


def test_a_language_that_is_not_there_is_refused_with_those_that_are(house: House) -> None:
    with pytest.raises(LanguageUnknown, match="English, 简体中文"):
        choose_language(house, "xx", by=make_patient().as_actor(), now=NOW)


def test_a_job_keeps_no_language(house: House) -> None:
    job = Actor("worker", SITE, frozenset({Role.SYSTEM}))

    with pytest.raises(NotPermitted, match="keeps no language"):
        choose_language(house, "zh", by=job, now=NOW)
