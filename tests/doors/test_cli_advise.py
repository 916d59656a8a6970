"""``patency advise``: every change beside the site as it is, kept for the staff's page."""

from typing import Any

import pytest

from patency.records.models.advice import Advice
from tests.doors.command_line import Patency

pytestmark = [pytest.mark.django_db, pytest.mark.once]
KEYS = [
    "site",
    "protocol",
    "from",
    "days",
    "own_women",
    "referrals_a_day",
    "referrals_measured",
    "exams_a_week",
    "exams_measured",
    "years_without_notice",
    "playings",
    "women",
    "rows",
]
ROW_KEYS = [
    "change",
    "says",
    "clinical",
    "lost_cycles",
    "won_cycles",
    "certain",
    "no_plan_share",
    "examined_share",
    "after_ovulation_share",
    "extra_hours_a_year",
]


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


def test_every_change_is_told_and_kept(patency: Patency) -> None:
    said = patency("advise", "demo-leeds", "--exams-a-day", 1, "--playings", 2, "--json")

    assert said.code == 0, said.err
    found: Any = said.data
    assert list(found) == KEYS
    assert all(list(row) == ROW_KEYS for row in found["rows"])
    by_change = {row["change"]: row for row in found["rows"]}
    now = found["rows"][0]
    assert now["change"] == "as-it-is" and now["won_cycles"]["mean"] == 0
    assert {"lab-saturday", "lab-holidays", "monday-exam", "cap-11", "lh-test"} <= by_change.keys()
    assert by_change["lab-saturday"]["no_plan_share"] < now["no_plan_share"]
    assert by_change["cap-11"]["clinical"] and not by_change["lab-saturday"]["clinical"]
    assert 0 < by_change["lab-saturday"]["extra_hours_a_year"] < 52 * 24
    assert Advice.objects.get().result == found


def test_a_person_is_told_how_lost_can_be_below_nothing_and_that_two_playings_are_too_few(
    patency: Patency,
) -> None:
    said = patency("advise", "demo-leeds", "--exams-a-day", 1, "--playings", 2, "--no-keep")

    assert "2 playings are too few to tell what a change wins or loses" in said.words
    assert "changed rules bring her in earlier than that clinic" in said.words
    assert "the most it can win" not in said.words


def test_a_site_nobody_knows_is_refused(patency: Patency) -> None:
    assert "demo-leeds" in patency.is_refused("advise", "demo-leads")
