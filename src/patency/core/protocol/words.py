"""The words a person reads: templates filled with facts and parameters, in her language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from string import Formatter

from patency.core.facts import FactValue
from patency.core.language import Language


def written(value: FactValue | None, language: Language) -> str:
    """Return a value as a person reads it: days with their weekday, numbers without a tail."""
    if type(value) is int:
        return str(value)
    if value is None:
        return language.unknown
    if isinstance(value, bool):
        return language.yes if value else language.no
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, datetime):
        return language.moment_in_text(value)
    if isinstance(value, date):
        return language.day(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with places for facts and parameters, written ``{name}``."""

    text: str
    pieces: tuple[tuple[str, str | None], ...]

    def fill(self, values: Mapping[str, FactValue], language: Language) -> str:
        """Return the sentence with its places filled; an unknown value is said to be unknown."""
        if len(self.pieces) == 1 and self.pieces[0][1] is None:
            return self.pieces[0][0]
        filled = []
        for literal, name in self.pieces:
            filled.append(literal)
            if name is not None:
                filled.append(written(values.get(name), language))
        return "".join(filled)

    def with_values(self, values: Mapping[str, FactValue], language: Language) -> "Template":
        """Return the sentence with these places filled, and every other place left open."""
        pieces: list[tuple[str, str | None]] = []
        begun = ""
        for literal, name in self.pieces:
            begun += literal
            if name is None:
                continue
            if name in values:
                begun += written(values[name], language)
            else:
                pieces.append((begun, name))
                begun = ""
        if begun or not pieces:
            pieces.append((begun, None))
        return Template(self.text, tuple(pieces))

    @property
    def names(self) -> frozenset[str]:
        """The names of the facts and parameters the sentence speaks of."""
        return frozenset(name for _, name in self.pieces if name is not None)


def template(text: str) -> Template:
    """Return the text as a template. Raises ``ValueError`` when a bracket is left open."""
    parsed = [(literal, name) for literal, name, _, _ in Formatter().parse(text)]
    return Template(text, tuple(parsed) or (("", None),))


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a rule says when it fires."""

    say: Template
    """What it means, to the woman."""
    why: Template
    """Why there is such a rule."""
    do: Template
    """What to do now."""
    come_back: Template
    """When something can happen next; empty where nothing waits."""
    staff: Template
    """The shortest true sentence, to staff."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one rule says at one site in one language; only her own facts are still open."""

    texts: tuple[str, ...]
    """To her, why, do, come back, to staff; those with an open place stand in ``open`` instead."""
    open: tuple[tuple[int, Template], ...]
    language: Language

    def fill(self, facts: Mapping[str, FactValue]) -> list[str]:
        """Return the five texts with her facts in them."""
        texts = list(self.texts)
        for place, sentence in self.open:
            texts[place] = sentence.fill(facts, self.language)
        return texts

    @property
    def names(self) -> frozenset[str]:
        """The facts it speaks of."""
        return frozenset(name for _, sentence in self.open for name in sentence.names)


def spoken(words: RuleWords, numbers: Mapping[str, FactValue], language: Language) -> Spoken:
    """Return a rule's words with the numbers of the protocol and the site in their places."""
    sentences = [
        each.with_values(numbers, language)
        for each in (words.say, words.why, words.do, words.come_back, words.staff)
    ]
    return Spoken(
        tuple("" if each.names else each.fill({}, language) for each in sentences),
        tuple((place, each) for place, each in enumerate(sentences) if each.names),
        language,
    )


@dataclass(frozen=True, slots=True)
class ProtocolWords:
    """Every word of one protocol in one language."""

    language: Language
    rules: Mapping[str, RuleWords]
    questions: Mapping[str, str]
    messages: Mapping[str, Template]
