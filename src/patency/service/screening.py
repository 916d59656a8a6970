"""What she answers, and what the clinic visit finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.facts import FactValue
from patency.core.protocol.conditions import facts_used
from patency.core.protocol.decide import Decision, decide
from patency.core.protocol.model import Outcome, Stage
from patency.core.protocol.rulebook import Rulebook
from patency.core.visit import VisitState
from patency.records.facts_on import to_json
from patency.records.ledger import remember, subject_of
from patency.records.models.booking import STILL_TO_COME, Booking
from patency.records.models.visit import TESTS, TestResult, Treatment, Visit, lock
from patency.records.models.visit import Decision as DecisionRow
from patency.service import journey
from patency.service.house import House
from patency.service.judging import facts_now, judge, standing

NOTHING: Mapping[str, object] = MappingProxyType({})
TREATED = ("leucorrhoea", "chlamydia")
"""Tests whose failure is treated before they are made again."""
# What spoils a specimen for the leucorrhoea test: bleeding, and within 24 hours intercourse,
# douching or a medicine in the vagina (fh21.com.cn 866823).
SPOILS_THE_SPECIMEN = (
    "bleeding_today",
    "spotting_today",
    "intercourse_last_24h",
    "douching_last_24h",
    "vaginal_medicine_last_24h",
)


class ScreeningRefused(Exception):
    """An answer, a test or a hold that cannot be as it was given."""


class TooLate(ScreeningRefused):
    """The examination has begun; what is told now belongs elsewhere."""


class SpecimenRefused(ScreeningRefused):
    """The specimen was taken when it cannot say anything."""


class RetestRefused(ScreeningRefused):
    """A failed test is made again only after treatment, and what she kept meanwhile."""


@dataclass(frozen=True, slots=True)
class TestTaken:
    """One test as the laboratory or the desk gives it."""

    kind: str
    parts: Mapping[str, object]
    """Fact name to value, as the protocol names them."""
    taken_at: datetime
    read_at: datetime
    lot: str = ""


def record_answers(
    house: House, visit_id: UUID, answers: Mapping[str, object], *, by: Actor, now: datetime
) -> journey.Screened:
    """Return what the protocol says at registration, now that these answers are known.

    ``None`` takes an answer back. A woman answers what she is asked, staff what both are asked;
    what the system knows nobody answers. What would stop a woman who is cleared or booked already
    puts her on hold. Raises ``journey.AnswersRefused`` naming every fact that is wrong.
    """
    access.check(by, Action.RECORD_ANSWERS)
    visit = journey.visit_seen(visit_id, "answers", by=by, now=now)
    with transaction.atomic():
        visit = _lock_before_the_exam(visit)
        facts = journey.read_answers(house, visit, answers, by=by)
        journey.keep_answers(house, visit, answers, facts, by=by, now=now)
        decision, row = judge(house, visit, Stage.REGISTRATION, by=by, now=now)
        done = journey.Screened(visit, decision, row)
        if journey.states(visit, VisitState.CLEARED, VisitState.BOOKED):
            done = _still_cleared(house, visit, decision, row, by=by, now=now)
        _remember(done, "answered", facts, by=by, now=now)
    return done


def record_results(
    house: House,
    visit_id: UUID,
    *,
    tests: Sequence[TestTaken] = (),
    answers: Mapping[str, object] = NOTHING,
    by: Actor,
    now: datetime,
) -> journey.Screened:
    """Return what the clinic visit comes to: cleared, on hold, or still something to ask.

    ``answers`` are what is measured and asked at the visit, such as her temperature. A hold for a
    failed test ends here by a passed retest: one taken after the treatment ended, with her word
    that she kept to it. Raises ``SpecimenRefused`` and ``RetestRefused``.
    """
    access.check(by, Action.RECORD_RESULTS)
    visit = journey.visit_seen(visit_id, "test results", by=by, now=now)
    with transaction.atomic():
        visit = _lock_before_the_exam(visit)
        today = house.day_at(visit.site, now)
        told = journey.read_answers(house, visit, answers, by=by)
        journey.keep_answers(house, visit, answers, told, by=by, now=now)
        _attend(visit, today)
        parts = [_checked(house, visit, test, by=by, now=now) for test in tests]
        verdicts = _verdicts(house, visit, tests, parts, today=today, now=now)
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
        done = journey.judge_visit(house, visit, today, by=by, now=now)
        fields = [*told, *(name for known in parts for name in known)]
        _remember(done, "results-recorded", fields, by=by, now=now)
    return done


def _still_cleared(
    house: House,
    visit: Visit,
    decision: Decision,
    row: DecisionRow,
    *,
    by: Actor,
    now: datetime,
) -> journey.Screened:
    """Put her on hold if what she told now would have stopped her before."""
    if not standing(house, visit, decision):
        since = journey.facts_since_the_test(visit, house.day_at(visit.site, now))
        decision, row = judge(house, visit, Stage.VISIT, extra_facts=since, by=by, now=now)
    if not standing(house, visit, decision):
        return journey.Screened(visit, decision, row)
    hold, freed = journey.put_on_hold(house, visit, decision, row, by=by, now=now)
    return journey.Screened(visit, decision, row, hold, freed)


def _verdicts(
    house: House,
    visit: Visit,
    tests: Sequence[TestTaken],
    parts: Sequence[Mapping[str, FactValue]],
    *,
    today: date,
    now: datetime,
) -> list[str]:
    """Return what each test says by the rules that speak about its parts."""
    book = house.rulebook_at(visit.site)
    found: dict[str, FactValue] = {"visit_date": today}
    for test, known in zip(tests, parts, strict=True):
        found |= known
        found[f"{test.kind}_test_done"] = True
    facts = facts_now(house, visit, Stage.VISIT, extra=found, now=now)
    decision = decide(book, Stage.VISIT, facts)
    return [_verdict(book, decision, frozenset(known)) for known in parts]


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


def _checked(
    house: House, visit: Visit, test: TestTaken, *, by: Actor, now: datetime
) -> dict[str, FactValue]:
    """Return the parts of a test as facts, or refuse the test."""
    if test.kind not in TESTS or not test.taken_at <= test.read_at <= now or not test.parts:
        raise ScreeningRefused(
            f"A {test.kind!r} test of visit/{visit.pk} was not recorded. It is one of "
            f"{', '.join(TESTS)}, has parts, and is taken, then read, by now; correct it."
        )
    known = journey.read_answers(house, visit, test.parts, by=by)
    day = house.day_at(visit.site, test.taken_at)
    if test.kind == "leucorrhoea":
        _check_specimen(house, visit, day, now=now)
    if test.kind in TREATED:
        _check_retest(visit, test.kind, day)
    return known


def _check_specimen(house: House, visit: Visit, day: date, *, now: datetime) -> None:
    facts = facts_now(house, visit, Stage.VISIT, now=now)
    period = journey.newest_period_of(visit, day)
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


def _attend(visit: Visit, today: date) -> None:
    """Let the time she had at the clinic today count as attended."""
    Booking.objects.filter(
        visit=visit, kind="clinic_visit", state__in=STILL_TO_COME, slot__day=today
    ).update(state="attended")


def _lock_before_the_exam(visit: Visit) -> Visit:
    visit = lock(visit)
    if not journey.states(visit, *journey.BEFORE_THE_EXAM):
        raise TooLate(
            f"visit/{visit.pk} is {visit.state}. Screening ends before the examination begins; "
            "record this on arrival, in the diary, or in a new visit."
        )
    return visit


def _remember(
    done: journey.Screened,
    kind: str,
    fields: Sequence[str] | Mapping[str, object],
    *,
    by: Actor,
    now: datetime,
) -> None:
    remember(
        kind=kind,
        subject=subject_of(done.visit),
        by=by,
        now=now,
        site=done.visit.site,
        patient=done.visit.patient_id,
        fields=fields,
        payload={
            "decision": done.row.pk,
            "state": done.visit.state,
            "hold": done.hold.pk if done.hold else None,
            "freed": done.freed,
        },
    )
