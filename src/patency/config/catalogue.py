"""The words of the pages in each language: several .po files, united and compiled at start.

The compiled file lies in a folder named by what the .po files say, so that it is never stale, and
processes that start at once, or with different versions of the words, never disturb one another.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from patency.config.environment import NotConfigured
from patency.core.language import Language

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FORM = b"2"
"""Changes when the same .po files are to be compiled in another way."""


class WordsRefused(NotConfigured):
    """The .po files cannot be read or contradict one another; it names the places."""


def compiled(languages: Mapping[str, Language], locale: Path, into: Path) -> Path:
    """Return the folder Django finds the catalogues in, compiled under ``into`` where not yet.

    Raises ``WordsRefused``, and ``NotConfigured`` when the folder cannot be written.
    """
    files = {
        language.django: sorted((locale / code / "pages").glob("*.po"))
        for code, language in languages.items()
    }
    here = into / _digest(files)
    for django, sources in files.items():
        target = here / _locale_name(django) / "LC_MESSAGES" / "django.mo"
        if sources and not target.exists():
            _write(target, _bytes(united(sources, django)))
    return here


def united(sources: Sequence[Path], django: str) -> "Catalog":
    """Return one catalogue of several .po files. Raises ``WordsRefused``."""
    from babel.messages.catalog import Catalog  # only where something is compiled
    from babel.messages.pofile import PoFileError, read_po

    whole = Catalog(locale=_locale_name(django), project="patency")
    places: dict[tuple[object, str], tuple[Path, object]] = {}
    for source in sources:
        try:
            with source.open("rb") as file:
                part = read_po(file, locale=_locale_name(django), abort_invalid=True)
        except (PoFileError, UnicodeDecodeError) as error:
            raise WordsRefused(
                f"{source}: {error}. The file must be a .po file in UTF-8; mend it there."
            ) from error
        for message in part:
            said = message.string
            strings = (said,) if isinstance(said, str) else tuple(said or ("",))
            if not message.id or message.fuzzy or not all(strings):
                continue
            first = message.id if isinstance(message.id, str) else message.id[0]
            key = (message.context, first)
            if key in places and places[key][1] != message.string:
                raise WordsRefused(
                    f"{first!r} is translated twice and differently: {places[key][1]!r} in "
                    f"{places[key][0].name} and {message.string!r} in {source.name}. Keep one, or "
                    "give the two a context of their own (msgctxt)."
                )
            places[key] = (source, message.string)
            whole[message.id] = message
    return whole


def _digest(files: Mapping[str, Sequence[Path]]) -> str:
    digest = hashlib.sha256(FORM)
    for django, sources in sorted(files.items()):
        for source in sources:
            text = source.read_bytes()
            digest.update(f"\n{django} {source.name} {len(text)}\n".encode())
            digest.update(text)
    return digest.hexdigest()[:16]


def _bytes(catalogue: "Catalog") -> bytes:
    from io import BytesIO

    from babel.messages.mofile import write_mo

    made = BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def _write(target: Path, text: bytes) -> None:
    """Write a file so that whoever looks sees all of it or none."""
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".mo")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text)
            Path(made).replace(target)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NotConfigured(
            f"The words of the pages cannot be compiled into {target.parent} ({error.strerror}). "
            "Let PATENCY_HOME name a folder this program may write."
        ) from error


def _locale_name(django: str) -> str:
    """Return how a folder of Django names a language: ``zh-hans`` is ``zh_Hans``."""
    family, _, rest = django.partition("-")
    if not rest:
        return family
    return f"{family}_{rest.upper() if len(rest) <= 2 else rest.title()}"
