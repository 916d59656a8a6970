"""What the protocol still asks of one woman at a stage, and the tests a page takes down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from patency.core.facts import AskedOf, Facts, FactValue
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Protocol, Stage
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, is_a_woman
from patency.doors.web.fields import Field, Typed, fields_of, moment_typed, read_fields
from patency.records.facts_on import bring_facts
from patency.records.models.visit import Visit
from patency.service.journey import facts_from_the_test
from patency.service.judging import facts_now
from patency.service.laboratory import NAMES_ITS_LOT, TestTaken

# Told on a page of their own, with what follows from them for her days.
ELSEWHERE = frozenset({"period_start", "bleeding_ended"})

TO_COME = frozenset({"pending", "not_done"})
"""What stands for a result that is not there yet."""

# How the protocol's names of the parts of a test begin.
PARTS = {
    "leucorrhoea": "leucorrhoea_",
    "pregnancy_urine": "pregnancy_test_today",
    "hcg_serum": "serum_hcg_iu_l",
}


def protocol_at(request: ActorRequest) -> Protocol:
    """Return the protocol the actor's site works by."""
    return request.house.rulebook_at(request.actor.site).protocol


def still_asked(
    request: ActorRequest,
    visit: Visit,
    stages: Iterable[Stage],
    *,
    extra: Facts | None = None,
) -> list[str]:
    """Return the facts the protocol still asks for, in its own order; nothing is written.

    A woman is asked what she can tell, staff both that and what they measure. What was typed
    stays on the page even when someone else answered it meanwhile.
    """
    book = request.house.rulebook_at(visit.site)
    questions: set[str] = set()
    for stage in stages:
        facts = facts_now(request.house, visit, stage, extra=extra, now=request.now)
        questions |= set(decide(book, stage, facts).questions)
    who = {AskedOf.PATIENT} if is_a_woman(request.actor) else {AskedOf.PATIENT, AskedOf.STAFF}
    return [
        name
        for name, fact in book.protocol.facts.types.items()
        if name not in ELSEWHERE
        and fact.asked_of in who
        and (name in questions or request.POST.get(name))
    ]


def to_come(request: ActorRequest, visit: Visit) -> list[str]:
    """Return what staff kept as not done, so that its result can be entered when it is there."""
    facts = facts_now(request.house, visit, Stage.VISIT, now=request.now)
    protocol = protocol_at(request)
    parts = parts_of_tests(protocol)
    return [
        name
        for name, fact in protocol.facts.types.items()
        if facts.get(name) in TO_COME
        and TO_COME & set(fact.choices)
        and fact.asked_of is AskedOf.STAFF
        and name not in parts
    ]


def asked_before_the_exam(request: ActorRequest, visit: Visit) -> list[str]:
    """Return what is asked outside the clinic visit: to begin with, and then for a date.

    A date rests on what was found on the day of the passed test, so that is not asked again.
    """
    bring_facts(visit)
    parts = parts_of_tests(protocol_at(request))
    stages, extra = [Stage.REGISTRATION, Stage.TENTATIVE], None
    if visit.state in (VisitState.CLEARED, VisitState.BOOKED):
        stages, extra = [*stages, Stage.BOOKING], facts_from_the_test(visit, request.around.today)
    return [name for name in still_asked(request, visit, stages, extra=extra) if name not in parts]


def taken_down_today(request: ActorRequest, visit: Visit) -> dict[str, FactValue]:
    """Return what was answered and measured of her today as it counts now, tests left out."""
    today = request.around.today
    protocol = protocol_at(request)
    parts = parts_of_tests(protocol)
    asked = {row.fact for row in visit.answers.all() if row.day == today} - parts
    facts = facts_now(request.house, visit, Stage.ARRIVAL, now=request.now)
    return {
        name: facts[name]
        for name in protocol.facts.types
        if name in asked and name in facts and name not in ELSEWHERE
    }


@dataclass(frozen=True, slots=True)
class TestForm:
    """One test on a page: its parts, when it was taken and read, and its lot."""

    __test__ = False  # pytest would take the name for a test

    kind: str
    title: str
    fields: tuple[Field, ...]
    taken_at: str
    read_at: str
    lot: str
    problem: str = ""
    lot_problem: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether it cannot be kept as it was typed."""
        own = self.problem or self.lot_problem
        return bool(own) or any(field.problem for field in self.fields)


def parts_of(protocol: Protocol, kind: str) -> list[str]:
    """Return the facts that are parts of a test, as the protocol names them."""
    return [
        name
        for name, fact in protocol.facts.types.items()
        if name.startswith(PARTS[kind]) and fact.asked_of is AskedOf.STAFF
    ]


def parts_of_tests(protocol: Protocol) -> set[str]:
    """Return the facts that are parts of any test; each has a form of its own."""
    return {name for kind in PARTS for name in parts_of(protocol, kind)}


def empty_test(protocol: Protocol, kind: str, title: str, request: ActorRequest) -> TestForm:
    """Return a test to be filled in, taken now unless said otherwise."""
    now = f"{request.around.moment:%Y-%m-%dT%H:%M}"
    return TestForm(kind, title, fields_of(protocol, parts_of(protocol, kind)), now, now, "")


def read_test(
    protocol: Protocol, kind: str, title: str, request: ActorRequest
) -> tuple[TestForm, TestTaken | None]:
    """Return a test as it was typed, and as the service takes it; None when no part was given."""
    posted: Mapping[str, str] = request.POST
    zone = request.around.site.time_zone
    typed = read_fields(protocol, parts_of(protocol, kind), posted, zone)
    taken, read = posted.get(f"{kind}-taken", ""), posted.get(f"{kind}-read", "")
    lot = posted.get(f"{kind}-lot", "").strip()
    problem = no_lot = ""
    found = None
    if typed.answers and kind in NAMES_ITS_LOT and not lot:
        no_lot = gettext("The lot is missing. It stands on the packet of the test.")
    if typed.answers and not typed.problems:
        try:
            found = TestTaken(
                kind,
                typed.answers,
                _not_after(moment_typed(taken, zone), request),
                _not_after(moment_typed(read, zone), request),
                lot,
            )
        except ValueError:
            problem = gettext(
                "Give the day and time it was taken and read, as on the clinic's clock."
            )
    return TestForm(kind, title, typed.fields, taken, read, lot, problem, no_lot), found


def to_look_at(context: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is wrong on a page with fields and tests: where, what was asked, and why."""
    found = [
        (f"f-{field.name}", field.label, field.problem)
        for fields in (
            context.get("first_fields", ()),
            context.get("fields", ()),
            *(test.fields for test in context.get("tests", ())),
        )
        for field in fields
        if field.problem
    ]
    for test in context.get("tests", ()):
        if test.problem:
            found.append((f"{test.kind}-taken", test.title, test.problem))
        if test.lot_problem:
            found.append((f"{test.kind}-lot", test.title, test.lot_problem))
    return found


def _not_after(moment: datetime, request: ActorRequest) -> datetime:
    """Return the moment; this very minute is typed without its seconds and is not the future."""
    this_minute = request.now.replace(second=0, microsecond=0)
    return request.now if moment == this_minute else moment


def read_all(
    protocol: Protocol, names: list[str], request: ActorRequest, *, language: str = ""
) -> Typed:
    """Return the answers of a page as they were typed."""
    return read_fields(
        protocol, names, request.POST, request.around.site.time_zone, language=language
    )
