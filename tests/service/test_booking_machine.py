"""Interleavings of everything that gives or takes a seat, compared with a simple model.

On PostgreSQL two to four acts run at the same moment, each on a connection of its own; on SQLite,
where one writer works at a time, the same acts run one after another. After every step the rows,
the answers and the event log must be what the model comes to in one order of the acts.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from patency.core.access import Role
from patency.core.protocol.model import Stage
from patency.records.models.booking import Booking, Slot
from patency.records.models.ledger import Event
from patency.records.models.visit import Visit
from patency.records.models.waiting import Offer
from patency.service import booking, offers, planning, slots
from patency.service.house import House
from tests.make import NOW, SITE, make_actor
from tests.service import walk
from tests.service.seat_model import Act, Clinic, Seat, orders

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = make_actor(Role.SYSTEM, name="worker")
WOMEN, SLOTS, LATE = 4, 3, 1
AT_ONCE = 4
LIVE = ("held", "firm", "attended")
# Written by the acts of the model; what a nightly plan writes of its own is not a seat.
SEAT_EVENTS = frozenset(
    {
        "booked",
        "moved",
        "seat-freed",
        "offered",
        "offer-declined",
        "offer-expired",
        "offer-withdrawn",
        "booking-refused",
        "date-confirmed",
        "slots-closed",
    }
)
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
EXAMPLES, STEPS = (120, 25) if THOROUGH else (15, 14)


@dataclass
class Scene:
    """The clinic the machine plays in: made once, emptied before each example."""

    house: House
    women: list[UUID]
    slots: list[UUID]
    late: frozenset[UUID]
    pool: ThreadPoolExecutor | None
    steps: int = 0
    acts: int = 0
    raced: int = 0


KINDS = ("book", "offer", "move", "cancel", "judge-again", "accept", "decline", "close", "plan")


@dataclass(frozen=True)
class Try:
    """What somebody tries, by numbers; whom and what it is about is seen when it is done.

    So what is drawn never hangs on how the acts before it happened to interleave.
    """

    what: str
    woman: int
    slot: int
    row: int
    wait: int


TRIES = st.builds(
    Try,
    st.sampled_from((*KINDS, "book", "offer", "move", "accept", "accept")),
    st.integers(0, WOMEN - 1),
    st.integers(0, SLOTS + LATE - 1),
    st.integers(0, 3),
    st.integers(0, 4),
)


class Seats(RuleBasedStateMachine):
    scene: ClassVar[Scene]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.expired = 0
        empty(self.scene)

    @rule(tries=st.lists(TRIES, min_size=2, max_size=AT_ONCE))
    def at_once(self, tries: list[Try]) -> None:
        """Do two to four acts, often about the same woman or slot."""
        before = read(self.scene)
        acts = [act_of(each, self.scene, before) for each in tries]
        self.compare(before, acts, [each.wait for each in tries])

    @rule(one=TRIES, times=st.integers(2, AT_ONCE))
    def the_same_again(self, one: Try, times: int) -> None:
        """Do one act several times at once: two tabs, a double press, a job run again."""
        before = read(self.scene)
        self.compare(before, [act_of(one, self.scene, before)] * times, [0] * times)

    @rule(
        slot=st.integers(0, SLOTS + LATE - 1),
        kinds=st.lists(st.sampled_from(("book", "offer")), min_size=WOMEN, max_size=WOMEN),
    )
    def everybody_for_one_slot(self, slot: int, kinds: list[str]) -> None:
        """Let every woman ask for one slot at the same moment."""
        before = read(self.scene)
        key = self.scene.slots[slot]
        acts = [Act(kind, her, key) for kind, her in zip(kinds, self.scene.women, strict=True)]
        self.compare(before, acts, [0] * len(acts))

    @rule()
    def the_time_of_every_offer_ends(self) -> None:
        if self.expired == 3:
            return  # it is evening; the slots are on the next two days
        self.expired += 1
        self.now += timedelta(minutes=121)
        self.compare(read(self.scene), [Act("expire")], [0])

    @invariant()
    def never_two_women_in_one_seat_and_never_one_in_two(self) -> None:
        live = list(Booking.objects.filter(kind="exam", state__in=LIVE))
        assert len({row.slot_id for row in live}) == len(live)
        for state in ("held", "firm"):
            of_state = [row.visit_id for row in live if row.state == state]
            assert len(set(of_state)) == len(of_state)

    @invariant()
    def never_an_exam_outside_the_observable_window(self) -> None:
        for row in Booking.objects.filter(kind="exam", state="firm").select_related(
            "slot", "cleared_by"
        ):
            assert row.slot_id not in self.scene.late
            assert row.cleared_by is not None
            assert (row.cleared_by.stage, row.cleared_by.may_proceed) == (Stage.BOOKING, True)
            assert row.cleared_by.facts["exam_date"] == row.slot.day.isoformat()

    @invariant()
    def every_offer_has_its_seat_and_every_visit_its_state(self) -> None:
        kept = set(Offer.objects.filter(state="open").values_list("booking_id", flat=True))
        assert kept == set(Booking.objects.filter(state="held").values_list("pk", flat=True))
        firm = set(
            Booking.objects.filter(kind="exam", state="firm").values_list("visit_id", flat=True)
        )
        for visit in Visit.objects.all():
            assert (visit.state == "booked") == (visit.pk in firm), visit.state

    def compare(self, before: Clinic, acts: Sequence[Act], waits: Sequence[int]) -> None:
        newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        answers = self.run_at_once(acts, waits)
        after = read(self.scene)
        kinds = Event.objects.filter(pk__gt=newest, kind__in=SEAT_EVENTS)
        events = sorted(kinds.values_list("kind", flat=True))
        self.scene.steps += 1
        self.scene.acts += len(acts)
        self.scene.raced += len(acts) > 1
        fitting = [
            True
            for said, clinic, told in orders(before, acts)
            if said == answers and clinic.shape() == after.shape() and told == events
        ]
        assert fitting, (
            f"no order of the acts comes to this:\n{acts}\nanswered {answers}\nevents {events}\n"
            f"before {before.shape()}\nafter {after.shape()}"
        )

    def run_at_once(self, acts: Sequence[Act], waits: Sequence[int]) -> list[str]:
        calls = [call(self.scene.house, act, self.now) for act in acts]
        pool = self.scene.pool
        if pool is None:
            return [answer(each) for each in calls]
        start = threading.Barrier(len(calls))
        gate = threading.Event()

        def run(one: Callable[[], Any], wait: int) -> str:
            start.wait(timeout=30)
            gate.wait(wait / 1000)  # thousandths of a second, so that orders differ
            return answer(one)

        return [
            each.result(timeout=60)
            for each in [
                pool.submit(run, one, wait) for one, wait in zip(calls, waits, strict=True)
            ]
        ]


def answer(one: Callable[[], Any]) -> str:
    try:
        one()
    except Exception as error:  # each answer is compared with the model's
        return type(error).__name__
    return "ok"


def call(house: House, act: Act, now: datetime) -> Callable[[], Any]:
    by: dict[str, Any] = {"by": walk.DESK, "now": now}
    return {
        "book": lambda: booking.book(house, act.woman, act.slot, **by),
        "move": lambda: booking.move(house, act.row, act.slot, **by),
        "cancel": lambda: booking.cancel(act.row, "her-wish", **by),
        "offer": lambda: offers.offer(house, act.woman, act.slot, by=WORKER, now=now),
        "accept": lambda: offers.accept(house, act.row, **by),
        "decline": lambda: offers.decline(house, act.row, **by),
        "close": lambda: slots.close_slots(house, [act.slot], "machine-broken", **by),
        "judge-again": lambda: booking.still_fits(house, act.row, by=WORKER, now=now),
        "plan": lambda: planning.plan_night(house, SITE, by=WORKER, now=now),
        "expire": lambda: offers.end_due(house, SITE, by=WORKER, now=now),
    }[act.what]


def act_of(one: Try, scene: Scene, before: Clinic) -> Act:
    """Return what is tried; where there is no date or offer to try it on, a booking is."""
    woman, slot = scene.women[one.woman], scene.slots[one.slot]
    dates = [(her, seat.key) for her, seat in sorted(before.firm.items())]
    rows = [(her, seat.key) for her, seat in sorted(before.kept.items())]
    rows += [(of_row(key), key) for key in list(before.ended)[-2:]]
    if one.what in ("move", "cancel", "judge-again") and dates:
        her, key = dates[one.row % len(dates)]
        return Act(one.what, her, slot, key)
    if one.what in ("accept", "decline") and rows:
        her, key = rows[one.row % len(rows)]
        return Act(one.what, her, None, key)
    if one.what == "close" and len(before.closed) < len(scene.slots) - 2:
        return Act("close", None, slot)
    if one.what == "plan":
        return Act("plan")
    return Act("offer" if one.what == "offer" else "book", woman, slot)


def of_row(offer_id: UUID) -> UUID:
    return Offer.objects.values_list("visit_id", flat=True).get(pk=offer_id)


def read(scene: Scene) -> Clinic:
    """Return the clinic as its rows say."""
    live = Booking.objects.filter(kind="exam", state__in=LIVE)
    held = {offer.visit_id: offer for offer in Offer.objects.filter(state="open")}
    ended = Offer.objects.exclude(state="open").order_by("made_at", "pk")
    return Clinic(
        firm={row.visit_id: Seat(row.pk, row.slot_id) for row in live if row.state == "firm"},
        kept={woman: Seat(offer.pk, offer.slot_id) for woman, offer in held.items()},
        ended={
            offer.pk: (offer.state, offer.booking_id) for offer in ended.filter(ended_at__gte=NOW)
        },
        closed=frozenset(Slot.objects.filter(closed_at__isnull=False).values_list("pk", flat=True)),
        late=scene.late,
    )


def empty(scene: Scene) -> None:
    """Make the clinic as it was: nobody has a seat, every slot is open."""
    before = NOW - timedelta(days=1)
    Offer.objects.filter(state="open").update(state="withdrawn", ended_at=before)
    Offer.objects.update(ended_at=before)
    Booking.objects.filter(kind="exam", state__in=LIVE).update(state="cancelled", ended_at=before)
    Slot.objects.update(closed_at=None, closed_why="")
    Visit.objects.update(state="cleared")


@pytest.fixture
def scene(house: House) -> Iterator[Scene]:
    women = [
        walk.ready_to_book(house, given_name=f"Ann{place}", phone=f"+86 138 0000 {place:04}").pk
        for place in range(WOMEN)
    ]
    days = (walk.EXAM_DAY, walk.EXAM_DAY + timedelta(days=2))
    kept = walk.exam_slots(house, first=days[0], last=days[0])[:SLOTS]
    late = walk.exam_slots(house, first=days[1], last=days[1])[:LATE]
    Slot.objects.filter(kind="exam").exclude(pk__in=[slot.pk for slot in (*kept, *late)]).delete()
    pool = ThreadPoolExecutor(AT_ONCE) if connection.vendor == "postgresql" else None
    keys = [slot.pk for slot in (*kept, *late)]
    yield Scene(house, women, keys, frozenset(slot.pk for slot in late), pool)
    if pool is not None:
        done = threading.Barrier(AT_ONCE)
        for each in [pool.submit(leave, done) for _ in range(AT_ONCE)]:
            each.result(timeout=30)
        pool.shutdown()


def leave(done: threading.Barrier) -> None:
    """Close this thread's connection; all threads meet here, so each comes once."""
    done.wait(timeout=30)
    connections.close_all()


def test_seats_are_what_one_order_of_the_acts_comes_to(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    Seats.scene = scene

    run_state_machine_as_test(
        Seats,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # a race is not shrunk, it is read
            derandomize=not THOROUGH,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert scene.steps >= EXAMPLES
    record_property("steps", scene.steps)
    record_property("acts", scene.acts)
    record_property("steps with acts at once", scene.raced if scene.pool else 0)
    print(f"{scene.steps} steps, {scene.acts} acts, {scene.raced} of several acts")


def test_the_model_refuses_what_no_order_of_the_acts_comes_to() -> None:
    acts = [Act("book", "ann", "nine"), Act("book", "bea", "nine")]
    answers = {tuple(said) for said, _, _ in orders(Clinic(), acts)}

    assert answers == {("ok", "SlotTaken"), ("SlotTaken", "ok")}
