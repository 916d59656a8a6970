"""Which words of the pages are missing, stale or wrong in a language.

    .venv/bin/python tools/words.py missing [PATHS]   entries to paste into a .po file, with places
    .venv/bin/python tools/words.py stale             entries that no page says any more
    .venv/bin/python tools/words.py check             everything a test would refuse

PATHS are files or folders of the sources; without them all are looked at. The .po files are
``src/patency/locale/<code>/pages/*.po``; docs/how-to/add-words-or-a-language.md tells the rest.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "patency"
LOCALE = PACKAGE / "locale"
SOURCES = (PACKAGE / "doors", PACKAGE / "service", PACKAGE / "core", PACKAGE / "config")
FIRST = "en"

# Django's names for gettext: (where the context stands, where the message, where its plural).
CALLS: Mapping[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "_": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
IN_TEMPLATE = re.compile(
    r"""(?<![\w.])(npgettext|ngettext|pgettext|gettext|_)\(
        \s*(u?(?P<a>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))
        (?:\s*,\s*(u?(?P<b>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')))?
        (?:\s*,\s*(u?(?P<c>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')))?
        (?:\s*,\s*count)?\s*\)""",
    re.VERBOSE,
)
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Key:
    """What gettext looks an entry up by."""

    msgid: str
    context: str | None = None


@dataclass(slots=True)
class Said:
    """One message of the sources, and where it is said."""

    key: Key
    plural: str | None = None
    places: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a .po file."""

    key: Key
    plural: str | None
    strings: tuple[str, ...]
    fuzzy: bool
    place: str


# ---- what the sources say


def said_in(paths: Iterable[Path]) -> tuple[dict[Key, Said], list[str]]:
    """Return every message of these files and folders, and what cannot be read as one."""
    found: dict[Key, Said] = {}
    wrong: list[str] = []
    for path in _files(paths):
        read = of_python if path.suffix == ".py" else of_template
        for said in read(path.read_text(encoding="utf-8"), _place(path), wrong):
            known = found.setdefault(said.key, said)
            if known is said:
                continue
            known.places += said.places
            if known.plural and said.plural and known.plural != said.plural:
                wrong.append(
                    f"{said.places[0]}: {said.key.msgid!r} has another plural at {known.places[0]}."
                )
            known.plural = known.plural or said.plural
    return found, wrong


def of_python(text: str, place: str, wrong: list[str]) -> Iterator[Said]:
    """Yield the messages of one Python file; a message that is put together is noted as wrong."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name not in CALLS or len(node.args) <= CALLS[name][1]:
            continue
        where = f"{place}:{node.lineno}"
        context, message, plural = CALLS[name]
        read = [None if at is None else node.args[at] for at in (context, message, plural)]
        values = [each.value if isinstance(each, ast.Constant) else None for each in read]
        if any(isinstance(each, ast.JoinedStr | ast.BinOp) for each in read):
            wrong.append(
                f"{where}: {name} is given a text put together. Write one text with named places, "
                "and fill them afterwards."
            )
        elif isinstance(values[1], str) and values[1]:
            yield Said(
                Key(values[1], values[0] if isinstance(values[0], str) else None),
                values[2] if isinstance(values[2], str) else None,
                [where],
            )


def of_template(text: str, place: str, wrong: list[str]) -> Iterator[Said]:
    """Yield the messages of one template, as Django itself reads them."""
    from django.utils.translation.template import templatize

    try:
        flat = templatize(text, origin=place)
    except SyntaxError as error:
        wrong.append(f"{place}: {error}")
        return
    for match in IN_TEMPLATE.finditer(flat):
        name = "gettext" if match[1] == "_" else match[1]
        texts = [ast.literal_eval(one) for one in match.group("a", "b", "c") if one is not None]
        context, message, plural = CALLS[name]
        yield Said(
            Key(texts[message], None if context is None else texts[context]),
            None if plural is None else texts[plural],
            [f"{place}:{flat.count(chr(10), 0, match.start()) + 1}"],
        )


# ---- what the .po files say


def entries_of(code: str, locale: Path = LOCALE) -> list[Entry]:
    """Return every entry of the .po files of a language."""
    from babel.messages.pofile import read_po

    found = []
    for path in sorted((locale / code / "pages").glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=_babel(code, locale), abort_invalid=True)
        for message in catalogue:
            if not message.id:
                continue
            ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            strings = message.string
            found.append(
                Entry(
                    Key(ids[0], message.context or None),
                    ids[1] if len(ids) > 1 else None,
                    (strings,) if isinstance(strings, str) else tuple(strings),
                    message.fuzzy,
                    f"{path.name}:{message.lineno}",
                )
            )
    return found


def languages(locale: Path = LOCALE) -> list[str]:
    """Return the folders of the languages that need words beside the first."""
    codes = sorted(path.parent.name for path in locale.glob("*/language.toml"))
    return [code for code in codes if code != FIRST]


def missing(said: Mapping[Key, Said], entries: Sequence[Entry]) -> list[Said]:
    """Return what the sources say and no entry translates."""
    there = {entry.key for entry in entries if all(entry.strings) and not entry.fuzzy}
    return [each for key, each in said.items() if key not in there]


def stale(said: Mapping[Key, Said], entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that the sources do not say."""
    return [entry for entry in entries if entry.key not in said]


def wrong_entries(said: Mapping[Key, Said], entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with single entries, each with its place."""
    wrong: list[str] = []
    first: dict[Key, Entry] = {}
    for entry in entries:
        at = f"{entry.place}: {entry.key.msgid!r}"
        if entry.fuzzy:
            wrong.append(f"{at} is fuzzy. Look at it and take the mark away.")
        if not all(entry.strings):
            wrong.append(f"{at} is empty. Write its words.")
            continue
        if entry.key in first and first[entry.key].strings != entry.strings:
            wrong.append(f"{at} is translated otherwise at {first[entry.key].place}. Keep one.")
        elif entry.key in first:
            wrong.append(f"{at} stands at {first[entry.key].place} already. Remove one.")
        first.setdefault(entry.key, entry)
        if (needs := said.get(entry.key)) and bool(needs.plural) != bool(entry.plural):
            wrong.append(f"{at} must have a plural where the source has one, and else none.")
        source = places_in(entry.plural or entry.key.msgid)
        for string in entry.strings:
            if (named := places_in(string)) != source:
                wrong.append(f"{at} has the places {_listed(source)}, its words {_listed(named)}.")
    return wrong


def places_in(text: str) -> frozenset[str]:
    """Return the named places of a message."""
    return frozenset(match[0] for match in PLACE.finditer(text))


# ---- text in templates that is in no message

TAG_OR_COMMENT = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
BLOCK = re.compile(
    r"\{%-?\s*(blocktranslate|blocktrans|comment|verbatim)\b.*?\{%-?\s*end\1\s*-?%\}", re.DOTALL
)
CLASSES = re.compile(r"\{%-?\s*block\s+\w*class\s*-?%\}[^{]*\{%-?\s*endblock\b.*?%\}")
HIDDEN = re.compile(r"<!--.*?-->|<!doctype[^>]*>|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.I)
ATTRIBUTE = re.compile(
    r"""\b(title|alt|aria-label|aria-roledescription|aria-description|placeholder|label)"""
    r"""\s*=\s*("[^"]*"|'[^']*')""",
    re.I,
)
ELEMENT = re.compile(r"</?[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
ENTITY = re.compile(r"&#?\w+;")


def bare_text(text: str, allowed: Iterable[str] = ()) -> list[tuple[int, str]]:
    """Return what a template says in no message: the line and the words."""
    kept = _blank(CLASSES, _blank(BLOCK, text))
    kept = _blank(HIDDEN, kept)
    # An if inside a tag may hold < and >; what Django fills in is nobody's literal text.
    kept = _blank(TAG_OR_COMMENT, kept)
    found: list[tuple[int, str]] = []
    for match in ATTRIBUTE.finditer(kept):
        found += _letters(match[2][1:-1], kept, match.start(2), allowed)
    plain = _blank(ELEMENT, kept)
    for match in re.finditer(r"[^\n]+", plain):
        found += _letters(match[0], plain, match.start(), allowed)
    return sorted(found)


def _letters(part: str, whole: str, start: int, allowed: Iterable[str]) -> list[tuple[int, str]]:
    said = ENTITY.sub(" ", part)
    for word in sorted(allowed, key=len, reverse=True):
        said = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", said)
    if not any(character.isalpha() for character in said):
        return []
    return [(whole.count("\n", 0, start) + 1, " ".join(part.split()))]


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Return the text with every match made blank, its lines kept."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


# ---- the command


def as_po(said: Said) -> str:
    """Return an entry ready to be pasted, without its words."""
    lines = [f"#: {' '.join(sorted(set(said.places))[:3])}"]
    if said.key.context is not None:
        lines.append(f"msgctxt {quoted(said.key.context)}")
    lines.append(f"msgid {quoted(said.key.msgid)}")
    if said.plural is None:
        lines.append('msgstr ""')
    else:
        lines += [f"msgid_plural {quoted(said.plural)}", 'msgstr[0] ""']
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Print what is asked for; 1 when there is any, 2 when it was asked for wrongly."""
    command, *names = arguments or [""]
    if command not in ("missing", "stale", "check") or (names and command != "missing"):
        print(__doc__, file=sys.stderr)
        return 2
    if lost := [name for name in names if not Path(name).exists()]:
        print(f"There is no {lost[0]}. Name files or folders of the sources.", file=sys.stderr)
        return 2
    everything, wrong = said_in(SOURCES)
    asked = said_in([Path(name).resolve() for name in names])[0] if names else everything
    lines: list[str] = []
    for code in languages():
        entries = entries_of(code)
        if command == "missing":
            lines += [as_po(each) + "\n" for each in missing(asked, entries)]
        if command == "check":
            lines += [
                f"{code}: {each.places[0]}: no words for {each.key.msgid!r}"
                for each in missing(asked, entries)
            ]
            lines += [f"{code}: {each}" for each in wrong_entries(everything, entries)]
        if command in ("stale", "check"):
            lines += [
                f"{code}: {entry.place}: {entry.key.msgid!r} is said nowhere any more"
                for entry in stale(everything, entries)
            ]
    if command == "check":
        lines += wrong
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (one for one in inside if one.suffix in (".py", ".html", ".txt"))


def _place(path: Path) -> str:
    return str(path.relative_to(PACKAGE) if path.is_relative_to(PACKAGE) else path)


def _babel(code: str, locale: Path) -> str:
    import tomllib

    known = tomllib.loads((locale / code / "language.toml").read_text(encoding="utf-8"))
    family, _, rest = str(known["django"]).partition("-")
    return f"{family}_{rest.upper() if len(rest) <= 2 else rest.title()}" if rest else family


def quoted(text: str) -> str:
    from babel.messages.pofile import escape

    return escape(text)


def _listed(places: Iterable[str]) -> str:
    return ", ".join(sorted(places)) or "none"


if __name__ == "__main__":
    sys.path.insert(0, str(PACKAGE.parent))
    sys.exit(main(sys.argv[1:]))
