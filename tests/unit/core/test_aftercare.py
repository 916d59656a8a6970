"""The plan by day, the triage of what she tells, silence, alarms, and when to try."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.access import OverrideBy
from patency.core.aftercare import (
    ALARMS,
    LAST_DIARY_DAY,
    Alarm,
    AlarmTo,
    Clocks,
    Cycle,
    DiaryRefused,
    diary_day,
    due_at,
    free_text_urgency,
    implied,
    months_later,
    next_alarm,
    plan,
    silent_days,
    triage,
    unanswered,
    usual_cycle_days,
    when_to_try,
    worse,
)
from patency.core.protocol.conditions import Compare, Comparison
from patency.core.protocol.decide import Decision, Reason, Unsettled
from patency.core.protocol.model import (
    URGENCY_ORDER,
    Citation,
    Evidence,
    Outcome,
    Rule,
    Stage,
    Urgency,
)
from patency.core.site.contested import Choice, Standing

EXAM = date(2025, 9, 29)
NOW = datetime(2025, 10, 2, 4, 0, tzinfo=UTC)  # the second day of an eight-day holiday in China
CLOCKS = Clocks()
TWO_WEEKS = Choice(14, date(2025, 9, 1), "lead gynaecologist", "both articles", Standing.CONVENTION)
urgencies = st.sampled_from(Urgency)


def rule(urgency: Urgency | None, name: str = "a-rule") -> Rule:
    return Rule(
        id=name,
        stages=frozenset({Stage.AFTERCARE}),
        outcome=Outcome.FLAG,
        override=OverrideBy.NEVER,
        owner="lead gynaecologist",
        signed_off_by="",
        review=date(2027, 1, 1),
        when=Compare("temperature_c", Comparison.AT_LEAST, 38),
        because=(Citation("article-001", Evidence.GUIDELINE),),
        examples=(),
        urgency=urgency,
    )


def decision(
    *fired: Urgency | None, unsettled: tuple[tuple[Urgency | None, str], ...] = ()
) -> Decision:
    return Decision(
        protocol="test",
        stage=Stage.AFTERCARE,
        local={},
        facts={},
        derived={},
        reasons=tuple(
            Reason(rule(urgency, f"fired-{number}"), "", "", "", "", "")
            for number, urgency in enumerate(fired)
        ),
        unsettled=tuple(Unsettled(rule(urgency), (fact,)) for urgency, fact in unsettled),
        questions=tuple(sorted({fact for _, fact in unsettled})),
    )


# ---- diary


def test_the_exam_day_is_day_0_and_day_14_is_the_last():
    assert diary_day(EXAM, EXAM) == 0
    assert diary_day(EXAM, EXAM + timedelta(days=LAST_DIARY_DAY)) == 14


@pytest.mark.parametrize("day", [EXAM - timedelta(days=1), EXAM + timedelta(days=15)])
def test_a_day_outside_the_diary_is_refused_and_says_whom_to_call(day: date):
    with pytest.raises(DiaryRefused, match="call the clinic"):
        diary_day(EXAM, day)


# ---- plan


def test_the_plan_dates_two_weeks_of_rest_with_the_ground_of_the_choice():
    items = plan(EXAM, abstinence=TWO_WEEKS, bath=TWO_WEEKS, bleeding_days_max=7)
    rest = next(item for item in items if item.what == "no-intercourse")

    assert (rest.first_day, rest.last_day) == (EXAM, date(2025, 10, 13))
    assert (rest.provenance, rest.standing) == ("both articles", Standing.CONVENTION)
    assert [item.first_day for item in items if item.what == "check-in"] == [
        EXAM + timedelta(days=number) for number in (1, 3, 7, 14)
    ]
    assert {item.what for item in items}.isdisjoint({"antibiotics", "thyroid-test"})


def test_antibiotics_and_the_thyroid_test_are_in_the_plan_when_they_apply():
    items = plan(
        EXAM,
        abstinence=TWO_WEEKS,
        bath=TWO_WEEKS,
        bleeding_days_max=7,
        antibiotic_days=5,
        thyroid_test_on=EXAM + timedelta(days=28),
    )
    doses = next(item for item in items if item.what == "antibiotics")

    assert doses.last_day == EXAM + timedelta(days=4)
    assert items[-1].what == "thyroid-test"


# ---- triage


def test_nothing_fired_and_nothing_unknown_is_self_care_without_a_clock():
    found = triage(decision(None), (), now=NOW, clocks=CLOCKS)

    assert (found.urgency, found.due_at, found.why) == (Urgency.SELF_CARE, None, ())


@pytest.mark.parametrize(
    ("fired", "after"),
    [
        ((), Urgency.CALL),
        ((Urgency.SELF_CARE,), Urgency.CALL),
        ((Urgency.CALL,), Urgency.URGENT),
        ((Urgency.URGENT,), Urgency.EMERGENCY),
        ((Urgency.EMERGENCY,), Urgency.EMERGENCY),
    ],
)
def test_unanswered_questions_make_it_one_level_more_urgent_once(
    fired: tuple[Urgency, ...], after: Urgency
):
    found = triage(decision(*fired), ("pain_score", "temperature_c"), now=NOW, clocks=CLOCKS)

    assert found.urgency is after
    assert found.why[-2:] == ("unanswered:pain_score", "unanswered:temperature_c")


def test_only_questions_she_was_asked_and_urgent_rules_hang_on_escalate():
    made = decision(
        unsettled=(
            (Urgency.URGENT, "temperature_c"),
            (Urgency.SELF_CARE, "spotting"),
            (None, "usual_cycle_days"),
            (Urgency.CALL, "tsh_miu_l"),
        )
    )
    asked = {"temperature_c", "spotting", "usual_cycle_days"}

    assert unanswered(made, asked) == ("temperature_c",)


@pytest.mark.parametrize(
    ("urgency", "hours"),
    [(Urgency.EMERGENCY, 0), (Urgency.URGENT, 4), (Urgency.CALL, 24)],
)
def test_clocks_run_in_calendar_hours_on_a_holiday_as_on_any_day(urgency: Urgency, hours: int):
    ordinary = datetime(2025, 10, 22, 4, 0, tzinfo=UTC)

    for now in (NOW, ordinary):
        assert due_at(urgency, now, CLOCKS) == now + timedelta(hours=hours)


@given(st.lists(urgencies, max_size=4), urgencies, st.booleans())
def test_more_bad_news_never_lowers_the_urgency(news: list[Urgency], more: Urgency, ask: bool):
    unknown = ("temperature_c",) if ask else ()
    before = triage(decision(*news), unknown, now=NOW, clocks=CLOCKS)
    after = triage(decision(*news, more), unknown, now=NOW, clocks=CLOCKS)
    less_known = triage(decision(*news), (*unknown, "pain_score"), now=NOW, clocks=CLOCKS)

    for found in (after, less_known):
        assert URGENCY_ORDER.index(found.urgency) <= URGENCY_ORDER.index(before.urgency)
        if before.due_at is not None:
            assert found.due_at is not None
            assert found.due_at <= before.due_at


@given(urgencies)
def test_free_text_never_lowers_the_urgency_and_is_read_within_a_day(found: Urgency):
    after = free_text_urgency(found)

    assert worse(found, after) is after
    assert after is not Urgency.SELF_CARE


# ---- silence


def local(day: int, hour: int) -> datetime:
    return datetime(2025, 9, 29, hour, tzinfo=UTC) + timedelta(days=day)


@pytest.mark.parametrize(
    ("day", "hour", "told", "silent"),
    [
        (0, 23, (), ()),
        (1, 12, (), ()),
        (1, 18, (), (1,)),
        (2, 8, (), (1,)),
        (2, 8, (1,), ()),
        (3, 20, (0, 2), (1, 3)),
        (8, 9, (1, 3), (7,)),
        (20, 9, (), (1, 3, 7)),
    ],
)
def test_no_word_on_days_1_3_and_7_is_noticed(
    day: int, hour: int, told: tuple[int, ...], silent: tuple[int, ...]
):
    assert silent_days(EXAM, local(day, hour), told) == silent


# ---- alarms


def test_an_emergency_rings_at_once_then_every_five_minutes_at_the_duty_contact():
    first = next_alarm(Urgency.EMERGENCY, rung=0, last_rung_at=None, now=NOW)
    too_soon = next_alarm(
        Urgency.EMERGENCY, rung=1, last_rung_at=NOW, now=NOW + timedelta(minutes=4)
    )
    second = next_alarm(Urgency.EMERGENCY, rung=1, last_rung_at=NOW, now=NOW + timedelta(minutes=5))

    assert first == Alarm(1, AlarmTo.NURSE)
    assert too_soon is None
    assert second == Alarm(2, AlarmTo.DUTY_CONTACT)


def test_an_urgent_task_climbs_at_its_third_ring():
    rings = [next_alarm(Urgency.URGENT, rung=rung, last_rung_at=None, now=NOW) for rung in range(4)]

    assert [ring.to for ring in rings if ring] == [
        AlarmTo.NURSE,
        AlarmTo.NURSE,
        AlarmTo.DUTY_CONTACT,
        AlarmTo.DUTY_CONTACT,
    ]


@given(st.sampled_from(sorted(ALARMS)), st.integers(0, 1000))
def test_an_alarm_never_stops_by_itself(urgency: Urgency, rung: int):
    later = NOW + timedelta(days=1)

    assert next_alarm(urgency, rung=rung, last_rung_at=NOW, now=later) is not None


@pytest.mark.parametrize("urgency", [Urgency.CALL, Urgency.SELF_CARE])
def test_what_can_wait_for_a_call_does_not_ring(urgency: Urgency):
    assert next_alarm(urgency, rung=0, last_rung_at=None, now=NOW) is None


# ---- trying for a pregnancy

CYCLE = Cycle(date(2025, 9, 21), usual_days=28, luteal_days=14)  # examined on day 9


def test_examined_on_day_9_with_two_weeks_of_rest_in_28_days_means_the_next_cycle():
    found = when_to_try({"abstinence": EXAM + timedelta(days=14)}, CYCLE)

    assert found.from_day == date(2025, 10, 14)
    assert found.cycles_ahead == 1
    assert found.fertile_to == date(2025, 10, 19) + timedelta(days=13)


def test_with_one_day_of_rest_the_same_cycle_is_still_open():
    early = Cycle(EXAM - timedelta(days=6), usual_days=28, luteal_days=14)

    assert when_to_try({"abstinence": EXAM}, early).cycles_ahead == 0


def test_the_longest_wait_decides_and_what_is_not_known_decides_nothing():
    waits = {"abstinence": date(2025, 10, 13), "antibiotics": date(2025, 10, 3)}

    assert when_to_try(waits, None).waits_for[0] == ("abstinence", date(2025, 10, 13))
    assert when_to_try(waits, None).cycles_ahead is None
    unsure = when_to_try({**waits, "bleeding": None}, CYCLE)
    assert (unsure.from_day, unsure.not_known) == (None, ("bleeding",))


@given(st.dictionaries(st.text(max_size=3), st.dates(EXAM, date(2026, 3, 1)), min_size=1))
def test_nobody_is_told_to_try_before_every_wait_is_over(waits: dict[str, date]):
    found = when_to_try(dict(waits), CYCLE)

    assert found.from_day is not None
    assert all(day < found.from_day for day in waits.values())
    assert found.fertile_from is not None
    assert found.fertile_from >= found.from_day


def test_the_usual_cycle_is_the_middle_of_hers():
    starts = [date(2025, 7, 1), date(2025, 7, 29), date(2025, 8, 30), date(2025, 9, 28)]

    assert usual_cycle_days(starts) == 29
    assert usual_cycle_days(starts[:1]) is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 9, 29), 3, date(2025, 12, 29)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2025, 8, 31), 1, date(2025, 9, 30)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int, expected: date
):
    assert months_later(day, months) == expected


# ---- what an entry says without saying it


def test_a_dry_day_has_no_pads_no_clots_and_nothing_that_came_back():
    found = implied({"bleeding_amount": "none"}, day=3, bleeding_before=["light"])

    assert found == {
        "pads_soaked": 0.0,
        "large_clots": False,
        "bleeding_returned_after_dry_day": False,
    }


def test_on_the_day_of_the_examination_nothing_has_come_back_or_grown_worse():
    found = implied({"bleeding_amount": "light"}, day=0, bleeding_before=[])

    assert found == {"pain_worse_after_24h": False, "bleeding_returned_after_dry_day": False}


def test_bleeding_that_the_diary_shows_to_have_come_back_has_whatever_she_answers():
    entry = {"bleeding_amount": "spotting", "bleeding_returned_after_dry_day": False}

    found = implied(entry, day=5, bleeding_before=["light", "none"])

    assert found["bleeding_returned_after_dry_day"] is True


@pytest.mark.parametrize(
    ("entry", "day", "before", "found"),
    [
        ({"bleeding_amount": "light"}, 2, ["light", "light"], False),
        ({"bleeding_amount": "light"}, 2, ["none", "none"], False),
        ({"bleeding_amount": "light"}, 2, [], None),
        ({}, 2, ["none"], None),
    ],
)
def test_without_a_dry_day_between_nothing_came_back(
    entry: dict[str, str], day: int, before: list[str], found: bool | None
):
    said = implied(entry, day=day, bleeding_before=before)

    assert said.get("bleeding_returned_after_dry_day") is found


def test_what_she_answers_is_not_answered_for_her():
    entry = {"bleeding_amount": "light", "bleeding_returned_after_dry_day": True}

    assert implied(entry, day=0, bleeding_before=["light"]) == {"pain_worse_after_24h": False}
