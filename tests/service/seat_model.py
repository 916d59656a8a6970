"""A simple model of seats: what each act answers and leaves behind, one act after another.

It knows nothing of tables or transactions. What several acts at once did is right when the model
does the same in at least one order of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

Key = Any


@dataclass(frozen=True)
class Seat:
    """A booking or an offer of a woman: its key, and the slot it is for."""

    key: Key
    slot: Key


@dataclass(frozen=True)
class Clinic:
    """Who has which seat, for whom one is kept, and which slots are closed."""

    firm: Mapping[Key, Seat] = field(default_factory=dict)
    kept: Mapping[Key, Seat] = field(default_factory=dict)
    ended: Mapping[Key, tuple[str, Key]] = field(default_factory=dict)
    """Of an offer that is no longer open: how it ended, and the booking it became."""
    closed: frozenset[Key] = frozenset()
    late: frozenset[Key] = frozenset()
    """Slots on a day outside the observable window."""

    def taken_by_another(self, woman: Key, slot: Key) -> bool:
        return any(
            seat.slot == slot
            for seats in (self.firm, self.kept)
            for other, seat in seats.items()
            if other != woman
        )

    def shape(self) -> tuple[object, ...]:
        """Return what can be seen from outside, without the keys of rows made meanwhile."""
        return (
            {woman: seat.slot for woman, seat in self.firm.items()},
            {woman: seat.slot for woman, seat in self.kept.items()},
            self.closed,
        )


@dataclass(frozen=True)
class Act:
    """One thing somebody does; ``row`` is the booking or offer it is about."""

    what: str
    woman: Key = None
    slot: Key = None
    row: Key = None


@dataclass(frozen=True)
class Done:
    """What an act answers, what it leaves, and the events it writes."""

    answer: str
    after: Clinic
    events: tuple[str, ...] = ()


def do(clinic: Clinic, act: Act, new: Key) -> Done:
    """Return what one act comes to; ``new`` is the key of a row it may make."""
    return ACTS[act.what](clinic, act, new)


def orders(before: Clinic, acts: Sequence[Act]) -> Iterator[tuple[list[str], Clinic, list[str]]]:
    """Yield for each order of the acts: what each answers, what is left, the events."""
    for order in permutations(range(len(acts))):
        clinic, answers, events = before, [""] * len(acts), []
        for place in order:
            done = do(clinic, acts[place], ("new", place))
            clinic, answers[place] = done.after, done.answer
            events += done.events
        yield answers, clinic, sorted(events)


def _seat_refusal(clinic: Clinic, act: Act) -> str:
    if act.slot in clinic.closed:
        return "SlotPassed"
    return "SlotTaken" if clinic.taken_by_another(act.woman, act.slot) else ""


def _without(seats: Mapping[Key, Seat], woman: Key) -> dict[Key, Seat]:
    return {each: seat for each, seat in seats.items() if each != woman}


def _end(clinic: Clinic, woman: Key, how: str, became: Key = None) -> Clinic:
    kept = clinic.kept.get(woman)
    if kept is None:
        return clinic
    ended = {**clinic.ended, kept.key: (how, became)}
    return replace(clinic, kept=_without(clinic.kept, woman), ended=ended)


def _sit(clinic: Clinic, act: Act, new: Key) -> Clinic:
    kept = clinic.kept.get(act.woman)
    how = "accepted" if kept is not None and kept.slot == act.slot else "withdrawn"
    clinic = _end(clinic, act.woman, how, new)
    return replace(clinic, firm={**clinic.firm, act.woman: Seat(new, act.slot)})


def _book(clinic: Clinic, act: Act, new: Key) -> Done:
    mine = clinic.firm.get(act.woman)
    if mine is not None:
        return Done("ok" if mine.slot == act.slot else "AlreadyBooked", clinic)
    if refusal := _seat_refusal(clinic, act):
        return Done(refusal, clinic)
    if act.slot in clinic.late:
        return Done("OutsideWindow", clinic, ("booking-refused",))
    return Done("ok", _sit(clinic, act, new), ("booked",))


def _move(clinic: Clinic, act: Act, new: Key) -> Done:
    mine = clinic.firm.get(act.woman)
    if mine is None or mine.key != act.row:
        return Done("NothingBooked", clinic)
    if mine.slot == act.slot:
        return Done("ok", clinic)
    if refusal := _seat_refusal(clinic, act):
        return Done(refusal, clinic)
    if act.slot in clinic.late:
        return Done("OutsideWindow", clinic, ("booking-refused",))
    return Done("ok", _sit(clinic, act, new), ("moved",))


def _cancel(clinic: Clinic, act: Act, new: Key) -> Done:
    mine = clinic.firm.get(act.woman)
    if mine is None or mine.key != act.row:
        return Done("NothingBooked", clinic)
    clinic = _end(clinic, act.woman, "withdrawn")
    return Done("ok", replace(clinic, firm=_without(clinic.firm, act.woman)), ("seat-freed",))


def _offer(clinic: Clinic, act: Act, new: Key) -> Done:
    kept, mine = clinic.kept.get(act.woman), clinic.firm.get(act.woman)
    if kept is not None:
        return Done("ok" if kept.slot == act.slot else "HoldsAnOffer", clinic)
    if mine is not None and mine.slot == act.slot:
        return Done("AlreadyBooked", clinic)
    if refusal := _seat_refusal(clinic, act):
        return Done(refusal, clinic)
    after = replace(clinic, kept={**clinic.kept, act.woman: Seat(new, act.slot)})
    return Done("ok", after, ("offered",))


def _accept(clinic: Clinic, act: Act, new: Key) -> Done:
    kept = clinic.kept.get(act.woman)
    if kept is None or kept.key != act.row:
        how, became = clinic.ended.get(act.row, ("", None))
        mine = clinic.firm.get(act.woman)
        again = how == "accepted" and mine is not None and mine.key == became
        return Done("ok" if again else "OfferEnded", clinic)
    if kept.slot in clinic.closed:
        return Done("OfferEnded", _end(clinic, act.woman, "withdrawn"), ("offer-withdrawn",))
    if kept.slot in clinic.late:
        return Done("OutsideWindow", clinic, ("booking-refused",))
    kind = "moved" if act.woman in clinic.firm else "booked"
    return Done("ok", _sit(clinic, replace(act, slot=kept.slot), new), (kind,))


def _decline(clinic: Clinic, act: Act, new: Key) -> Done:
    kept = clinic.kept.get(act.woman)
    if kept is not None and kept.key == act.row:
        return Done("ok", _end(clinic, act.woman, "declined"), ("offer-declined",))
    how, _ = clinic.ended.get(act.row, ("", None))
    return Done("OfferEnded" if how == "accepted" else "ok", clinic)


def _close(clinic: Clinic, act: Act, new: Key) -> Done:
    if act.slot in clinic.closed:
        return Done("ok", clinic)
    return Done("ok", replace(clinic, closed=clinic.closed | {act.slot}), ("slots-closed",))


def _judge_again(clinic: Clinic, act: Act, new: Key) -> Done:
    mine = clinic.firm.get(act.woman)
    if mine is None or mine.key != act.row:
        return Done("NothingBooked", clinic)
    if mine.slot not in clinic.closed:
        return Done("ok", clinic, ("date-confirmed",))
    clinic = _end(clinic, act.woman, "withdrawn")
    return Done("ok", replace(clinic, firm=_without(clinic.firm, act.woman)), ("seat-freed",))


def _plan(clinic: Clinic, act: Act, new: Key) -> Done:
    return Done("ok", clinic)


def _expire(clinic: Clinic, act: Act, new: Key) -> Done:
    events = []
    for woman, kept in clinic.kept.items():
        how = "withdrawn" if kept.slot in clinic.closed else "expired"
        clinic = _end(clinic, woman, how)
        events.append(f"offer-{how}")
    return Done("ok", clinic, tuple(events))


ACTS = {
    "book": _book,
    "move": _move,
    "cancel": _cancel,
    "offer": _offer,
    "accept": _accept,
    "decline": _decline,
    "close": _close,
    "judge-again": _judge_again,
    "plan": _plan,
    "expire": _expire,
}
