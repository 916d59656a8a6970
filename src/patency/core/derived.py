"""Facts worked out from other facts: expressions as data, so that SQL and CQL can carry them too.

A protocol uses those whose inputs it asks for and whose parameters it has.
"""

from patency.core.facts import Kind
from patency.core.protocol.expressions import (
    ChangePercent,
    DaysBetween,
    Derived,
    Difference,
    HoursBetween,
    Known,
    Number,
    Parameter,
    PlusDays,
    Ratio,
    Sum,
)

DERIVED: tuple[Derived, ...] = (
    Derived(
        "cycle_day",
        Kind.COUNT,
        Sum(DaysBetween(Known("period_start"), Known("exam_date")), Number(1)),
        "Day of the cycle on the day of the examination; bleeding starts on day 1, not day 0.",
        "days",
    ),
    Derived(
        "days_after_bleeding",
        Kind.COUNT,
        DaysBetween(Known("bleeding_ended"), Known("exam_date")),
        "Days from the last day of bleeding to the examination; the day after it is day 1.",
        "days",
    ),
    Derived(
        "visit_days_after_bleeding",
        Kind.COUNT,
        DaysBetween(Known("bleeding_ended"), Known("visit_date")),
        "Days from the last day of bleeding to the clinic visit; the day after it is day 1.",
        "days",
    ),
    Derived(
        "bleeding_days",
        Kind.COUNT,
        Sum(DaysBetween(Known("period_start"), Known("bleeding_ended")), Number(1)),
        "How many days the period bled, first and last day counted.",
        "days",
    ),
    Derived(
        "cycle_variation_days",
        Kind.COUNT,
        Difference(Known("longest_cycle_days"), Known("shortest_cycle_days")),
        "Longest less shortest of her recent cycles.",
        "days",
    ),
    Derived(
        "last_cycle_day_before_ovulation",
        Kind.COUNT,
        Difference(Difference(Known("shortest_cycle_days"), Parameter("luteal_days")), Number(1)),
        "Last day of the cycle before ovulation may come, from her shortest recent cycle.",
        "days",
    ),
    Derived(
        "days_past_ovulation_bound",
        Kind.COUNT,
        Difference(Known("cycle_day"), Known("last_cycle_day_before_ovulation")),
        "Days by which the examination lies after the last day before her earliest ovulation; "
        "zero or less is before it.",
        "days",
    ),
    Derived(
        "last_day_before_ovulation",
        Kind.DAY,
        PlusDays(
            Known("period_start"), Difference(Known("last_cycle_day_before_ovulation"), Number(1))
        ),
        "Calendar day before which, or on which, the examination lies before ovulation.",
    ),
    Derived(
        "window_opens",
        Kind.DAY,
        PlusDays(Known("bleeding_ended"), Parameter("exam_days_after_bleeding_min")),
        "First day the bleeding rule allows an examination.",
    ),
    Derived(
        "window_closes",
        Kind.DAY,
        PlusDays(Known("bleeding_ended"), Parameter("exam_days_after_bleeding_max")),
        "Last day the bleeding rule allows an examination.",
    ),
    Derived(
        "visit_opens",
        Kind.DAY,
        PlusDays(Known("bleeding_ended"), Parameter("visit_days_after_bleeding_min")),
        "First day the clinic visit makes sense.",
    ),
    Derived(
        "days_since_test_passed",
        Kind.COUNT,
        DaysBetween(Known("test_passed_on"), Known("exam_date")),
        "Days from the passed leucorrhoea test to the examination.",
        "days",
    ),
    Derived(
        "test_result_expires",
        Kind.DAY,
        PlusDays(Known("test_passed_on"), Parameter("test_valid_days")),
        "Last day on which the passed leucorrhoea test counts.",
    ),
    Derived(
        "days_since_delivery_or_curettage",
        Kind.COUNT,
        DaysBetween(Known("delivery_or_curettage_on"), Known("exam_date")),
        "Days from a delivery, miscarriage or curettage to the examination.",
        "days",
    ),
    Derived(
        "days_since_pelvic_infection",
        Kind.COUNT,
        DaysBetween(Known("pelvic_infection_ended_on"), Known("exam_date")),
        "Days from the end of the last pelvic infection to the examination.",
        "days",
    ),
    Derived(
        "days_since_respiratory_symptoms",
        Kind.COUNT,
        DaysBetween(Known("respiratory_symptoms_ended_on"), Known("exam_date")),
        "Days from the end of a cold or other respiratory illness to the examination.",
        "days",
    ),
    Derived(
        "days_since_exam",
        Kind.COUNT,
        DaysBetween(Known("exam_date"), Known("diary_date")),
        "Days since the examination; the exam day is day 0.",
        "days",
    ),
    Derived(
        "pads_per_hour",
        Kind.NUMBER,
        Ratio(Known("pads_soaked"), Known("pads_over_hours")),
        "Soaked pads an hour, over the hours she counted.",
        "pads an hour",
    ),
    Derived(
        "abstain_until",
        Kind.DAY,
        PlusDays(Known("exam_date"), Parameter("abstinence_days_after")),
        "Last day without intercourse after the examination.",
    ),
    Derived(
        "exam_lead_days",
        Kind.COUNT,
        DaysBetween(Known("tentative_made_on"), Known("exam_date")),
        "Days from the day a tentative date is made to that date.",
        "days",
    ),
    Derived(
        "hcg_hours_apart",
        Kind.NUMBER,
        HoursBetween(Known("hcg_first_taken_at"), Known("hcg_second_taken_at")),
        "Hours between the two blood samples.",
        "hours",
    ),
    Derived(
        "hcg_change_percent",
        Kind.NUMBER,
        ChangePercent(Known("hcg_first_iu_l"), Known("hcg_second_iu_l")),
        "Change of hCG from the first to the second sample; a fall is negative.",
        "%",
    ),
)
