"""What the protocol still asks of one woman at a stage, and the tests a page takes down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from patency.core.facts import AskedOf, Facts
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Protocol, Stage
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, is_a_woman
from patency.doors.web.fields import Field, Typed, fields_of, moment_typed, read_fields
from patency.records.models.visit import Visit
from patency.service.journey import facts_from_the_test
from patency.service.judging import facts_now
from patency.service.laboratory import TestTaken

# Told on a page of their own, with what follows from them for her days.
ELSEWHERE = frozenset({"period_start", "bleeding_ended"})

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


def asked_before_the_exam(request: ActorRequest, visit: Visit) -> list[str]:
    """Return what is asked outside the clinic visit: to begin with, and then for a date.

    A date rests on what was found on the day of the passed test, so that is not asked again.
    """
    parts = {name for kind in PARTS for name in parts_of(protocol_at(request), kind)}
    stages, extra = [Stage.REGISTRATION, Stage.TENTATIVE], None
    if visit.state in (VisitState.CLEARED, VisitState.BOOKED):
        stages, extra = [*stages, Stage.BOOKING], facts_from_the_test(visit, request.around.today)
    return [name for name in still_asked(request, visit, stages, extra=extra) if name not in parts]


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


def parts_of(protocol: Protocol, kind: str) -> list[str]:
    """Return the facts that are parts of a test, as the protocol names them."""
    return [
        name
        for name, fact in protocol.facts.types.items()
        if name.startswith(PARTS[kind]) and fact.asked_of is AskedOf.STAFF
    ]


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
    problem = ""
    found = None
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
    return TestForm(kind, title, typed.fields, taken, read, lot, problem), found


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
