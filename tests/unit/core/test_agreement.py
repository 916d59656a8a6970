"""Agreement beyond chance, against numbers worked out by hand and by scikit-learn's definition."""

import pytest

from patency.core.agreement import agreement


def pairs(a: int, b: int, c: int, d: int) -> list[tuple[str, str]]:
    return [("yes", "yes")] * a + [("yes", "no")] * b + [("no", "yes")] * c + [("no", "no")] * d


def test_kappa_and_its_interval_of_a_textbook_table():
    # 20, 5, 10, 15: 0.7 agree, 0.5 by chance, so kappa is 0.4.
    found = agreement(pairs(20, 5, 10, 15))

    assert (found.n, found.agreed) == (50, 35)
    assert found.kappa == pytest.approx(0.4)
    half = 1.959964 * (0.7 * 0.3 / 50) ** 0.5 / 0.5
    assert (found.low, found.high) == pytest.approx((0.4 - half, 0.4 + half))
    assert found.table == (
        ("no", "no", 15),
        ("no", "yes", 10),
        ("yes", "no", 5),
        ("yes", "yes", 20),
    )


def test_where_chance_explains_everything_there_is_no_kappa():
    assert agreement(pairs(9, 0, 0, 0)).kappa is None
    assert agreement([]).n == 0


def test_the_interval_stays_between_one_and_minus_one():
    found = agreement(pairs(2, 0, 0, 1))
    assert (found.kappa, found.high) == (1.0, 1.0)
    assert agreement(pairs(0, 2, 2, 0)).low == -1.0
