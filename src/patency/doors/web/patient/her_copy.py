"""A readable copy of her whole record: what she told, what was found, decided, written and paid."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from patency.core.facts import FactCatalogue
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest
from patency.doors.web.codes import capital, in_words, value_in_words
from patency.doors.web.diary_words import diary_words
from patency.doors.web.her import Journey
from patency.doors.web.languages import spoken
from patency.doors.web.secrecy import may_be_told
from patency.doors.web.words import STATES, question
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by

READS = 200  # the newest; all of them stand in the copy for machines


def copy_of(request: ActorRequest) -> dict[str, object]:
    """Return what the readable copy says, visit by visit, the oldest first."""
    seen = seen_by(request.actor, "a copy of her record", now=request.now)
    patient = seen.patients.get()
    visits = []
    for visit in seen.visits.order_by("opened_at"):
        visit.patient = patient
        visits.append(_visit(request, seen, visit))
    reads = seen.audits.filter(action="read").exclude(actor=request.actor.name).order_by("-id")
    return {
        "patient": patient,
        "visits": visits,
        "periods": list(seen.periods.order_by("start")),
        "messages_sent": list(seen.messages.order_by("-made_at")[:READS]),
        "reads": list(reads[:READS]),
        "site": request.around.site,
        "site_name": request.around.site.say(request.around.site.name, spoken().code),
        "made_at": request.now,
    }


def _visit(request: ActorRequest, seen: Seen, visit: Visit) -> dict[str, object]:
    found = Journey(visit.patient, visit, seen, request)
    facts = request.house.rulebook_at(visit.site).protocol.facts
    report = found.reports[-1] if found.reports and _is_out(found.release) else None
    return {
        "her": found,
        "state": STATES[VisitState(visit.state)][0],
        "answers": [
            (question(request.house.rulebook_at(visit.site).protocol, row.fact), _value(row.value))
            for row in seen.answers.filter(visit=visit).order_by("told_at")
            if row.value is not None
        ],
        "tests": [_test(row, facts) for row in found.results],
        "decisions": [card for card in found.decisions if may_be_told(card.row, found.release)],
        "report": report,
        "plain": ((report.plain or {}).get("sections") or []) if report else [],
        "medical": ((report.sections or {}).get("sections") or []) if report else [],
        "diary": [(row, diary_words(facts, row)) for row in found.diary],
        "happened": [line for line in found.timeline if line.hers],
    }


def _is_out(release: Any) -> bool:
    return release is not None and release.released_at is not None


def _test(row: Any, facts: FactCatalogue) -> tuple[Any, str, list[str]]:
    parts: Mapping[str, Any] = row.parts or {}
    said = [
        _("{what}: {value}").format(what=capital(in_words(name)), value=_value(value))
        for name, value in parts.items()
        if value is not None
    ]
    return row, capital(in_words(row.kind)), said


def _value(value: object) -> str:
    return value_in_words(value)
