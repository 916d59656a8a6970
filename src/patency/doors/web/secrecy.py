"""What is not told to her before its time: findings reach her with the report, from a person."""

from patency.core.protocol.model import Stage
from patency.records.models.report import Release
from patency.records.models.visit import Decision

# These decisions speak about what was found.
WITH_THE_REPORT = frozenset({Stage.EXAM.value, Stage.RELEASE.value, Stage.CONCEPTION.value})
AFTER_THE_EXAM = WITH_THE_REPORT | {Stage.AFTERCARE.value, Stage.PREGNANCY.value}


def may_be_told(row: Decision, release: Release | None) -> bool:
    """Return whether she may read this decision now."""
    return is_released(release) or row.stage not in WITH_THE_REPORT


def may_see_facts(row: Decision, release: Release | None) -> bool:
    """Return whether she may read the facts it rests on, which may hold findings."""
    return is_released(release) or row.stage not in AFTER_THE_EXAM


def is_released(release: Release | None) -> bool:
    """Return whether her report has been released."""
    return release is not None and release.released_at is not None
