"""The decision page: every reason with its source, what is open, and who may go another way."""

import re
from html import unescape

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.core.visit import VisitState
from patency.doors.web.reasons import value_in_words
from patency.records.models.visit import Decision, Override, Visit
from tests.make import NOW, make_decision, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role


def read(client, name, *args):
    """Return a page as a person reads it, and fail when it is not there."""
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def newest(visit, outcome):
    return Decision.objects.filter(visit=visit, outcome=outcome).order_by("-made_at").first()


@pytest.fixture
def held(house) -> Visit:
    return walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)


def test_a_decision_shows_every_reason_its_words_its_source_and_what_to_do(held, as_staff, house):
    decision = newest(held, "HOLD")
    protocol = house.protocol(decision.protocol)

    page = read(as_staff(R.GYNAECOLOGIST), "decision", decision.pk)

    for shown in decision.shown["reasons"]:
        for part in ("say", "why", "do", "come_back", "staff"):
            assert shown[part] in page
    for rule_id in decision.rule_ids:
        for citation in protocol.rule(rule_id).because:
            assert citation.quote in page
            assert protocol.sources[citation.source].title in page
            assert f"evidence {citation.evidence.value} (" in page
    assert "Not yet signed off by this clinic" in page
    assert decision.protocol in page
    assert "it came out the same" in page


def test_what_the_clinic_chose_stands_with_its_ground_and_who_chose_it(held, as_staff, house):
    decision = newest(held, "HOLD")
    site = house.site(held.site)

    page = read(as_staff(R.GYNAECOLOGIST), "decision", decision.pk)

    assert decision.site_parameters
    for name, value in decision.site_parameters.items():
        if name in site.choices and site.choices[name].value == value:
            provenance = site.choices[name].provenance
            assert provenance[0].upper() + provenance[1:] in page
    assert "Chosen by the lead gynaecologist on Monday 1 September 2025" in page


def test_what_is_not_known_is_asked_in_words(house, as_staff):
    visit = walk.register(house)
    walk.tell_period(house, visit)
    decision = newest(visit, "ASK")
    asked = house.protocol(decision.protocol).words["en"].questions

    page = read(as_staff(R.NURSE), "decision", decision.pk)

    assert "What is not yet known" in page
    for name in decision.questions:
        assert asked[name] in page


@pytest.mark.parametrize(("stage", "page"), [("registration", "answers"), ("visit", "results")])
def test_open_questions_lead_to_the_page_that_asks_them(stage, page, as_staff):
    visit = make_visit()
    decision = make_decision(visit, stage=stage, outcome="ASK", questions=["temperature_c"])

    shown = read(as_staff(R.NURSE), "decision", decision.pk)

    assert reverse(page, args=[visit.pk]) in shown


def test_a_question_open_on_arrival_leads_back_to_the_check_in(house, clock, as_staff):
    date_of_hers = walk.booked(house)
    clock.at = walk.EXAM_MORNING
    waits = walk.check_in(house, date_of_hers, temperature_c=None)

    shown = read(as_staff(R.NURSE), "decision", waits.row.pk)

    assert reverse("check-in", args=[date_of_hers.pk]) in shown


def test_who_may_not_override_is_told_who_may(held, as_staff):
    page = read(as_staff(R.NURSE), "decision", newest(held, "HOLD").pk)

    assert "can never be overridden" in page
    assert "Override this rule" not in page


@pytest.fixture
def feverish(house) -> Decision:
    visit = walk.answered(house)
    walk.screening.record_results(
        house,
        visit.pk,
        tests=[walk.leucorrhoea()],
        answers={**walk.AT_THE_VISIT, "temperature_c": 37.8},
        by=walk.NURSE,
        now=NOW,
    )
    return newest(visit, "HOLD")


def open_rule(house, decision):
    """Return a rule of the decision that a clinician may override."""
    protocol = house.protocol(decision.protocol)
    rules = (protocol.rule(rule_id) for rule_id in decision.rule_ids)
    return next(each.id for each in rules if each.override != "never" and each.outcome.stops)


def test_a_clinician_overrides_one_rule_with_a_reason(house, feverish, as_staff):
    rule = open_rule(house, feverish)
    doctor = as_staff(R.CONSULTANT)

    page = read(doctor, "decision", feverish.pk)
    doctor.post(
        reverse("override", args=[feverish.pk]), {"rule": rule, "reason": "sauna an hour ago"}
    )

    assert "Override this rule" in page
    assert Override.objects.get().rule_id == rule
    assert "sauna an hour ago" in read(doctor, "decision", feverish.pk)


def test_an_override_is_marked_on_the_decision_that_released_the_hold(
    house, feverish, as_staff, as_herself
):
    rule = open_rule(house, feverish)
    consultant = as_staff(R.CONSULTANT)
    reason = {"rule": rule, "reason": "sauna an hour ago"}
    consultant.post(reverse("override", args=[feverish.pk]), reason)

    answer = consultant.post(reverse("release-hold", args=[feverish.visit_id]), follow=True)

    page = unescape(answer.content.decode())
    assert walk.fresh(feverish.visit).state == "cleared"
    assert "The hold is released. What held her was overridden" in page
    assert re.search(r"<h1[^>]*>Overridden</h1>", page)
    assert "sauna an hour ago" in page
    assert not re.search(r"<h1[^>]*>On hold</h1>", page)
    assert "Clinic visit: Overridden" in read(consultant, "journey", feverish.visit.patient_id)
    rows = Decision.objects.filter(visit=feverish.visit, stage="visit")
    released = rows.order_by("-made_at").first()
    assert "it goes ahead" in read(as_herself(feverish.visit.patient), "decision", released.pk)


def test_the_facts_of_a_decision_are_written_as_a_person_reads_them():
    assert value_in_words(0.5166666666666667) == "0.52"
    assert value_in_words(37.0) == "37"
    assert value_in_words("2025-09-15") == "Monday 15 September 2025"
    assert value_in_words("universal_3_5d") == "antibiotics for all, 3 to 5 days"
    assert value_in_words(False) == "no"


def test_a_visit_that_is_over_offers_no_override(house, feverish, as_staff):
    walk.fresh(feverish.visit).advance(VisitState.CANCELLED, now=NOW)

    assert "Override this rule" not in read(as_staff(R.CONSULTANT), "decision", feverish.pk)


def test_an_override_without_a_reason_and_of_a_rule_that_did_not_fire_change_nothing(
    house, feverish, as_staff
):
    doctor = as_staff(R.CONSULTANT)
    address = reverse("override", args=[feverish.pk])

    empty = doctor.post(address, {"rule": open_rule(house, feverish), "reason": " "})
    other = doctor.post(address, {"rule": "consent-not-signed", "reason": "because"})

    assert (empty.status_code, other.status_code) == (400, 409)
    assert "needs its reason" in empty.content.decode()
    assert not Override.objects.exists()


def test_a_nurse_may_not_override(house, feverish, as_staff):
    answer = as_staff(R.NURSE).post(
        reverse("override", args=[feverish.pk]), {"rule": "x", "reason": "y"}
    )

    assert answer.status_code == 403
    assert "may not override a rule" in answer.content.decode()
