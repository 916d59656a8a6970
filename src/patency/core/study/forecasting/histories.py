"""Women's cycles in their order, from a table of a study, for trying the forecast on them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from patency.core.cycle.diary import LONGEST_CYCLE_DAYS
from patency.core.study.cycles import (
    HIGHEST,
    LENGTH,
    NUMBER,
    WOMAN,
    CycleRow,
    CyclesRefused,
    parse_rows,
)

NEEDED = (WOMAN, NUMBER, LENGTH)
# A length beyond any cycle is a pause in what was written down: taken, and then left out.
LONGEST_PAUSE = 9999


@dataclass(frozen=True, slots=True)
class History:
    """One woman's cycles, oldest first; a length is None where there is a gap."""

    woman: str
    """Her identifier in the table; where it was given to two women, both bear it."""
    cycles: tuple[CycleRow, ...]

    @property
    def lengths(self) -> tuple[int, ...]:
        """The known lengths of her cycles in days, oldest first."""
        return tuple(row.length for row in self.cycles if row.length is not None)

    @property
    def bleeding_days(self) -> tuple[int, ...]:
        """The known lengths of her bleeding in days, oldest first."""
        return tuple(row.menses for row in self.cycles if row.menses is not None)


@dataclass(frozen=True, slots=True)
class Histories:
    """The women of a table, in the order they first stand in it."""

    women: tuple[History, ...]
    rows: int
    gaps: int
    """Rows without a length, or with one longer than any cycle."""


def parse_histories(lines: Iterable[str], file: str) -> Histories:
    """Return the women of a comma-separated table of cycles. Raises ``CyclesRefused``.

    Needed are the columns ClientID, CycleNumber and LengthofCycle; LengthofMenses and
    EstimatedDayofOvulation may stand beside them. Rows of one identifier are put in the order of
    their numbers; if a number stands there twice, they keep their order, and a number that does not
    go up begins another woman.
    """
    rows = parse_rows(lines, file, needed=NEEDED, highest={**HIGHEST, LENGTH: LONGEST_PAUSE})
    by_identifier: dict[str, list[CycleRow]] = {}
    for row in rows:
        by_identifier.setdefault(row.woman, []).append(_without_pause(row))
    women = tuple(
        History(woman, tuple(one)) for woman, own in by_identifier.items() for one in _series(own)
    )
    gaps = sum(row.length is None for history in women for row in history.cycles)
    if gaps == len(rows):
        raise CyclesRefused(
            f"{file}: none of its {len(rows)} rows has a {LENGTH} from 1 to {LONGEST_CYCLE_DAYS} "
            "days, so there is no cycle to learn from. Fill it in for at least one."
        )
    return Histories(women, len(rows), gaps)


def _without_pause(row: CycleRow) -> CycleRow:
    if row.length is None or row.length <= LONGEST_CYCLE_DAYS:
        return row
    return CycleRow(row.woman, row.number, None, row.menses, row.ovulation_day)


def _series(rows: Sequence[CycleRow]) -> Iterator[list[CycleRow]]:
    if len({row.number for row in rows}) == len(rows):
        yield sorted(rows, key=lambda row: row.number)
        return
    own: list[CycleRow] = []
    for row in rows:
        if own and row.number <= own[-1].number:
            yield own
            own = []
        own.append(row)
    yield own
