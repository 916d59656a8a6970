"""Days as a protocol gives them, each answer kept: a study asks the same few hundred things."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from patency.core.facts import FactValue
from patency.core.protocol.model import Protocol
from patency.core.protocol.rulebook import rulebook_with
from patency.core.study.simulation.day_rules import AsProtocol, Known, Shape


@dataclass(frozen=True, slots=True)
class ByProtocol:
    """A rule that asks a protocol, with other values for some of its parameters, and remembers.

    It holds the protocol and not its rulebook, whose rules are compiled code, so that it can be
    sent to another process or machine.
    """

    protocol: Protocol
    values: tuple[tuple[str, FactValue], ...] = ()
    answers: dict[Known, Shape] = field(default_factory=dict)

    def __call__(self, known: Known) -> Shape:
        """Return the days of a cycle were everything open."""
        if known not in self.answers:
            self.learn([known])
        return self.answers[known]

    def learn(self, asked: Iterable[Known]) -> None:
        """Ask the protocol beforehand."""
        missing = set(asked) - self.answers.keys()
        if missing:
            rule = AsProtocol(rulebook_with(self.protocol, dict(self.values)))
            self.answers.update({known: rule(known) for known in missing})
