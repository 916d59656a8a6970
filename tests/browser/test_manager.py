"""The manager's and the administrator's pages in a browser: by keyboard, in both languages."""

import pytest

from patency.core.access import Actor, Role
from patency.core.protocol.model import Stage
from patency.records.models.comparison import Comparison
from patency.records.models.exam import ExamRecord
from patency.service import comparison, quality
from patency.service.judging import judge
from tests.browser.chromium import go_by_keyboard, looks_right
from tests.make import NOW, SITE, make_exam, make_period, make_visit

R = Role
WORKER = Actor("worker", SITE, frozenset({R.SYSTEM}))
NURSE = Actor("nurse-one", SITE, frozenset({R.NURSE}))
BOTH = [("en", "desktop"), ("zh-hans", "phone")]


@pytest.fixture
def a_month(windows, house):
    exams = [make_exam(make_visit()) for _number in range(3)]
    ExamRecord.objects.filter(pk=exams[0].pk).update(events=["failed-cannulation"])
    quality.count_month(house, SITE, NOW.date().replace(day=1), by=WORKER, now=NOW)
    return exams


@pytest.mark.parametrize(("language", "size"), BOTH)
def test_a_figure_opens_to_its_months_and_cases(staff_window, a_month, language, size):
    page = staff_window(R.MANAGER, R.GYNAECOLOGIST, language=language, size=size)
    page.goto("/quality/")
    looks_right(page)

    go_by_keyboard(page, "Cervix cannulated" if language == "en" else "宫颈插管成功")
    page.keyboard.press("Enter")
    page.wait_for_url("**/quality/cannulation/")

    looks_right(page)
    assert page.locator("table").count() == 1


@pytest.mark.parametrize(("language", "size"), BOTH)
def test_another_version_is_asked_what_it_would_have_decided(staff_window, house, language, size):
    visit = make_visit()
    make_period(visit.patient)
    judge(house, visit, Stage.REGISTRATION, by=NURSE, now=NOW)
    page = staff_window(R.MANAGER, R.GYNAECOLOGIST, language=language, size=size)
    page.goto("/protocol/compare/")
    looks_right(page)

    go_by_keyboard(page, "Compare" if language == "en" else "比较", exact=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/protocol/compare/*/")
    looks_right(page)
    row = Comparison.objects.get()
    comparison.work_out(house, row.pk, by=WORKER, now=NOW)
    page.reload()

    looks_right(page)
    assert "of 1" in page.content() if language == "en" else "1 个中有" in page.content()


@pytest.mark.parametrize(("language", "size"), BOTH)
@pytest.mark.parametrize(
    "path",
    ["/protocol/", "/protocol/rules/temperature-too-high/", "/protocol/contested/", "/settings/",
     "/audit/"],
)  # fmt: skip
def test_what_the_clinic_works_by_can_be_read(staff_window, language, size, path):
    make_visit()
    page = staff_window(R.MANAGER, R.GYNAECOLOGIST, language=language, size=size)

    page.goto(path)

    looks_right(page)
