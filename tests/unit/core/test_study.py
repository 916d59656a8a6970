"""Real cycles are read strictly, and a day policy means what counting by hand says it means."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.study.cycles import CyclesRefused, RealCycle, RealCycles, parse_cycles
from patency.core.study.day_policy import (
    WEEKDAYS,
    DayPolicy,
    Figures,
    Key,
    Plans,
    figures,
    key_of,
    keys_of,
    on_or_after_ovulation,
)

HEAD = "ClientID,CycleNumber,Group,LengthofCycle,EstimatedDayofOvulation,LengthofMenses"
MON_FRI, WHOLE_WEEK = frozenset(range(5)), frozenset(range(7))


def table(*rows: str, head: str = HEAD) -> RealCycles:
    return parse_cycles([line + "\r\n" for line in (head, *rows)], "cycles.csv")


def refusal(*rows: str, head: str = HEAD) -> str:
    with pytest.raises(CyclesRefused) as refused:
        table(*rows, head=head)
    return str(refused.value)


def test_blanks_leave_a_row_out_and_are_counted() -> None:
    found = table("a,1,0,28,14,5", "a,2,0,29, ,5", "b,1,0,30,16, ", " , , , , , ")
    assert (found.rows, found.left_out, found.women) == (3, 2, 1)
    assert found.counted == (RealCycle("a", 1, 28, 5, 14, None),)


def test_a_byte_order_mark_and_quotes_are_no_part_of_a_name() -> None:
    assert len(table('a,1,0,28,14,"5"', head="\ufeff" + HEAD).counted) == 1


def test_her_shortest_cycle_is_of_up_to_six_before_this_one() -> None:
    lengths = [20, 28, 29, 30, 31, 32, 33, 34]
    found = table(*(f"a,{n},0,{length},14,5" for n, length in enumerate(lengths, start=1)))
    assert [one.shortest_before for one in found.counted] == [None, 20, 20, 20, 20, 20, 20, 28]


def test_a_cycle_left_out_still_counts_as_one_before() -> None:
    found = table("a,1,0,24, , ", "a,2,0,28,14,5")
    assert found.counted[0].shortest_before == 24


def test_a_cycle_of_unknown_length_counts_and_says_nothing_of_the_next() -> None:
    found = table("a,1,0, ,14,5", "a,2,0,28,14,5")
    assert [one.shortest_before for one in found.counted] == [None, None]


def test_a_count_that_begins_again_is_a_new_series() -> None:
    found = table("a,1,0,24,12,4", "a,2,0,28,14,5", "b,1,0,28,14,5", "a,1,0,30,15,5")
    assert [one.shortest_before for one in found.counted] == [None, 24, None, None]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a,1,0,28,14,five", "line 2: LengthofMenses: 'five' is not a whole number from 1 to 200"),
        ("a,1,0,-28,14,5", "line 2: LengthofCycle: '-28' is not a whole number from 1"),
        ("a,1,0,28,0,5", "line 2: EstimatedDayofOvulation: '0' is not"),
        ("a,1,0,28,14.5,5", "'14.5' is not a whole number"),
        ("a,1,0,28,14,٥", "is not a whole number"),
        ("a,1,0,999999999999,14,5", "LengthofCycle"),
        ("a,1,0,28,14,40", "LengthofMenses: 40 days do not fit into a cycle of 28 days"),
        ("a,1,0,28,29,5", "EstimatedDayofOvulation: 29 days do not fit"),
        (",1,0,28,14,5", "line 2: ClientID: is blank"),
        ("a,,0,28,14,5", "line 2: CycleNumber: is blank"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_place(row: str, says: str) -> None:
    assert says in refusal(row)


def test_what_is_wrong_is_told_at_once_and_not_without_end() -> None:
    said = refusal(*(f"a,{n},0,x,14,5" for n in range(1, 31)))
    assert said.count("LengthofCycle") == 10
    assert said.endswith("… and 20 more.")


def test_a_quoted_line_break_does_not_shift_the_line_that_is_named() -> None:
    with pytest.raises(CyclesRefused, match="line 3: LengthofMenses"):
        parse_cycles([HEAD + "\n", 'a,1,"0\n', '0",28,14,x\n'], "cycles.csv")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "cycles.csv: is empty. Its first line must name the columns ClientID"),
        ([HEAD], "holds no cycle below its first line"),
        (["ClientID,CycleNumber", "a,1"], "no column is called LengthofCycle or LengthofMenses"),
        ([HEAD.replace("Menses", "Menzes"), "a,1,0,28,14,5"], "Did you mean 'LengthofMenzes'?"),
        ([HEAD, "a,1,0,28, , "], "none of its 1 cycles has both"),
        ([HEAD, "a" * 200_000], "is not a comma-separated table"),
    ],
)
def test_a_file_without_cycles_is_refused(lines: list[str], says: str) -> None:
    with pytest.raises(CyclesRefused, match=r"cycles\.csv") as refused:
        parse_cycles([line + "\n" for line in lines], "cycles.csv")
    assert says in str(refused.value)


# ---------------------------------------------------------------- policies


def all_plans(policy: DayPolicy, cycles: RealCycles) -> dict[Key, Plans]:
    return {key: policy.plans(key) for key in keys_of(cycles.counted, asks_shortest_cycle=False)}


def measured(policy: DayPolicy, cycles: RealCycles) -> Figures:
    return figures(cycles.counted, all_plans(policy, cycles))


ONE = table("a,1,0,28,14,5")
LITERAL = DayPolicy((2, 3), (1, 2), (3, 7), MON_FRI, MON_FRI)


def test_a_monday_to_friday_clinic_loses_two_weekdays_of_seven() -> None:
    """Bleeding that ends on a Thursday or a Friday puts both visit days on a weekend or beside."""
    found = measured(LITERAL, ONE)
    assert found.no_plan_share == pytest.approx(2 / 7)
    assert found.usable_days_mean == pytest.approx(11 / 7)


def test_saturday_in_the_laboratory_alone_loses_none() -> None:
    saturday = DayPolicy((2, 3), (1, 2), (3, 7), MON_FRI | {5}, MON_FRI)
    assert measured(saturday, ONE).no_plan_share == 0


def test_hindsight_takes_the_days_on_or_after_ovulation_away() -> None:
    # Bleeding for 5 days leaves cycle days 8 to 10 in an open week; ovulation is on day 9.
    cycles = table("a,1,0,28,9,5")
    found = measured(DayPolicy((2, 3), (1, 2), (3, 7), WHOLE_WEEK, WHOLE_WEEK), cycles)
    assert (found.usable_days_mean, found.usable_days_mean_before_ovulation) == (3, 1)
    assert found.usable_on_or_after_ovulation_share == pytest.approx(2 / 3)
    assert found.earliest_on_or_after_ovulation_share == 0


def test_without_any_usable_day_the_shares_of_days_are_unknown() -> None:
    found = measured(DayPolicy((9, 9), (1, 1), (3, 7), WHOLE_WEEK, WHOLE_WEEK), ONE)
    assert found.no_plan_share == 1
    assert found.usable_on_or_after_ovulation_share is None
    assert found.earliest_on_or_after_ovulation_share is None


def test_days_that_need_approval_are_counted_apart() -> None:
    keys = keys_of(ONE.counted, asks_shortest_cycle=True)
    plans = {key: Plans((), (11,)) for key in keys}
    found = figures(ONE.counted, plans, asks_shortest_cycle=True)
    assert (found.no_plan_share, found.no_plan_share_with_approval) == (1, 0)


def test_no_cycle_gives_no_figures() -> None:
    with pytest.raises(ValueError, match="no cycle to count"):
        figures((), {})


def test_ovulation_by_day_after_bleeding() -> None:
    cycles = table("a,1,0,28,14,5", "a,2,0,28,8,5")
    assert on_or_after_ovulation(cycles.counted, (2, 3, 9)) == {2: 0, 3: 0.5, 9: 1}


def test_a_policy_sees_her_shortest_cycle_only_when_it_asks() -> None:
    cycle = RealCycle("a", 2, 28, 5, 14, 24)
    assert key_of(cycle, 3, asks_shortest_cycle=True) == Key(5, 3, 24)
    assert key_of(cycle, 3, asks_shortest_cycle=False) == Key(5, 3, None)


ranges = st.tuples(st.integers(0, 7), st.integers(0, 4)).map(lambda ends: (ends[0], sum(ends)))
weeks = st.frozensets(st.integers(0, 6), min_size=1)
policies = st.builds(DayPolicy, ranges, ranges, ranges, weeks, weeks)
counted = st.lists(
    st.tuples(st.integers(1, 9), st.integers(6, 24)).map(
        lambda days: RealCycle("a", 1, 40, *days, None)
    ),
    min_size=1,
    max_size=4,
)


def by_hand(policy: DayPolicy, key: Key) -> tuple[int, ...]:
    """Walk the days of one cycle one by one; slow and plain."""
    found = []
    for cycle_day in range(1, 60):
        weekday = (key.weekday + cycle_day - 1) % WEEKDAYS
        after = cycle_day - key.menses
        if weekday not in policy.exam_weekdays:
            continue
        if not policy.exam_days[0] <= after <= policy.exam_days[1]:
            continue
        for test_day in range(1, 60):
            test_weekday = (key.weekday + test_day - 1) % WEEKDAYS
            if (
                test_weekday in policy.lab_weekdays
                and policy.visit_days[0] <= test_day - key.menses <= policy.visit_days[1]
                and policy.exam_after_test[0] <= cycle_day - test_day <= policy.exam_after_test[1]
            ):
                found.append(cycle_day)
                break
    return tuple(found)


@given(policies, st.integers(1, 12), st.integers(0, 6))
def test_the_days_of_a_policy_are_those_found_by_walking(
    policy: DayPolicy, menses: int, weekday: int
) -> None:
    key = Key(menses, weekday, None)
    assert policy.plans(key).usable == by_hand(policy, key)


@given(policies, counted)
def test_hindsight_never_finds_more_and_opening_more_days_never_less(
    policy: DayPolicy, cycles: list[RealCycle]
) -> None:
    found = measured(policy, RealCycles(tuple(cycles), 1, len(cycles), 0))
    assert found.no_plan_share <= found.no_plan_share_before_ovulation
    assert found.usable_days_mean_before_ovulation <= found.usable_days_mean
    wider = DayPolicy(
        policy.visit_days, policy.exam_after_test, policy.exam_days, WHOLE_WEEK, WHOLE_WEEK
    )
    opened = measured(wider, RealCycles(tuple(cycles), 1, len(cycles), 0))
    assert opened.no_plan_share <= found.no_plan_share


def test_every_key_that_is_needed_is_there_once() -> None:
    cycles = table("a,1,0,28,14,5", "a,2,0,30,16,5", "a,3,0,29,15,4").counted
    keys = keys_of(cycles, asks_shortest_cycle=True)
    assert len(keys) == len(set(keys)) == 3 * WEEKDAYS
    plans: Mapping[Key, Plans] = {key: Plans((9,)) for key in keys}
    assert figures(cycles, plans, asks_shortest_cycle=True).no_plan_share == 0
