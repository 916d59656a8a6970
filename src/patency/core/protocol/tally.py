"""Many decisions decided by two versions, counted: how many would have gone another way."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from patency.core.protocol.compare import DecisionDifference

EXAMPLES = 100


@dataclass(slots=True)
class Tally:
    """What came out differently, counted; nothing about any one woman but ids of decisions."""

    decided: int = 0
    erased: int = 0
    """Decisions whose facts were erased: they cannot be made again."""
    turned: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By stage, the verdict then and the verdict now."""
    fires_now: Counter[str] = field(default_factory=Counter)
    fires_no_more: Counter[str] = field(default_factory=Counter)
    asks_now: Counter[str] = field(default_factory=Counter)
    asks_no_more: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str, str, str]] = field(default_factory=list)
    """The first of those whose verdict changed: id, stage, verdict then, verdict now."""

    @property
    def changed(self) -> int:
        """How many verdicts changed."""
        return sum(self.turned.values())

    def add(self, name: str, both: DecisionDifference) -> None:
        """Count one decision made by both versions; ``name`` is its id."""
        self.decided += 1
        self.fires_now.update(both.fires_now)
        self.fires_no_more.update(both.fires_no_more)
        self.asks_now.update(both.asks_now)
        self.asks_no_more.update(both.asks_no_more)
        if not both.verdict_changed:
            return
        stage, before, after = both.old.stage.value, both.old.verdict, both.new.verdict
        self.turned[stage, before, after] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((name, stage, before, after))

    def as_data(self) -> dict[str, Any]:
        """Return the counts as JSON can hold them, the largest first."""
        return {
            "decided": self.decided,
            "erased": self.erased,
            "changed": self.changed,
            "turned": [[*which, count] for which, count in self.turned.most_common()],
            "fires_now": self.fires_now.most_common(),
            "fires_no_more": self.fires_no_more.most_common(),
            "asks_now": self.asks_now.most_common(),
            "asks_no_more": self.asks_no_more.most_common(),
            "examples": [list(each) for each in self.examples],
        }
