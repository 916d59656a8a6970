"""The five worlds of the benchmark, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from patency.core.protocol.rulebook import Rulebook
from patency.core.study.simulation.day_rules import W1, W2, W3, AsProtocol, Rule

AS_SHIPPED = "W5"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is special about a world."""

    name: str
    says: str
    rule: Rule
    asks_shortest_cycle: bool = False
    looks_for_ovulation: bool = False
    """Whether a woman is turned away once she has ovulated; the place is then wasted."""


def worlds(book: Rulebook) -> Mapping[str, Kind]:
    """Return every world by its name, the protocol as it ships first."""
    kinds = (
        Kind(AS_SHIPPED, "the days of the protocol as it ships", AsProtocol(book), True),
        Kind("W1", "days 3 to 7 after bleeding, a test on any open day from day 2 before it", W1),
        Kind("W2", "to the letter: test on day 2 or 3, examination 1 or 2 days later", W2),
        Kind("W3", "cycle days 7 to 11 once bleeding has ended", W3),
        Kind("W4", "as W1, turned away on or after ovulation", W1, looks_for_ovulation=True),
    )
    return {kind.name: kind for kind in kinds}
