"""The dose audit: medians, what is above the reference, its reason or that it has none, the CSV."""

import csv
import io
import re

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.exam import ExamRecord
from patency.records.models.ledger import Event
from patency.records.models.machines import PerformedStep
from tests.make import NOW, SITE, make_exam, make_visit

pytestmark = pytest.mark.django_db
R = Role


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def an_exam(dap, *, reason="", told=None):
    exam = make_exam(make_visit())
    events = [{"kind": "dose-reason", "why": reason}] if reason else []
    ExamRecord.objects.filter(pk=exam.pk).update(
        dap_gy_cm2=dap, events=events, started_at=NOW, ended_at=NOW
    )
    if told is not None:
        PerformedStep.objects.create(
            site=SITE, uid=f"1.2.{exam.visit_id.int % 10**9}", station="WESTFLUORO1", begun_at=NOW,
            ended_at=NOW, state="COMPLETED", visit=exam.visit, patient=exam.visit.patient,
            dap_gy_cm2=told,
        )  # fmt: skip
    return exam


@pytest.mark.parametrize("role", [R.MANAGER, R.RADIOGRAPHER])
def test_the_doses_stand_against_the_reference_with_what_is_not_explained(as_staff, house, role):
    an_exam("1.00"), an_exam("1.50"), an_exam("2.60", reason="a large woman"), an_exam("3.00")

    answer = as_staff(role).get(reverse("doses"))

    whole = answer.context["whole"]
    assert (whole.exams, whole.above, whole.without_reason) == (4, 2, 1)
    assert whole.median_gy_cm2 == pytest.approx(2.05)
    page = text_of(answer)
    assert "1 examination is above the reference and nobody said why." in page
    assert "a large woman" in page


def test_a_dose_the_machine_told_otherwise_is_shown(as_staff, house):
    an_exam("0.14", told="1.40")

    assert "the machine told 1.40 Gy·cm²" in text_of(as_staff(R.RADIOGRAPHER).get(reverse("doses")))


def test_the_table_names_no_woman(as_staff, house):
    exam = an_exam("2.60", told="2.60")

    answer = as_staff(R.MANAGER).get(reverse("doses-csv"))

    (row,) = csv.DictReader(io.StringIO(answer.content.decode().lstrip("\ufeff")))
    assert (row["dap_gy_cm2"], row["above"], row["reason_given"]) == ("2.6", "yes", "no")
    assert row["source"] == "procedure-step"
    for hers in (str(exam.visit_id), exam.visit.patient.number, exam.visit.patient.family_name):
        assert hers not in answer.content.decode()


def test_a_site_without_examinations_is_told_so(as_staff, house):
    assert "No examination in these months" in text_of(as_staff(R.MANAGER).get(reverse("doses")))


def test_the_reason_is_given_later_once(as_staff, house):
    exam = an_exam("2.60")
    client, where = as_staff(R.RADIOGRAPHER), reverse("exam-after", args=[exam.visit_id])
    assert "Nobody said why yet" in text_of(client.get(where))

    bare = client.post(where, {"what": "dose", "why": " "})
    client.post(where, {"what": "dose", "why": "Two attempts."})
    again = client.post(where, {"what": "dose", "why": "Another."})

    assert (bare.status_code, again.status_code) == (409, 409)
    exam.refresh_from_db()
    assert exam.events == [{"kind": "dose-reason", "why": "Two attempts."}]
    assert Event.objects.filter(kind="dose-explained").count() == 1
    page = text_of(client.get(where))
    assert "Two attempts." in page and "Nobody said why yet" not in page
