"""Which sentence of the articles is carried by what, and what shows that it works.

Rules, parameters, questions and messages cite their sentences themselves. A sheet beside the
protocols names the rest: services, states, what a site writes down, and the tests.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from patency.core.protocol.model import Protocol
from patency.core.protocol.reading import Problems, Table

RULE, PARAMETER, QUESTION, MESSAGE = "rule", "parameter", "question", "message"
SERVICE, CORE, STATE, SITE, ROW = "service", "core", "state", "site", "row"
EXAMPLE, CASE = "example", "case"
CARRIERS = (RULE, PARAMETER, QUESTION, MESSAGE, SERVICE, CORE, STATE, SITE)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One sentence, and what the data does not say of itself."""

    id: str
    says: str
    repeats: tuple[str, ...]
    """The rows that this one says again; it then has no carriers of its own."""
    carried_by: tuple[str, ...]
    checked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every sentence of the articles, and what carries it in one protocol besides its data."""

    protocol: str
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One sentence: what carries it, what checks it, where it is contested."""

    id: str
    says: str
    repeats: tuple[str, ...]
    carried_by: tuple[str, ...]
    """Each a kind and a name, such as ``rule:temperature-too-high``."""
    checked_by: tuple[str, ...]
    """``example:rule/name``, ``case:name`` or the node id of a test."""
    contested: tuple[str, ...]
    elsewhere: Mapping[str, tuple[str, ...]]
    """The same sentence in other protocols, by their version."""


def parse_sheet(raw: Mapping[str, Any], file: str) -> Sheet:
    """Return the sheet of a file. Raises ``DataRefused`` listing every problem."""
    problems = Problems()
    top = Table(file, "", raw, problems)
    protocol = top.filled("protocol")
    rows = []
    for each in top.tables("row"):
        row = SheetRow(
            each.filled("id"),
            each.filled("says"),
            each.texts("repeats"),
            each.texts("carried_by"),
            each.texts("checked_by"),
        )
        for carrier in row.carried_by:
            if carrier.partition(":")[0] not in CARRIERS or not carrier.partition(":")[2]:
                each.problem(
                    "carried_by",
                    f"{carrier!r} is not a kind and a name, such as service:payment.quote; the "
                    f"kinds are {', '.join(CARRIERS)}.",
                )
        each.nothing_else()
        rows.append(row)
    top.nothing_else()
    ids = [row.id for row in rows]
    for row in rows:
        if ids.count(row.id) > 1:
            problems.add(file, row.id, "stands here more than once; keep one.")
        for other in row.repeats:
            if other not in ids:
                problems.add(file, row.id, f"repeats {other!r}, which is no row of this file.")
    problems.raise_if_any(f"The sheet {file}")
    return Sheet(protocol, tuple(rows))


def trace(sheet: Sheet, protocol: Protocol, others: Iterable[Protocol] = ()) -> list[TraceRow]:
    """Return every sentence of the sheet with what carries and checks it in a protocol.

    What the sheet names besides counts only for the protocol it is written for.
    """
    found = Cited(protocol)
    beside = {other.version: Cited(other) for other in others}
    own = sheet.protocol == protocol.version
    return [
        TraceRow(
            id=row.id,
            says=row.says,
            repeats=row.repeats,
            carried_by=_once(
                *(f"{ROW}:{other}" for other in row.repeats),
                *found.carriers[row.id],
                *(row.carried_by if own else ()),
            ),
            checked_by=_once(
                *(f"{ROW}:{other}" for other in row.repeats),
                *found.checks[row.id],
                *(_examples(protocol, row.carried_by) if own else ()),
                *(row.checked_by if own else ()),
            ),
            contested=_once(*found.contested[row.id]),
            elsewhere={
                version: _once(*cited.carriers[row.id]) for version, cited in beside.items()
            },
        )
        for row in sheet.rows
    ]


class Cited:
    """What one protocol's data says of the sentences it rests on, by row."""

    def __init__(self, protocol: Protocol) -> None:
        self.carriers: dict[str, list[str]] = defaultdict(list)
        self.checks: dict[str, list[str]] = defaultdict(list)
        self.contested: dict[str, list[str]] = defaultdict(list)
        for kind, name, cited in _citing(protocol):
            for row in cited:
                self.carriers[row].append(f"{kind}:{name}")
        for row, carriers in self.carriers.items():
            self.checks[row] += _examples(protocol, carriers)
        for case in protocol.cases:
            for row in case.rows:
                self.checks[row].append(f"{CASE}:{case.name}")
        for claim in protocol.contested:
            for citation in claim.because:
                self.contested[citation.row].append(claim.id)


def _citing(protocol: Protocol) -> Iterator[tuple[str, str, Iterable[str]]]:
    for rule in protocol.rules:
        if rule.active:
            yield RULE, rule.id, (citation.row for citation in rule.because)
    for name, parameter in protocol.parameters.items():
        yield PARAMETER, name, (citation.row for citation in parameter.because)
    for name, fact in protocol.facts.types.items():
        yield QUESTION, name, fact.rows
    for message in protocol.messages:
        yield MESSAGE, message.id, (citation.row for citation in message.because)


def _examples(protocol: Protocol, carriers: Iterable[str]) -> Iterator[str]:
    for carrier in carriers:
        kind, _, name = carrier.partition(":")
        if kind == RULE:
            for example in protocol.rule(name).examples:
                yield f"{EXAMPLE}:{name}/{example.name}"


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
