"""How many full booking-stage decisions one core makes in a second.

    make bench-decide                         20,000 distinct women, five rounds
    make bench-decide ARGS="--profile"        where the time goes

Every decision is complete: derived facts, every rule of the stage, every sentence of every rule
that fires. Nothing is kept between cases. The women are made before the clock starts, from the
protocol's own examples and with a fixed seed: about half are clear, the others have one to four
rules fired, some with answers missing.

To compare: cql-execution, a JavaScript engine of the clinical quality language, makes 11,600
decisions a second on a gate of eight lines, without saying why.
"""

import argparse
import cProfile
import pstats
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from time import perf_counter, process_time

from patency.config.data import load_protocol
from patency.core.facts import Facts, FactValue, Kind
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Example, Protocol, Rule, Stage
from patency.core.protocol.rulebook import Rulebook, rulebook

GOAL = 40_000
SEED = 20_251_001
SHARE_CLEAR, SHARE_MISSING = 0.5, 0.15
MOST_RULES, MOST_MISSING = 4, 3
JITTER = 0.4  # how far a measured number strays from the example's, in its own unit
DAYS_TO_SPREAD_OVER = 1460


@dataclass(frozen=True, slots=True)
class Trouble:
    """A rule, and facts that make it fire; days are kept as distances from the examination."""

    rule: str
    given: tuple[tuple[str, FactValue | timedelta], ...]


def main(arguments: Sequence[str]) -> None:
    """Make the women, time the decisions, print what came out."""
    asked = argparse.ArgumentParser(description="Decisions a second on one core.")
    asked.add_argument("--protocol", default="hsg/2026-1")
    asked.add_argument("--stage", default=Stage.BOOKING.value)
    asked.add_argument("--cases", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--profile", action="store_true", help="show where the time goes")
    options = asked.parse_args(arguments)

    protocol = load_protocol(options.protocol)
    book, stage = rulebook(protocol), Stage(options.stage)
    women = made_women(book, stage, options.cases)
    describe(book, stage, women)
    if options.profile:
        with cProfile.Profile() as profile:
            one_round(book, stage, women)
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)
        return
    rounds = [one_round(book, stage, women) for _ in range(options.rounds)]
    on_one_core = [len(women) / busy for busy, _ in rounds]
    print("decisions a second (least / median / most of " + f"{options.rounds} rounds)")
    print(f"  of one core's own time: {spread(on_one_core)}")
    print(f"  by the clock on the wall: {spread([len(women) / wall for _, wall in rounds])}")
    print(f"goal: {GOAL:,} on one core; median over goal: {median(on_one_core) / GOAL:.2f}")


def one_round(book: Rulebook, stage: Stage, women: Sequence[Facts]) -> tuple[float, float]:
    """Return the seconds it takes to decide about every woman once: the core's, and the wall's.

    The two differ when other programs want the core as well.
    """
    begun, busy = perf_counter(), process_time()
    for facts in women:
        decide(book, stage, facts)
    return process_time() - busy, perf_counter() - begun


def spread(numbers: Sequence[float]) -> str:
    """Return the least, the median and the most."""
    return f"{min(numbers):,.0f} / {median(numbers):,.0f} / {max(numbers):,.0f}"


def describe(book: Rulebook, stage: Stage, women: Sequence[Facts]) -> None:
    """Print what is being decided, so that the number can be judged."""
    decisions = [decide(book, stage, facts) for facts in women]
    verdicts = Counter(each.verdict for each in decisions)
    fired = Counter(min(len(each.reasons), 5) for each in decisions)
    words = sum(
        len(text) for each in decisions for reason in each.reasons for text in reason[1:]
    ) / max(1, sum(len(each.reasons) for each in decisions))
    print(f"protocol {book.protocol.version}, stage {stage}")
    print(
        f"{len(book.plans[stage].rules)} active rules, {len(book.plans[stage].derived)} derived "
        f"facts, {sum(len(facts) for facts in women) / len(women):.0f} facts a woman"
    )
    print(f"{len(women):,} distinct women: " + shares(verdicts, len(women)))
    print(
        "rules fired: "
        + shares({"5 or more" if n == 5 else str(n): fired[n] for n in sorted(fired)}, len(women))
        + f"; {words:.0f} letters of words a reason"
    )


def shares(counted: dict[str, int], total: int) -> str:
    """Return counts as percentages."""
    return ", ".join(f"{name} {100 * count / total:.1f} %" for name, count in counted.items())


def made_women(book: Rulebook, stage: Stage, number: int) -> list[dict[str, FactValue]]:
    """Return so many distinct women's facts, the same ones at every run."""
    chance = random.Random(SEED)
    clear = clear_facts(book.protocol, stage)
    troubles = list(known_troubles(book, stage))
    women: dict[tuple[tuple[str, FactValue], ...], dict[str, FactValue]] = {}
    while len(women) < number:
        facts = strayed(book, stage, clear, chance)
        if chance.random() >= SHARE_CLEAR:
            trouble(facts, troubles, chance)
        women.setdefault(tuple(sorted(facts.items())), facts)
    return list(women.values())


def clear_facts(protocol: Protocol, stage: Stage) -> dict[str, FactValue]:
    """Return the fullest case of the protocol in which nothing stands in the way."""
    cases = [case for case in protocol.cases if case.stage is stage and case.verdict == "CLEAR"]
    if not cases:
        sys.exit(f"{protocol.version} has no case with the verdict CLEAR at {stage}; add one.")
    return dict(max(cases, key=lambda case: len(case.given)).given)


def strayed(
    book: Rulebook, stage: Stage, clear: Facts, chance: random.Random
) -> dict[str, FactValue]:
    """Return the clear facts on other days and with other measurements, still clear."""
    while True:
        later = timedelta(days=chance.randrange(DAYS_TO_SPREAD_OVER))
        facts: dict[str, FactValue] = {}
        for name, value in clear.items():
            kind = book.protocol.facts[name].kind
            if isinstance(value, date):
                facts[name] = value + later
            elif kind is Kind.NUMBER and isinstance(value, float | int):
                facts[name] = round(value + chance.uniform(-JITTER, JITTER), 2)
            elif kind is Kind.COUNT and isinstance(value, int):
                facts[name] = max(0, value + chance.choice((-1, 0, 0, 1)))
            else:
                facts[name] = value
        if decide(book, stage, facts).verdict == "CLEAR":
            return facts


def known_troubles(book: Rulebook, stage: Stage) -> Sequence[Trouble]:
    """Return what makes each rule of the stage fire, from its own examples."""
    rules = [bound.rule for bound in book.plans[stage].rules]
    return [
        Trouble(rule.id, tuple(from_exam(example.given).items()))
        for rule in rules
        for example in firing(rule)
    ]


def firing(rule: Rule) -> Sequence[Example]:
    """Return the examples in which the rule fires as shipped."""
    return [
        each for each in rule.examples if each.then == rule.outcome.value and not each.parameters
    ]


def from_exam(given: Facts) -> dict[str, FactValue | timedelta]:
    """Return facts with days as distances from the latest of them, so that they can be moved."""
    days = [value for value in given.values() if type(value) is date]
    exam = given.get("exam_date", max(days, default=date.min))
    return {
        name: value - exam if type(value) is date and type(exam) is date else value
        for name, value in given.items()
    }


def trouble(
    facts: dict[str, FactValue], troubles: Sequence[Trouble], chance: random.Random
) -> None:
    """Change the facts so that up to four rules fire, and leave some answers out."""
    exam = facts.get("exam_date")
    for one in chance.sample(troubles, chance.randint(1, MOST_RULES)):
        for name, value in one.given:
            if not isinstance(value, timedelta):
                facts[name] = value
            elif type(exam) is date:
                facts[name] = exam + value
    if chance.random() < SHARE_MISSING:
        for name in chance.sample(sorted(facts), min(MOST_MISSING, len(facts))):
            del facts[name]


if __name__ == "__main__":
    main(sys.argv[1:])
