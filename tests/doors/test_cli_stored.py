"""Decisions a site has stored, decided again under another version, and every read audited."""

import pytest

from patency.records.models.ledger import Audit
from tests.doors.command_line import Patency
from tests.make import make_decision, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


def compare(patency: Patency, *more: str) -> list[dict[str, object]]:
    said = patency(
        "protocol", "compare", "hsg/2026-1", "hsg/as-published", "--stored", *more, "--json"
    )
    assert said.code == 0, said.err
    decisions: list[dict[str, object]] = said.data["decisions"]
    return decisions


def test_a_stored_decision_is_decided_again_under_the_other_version(patency: Patency) -> None:
    kept = make_decision(make_visit(), facts={"temperature_c": 37.6})
    make_decision(make_visit(), facts=None)  # erased: nothing to decide on

    [found] = compare(patency, "--site", "demo-west")

    assert found["of"] == f"decision {kept.pk}"
    assert found["stage"] == "booking"
    assert found["same"] is False


def test_each_read_of_a_woman_is_written_to_the_audit(patency: Patency) -> None:
    visit = make_visit()
    make_decision(visit)

    compare(patency, "--site", "demo-west")

    read = Audit.objects.get(patient_id=visit.patient_id, why="compare protocol versions")
    assert read.actor == "command-line"


def test_another_sites_decisions_are_not_there(patency: Patency) -> None:
    make_decision(make_visit())

    assert compare(patency, "--site", "demo-leeds") == []


def test_stored_decisions_are_asked_of_a_site(patency: Patency) -> None:
    said = patency.is_refused("protocol", "compare", "hsg/2026-1", "hsg/2026-1", "--stored")

    assert "--site" in said
