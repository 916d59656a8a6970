"""The waiting list and what changes a woman's place in it."""

from datetime import timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.booking.reasons import sentences
from patency.records.models.booking import Booking, Plan, Slot, TurnedDown
from patency.records.models.ledger import Event
from patency.records.models.visit import Visit
from patency.service import arrival, booking, planning, slots, waiting
from patency.service.house import House
from patency.service.waiting import Wished
from tests.make import NOW, SITE, make_actor
from tests.service import walk

pytestmark = pytest.mark.django_db

WORKER = make_actor(Role.SYSTEM, name="worker")
TWO_DAYS = {"first": walk.EXAM_DAY, "last": walk.EXAM_DAY + timedelta(days=1)}


def bea(house: House) -> Visit:
    return walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")


def listed(house: House) -> list[waiting.InLine]:
    return waiting.waiting_list(house, SITE, by=walk.DESK, now=NOW)


def wish(house: House, visit: Visit, *wishes: tuple[str, str, str]) -> None:
    waiting.record_wishes(
        house, visit.pk, [Wished(*one) for one in wishes], by=visit.patient.as_actor(), now=NOW
    )


def planned(house: House, visit: Visit) -> Plan:
    planning.plan_night(house, SITE, by=WORKER, now=NOW)
    return Plan.objects.get(visit=visit, replaced_at__isnull=True)


def test_the_list_says_since_when_in_which_cycle_and_how_long_still(house: House) -> None:
    walk.ready_to_book(house)

    (she,) = listed(house)

    assert (she.place, she.since, she.period_start) == (1, NOW, walk.PERIOD_START)
    assert (she.days_left, she.last_day) == (2, walk.EXAM_DAY + timedelta(days=1))


def test_a_woman_with_a_firm_date_waits_no_more(house: House) -> None:
    walk.booked(house)

    assert listed(house) == []


def test_each_woman_on_the_list_is_told_why(house: House) -> None:
    walk.register(house)
    held = walk.answered(house, given_name="Bea", phone="+86 139 1111 1111")
    walk.screened(house, held, leucorrhoea_trichomonas=True)

    said = {she.visit.pk: " ".join(she.says) for she in listed(house)}

    assert said.pop(held.pk).startswith("She is on hold")
    assert list(said.values()) == ["No period was told yet; days are counted from its first day."]


def test_an_urgent_woman_comes_first_and_only_a_clinician_says_so(house: House) -> None:
    walk.ready_to_book(house)
    second = bea(house)

    with pytest.raises(NotPermitted):
        waiting.say_how_urgent(house, second.pk, "urgent", by=walk.NURSE, now=NOW)
    first_word = waiting.say_how_urgent(house, second.pk, "urgent", by=walk.DOCTOR, now=NOW)
    again = waiting.say_how_urgent(house, second.pk, "urgent", by=walk.DOCTOR, now=NOW)

    assert first_word == again
    assert listed(house)[0].visit.pk == second.pk
    with pytest.raises(waiting.WaitingRefused, match="routine, soon, urgent"):
        waiting.say_how_urgent(house, second.pk, "at once", by=walk.DOCTOR, now=NOW)


def test_a_cycle_that_was_hers_to_keep_takes_the_earlier_priority_away(house: House) -> None:
    visit = walk.ready_to_book(house)
    for ago, keeps in ((56, True), (28, False)):
        TurnedDown.objects.create(
            visit=visit,
            period_start=walk.PERIOD_START - timedelta(days=ago),
            reason="no-place" if keeps else "missed",
            at=NOW - timedelta(days=ago),
            priority_for_next=keeps,
        )

    assert listed(house)[0].refused == 0


# ---- wishes


def test_a_wish_she_insists_on_leaves_days_out_and_says_so(house: House) -> None:
    visit = walk.ready_to_book(house)
    walk.exam_slots(house, **TWO_DAYS)

    wish(house, visit, ("weekday", "wed", "must"))
    row = planned(house, visit)

    assert row.exam_day == walk.EXAM_DAY + timedelta(days=1)  # a Wednesday
    assert any(each["code"] == "not-as-wished" for each in row.why)


def test_a_wish_that_cannot_be_met_is_no_date_and_says_what_would_help(house: House) -> None:
    visit = walk.ready_to_book(house)
    walk.exam_slots(house)

    wish(house, visit, ("operator-sex", "female", "must"))
    row = planned(house, visit)

    assert row.exam_day is None
    assert "Without the wish for operator-sex there would have been a date." in sentences(row.why)


def test_what_she_would_rather_have_decides_between_days_that_are_alike(house: House) -> None:
    visit = walk.ready_to_book(house)
    for begins, operator in ((9, "radiologist-2"), (14, "radiologist-1")):
        slots.open_slots(
            house,
            room="west-xray-1",
            first=walk.EXAM_DAY,
            last=walk.EXAM_DAY,
            begins=NOW.time().replace(hour=begins),
            ends=NOW.time().replace(hour=begins + 1),
            operator=operator,
            by=walk.NURSE,
            now=NOW,
        )

    wish(house, visit, ("language", "en", "rather"))
    (proposal,) = planning.to_offer(house, SITE, by=WORKER, now=NOW)

    assert Slot.objects.get(pk=proposal.slot_id).operator == "radiologist-1"


def test_wishes_are_replaced_and_telling_them_twice_changes_nothing(house: House) -> None:
    visit = walk.ready_to_book(house)
    for _ in range(2):
        wish(house, visit, ("weekday", "wed", "must"), ("part-of-day", "morning", "rather"))
    wish(house, visit, ("weekday", "thu", "rather"))

    assert [(row.about, row.value) for row in visit.wishes.all()] == [("weekday", "thu")]
    assert Event.objects.filter(kind="wishes-told").count() == 2


def test_wishes_nobody_can_understand_are_refused_all_at_once(house: House) -> None:
    visit = walk.ready_to_book(house)

    with pytest.raises(waiting.WaitingRefused) as refused:
        wish(
            house,
            visit,
            ("weekday", "someday", "must"),
            ("weather", "fine", "must"),
            ("campus", "west", "perhaps"),
        )

    for part in ("'someday' is none of mon", "'weather'", "'perhaps'"):
        assert part in str(refused.value)
    assert not visit.wishes.exists()


# ---- tokens


def test_a_token_is_understood_as_it_is_typed_and_names_no_other_womans_refusal(
    house: House,
) -> None:
    visit, other = walk.ready_to_book(house), bea(house)
    row = booking.turn_down(house, visit.pk, "no-place", by=walk.DESK, now=NOW)
    assert row.token is not None
    typed = row.token.lower().replace("-", "")

    assert waiting.refusal_of(typed, by=walk.DESK, now=NOW) == row
    with pytest.raises(TurnedDown.DoesNotExist, match="type it again"):
        waiting.refusal_of(typed, by=other.patient.as_actor(), now=NOW)


def test_a_refused_woman_is_told_at_once_when_her_next_period_is_expected(house: House) -> None:
    visit = walk.ready_to_book(house)

    row = booking.turn_down(house, visit.pk, "no-place", by=walk.DESK, now=NOW)

    assert row.next_from is not None and row.next_to is not None
    assert walk.PERIOD_START + timedelta(days=21) <= row.next_from <= row.next_to


def test_no_period_by_today_moves_the_expected_days_on(house: House) -> None:
    visit = walk.ready_to_book(house)
    row = booking.turn_down(house, visit.pk, "no-place", by=walk.DESK, now=NOW)
    assert row.next_to is not None
    late = NOW + (row.next_to - NOW.date()) + timedelta(days=1)

    for _ in range(2):
        waiting.no_period_yet(house, visit.pk, by=visit.patient.as_actor(), now=late)

    row.refresh_from_db()
    assert row.next_from is not None and row.next_from > late.date()
    assert Event.objects.filter(kind="no-period-told").count() == 1


# ---- the day everybody came


def test_a_woman_sent_away_for_want_of_room_comes_first_for_the_days_she_has_left(
    house: House,
) -> None:
    made = walk.booked(house)
    other = bea(house)
    morning = made.slot.starts_at

    done = arrival.bump(house, made.pk, by=walk.NURSE, now=morning)

    made.refresh_from_db()
    assert (made.state, walk.fresh(made.visit).state) == ("bumped", "cleared")
    assert done.next_chance is not None and done.next_chance.plan is not None
    assert done.turned_down is None
    first = waiting.waiting_list(house, SITE, by=walk.DESK, now=morning)[0]
    assert (first.visit.pk, first.refused) == (made.visit_id, 1)
    assert first.visit.pk != other.pk
    assert Event.objects.filter(kind="bumped").count() == 1


def test_a_woman_sent_away_on_her_last_day_is_turned_down_with_a_token(house: House) -> None:
    visit = walk.ready_to_book(house)
    last = walk.EXAM_DAY + timedelta(days=1)
    slot = walk.exam_slots(house, first=last, last=last)[0]
    made = booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)

    done = arrival.bump(house, made.pk, by=walk.NURSE, now=slot.starts_at)

    assert done.turned_down is not None and done.turned_down.token
    assert done.turned_down.reason == "no-room"
    with pytest.raises(arrival.NotHerDay):
        arrival.bump(house, made.pk, by=walk.NURSE, now=slot.starts_at)


def test_a_woman_who_did_not_come_is_recorded_and_has_no_priority(house: House) -> None:
    made = walk.booked(house)
    after = made.slot.starts_at + timedelta(hours=1)

    arrival.mark_missed(house, made.pk, by=walk.NURSE, now=after)

    assert Booking.objects.get(pk=made.pk).state == "missed"
    row = TurnedDown.objects.get()
    assert (row.priority_for_next, row.token) == (False, None)
    assert Event.objects.filter(kind="missed").count() == 1


def test_the_list_of_another_site_is_not_seen(house: House) -> None:
    with pytest.raises(NotPermitted):
        waiting.waiting_list(house, "demo-leeds", by=walk.DESK, now=NOW)
