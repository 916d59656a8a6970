"""Pieces of the services that record tests: what a test is, whether it counts, what it says.

No acts of their own: they open no transaction and write no event; the service that uses them does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from patency.core.access import Actor
from patency.core.facts import AskedOf, FactValue
from patency.core.protocol.conditions import facts_used
from patency.core.protocol.decide import Decision, decide
from patency.core.protocol.model import Outcome, Stage
from patency.core.protocol.rulebook import Rulebook
from patency.records.facts_on import newest_period, to_json
from patency.records.models.base import unfit
from patency.records.models.visit import TESTS, TestResult, Treatment, Visit
from patency.service import journey
from patency.service.house import House
from patency.service.judging import facts_now

TREATED = ("leucorrhoea", "chlamydia")
"""Tests whose failure is treated before they are made again."""
NAMES_ITS_LOT = ("pregnancy_urine",)
"""Tests read at the desk, from a packet that can be recalled."""
# Bleeding, or within 24 hours intercourse, douching or a medicine in the vagina
# (fh21.com.cn 866823): then the specimen says nothing.
SPOILS_THE_SPECIMEN = ("bleeding_today", "specimen_spoiled")
IMPLIES: Mapping[str, str] = {
    "tsh": "thyroid_test_done",
    "ft4": "thyroid_test_done",
    "hcg_serum": "serum_hcg_done",
}
"""The fact that a test of this kind was done, where the protocol asks for it."""


class TestRefused(Exception):
    """A test that cannot be recorded as it was given."""

    __test__ = False  # pytest would take the name for a test


class SpecimenRefused(TestRefused):
    """The specimen was taken when it cannot say anything."""


class RetestRefused(TestRefused):
    """A failed test is made again only after treatment, and what she kept meanwhile."""


@dataclass(frozen=True, slots=True)
class TestTaken:
    """One test as the laboratory or the desk gives it."""

    __test__: ClassVar[bool] = False  # pytest would take the name for a test

    kind: str
    parts: Mapping[str, object]
    """Fact name to value, as the protocol names them."""
    taken_at: datetime
    read_at: datetime
    lot: str = ""


def keep_tests(
    house: House,
    visit: Visit,
    tests: Sequence[TestTaken],
    *,
    stage: Stage = Stage.VISIT,
    by: Actor,
    now: datetime,
) -> tuple[str, ...]:
    """Return the names of what the tests found, after keeping each with what it says.

    A test says ``failed`` when a rule of the stage that holds her back speaks about one of its
    parts, ``unclear`` while such a rule is open or someone must look at it, and else ``passed``.
    """
    parts = [_checked(house, visit, test, by=by, now=now) for test in tests]
    verdicts = _verdicts(house, visit, tests, parts, stage=stage, now=now)
    for test, known, verdict in zip(tests, parts, verdicts, strict=True):
        TestResult.objects.create(
            visit=visit,
            kind=test.kind,
            parts={name: to_json(value) for name, value in known.items()},
            day=house.day_at(visit.site, test.taken_at),
            taken_at=test.taken_at,
            read_at=test.read_at,
            lot=test.lot,
            verdict=verdict,
            entered_by=by.name,
        )
    return tuple(name for known in parts for name in known)


def _checked(
    house: House, visit: Visit, test: TestTaken, *, by: Actor, now: datetime
) -> dict[str, FactValue]:
    """Return the parts of a test as facts, or refuse the test."""
    if test.kind not in TESTS or not test.taken_at <= test.read_at <= now or not test.parts:
        raise TestRefused(
            f"A {test.kind!r} test of visit/{visit.pk} was not recorded. It is one of "
            f"{', '.join(TESTS)}, has parts, and is taken, then read, by now; correct it."
        )
    wrong = unfit(TestResult, lot=test.lot)
    if test.kind in NAMES_ITS_LOT and not test.lot.strip():
        wrong.append("lot: is missing; it stands on the packet")
    if wrong:
        raise TestRefused(
            f"A {test.kind} test of visit/{visit.pk} was not recorded: {'; '.join(wrong)}. Correct "
            "this and send it again."
        )
    known = journey.read_answers(house, visit, test.parts, by=by)
    done = IMPLIES.get(test.kind)
    if done is not None and done in house.rulebook_at(visit.site).protocol.facts:
        known[done] = True
    day = house.day_at(visit.site, test.taken_at)
    if test.kind == "leucorrhoea":
        _check_specimen(house, visit, day, now=now)
    if test.kind in TREATED:
        _check_retest(visit, test.kind, day)
    return known


def _check_specimen(house: House, visit: Visit, day: date, *, now: datetime) -> None:
    facts = facts_now(house, visit, Stage.VISIT, now=now)
    period = newest_period(visit, day)
    bleeds = period is not None and (period.bleeding_ended is None or day <= period.bleeding_ended)
    spoilt = [name for name in SPOILS_THE_SPECIMEN if facts.get(name) is True]
    if bleeds or spoilt:
        raise SpecimenRefused(
            f"The specimen of visit/{visit.pk} taken on {day} was not read: "
            f"{', '.join(spoilt) or 'her period has not stopped bleeding by that day'}. A specimen "
            "says nothing during bleeding, or within 24 hours of intercourse, douching or a "
            "medicine in the vagina; take another when that is over."
        )


def _check_retest(visit: Visit, kind: str, day: date) -> None:
    rows = TestResult.objects.filter(visit=visit, kind=kind)
    newest = rows.order_by("-taken_at").first()
    if newest is None or newest.verdict != "failed":
        return
    treatment = (
        Treatment.objects.filter(visit=visit, started_on__gte=newest.day)
        .order_by("-started_on")
        .first()
    )
    missing = []
    if treatment is None:
        missing.append("a treatment since the failed test")
    elif treatment.ended_on is None or treatment.ended_on >= day:
        missing.append("a specimen taken after the treatment ended")
    if treatment is not None and treatment.no_intercourse_attested is not True:
        missing.append("her word that she had no intercourse meanwhile")
    if treatment is not None and treatment.no_bath_attested is not True:
        missing.append("her word that she took no tub bath meanwhile")
    if missing:
        raise RetestRefused(
            f"The {kind} retest of visit/{visit.pk} on {day} was not recorded; missing: "
            f"{'; '.join(missing)}. A failed test is made again after the inflammation is treated; "
            "record what is missing first."
        )


def _verdicts(
    house: House,
    visit: Visit,
    tests: Sequence[TestTaken],
    parts: Sequence[Mapping[str, FactValue]],
    *,
    stage: Stage,
    now: datetime,
) -> list[str]:
    """Return what each test says by the rules that speak about its parts."""
    book = house.rulebook_at(visit.site)
    found: dict[str, FactValue] = {"visit_date": house.day_at(visit.site, now)}
    for test, known in zip(tests, parts, strict=True):
        found |= known
        if test.kind == "leucorrhoea":
            found["leucorrhoea_test_done"] = True
    facts = facts_now(house, visit, stage, extra=found, now=now)
    decision = decide(book, stage, facts)
    return [
        _verdict(book, decision, frozenset(known) | _whole(book, test.kind))
        for test, known in zip(tests, parts, strict=True)
    ]


def _whole(book: Rulebook, kind: str) -> frozenset[str]:
    """Return every part a test of this kind has: one that was not read leaves it unclear."""
    if kind != "leucorrhoea":
        return frozenset()
    facts = book.protocol.facts.types.values()
    return frozenset(
        fact.name
        for fact in facts
        if fact.name.startswith("leucorrhoea_") and fact.asked_of is AskedOf.STAFF
    )


def _verdict(book: Rulebook, decision: Decision, parts: frozenset[str]) -> str:
    fired = {
        reason.rule.outcome
        for reason in decision.reasons
        if parts & _base(book, facts_used(reason.rule.when))
    }
    if fired & {Outcome.BLOCK, Outcome.HOLD}:
        return "failed"
    unsettled = any(
        parts & _base(book, facts_used(each.rule.when)) and each.rule.outcome.stops
        for each in decision.unsettled
    )
    return "unclear" if unsettled or Outcome.FLAG in fired else "passed"


def _base(book: Rulebook, names: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(book.base_facts.get(name, {name}) for name in names))
