"""``patency plan-nation``: every clinic planned to the proof, by whoever is asked to work."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from patency.doors.cli import nation
from tests.doors.command_line import Patency

KEYS = [
    "clinics",
    "women_a_clinic",
    "exams_a_year",
    "protocol",
    "today",
    "seed",
    "women",
    "options",
    "given",
    "points",
    "largest_gap",
    "workers",
    "scheduler",
    "seconds",
    "clinic_ms",
]
OF_THE_PLANS = ("clinics", "women", "options", "given", "points", "largest_gap")
SMALL = ("--clinics", 5, "--women", 40, "--exams-a-day", 6, "--at-once", 2, "--json")


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


@pytest.fixture
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    # It writes to the standard error of the test that imported it first, which is closed by now.
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in {"distributed", "tornado", "bokeh"}:
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).setLevel(logging.CRITICAL)
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
    ) as found:
        yield found


def plans(data: dict[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in OF_THE_PLANS}


def test_every_clinic_is_planned_and_each_plan_proved(patency: Patency) -> None:
    said = patency("plan-nation", *SMALL)

    assert said.code == 0, said.err
    found = said.data
    assert list(found) == KEYS
    assert (found["clinics"], found["women"], found["workers"]) == (5, 200, 2)
    assert 0 < found["given"] < found["women"] < found["options"]
    assert found["largest_gap"] <= 1e-6


def test_two_workers_of_a_cluster_give_the_same_plans_as_one_process(
    patency: Patency, cluster: Any
) -> None:
    alone = patency("plan-nation", *SMALL, "--workers", 1)
    together = patency("plan-nation", *SMALL, "--scheduler", cluster.scheduler_address)

    assert together.code == 0, together.err
    assert together.data["workers"] == 2
    assert together.data["scheduler"] == cluster.scheduler_address
    assert plans(together.data) == plans(alone.data)


def test_a_person_is_told_what_was_planned_and_how_good_it_is(patency: Patency) -> None:
    said = patency("plan-nation", *SMALL[:-1], "--workers", 1)

    assert "5 pretend clinics with 40 women each" in said.words
    assert "No plan is further from the best there is than" in said.words


def test_a_cluster_that_does_not_answer_is_refused_in_words(
    patency: Patency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nation, "ANSWERS_WITHIN_SECONDS", 1)

    said = patency.is_refused("plan-nation", *SMALL, "--scheduler", "tcp://127.0.0.1:9")

    assert "does not answer within 1 s" in said and "leave the option out" in said


def test_without_the_clusters_library_it_is_installed_from_the_checkout_and_no_registry(
    patency: Patency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    said = patency.is_refused("plan-nation", *SMALL, "--scheduler", "tcp://127.0.0.1:9")

    assert "from the checkout of Patency with .venv/bin/python -m pip install '.[cluster]'" in said


@pytest.mark.parametrize("workers", [0, 257])
def test_a_number_of_workers_that_no_machine_has_is_refused(patency: Patency, workers: int) -> None:
    said = patency.is_refused("plan-nation", *SMALL, "--workers", workers)

    assert "or equal to" in said


def test_nobody_loads_a_cluster_or_a_solver_who_does_not_ask_for_one() -> None:
    heavy = "{'distributed', 'scipy', 'ortools', 'numpy', 'matplotlib'}"
    code = f"import patency.doors.cli.app, sys; sys.exit(str({heavy} & sys.modules.keys()))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert said.stderr.strip() == "set()"
