"""Matching as PS3.4 C.2.2.2 has it, and the states of a performed step."""

import pytest

from patency.core.worklist import days_asked, fits, matches, may_become


@pytest.mark.parametrize(
    ("asked", "value", "kind", "found"),
    [
        ("", "anything", "text", True),
        ("*", "", "text", True),
        ("A", "A", "text", True),
        ("a", "A", "text", False),
        ("a*", "ABC", "name", True),
        ("A?C", "ABC", "text", True),
        ("A?C", "ABBC", "text", False),
        ("A.C", "ABC", "text", False),
        ("Wang^Fang^^", "WANG^FANG", "name", True),
        ("1.2\\1.3", "1.3", "uid", True),
        ("1.2\\1.3", "1.30", "uid", False),
        ("20250924", "20250924", "date", True),
        ("2025.09.24", "20250924", "date", True),
        ("20250924-", "20250923", "date", False),
        ("-20250924", "20250924", "date", True),
        ("20250923-20250925", "20250924", "date", True),
        ("20250924", "", "date", False),
        ("0900-09", "095959", "time", True),
        ("0900-0930", "093059.5", "time", True),
        ("0900-0930", "0931", "time", False),
        ("09:30", "093000", "time", True),
    ],
)
def test_a_key_asks_for_a_value(asked, value, kind, found):
    assert matches(asked, value, kind=kind) is found


def test_a_key_that_is_not_known_asks_nothing():
    assert fits({"A": "1", "Unknown": "2"}, {"A": "1"}, {})
    assert not fits({"A": "2"}, {"A": "1"}, {})


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("20250924", ("20250924", "20250924")),
        ("20250924-", ("20250924", "")),
        ("-20250924", ("", "20250924")),
        ("", ("", "")),
    ],
)
def test_the_days_of_a_date_key(asked, days):
    assert days_asked(asked) == days


def test_a_step_that_is_over_stays_so():
    assert may_become("IN PROGRESS", "COMPLETED")
    assert may_become("IN PROGRESS", "IN PROGRESS")
    assert not may_become("COMPLETED", "DISCONTINUED")
    assert not may_become("IN PROGRESS", "DONE")
