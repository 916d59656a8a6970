"""Why a question is asked of her: the ground of a rule that waits for its answer."""

from collections.abc import Iterable

from patency.core.protocol.model import Outcome, Stage
from patency.core.protocol.rulebook import BoundRule, Rulebook
from patency.doors.web.languages import spoken
from patency.service.judging import language_of

WHY = 1  # of the five texts of a rule, as core.protocol.words.Spoken keeps them
ASKED_FOR = (Stage.REGISTRATION, Stage.TENTATIVE, Stage.BOOKING)
FIRST = (Outcome.BLOCK, Outcome.HOLD, Outcome.FLAG)


def why_asked(book: Rulebook, fact: str) -> str:
    """Return the ground in the language of the page, of a rule that could stop her before others.

    Empty where each ground speaks of facts of hers: nothing of them is known here.
    """
    language = language_of(book.protocol, spoken().code)
    found = sorted(_waiting(book, fact), key=lambda bound: _rank(bound.rule.outcome))
    grounds = (bound.words[language].texts[WHY] for bound in found)
    return next((words for words in grounds if words), "")


def _waiting(book: Rulebook, fact: str) -> Iterable[BoundRule]:
    for stage in ASKED_FOR:
        for bound in book.plans[stage].rules:
            bases = (book.base_facts.get(name, frozenset({name})) for name in bound.facts)
            if any(fact in base for base in bases):
                yield bound


def _rank(outcome: Outcome) -> int:
    return FIRST.index(outcome) if outcome in FIRST else len(FIRST)
