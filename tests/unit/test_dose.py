"""Doses in one set of units, whatever the vendor writes."""

import pytest

from patency.core.dose import (
    GY_CM2_IN,
    Given,
    Irradiation,
    audit,
    effective_msv,
    factor_at,
    in_unit,
    total_and_fault,
)


@pytest.mark.parametrize(
    ("value", "unit", "gy_cm2"),
    [
        (1.4e-4, "Gym2", 1.4),
        (1.4e-4, "Gy.m2", 1.4),
        (14, "dGy.cm2", 1.4),
        (140, "cGy.cm2", 1.4),
        (140, "uGy.m2", 1.4),
        (1.4, "Gy·cm²", 1.4),
        (1.4, "furlong", None),
    ],
)
def test_a_dose_area_product_is_in_gy_cm2(value, unit, gy_cm2):
    assert in_unit(value, unit, GY_CM2_IN) == (None if gy_cm2 is None else pytest.approx(gy_cm2))


@pytest.mark.parametrize(
    ("total", "events", "found"),
    [
        (1.0, [0.5, 0.5], (1.0, "")),
        (1.0, [0.2], (1.0, "sum-differs")),
        (None, [0.2, None], (0.2, "no-total")),
        (None, [], (None, "no-total")),
        (1.0, [], (1.0, "")),
    ],
)
def test_the_total_counts_and_what_does_not_add_up_is_said(total, events, found):
    assert total_and_fault(total, events) == found


def test_the_effective_dose_is_of_each_events_own_filter():
    thin = Irradiation(dap_gy_cm2=1.0, copper_mm=0.0)
    thick = Irradiation(dap_gy_cm2=1.0, copper_mm=0.9)

    assert effective_msv([thin, thick]) == pytest.approx(0.13 + 0.35)
    assert factor_at(0.25) == pytest.approx(0.23)
    assert factor_at(2.0) == 0.35
    assert effective_msv([thin, Irradiation(dap_gy_cm2=1.0)]) is None


def test_a_dose_exactly_at_the_reference_is_not_above_it():
    assert not Given(2.0, 2.0).is_above
    assert Given(2.01, 2.0).lacks_reason
    assert not Given(2.01, 2.0, reason="a large woman").lacks_reason


def test_an_examination_without_a_dose_is_counted_and_has_no_part_in_the_median():
    whole = audit([Given(None, 2.0), Given(1.0, 2.0), Given(3.0, 2.0, told_gy_cm2=0.3)])

    assert (whole.exams, whole.with_dose, whole.median_gy_cm2) == (3, 2, 2.0)
    assert (whole.above, whole.without_reason, whole.differing) == (1, 1, 1)
    assert audit([]).median_gy_cm2 is None
    assert audit([Given(1.0, 2.0)]).third_quartile_gy_cm2 == 1.0
