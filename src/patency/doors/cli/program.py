"""What every command is handed, how it speaks, and how it refuses."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from patency.core.facts import did_you_mean
from patency.core.protocol.model import Protocol, Stage, Use
from patency.core.protocol.rulebook import Rulebook
from patency.service.house import House


class Refused(Exception):
    """A command cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Program:
    """What config joined for the commands."""

    house: Callable[[], House]
    """Built when a command first asks for it."""
    freeze: Callable[[str], str]
    """Freezes a protocol version and returns its hash."""
    refusals: tuple[type[Exception], ...]
    """The errors we expect: each message says all a person needs."""
    work: Callable[[bool], None]
    """Runs the jobs that wait, once (True) or until stopped."""


def program(context: typer.Context) -> Program:
    """Return what the command was handed."""
    found = context.find_object(Program)
    assert found is not None, "commands are started by patency.config.entry"
    return found


def console() -> Console:
    """Return where people read: the terminal, or plain text into a file."""
    return Console(highlight=False, soft_wrap=False)


def print_json(value: object) -> None:
    """Print a value for a program to read: keys in the order given, days as ISO 8601."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_as_json))


def _as_json(value: Any) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def note(sentence: str) -> None:
    """Say something beside the result, where a program that reads the result does not see it."""
    print(sentence, file=sys.stderr)


_JSON_NAMES = {
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
FACTS = (
    'an object of facts. Write {"fact": value, …}; `patency decide --example booking` prints one.'
)


def read_json(path: Path, *, wanted: str = FACTS) -> Mapping[str, object]:
    """Return a JSON object from a file, or from standard input for ``-``.

    ``wanted`` is what a refusal says the file should hold, and where to get it.
    """
    name = "standard input" if str(path) == "-" else path.name
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}). Name a JSON file.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{name}: is not UTF-8 text. Save it as UTF-8.") from error
    try:
        found = json.loads(text, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{name}: is not JSON ({error}). Mend it there.") from error
    if not isinstance(found, dict):
        raise Refused(f"{name}: holds {_JSON_NAMES[type(found)]}, not {wanted}")
    return found


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands in it more than once")
    return dict(pairs)


def rulebook_for(house: House, version: str, site: str) -> Rulebook:
    """Return the rulebook a command decides with: the protocol named, the site's, or the default.

    A protocol for study decides about nobody, so it is refused here.
    """
    chosen = version or (house.site(site).protocol if site else house.default_protocol)
    protocol = house.protocol(chosen)
    if site:
        house.site(site)
    check_clinical(protocol)
    return house.rulebooks(chosen, site)


def check_clinical(protocol: Protocol) -> None:
    """Return nothing, or raise ``Refused`` for a protocol that is only for study."""
    if protocol.use is Use.STUDY:
        raise Refused(
            f"Protocol {protocol.version} is for study only: it decides about no woman. Only "
            "trace, compare and study may load it. Name a clinical protocol with --protocol "
            "(`patency protocol list`)."
        )


def stage_named(raw: str) -> Stage:
    """Return the stage of that name. Raises ``Refused`` naming them all."""
    if raw not in set(Stage):
        stages = [stage.value for stage in Stage]
        raise Refused(
            f"There is no stage {raw!r}; there are {', '.join(stages)}.{did_you_mean(raw, stages)}"
        )
    return Stage(raw)


def parse_day(raw: str) -> date:
    """Return a calendar day written as 2025-09-29."""
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise typer.BadParameter(f"{raw!r} is not a day such as 2025-09-29 ({error}).") from error


@cache
def set_up_django() -> None:
    """Load the settings and the tables; only commands that need them pay for it."""
    import django

    django.setup()
