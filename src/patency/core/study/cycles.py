"""Real cycles from a table of a study: who, how long, how long she bled, when she ovulated.

A blank is an honest "not known" and leaves its row out, counted. Anything else that is not a whole
number in its range is refused with its line, because a study of wrong numbers is worse than none.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from patency.core.document import DocumentRefused
from patency.core.facts import did_you_mean

WOMAN, NUMBER = "ClientID", "CycleNumber"
LENGTH, MENSES, OVULATION = "LengthofCycle", "LengthofMenses", "EstimatedDayofOvulation"
COLUMNS = (WOMAN, NUMBER, LENGTH, MENSES, OVULATION)
LONGEST = 200  # days; longer is no cycle but a pause, or a slip of the pen
HIGHEST: Mapping[str, int] = {NUMBER: 1000, LENGTH: LONGEST, MENSES: LONGEST, OVULATION: LONGEST}
WHOLE = re.compile(r"[0-9]{1,9}(\.0*)?")  # spreadsheets write 29 as 29.0
CYCLES_REMEMBERED = 6
PROBLEMS_TOLD = 10


class CyclesRefused(DocumentRefused):
    """A table of cycles is wrong; the message names the file, the lines and what is allowed."""


@dataclass(frozen=True, slots=True)
class RealCycle:
    """One cycle as it was; days of the cycle begin at 1, the first day of bleeding."""

    woman: str
    number: int
    length: int | None
    menses: int
    ovulation_day: int
    """As it was estimated afterwards; nobody could know it on the day."""
    shortest_before: int | None
    """Her shortest of up to six cycles before this one; None in her first."""


@dataclass(frozen=True, slots=True)
class RealCycles:
    """The cycles that can be counted, and how many rows could not."""

    counted: tuple[RealCycle, ...]
    women: int
    rows: int
    left_out: int
    """Rows without the length of bleeding or without the day of ovulation."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One row of the table as it stands there."""

    woman: str
    number: int
    length: int | None
    menses: int | None
    ovulation_day: int | None


def parse_cycles(lines: Iterable[str], file: str) -> RealCycles:
    """Return the cycles of a comma-separated table. Raises ``CyclesRefused``."""
    rows = parse_rows(lines, file)
    counted = tuple(_counted(rows))
    if not counted:
        raise CyclesRefused(
            f"{file}: none of its {len(rows)} cycles has both {MENSES} and {OVULATION}, so there "
            "is nothing to count. Fill in both for at least one cycle."
        )
    return RealCycles(
        counted, len({one.woman for one in counted}), len(rows), len(rows) - len(counted)
    )


def parse_rows(
    lines: Iterable[str],
    file: str,
    *,
    needed: Sequence[str] = COLUMNS,
    highest: Mapping[str, int] = HIGHEST,
) -> list[CycleRow]:
    """Return every row of a comma-separated table that is not blank. Raises ``CyclesRefused``.

    Columns that are not ``needed`` may be missing; what would stand in them is then not known.
    """
    problems: list[str] = []
    try:
        rows = list(_rows(lines, file, needed, highest, problems))
    except csv.Error as error:
        raise CyclesRefused(
            f"{file}: is not a comma-separated table ({error}). Save it as CSV in UTF-8."
        ) from error
    if not problems and not rows:
        problems.append(f"{file}: holds no cycle below its first line. Give one cycle a line.")
    if problems:
        more = len(problems) - PROBLEMS_TOLD
        told = [*problems[:PROBLEMS_TOLD], *([f"… and {more} more."] if more > 0 else [])]
        raise CyclesRefused("\n".join(told))
    return rows


def _rows(
    lines: Iterable[str],
    file: str,
    needed: Sequence[str],
    highest: Mapping[str, int],
    problems: list[str],
) -> Iterator[CycleRow]:
    reader = csv.reader(lines)
    head = next(reader, None)
    if head is None:
        raise CyclesRefused(
            f"{file}: is empty. Its first line must name the columns {', '.join(needed)}."
        )
    names = [name.strip().removeprefix("\ufeff") for name in head]
    missing = [name for name in needed if name not in names]
    if missing:
        hints = "".join(did_you_mean(name, names) for name in missing)
        raise CyclesRefused(
            f"{file}: line 1: no column is called {' or '.join(missing)}.{hints} The first line "
            f"must name the columns {', '.join(needed)}, in any order and among others."
        )
    place = {name: names.index(name) for name in COLUMNS if name in names}
    for fields in reader:
        if any(field.strip() for field in fields):
            yield _row(fields, place, highest, reader.line_num, file, problems)


def _row(
    fields: Sequence[str],
    place: Mapping[str, int],
    highest: Mapping[str, int],
    line: int,
    file: str,
    problems: list[str],
) -> CycleRow:
    def text(column: str) -> str:
        return fields[place[column]].strip() if place.get(column, len(fields)) < len(fields) else ""

    def number(column: str) -> int | None:
        raw = text(column)
        value = int(raw.partition(".")[0]) if WHOLE.fullmatch(raw) else None
        lowest = 0 if column == NUMBER else 1
        if raw and (value is None or not lowest <= value <= highest[column]):
            problems.append(
                f"{file}: line {line}: {column}: {raw!r} is not a whole number from {lowest} to "
                f"{highest[column]}. Correct it, or leave it blank where it is not known."
            )
        return value

    before = len(problems)
    length, menses, ovulation = number(LENGTH), number(MENSES), number(OVULATION)
    order = number(NUMBER)
    for column in (WOMAN, NUMBER):
        if not text(column):
            problems.append(f"{file}: line {line}: {column}: is blank. Say whose cycle it is.")
    if len(problems) == before and length is not None:
        for column, value in ((MENSES, menses), (OVULATION, ovulation)):
            if value is not None and value > length:
                problems.append(
                    f"{file}: line {line}: {column}: {value} days do not fit into a cycle of "
                    f"{length} days ({LENGTH}). It must be {length} or less; correct one of them."
                )
    return CycleRow(text(WOMAN), order or 0, length, menses, ovulation)


def _counted(rows: Iterable[CycleRow]) -> Iterator[RealCycle]:
    # Cycles of a woman stand in their order. A number that does not go up begins a new series: in
    # the published table some identifiers were given twice, and nobody knows to whom.
    earlier: dict[str, list[int]] = defaultdict(list)
    last: dict[str, int] = {}
    for row in rows:
        if row.number <= last.get(row.woman, 0):
            earlier[row.woman].clear()
        last[row.woman] = row.number
        lengths = earlier[row.woman][-CYCLES_REMEMBERED:]
        if row.menses is not None and row.ovulation_day is not None:
            yield RealCycle(
                row.woman,
                row.number,
                row.length,
                row.menses,
                row.ovulation_day,
                min(lengths, default=None),
            )
        if row.length is not None:
            earlier[row.woman].append(row.length)
