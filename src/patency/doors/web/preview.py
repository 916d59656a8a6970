"""What the protocol would say of what stands in a form now: decided, shown, and kept nowhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext

from patency.core.facts import Facts
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Stage
from patency.doors.web.asking import ActorRequest
from patency.doors.web.languages import spoken
from patency.doors.web.reasons import TONES
from patency.doors.web.words import OUTCOMES, VERDICTS, question
from patency.records.models.visit import Visit
from patency.service.judging import facts_now, language_of, overrides_of
from patency.service.laboratory import TestTaken

ASKED_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class ReasonNow:
    """One rule that fires as things stand in the form."""

    outcome: str | Promise
    staff: str
    do: str
    tone: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The verdict, its reasons, and how much is still to be asked."""

    short: str | Promise
    sentence: str | Promise
    tone: str
    reasons: tuple[ReasonNow, ...]
    asked: tuple[str, ...]
    more: int


def preview(
    request: ActorRequest,
    visit: Visit,
    stage: Stage,
    answers: Mapping[str, object],
    tests: Iterable[TestTaken | None],
    extra: Facts,
) -> Preview:
    """Return what would be said at a stage if the form were sent now."""
    told: dict[str, object] = {**extra, **answers}
    for test in tests:
        if test is not None:
            told |= test.parts
            if test.kind == "leucorrhoea":
                told["leucorrhoea_test_done"] = True
    facts = facts_now(request.house, visit, stage, extra=told, now=request.now)  # type: ignore[arg-type]
    book = request.house.rulebook_at(visit.site)
    code = language_of(book.protocol, spoken().code)
    decision = decide(book, stage, facts, code)
    let_go = {row.rule_id for row in overrides_of(request.house, visit, facts)}
    reasons = tuple(
        ReasonNow(
            OUTCOMES[each.rule.outcome.value],
            each.staff,
            each.do,
            TONES.get(each.rule.outcome.value, "plain"),
        )
        for each in decision.reasons
        if each.rule.id not in let_go
    )
    asked = [question(book.protocol, name) for name in decision.questions]
    short, sentence, _hers = VERDICTS[decision.verdict]
    if decision.verdict == "ASK":
        sentence = gettext("Nothing stands against it so far. Unknown clears nobody: ask the rest.")
    return Preview(
        short,
        sentence,
        TONES.get(decision.verdict, "plain"),
        reasons,
        tuple(asked[:ASKED_AT_MOST]),
        max(0, len(asked) - ASKED_AT_MOST),
    )
