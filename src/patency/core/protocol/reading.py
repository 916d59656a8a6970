"""Reading a data file strictly: every key known, every kind right, every problem said at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from patency.core.document import DocumentRefused
from patency.core.facts import did_you_mean


class DataRefused(DocumentRefused):
    """A data file is wrong; the message lists every problem with file, field and what to do."""


@dataclass(slots=True)
class Problems:
    """What is wrong so far; all of it is reported together."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, where: str, problem: str) -> None:
        """Note one problem and where it stands."""
        place = f"{file}: {where}: " if where else f"{file}: "
        self.found.append(place + problem)

    def raise_if_any(self, what: str) -> None:
        """Raise ``DataRefused`` listing everything, when anything was found."""
        if self.found:
            lines = "\n".join(f"  - {problem}" for problem in self.found)
            raise DataRefused(f"{what} is refused; nothing of it is used.\n{lines}")


@dataclass(slots=True)
class Table:
    """One table of a data file, read key by key; what is left unread at the end is unknown."""

    file: str
    where: str
    raw: Mapping[str, Any]
    problems: Problems
    _read: set[str] = field(default_factory=set)

    def problem(self, key: str, sentence: str) -> None:
        """Note a problem with one key of this table."""
        self.problems.add(self.file, f"{self.where}.{key}" if self.where else key, sentence)

    def _take(self, key: str, kinds: tuple[type, ...], word: str, default: Any) -> Any:
        self._read.add(key)
        if key not in self.raw:
            if default is ...:
                self.problem(key, f"is missing; give {word}.")
                return None
            return default
        value = self.raw[key]
        wrong_bool = isinstance(value, bool) and bool not in kinds
        if not isinstance(value, kinds) or wrong_bool:
            self.problem(key, f"{value!r} is not {word}.")
            return None if default is ... else default
        return value

    def text(self, key: str, default: Any = ...) -> str:
        """Return a text; an absent one without a default is a problem and gives an empty text."""
        return self._take(key, (str,), "a text in quotes", default) or ""

    def filled(self, key: str) -> str:
        """Return a text that may not be empty."""
        value = self.text(key)
        if key in self.raw and value == "":
            self.problem(key, "is empty; say it.")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        return bool(self._take(key, (bool,), "true or false", default))

    def number(self, key: str, default: Any = ...) -> float | None:
        """Return a number, or None."""
        value: float | None = self._take(key, (int, float), "a number", default)
        return value

    def day(self, key: str) -> date:
        """Return a day written without quotes."""
        value = self._take(key, (date,), "a day such as 2027-11-01", ...)
        if isinstance(value, datetime):
            self.problem(key, f"{value} is not a day such as 2027-11-01.")
            return date.max
        return date.max if value is None else date(value.year, value.month, value.day)

    def texts(self, key: str, default: Any = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key, (list,), "a list of texts", default)
        if any(not isinstance(one, str) for one in value or ()):
            self.problem(key, "has something other than texts in its list.")
            return ()
        return tuple(value or ())

    def word(self, key: str, allowed: Iterable[str], default: Any = ...) -> str | None:
        """Return a text that is one of the allowed words, or None after noting the problem."""
        allowed = tuple(allowed)
        value = self._take(key, (str,), f"one of {', '.join(allowed)}", default)
        if value is not None and value not in allowed and value != default:
            self.problem(
                key,
                f"{value!r} is not one of {', '.join(allowed)}.{did_you_mean(value, allowed)}",
            )
            return None
        return value if value is None else str(value)

    def table(self, key: str, default: Any = ...) -> "Table":
        """Return a table inside this one."""
        value = self._take(key, (dict,), "a table", default)
        where = f"{self.where}.{key}" if self.where else key
        return Table(self.file, where, value or {}, self.problems)

    def tables(self, key: str, default: Any = ...) -> tuple["Table", ...]:
        """Return the tables of a list of tables."""
        value = self._take(key, (list,), "a list of tables", default) or ()
        where = f"{self.where}.{key}" if self.where else key
        return tuple(
            Table(self.file, f"{where}[{number}]", one, self.problems)
            for number, one in enumerate(value, start=1)
            if isinstance(one, dict)
        )

    def anything(self, key: str) -> Any:
        """Return what stands there, whatever it is; None when absent."""
        self._read.add(key)
        return self.raw.get(key)

    def children(self) -> tuple[tuple[str, "Table"], ...]:
        """Return every key of this table with its own table, when all of them are tables."""
        self._read |= set(self.raw)
        found = []
        for key, value in self.raw.items():
            if isinstance(value, dict):
                where = f"{self.where}.{key}" if self.where else key
                found.append((key, Table(self.file, where, value, self.problems)))
            else:
                self.problem(key, f"{value!r} is not a table.")
        return tuple(found)

    def allow(self, keys: Iterable[str]) -> None:
        """Count keys as known here although none of them need be read."""
        self._read |= set(keys)

    def nothing_else(self) -> None:
        """Note every key that nobody read, with the nearest one that is allowed."""
        for key in self.raw.keys() - self._read:
            self.problem(
                key,
                f"is not a key we know here; allowed are {', '.join(sorted(self._read))}."
                f"{did_you_mean(key, self._read)}",
            )
