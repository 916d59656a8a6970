"""Each indicator over rows that were made for it, and when a month is counted again."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from patency.core.access import Actor, NotPermitted, Role
from patency.records.models.exam import AntibioticChoice, ExamRecord
from patency.records.models.ledger import Event
from patency.records.models.quality import QualityMonth
from patency.records.models.report import CriticalFinding, Release
from patency.records.models.visit import Treatment
from patency.service import quality
from patency.service.measures import MEASURES
from tests.make import NOW, SITE, make_exam, make_report, make_visit

pytestmark = pytest.mark.django_db
WORKER = Actor("worker", SITE, frozenset({Role.SYSTEM}))
NURSE = Actor("nurse-one", SITE, frozenset({Role.NURSE}))
MONTH = NOW.date().replace(day=1)
LATER = NOW + timedelta(days=300)


def month(house, now=LATER):
    return quality.count_month(house, SITE, MONTH, by=WORKER, now=now)


def share(house, indicator, now=LATER):
    found = month(house, now)[indicator]
    return found.total, found.of


def exams(many=3):
    return [make_exam(make_visit()) for _number in range(many)]


def change(exam, **fields):
    ExamRecord.objects.filter(pk=exam.pk).update(**fields)


def test_every_indicator_that_waits_for_nothing_has_a_measure_and_no_other(house):
    assert {each.id for each in house.indicators if not each.waits_for} == MEASURES.keys()


def test_doses_are_averaged_in_the_unit_of_the_standard(house):
    one, other, unknown = exams()
    change(one, dap_gy_cm2=Decimal("1"))
    change(other, dap_gy_cm2=Decimal("3"))
    change(unknown, dap_gy_cm2=None)

    found = month(house)["dose"]

    assert (found.total / found.of, found.of) == (200, 2)


def test_a_long_screening_is_looked_at(house):
    one, other = exams(2)
    change(one, fluoro_seconds=30)
    change(other, fluoro_seconds=180)

    found = month(house)["screening-time"]

    assert found.total == pytest.approx(3.5)
    assert found.outliers == (str(other.visit_id),)


@pytest.mark.parametrize(
    ("indicator", "good", "bad"),
    [
        ("cannulation", {"events": []}, {"events": ["failed-cannulation"]}),
        ("key-images", {"key_images": [1, 2, 3, 4]}, {"key_images": [1, 2]}),
        ("diagnostic", {"outcome": "completed"}, {"outcome": "non_diagnostic"}),
    ],
)
def test_shares_of_examinations(house, indicator, good, bad):
    one, other = exams(2)
    change(one, **good)
    change(other, **bad)

    assert share(house, indicator) == (1, 2)


def test_a_report_is_in_time_on_the_day_that_was_promised(house):
    in_time, late, open_yet = exams()
    due = NOW + timedelta(days=1)
    for exam, released in ((in_time, due + timedelta(minutes=9)), (late, due + timedelta(days=1))):
        Release.objects.create(visit=exam.visit, due_at=due, released_at=released)
    Release.objects.create(visit=open_yet.visit, due_at=LATER + timedelta(days=1))

    assert share(house, "report-in-time") == (1, 2)


def test_infection_counts_treatments_begun_within_its_days_and_only_when_they_are_over(house):
    sick, well = exams(2)
    day = NOW.date()
    Treatment.objects.create(
        visit=sick.visit, what="for infection", prescriber="dr", started_on=day + timedelta(days=9)
    )
    Treatment.objects.create(
        visit=well.visit, what="for infection", prescriber="dr", started_on=day + timedelta(days=20)
    )

    assert share(house, "infection") == (1, 2)
    assert share(house, "infection", now=NOW + timedelta(days=10)) == (1, 1)


def test_a_critical_result_is_told_in_time_or_not(house):
    report = make_report(exams(1)[0].visit)
    for told in (NOW, NOW + timedelta(days=3), None):
        CriticalFinding.objects.create(
            report=report, what="free gas", due_at=NOW + timedelta(hours=24), told_at=told
        )

    assert share(house, "critical-told") == (1, 3)


def test_antibiotics_are_asked_of_dilated_tubes_only(house):
    from patency.records.models.report import Findings

    given, not_given, thin = exams()
    for exam, calibre in ((given, "dilated"), (not_given, "dilated"), (thin, "normal")):
        Findings.objects.create(
            visit=exam.visit,
            tubes={"right": {"calibre": calibre}, "left": {"calibre": "normal"}},
            made_by="dr",
            made_at=NOW,
        )
    AntibioticChoice.objects.create(
        exam=given,
        give=True,
        policy="targeted",
        allergy_checked=True,
        pregnancy_checked=True,
        prescriber="dr",
        drug="doxycycline",
        days=5,
        at=NOW,
    )

    assert share(house, "dilated-antibiotics") == (1, 2)


def test_counting_twice_keeps_one_row_for_each_indicator(house):
    exams()

    month(house)
    month(house)

    assert QualityMonth.objects.count() == len(MEASURES)
    assert Event.objects.filter(kind="quality-counted").count() == 2


def test_months_are_due_until_they_are_counted_and_while_they_may_change(house):
    def due(now):
        return quality.months_due(house, SITE, by=WORKER, now=now)

    assert len(due(NOW)) == quality.SHOWN_MONTHS

    for each in due(NOW):
        quality.count_month(house, SITE, each, by=WORKER, now=NOW)

    assert due(NOW) == []
    assert len(due(NOW + timedelta(hours=21))) == quality.STILL_MOVES_MONTHS


def test_a_month_without_cases_has_no_figure(house):
    found = quality.count_month(house, SITE, date(2020, 1, 1), by=WORKER, now=NOW)

    assert {each.of for each in found.values()} == {0}


def test_a_nurse_may_not_count(house):
    with pytest.raises(NotPermitted):
        quality.count_month(house, SITE, MONTH, by=NURSE, now=NOW)


def test_the_clock_of_a_worker_counts_the_newest_month_first(house):
    from patency.doors.jobs.clocks import CLOCKS

    ring = next(clock.ring for clock in CLOCKS if clock.name == "quality")
    assert isinstance(NOW, datetime)

    ring(house, WORKER, NOW)

    assert {row.month for row in QualityMonth.objects.all()} == {MONTH}
