"""What is told about the examination before anybody signs in: part by part, each with its ground.

The parts, who answers for each, until when, and what they rest on stand in ``leaflets/*.toml``; the
words in ``locale/<code>/leaflets/*.toml``. A part without words in every language is refused.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from patency.core.document import Table
from patency.core.facts import FactValue
from patency.core.language import Language
from patency.core.protocol.model import Evidence
from patency.core.protocol.words import Template, template

TOPICS = ("examination", "bleeding", "rest", "trying", "fertile-days", "positive-test")
KINDS = ("text", "emergency", "urgent", "call", "self-care", "contested")
"""What a part is: words, one of the four care cards, or what is said differently."""
FOR_MEDIA = ("any", "oil")
LETTERS = tuple(letter.value for letter in Evidence)
HOW_TO = "docs/how-to/change-a-leaflet.md"


@dataclass(frozen=True, slots=True)
class Work:
    """A work a leaflet rests on."""

    title: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """One work that one part rests on, and how well it is founded."""

    source: str
    evidence: str
    """The evidence letter."""


@dataclass(frozen=True, slots=True)
class PartWords:
    """One part in one language; places such as ``{bleeding_days_after}`` are still open."""

    title: Template
    text: tuple[Template, ...]
    points: tuple[Template, ...]
    """What is listed: of a contested part who says what, in the order of its grounds."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a page: what it is, who answers for it, and what it rests on."""

    id: str
    topic: str
    kind: str
    medium: str
    """``oil`` where it is only told by a site that keeps oil contrast."""
    owner: str
    """A role, never a person's name."""
    signed_off_by: str
    review: date
    because: tuple[Ground, ...]
    words: Mapping[str, PartWords]
    """By language."""


@dataclass(frozen=True, slots=True)
class Said:
    """One part as a page shows it, every place filled."""

    part: Part
    title: str
    text: tuple[str, ...]
    points: tuple[str, ...]
    works: tuple[tuple[Work, str], ...]
    """What it rests on, each with its evidence letter."""

    @property
    def who_says_what(self) -> tuple[tuple[str, Work, str], ...]:
        """Of a contested part: each position, who says so, and the evidence letter."""
        pairs = zip(self.points, self.works, strict=True)
        return tuple((point, work, letter) for point, (work, letter) in pairs)


@dataclass(frozen=True, slots=True)
class Leaflet:
    """Every part, in the order they are told."""

    parts: tuple[Part, ...]
    works: Mapping[str, Work]
    languages: Mapping[str, Language]

    def told(
        self,
        topic: str,
        *,
        language: str,
        media: Collection[str],
        values: Mapping[str, FactValue],
    ) -> tuple[Said, ...]:
        """Return the parts of a topic in a language, for a site that keeps contrast of ``media``.

        ``values`` are the numbers of the protocol and the site, by name.
        """
        return tuple(
            self._said(part, language, values)
            for part in self.parts
            if part.topic == topic and (part.medium == "any" or part.medium in media)
        )

    def _said(self, part: Part, language: str, values: Mapping[str, FactValue]) -> Said:
        words, spoken = part.words[language], self.languages[language]
        return Said(
            part,
            words.title.fill(values, spoken),
            tuple(each.fill(values, spoken) for each in words.text),
            tuple(each.fill(values, spoken) for each in words.points),
            tuple((self.works[ground.source], ground.evidence) for ground in part.because),
        )


def parse_leaflet(
    document: Mapping[str, object],
    words: Mapping[str, Mapping[str, object]],
    *,
    file_name: str,
    languages: Mapping[str, Language],
    works: Mapping[str, Work],
    numbers: Collection[str],
) -> Leaflet:
    """Return a leaflet. Raises ``DocumentRefused`` naming all that is wrong with its files.

    ``works`` are those the protocol knows, to which the document adds its own; ``numbers`` the
    names a place may have.
    """
    top = Table(document, file_name)
    every = {**works, **_works(top)}
    wrong: list[str] = []
    spoken = {
        code: Table(words.get(code, {}), f"locale/{code}/{file_name}", wrong=wrong)
        for code in languages
    }
    parts: dict[str, Part] = {}
    for one in top.tables("part"):
        part = _part(one, spoken, every, numbers)
        if part.id in parts:
            one.refuse("id", f"{part.id!r} comes twice. Give each part its own name.")
        parts[part.id] = part
    top.close()
    for table in spoken.values():
        table.close()
    top.wrong += wrong
    top.finish(see=HOW_TO)
    return Leaflet(tuple(parts.values()), every, languages)


def _works(top: Table) -> dict[str, Work]:
    found: dict[str, Work] = {}
    for one in top.tables("source", may_be_empty=True):
        found[one.slug("id")] = Work(one.text("title"), one.text("link", default=""))
        one.close()
    return found


def _part(
    one: Table, spoken: Mapping[str, Table], works: Mapping[str, Work], numbers: Collection[str]
) -> Part:
    name = one.slug("id")
    kind = one.choice("kind", KINDS)
    grounds = []
    for each in one.tables("because"):
        source = each.choice("source", sorted(works))
        grounds.append(Ground(source, each.choice("evidence", LETTERS)))
        each.close()
    if not grounds:
        one.refuse("because", "names no work. Say what it rests on; our own proposal is one too.")
    part = Part(
        id=name,
        topic=one.choice("topic", TOPICS),
        kind=kind,
        medium=one.choice("medium", FOR_MEDIA) if one.has("medium") else "any",
        owner=one.text("owner", what="a role such as lead radiologist"),
        signed_off_by=str(one.raw.get("signed_off_by", "")),
        review=one.day("review"),
        because=tuple(grounds),
        words={code: _words(table, name, numbers) for code, table in spoken.items()},
    )
    one.has("signed_off_by")
    if kind == "contested":
        for code, table in spoken.items():
            if len(part.words[code].points) != len(grounds):
                table.refuse(
                    f"{name}.points",
                    f"says {len(part.words[code].points)} things, but {len(grounds)} works are "
                    "named. Say for each work, in their order, what it says.",
                )
    one.close()
    return part


def _words(table: Table, name: str, numbers: Collection[str]) -> PartWords:
    one = table.table(name)
    found = PartWords(
        _template(one, "title", one.text("title"), numbers),
        _templates(one, "text", numbers),
        _templates(one, "points", numbers),
    )
    one.close()
    if not (found.text or found.points) and table.has(name):
        one.refuse("text", "is missing, and so are points. Say something in at least one.")
    return found


def _templates(one: Table, key: str, numbers: Collection[str]) -> tuple[Template, ...]:
    if not one.has(key):
        return ()
    return tuple(_template(one, key, each, numbers) for each in one.words(key))


def _template(one: Table, key: str, text: str, numbers: Collection[str]) -> Template:
    try:
        found = template(text)
    except ValueError:
        one.refuse(key, "leaves a bracket open. Close it, or write {{ for a bracket itself.")
        return template("")
    for name in sorted(found.names - set(numbers)):
        one.refuse(
            key,
            f"speaks of {{{name}}}, which no protocol and no site file knows. Write the number, "
            "or the name of a parameter.",
        )
    return found
