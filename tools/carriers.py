"""Takes one carrier of a sentence out of a copy of the program."""

import ast
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from patency.config.data import load_protocol
from patency.core.study.live import other_end

NOTHING = "nothing:"  # takes away only what every copy goes without: the proof on loading


class NotFound(Exception):
    """A carrier is named that the program does not have."""


def take_away(copy: Path, version: str, carrier: str) -> None:
    """Take a carrier out of the copy. Raises ``NotFound`` when it is not there.

    The protocol of the copy no longer proves itself, so that the tests fail and not the loading.
    """
    kind, _, name = carrier.partition(":")
    _empty_body(copy / "core" / "protocol" / "prove.py", "prove", "return")
    if kind not in WAYS:
        raise NotFound(f"{carrier}: there is no way to take it out; name an example that needs it.")
    WAYS[kind](copy, version, name)


def _rule(copy: Path, version: str, name: str) -> None:
    folder = copy / "protocols" / version
    _delete(folder / "rules" / f"{name}.toml")
    _words(copy, version, f"rules.{name}")
    for cases in folder.glob("cases/*.toml"):
        text = cases.read_text(encoding="utf-8")
        quoted = re.escape(f'"{name}"')
        for pattern in (rf"{quoted}\s*,\s*", rf",\s*{quoted}", quoted):
            text = re.sub(pattern, "", text)
        cases.write_text(text, encoding="utf-8")


def _message(copy: Path, version: str, name: str) -> None:
    _delete(copy / "protocols" / version / "messages" / f"{name}.toml")
    _words(copy, version, f"messages.{name}")


def _parameter(copy: Path, version: str, name: str) -> None:
    file = copy / "protocols" / version / "parameters.toml"
    text = file.read_text(encoding="utf-8")
    value = other_end(load_protocol(version).parameters[name])
    written = f'"{value}"' if isinstance(value, str) else str(value)
    changed, times = re.subn(
        rf"(^\[{re.escape(name)}\]\nvalue = ).*$", rf"\g<1>{written}", text, flags=re.MULTILINE
    )
    _found(times, file, name)
    file.write_text(changed, encoding="utf-8")


def _function(room: str) -> Callable[[Path, str, str], None]:
    def take(copy: Path, version: str, name: str) -> None:
        *modules, function = name.split(".")
        _empty_body(
            copy.joinpath(room, *modules).with_suffix(".py"),
            function,
            'raise NotImplementedError("taken away")',
        )

    return take


def _state(copy: Path, version: str, name: str) -> None:
    file = copy / "core" / "visit.py"
    text = file.read_text(encoding="utf-8")
    _found(text.count(f'"{name}"'), file, name)
    gone = f"VisitState({name!r})"
    file.write_text(
        f"{text}\n\nNEXT = {{\n    state: ways - {{{gone}}} for state, ways in NEXT.items()\n"
        f"    if state is not {gone}\n}}\n",
        encoding="utf-8",
    )


def _site(copy: Path, version: str, name: str) -> None:
    for file in (copy / "sites").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        if name not in tomllib.loads(text):
            raise NotFound(f"site:{name}: {file.name} has no {name}.")
        left = []
        inside = False
        for line in text.splitlines(keepends=True):
            if line.startswith("["):
                inside = re.match(rf"\[+{re.escape(name)}[.\]]", line) is not None
            if not inside and not re.match(rf"{re.escape(name)}\s*=", line):
                left.append(line)
        file.write_text("".join(left), encoding="utf-8")


def _words(copy: Path, version: str, table: str) -> None:
    for file in (copy / "locale").glob(f"*/protocols/{version}.toml"):
        text = file.read_text(encoding="utf-8")
        left, times = re.subn(
            rf"^\[{re.escape(table)}\]\n(?:(?!\[).*\n?)*", "", text, flags=re.MULTILINE
        )
        _found(times, file, table)
        file.write_text(left, encoding="utf-8")


def _delete(file: Path) -> None:
    _found(file.is_file(), file, file.stem)
    file.unlink()


def _empty_body(file: Path, function: str, instead: str) -> None:
    """Leave a function its name and arguments, and nothing else."""
    _found(file.is_file(), file, function)
    text = file.read_text(encoding="utf-8")
    found = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    _found(len(found), file, function)
    node = found[0]
    lines = text.splitlines(keepends=True)
    body = " " * node.body[0].col_offset + instead + "\n"
    kept = [*lines[: node.body[0].lineno - 1], body, *lines[node.end_lineno or 0 :]]
    file.write_text("".join(kept), encoding="utf-8")


def _found(times: int, file: Path, name: str) -> None:
    if not times:
        raise NotFound(f"{name} is not in {file.name}.")


def _nothing(copy: Path, version: str, name: str) -> None:
    pass


WAYS: Mapping[str, Callable[[Path, str, str], None]] = {
    "nothing": _nothing,
    "rule": _rule,
    "message": _message,
    "parameter": _parameter,
    "service": _function("service"),
    "core": _function("core"),
    "state": _state,
    "site": _site,
}
