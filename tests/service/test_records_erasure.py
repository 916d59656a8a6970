from datetime import timedelta

import pytest
from django.apps import apps

from patency.records.erasure import erase_rows, kept_by_law
from patency.records.models.followup import HcgSample, PregnancyEpisode
from patency.records.models.ledger import Retention
from patency.records.models.report import Report
from patency.records.models.visit import Answer, Decision, Override
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_answers,
    make_decision,
    make_follow_up,
    make_patient,
    make_report,
    make_test_result,
    make_visit,
)

pytestmark = pytest.mark.django_db


def test_erasure_takes_her_facts_and_words_from_every_table_and_nobody_elses():
    hers, other = make_visit(), make_visit()
    for visit in (hers, other):
        make_answers(visit, has_cold=True)
        make_test_result(visit)
        Override.objects.create(
            decision=make_decision(visit),
            rule_id="temperature-too-high",
            reason="measured twice",
            by_name="consultant-one",
            by_role="consultant",
            at=NOW,
        )

    taken = erase_rows(hers.patient, kept=(), now=NOW)

    assert (taken["Patient"], taken["Answer"], taken["Override"], taken["Refund"]) == (1, 1, 1, 0)
    assert Answer.objects.get(visit=hers).value is None
    assert Answer.objects.get(visit=other).value is True
    decision = Decision.objects.get(visit=hers)
    assert (decision.facts, decision.erased_at, decision.outcome) == (None, NOW, "HOLD")
    assert decision.overrides.get().reason == ""
    hers.patient.refresh_from_db()
    assert (hers.patient.family_name, hers.patient.erased_at) == ("", NOW)


def test_what_the_law_keeps_stays_until_its_day_is_over():
    visit = make_visit()
    make_report(visit, status="signed")
    ends_on = TODAY + timedelta(days=365)
    for law, day in (("shorter", TODAY), ("longer", ends_on)):
        Retention.objects.create(
            patient=visit.patient, what="Report", law=law, ends_on=day, site=SITE
        )

    kept = kept_by_law(visit.patient, TODAY)
    erase_rows(visit.patient, kept=kept, now=NOW)

    assert kept == {"Report": ends_on}
    assert Report.objects.get().sections is not None
    assert kept_by_law(visit.patient, ends_on + timedelta(days=1)) == {}


# Codes, rule ids, days and amounts: what was decided and when, which erasure keeps. Why a signed
# report was amended belongs to the report.
KEPT = {
    "ExamRecord.increments",
    "ExamRecord.key_images",
    "Consent.rates_shown",
    "Decision.questions",
    "Decision.rule_ids",
    "Decision.site_parameters",
    "Decision.unsettled",
    "DoseReport.events",
    "DoseReport.faults",
    "Hold.rule_ids",
    "Audit.what",
    "Offer.why",
    "PerformedStep.disagrees",
    "Plan.why",
    "Quote.lines",
    "ImageFile.disagrees",
    "Referral.why",
    "Report.reason",
    "TurnedDown.why",
}


def test_every_text_and_every_bundle_of_values_is_erased_or_named_as_kept():
    found = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("records").get_models()
        if getattr(model, "WOMAN", None) is not None
        for field in model._meta.fields
        if field.get_internal_type() in ("TextField", "JSONField")
        if field.name not in getattr(model, "ERASED", {})
    }

    assert found == KEPT


def test_a_row_that_is_only_a_fact_is_deleted():
    follow_up = make_follow_up()
    episode = PregnancyEpisode.objects.create(
        follow_up=follow_up, test_on=TODAY, state="open", opened_at=NOW
    )
    HcgSample.objects.create(episode=episode, taken_at=NOW, iu_per_l=800)

    assert erase_rows(follow_up.patient, kept=(), now=NOW)["HcgSample"] == 1
    assert not HcgSample.objects.exists()
    assert PregnancyEpisode.objects.get().test_on == TODAY


def test_erasing_a_woman_without_rows_is_harmless():
    assert sum(erase_rows(make_patient(), kept=(), now=NOW).values()) == 1
