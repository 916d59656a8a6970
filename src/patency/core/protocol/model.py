"""One released version of the rules, and what it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from patency.core.access import OverrideBy
from patency.core.facts import FactCatalogue, FactValue
from patency.core.protocol.conditions import Condition
from patency.core.protocol.expressions import Derived
from patency.core.protocol.words import ProtocolWords


class Stage(StrEnum):
    """When in a woman's journey a decision is made."""

    REGISTRATION = "registration"
    TENTATIVE = "tentative"
    VISIT = "visit"
    BOOKING = "booking"
    ARRIVAL = "arrival"
    EXAM = "exam"
    RELEASE = "release"
    AFTERCARE = "aftercare"
    CONCEPTION = "conception"
    PREGNANCY = "pregnancy"


class Outcome(StrEnum):
    """What a rule that fires asks for; earlier is worse."""

    BLOCK = "BLOCK"
    HOLD = "HOLD"
    FLAG = "FLAG"
    INFO = "INFO"

    @property
    def stops(self) -> bool:
        """Whether it stands in the way until someone who may has decided otherwise."""
        return self is not Outcome.INFO


class Urgency(StrEnum):
    """How soon someone must act; earlier is sooner."""

    EMERGENCY = "E"
    """Ambulance or emergency department, now."""
    URGENT = "U"
    """Assessed in person the same day."""
    CALL = "C"
    """A clinician calls back within 24 hours; appointment within 48 hours if unresolved."""
    SELF_CARE = "S"
    """Self-care, and the diary goes on."""


OUTCOME_ORDER = tuple(Outcome)
URGENCY_ORDER = tuple(Urgency)


class Evidence(StrEnum):
    """How well a statement is founded."""

    GUIDELINE = "G"
    TRIAL = "R"
    SINGLE_STUDY = "S"
    LEAFLET = "L"
    WEAK = "W"
    COMPUTED = "C"
    PROPOSAL = "D"
    """Our proposal: no source says it."""
    UNCONFIRMED = "K"
    """From general knowledge, not confirmed; alone it activates nothing."""


class Use(StrEnum):
    """What a protocol may be used for."""

    CLINICAL = "clinical"
    STUDY = "study"
    """Only to trace, compare and study; no site may name it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A work that statements rest on."""

    key: str
    title: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """The words a rule or number rests on, where they stand, and how good they are."""

    source: str
    evidence: Evidence
    quote: str = ""
    row: str = ""
    """The sentence row of the two articles, such as S2.9; empty when it is not from them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number or choice of the protocol, with its unit, its range and its source."""

    name: str
    value: FactValue
    unit: str
    meaning: str
    because: tuple[Citation, ...]
    owner: str
    review: date
    local: bool = False
    """Whether a site may set its own value within the range."""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A case that proves a rule."""

    name: str
    given: Mapping[str, FactValue]
    then: str
    parameters: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of the protocol and the words it rests on."""

    id: str
    stages: frozenset[Stage]
    outcome: Outcome
    override: OverrideBy
    owner: str
    signed_off_by: str
    review: date
    when: Condition
    because: tuple[Citation, ...]
    examples: tuple[Example, ...]
    timing: bool = False
    """Whether it speaks about days: the exam window is made of these rules."""
    urgency: Urgency | None = None

    @property
    def active(self) -> bool:
        """Whether it may fire: general knowledge alone activates nothing."""
        return any(citation.evidence is not Evidence.UNCONFIRMED for citation in self.because)

    @property
    def is_our_proposal(self) -> bool:
        """Whether no source says it but us."""
        return all(
            citation.evidence in (Evidence.PROPOSAL, Evidence.UNCONFIRMED)
            for citation in self.because
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A woman's facts at one stage and what the whole protocol must say to them."""

    name: str
    stage: Stage
    given: Mapping[str, FactValue]
    parameters: Mapping[str, FactValue]
    rows: tuple[str, ...]
    fires: frozenset[str]
    quiet: frozenset[str]
    asks: frozenset[str]
    verdict: str
    urgency: Urgency | None


@dataclass(frozen=True, slots=True)
class Contested:
    """Where sources disagree: who says what, and what this protocol does."""

    id: str
    claim: str
    against: str
    what_we_do: str
    because: tuple[Citation, ...]
    choice: str = ""
    """The site setting by which a clinic chooses; empty where there is nothing to choose."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something a patient should hear, when, and the sentence it rests on; words are separate."""

    id: str
    stage: Stage
    day: int
    """Days after the anchor (the exam day for aftercare)."""
    because: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version of the rules, complete and checked."""

    version: str
    use: Use
    title: str
    rules: tuple[Rule, ...]
    parameters: Mapping[str, Parameter]
    sources: Mapping[str, Source]
    facts: FactCatalogue
    derived: tuple[Derived, ...]
    words: Mapping[str, ProtocolWords]
    contested: tuple[Contested, ...] = ()
    cases: tuple[Case, ...] = ()
    messages: tuple[Message, ...] = ()
    released: str = ""
    """The hash it was frozen with; empty while it may still change."""

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of that id. Raises ``KeyError``."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(f"Protocol {self.version} has no rule {rule_id!r}.")

    def values(self) -> dict[str, FactValue]:
        """Return the value of every parameter by name."""
        return {name: parameter.value for name, parameter in self.parameters.items()}
