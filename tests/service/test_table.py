"""Each step of an examination is written down as it is done, and the newest can be taken back."""

from datetime import timedelta

import pytest

from patency.core.exam import Step, what_was_done
from patency.records.models.exam import ExamStep
from patency.service import table
from tests.service import walk

pytestmark = pytest.mark.django_db
AT = walk.EXAM_MORNING


@pytest.fixture
def visit(house):
    return walk.arrived(house).visit


def that_count(visit):
    rows = ExamStep.objects.filter(visit=visit, undone_at__isnull=True).order_by("pk")
    return [Step(row.kind, row.at, row.value) for row in rows]


def write(visit, *steps):
    for number, step in enumerate(steps):
        kind, value = step if isinstance(step, tuple) else (step, None)
        table.write_step(
            visit.pk, kind, value, by=walk.NURSE, now=AT + timedelta(seconds=10 * number)
        )


def test_the_steps_come_to_what_was_done(house, visit):
    write(
        visit,
        "started",
        "run-began",
        ("contrast", 2),
        ("contrast", 0.5),
        ("image", 2),
        ("image", 2),
        ("pain", 4),
        ("pain", 2),
        "run-ended",
        ("intravasation", 2),
        "faint",
        "ended",
    )

    done = what_was_done(that_count(visit))

    assert (done.started_at, done.ended_at) == (AT, AT + timedelta(seconds=110))
    assert (done.increments, done.total_ml) == ((2, 0.5), 2.5)
    assert done.key_images == (2,)
    assert (done.pain_score, done.intravasation_grade, done.events) == (4, 2, ("faint",))
    assert not done.is_running


def test_a_step_that_was_taken_back_does_not_count_and_is_kept(house, visit):
    write(visit, "started", ("contrast", 5))

    table.take_back(visit.pk, by=walk.NURSE, now=AT + timedelta(minutes=1))

    assert that_count(visit) == [Step("started", AT)]
    assert ExamStep.objects.get(kind="contrast").undone_by == walk.NURSE.name


@pytest.mark.parametrize(
    ("before", "kind", "value", "says"),
    [
        ((), "contrast", 2, "has not begun"),
        (("started",), "started", None, "already"),
        (("started",), "run-ended", None, "no run"),
        (("started", "run-began"), "run-began", None, "a run ends before"),
        (("started",), "contrast", 200, "must be 0.5 to 20"),
        (("started",), "contrast", None, "must be 0.5 to 20"),
        (("started",), "leak", 1, "has none"),
        (("started",), "tea", None, "must be one of"),
        (("started", "ended"), "pain", 3, "has ended"),
    ],
)
def test_a_step_that_cannot_be_is_refused(before, kind, value, says, house, visit):
    write(visit, *before)

    with pytest.raises(table.StepRefused, match=says):
        table.write_step(visit.pk, kind, value, by=walk.NURSE, now=AT + timedelta(minutes=1))

    assert ExamStep.objects.count() == len(before)


def test_nothing_is_written_of_a_woman_who_has_not_arrived(house):
    visit = walk.booked(house).visit

    with pytest.raises(table.NotOnTheTable):
        table.write_step(visit.pk, "started", by=walk.NURSE, now=AT)


def test_there_is_nothing_to_take_back_at_first(house, visit):
    with pytest.raises(table.StepRefused):
        table.take_back(visit.pk, by=walk.NURSE, now=AT)
