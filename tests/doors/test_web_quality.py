"""The quality page: its figures, its plots, the cases behind them, and the table."""

import csv
import io
import re

import pytest
from django.urls import reverse

from patency.core.access import Actor, Role
from patency.records.models.exam import ExamRecord
from patency.service import quality
from tests.make import NOW, SITE, make_exam, make_visit

pytestmark = pytest.mark.django_db
R = Role
WORKER = Actor("worker", SITE, frozenset({R.SYSTEM}))


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def counted(house):
    exams = [make_exam(make_visit()) for _number in range(4)]
    ExamRecord.objects.filter(pk=exams[0].pk).update(events=["failed-cannulation"])
    quality.count_month(house, SITE, NOW.date().replace(day=1), by=WORKER, now=NOW)
    return exams


def test_every_indicator_stands_with_its_standard_and_its_figure(as_staff, house, counted):
    page = as_staff(R.MANAGER).get(reverse("quality"))

    assert len(page.context["plots"]) == len(house.indicators)
    assert "75 %" in text(page)
    assert "standard: at least 95 %" in text(page)


def test_a_plot_says_in_words_what_it_draws(as_staff, counted):
    page = as_staff(R.MANAGER).get(reverse("quality")).content.decode()

    assert "Cervix cannulated: " in page
    assert "75 % of 4" in page


def test_what_misses_its_standard_stands_at_the_top(as_staff, counted):
    missed = as_staff(R.MANAGER).get(reverse("quality")).context["missed"]

    assert "cannulation" in {plot.indicator.id for plot in missed}


def test_before_anything_is_counted_the_page_says_so(as_staff):
    assert "Nothing is counted yet" in text(as_staff(R.MANAGER).get(reverse("quality")))


def test_the_cases_behind_a_month_open_to_a_clinician(as_staff, counted):
    client = as_staff(R.GYNAECOLOGIST)

    page = client.get(reverse("quality-one", args=["cannulation"]))
    opened = client.get(reverse("by-visit", args=[counted[0].visit_id]))

    assert reverse("by-visit", args=[counted[0].visit_id]) in page.content.decode()
    assert opened["Location"].endswith(f"/visits/{counted[0].visit_id}/")


def test_a_manager_sees_how_many_and_opens_none(as_staff, counted):
    page = as_staff(R.MANAGER).get(reverse("quality-one", args=["cannulation"]))

    assert "A clinician can open them" in text(page)
    assert str(counted[0].visit_id) not in page.content.decode()


def test_what_is_not_recorded_is_said_not_to_be_counted(as_staff, counted):
    page = text(as_staff(R.MANAGER).get(reverse("quality-one", args=["concordance"])))

    assert "It waits for" in page


def test_an_indicator_that_is_not_there_is_not_found(as_staff):
    assert as_staff(R.MANAGER).get(reverse("quality-one", args=["beauty"])).status_code == 404


def test_the_table_holds_every_figure_and_no_woman(as_staff, counted):
    answer = as_staff(R.MANAGER).get(reverse("quality-figures"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    cannulation = next(row for row in rows if row["indicator"] == "cannulation")
    assert (cannulation["value"], cannulation["cases"], cannulation["judged"]) == (
        "75",
        "4",
        "missed",
    )
    assert str(counted[0].visit_id) not in answer.content.decode()


def test_another_sites_figures_are_not_shown(as_staff, counted):
    page = as_staff(R.MANAGER, site="demo-leeds").get(reverse("quality"))

    assert page.context["counted_at"] is None


def test_a_nurse_does_not_reach_it(as_staff):
    assert as_staff(R.NURSE).get(reverse("quality")).status_code == 403
