"""Reads the data folders, and hands what they hold to the core to be checked."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patency.config.languages import read_languages
from patency.config.toml_files import read_toml
from patency.core.booking.parse_ranking import parse_ranking
from patency.core.booking.rank import PriorityRules
from patency.core.cycle.model import CycleModel, parse_cycle_model
from patency.core.derived import DERIVED
from patency.core.leaflet import Leaflet, Work, parse_leaflet
from patency.core.protocol.model import Protocol
from patency.core.protocol.parse import ProtocolDocuments, parse_protocol
from patency.core.protocol.reading import DataRefused
from patency.core.quality import Indicator, parse_indicators

if TYPE_CHECKING:
    from patency.synthetic.women import Parametric

DATA = Path(__file__).resolve().parent.parent
LEAFLET_PROTOCOL = "hsg/2026-1"  # whose works and numbers the leaflet names
RANKING = "2026-1"  # the newest; an older one stays, so that a night can be replayed
RELEASE = "RELEASE"  # the file that freezes a protocol folder: its hash, nothing else


def protocol_folders(root: Path = DATA) -> dict[str, Path]:
    """Return the folder of every protocol version, such as ``hsg/2026-1``."""
    return {
        f"{head.parent.parent.name}/{head.parent.name}": head.parent
        for head in sorted((root / "protocols").glob("*/*/protocol.toml"))
    }


def protocol_head(version: str, root: Path = DATA) -> dict[str, Any]:
    """Return what a protocol says of itself (version, title, use), without reading its rules."""
    return read_toml(protocol_folders(root)[version] / "protocol.toml")


def protocol_documents(version: str, root: Path = DATA) -> ProtocolDocuments:
    """Return the documents of a protocol as they stand on disk."""
    folder = protocol_folders(root)[version]
    words: dict[str, Mapping[str, Any]] = {}
    word_files: dict[str, str] = {}
    for path in sorted((root / "locale").glob(f"*/protocols/{version}.toml")):
        code = path.relative_to(root / "locale").parts[0]
        words[code] = read_toml(path)
        word_files[code] = str(path.relative_to(root))
    release = folder / RELEASE
    return ProtocolDocuments(
        version=version,
        files={
            str(path.relative_to(folder)): read_toml(path)
            for path in sorted(folder.rglob("*.toml"))
        },
        words=words,
        word_files=word_files,
        languages=read_languages(root / "locale"),
        released=release.read_text().strip() if release.exists() else "",
    )


def folder_hash(version: str, root: Path = DATA) -> str:
    """Return the SHA-256 over every file of a protocol and its words, names and bytes."""
    digest = hashlib.sha256()
    paths = [
        *sorted(protocol_folders(root)[version].rglob("*.toml")),
        *sorted((root / "locale").glob(f"*/protocols/{version}.toml")),
    ]
    for path in paths:
        digest.update(f"{path.relative_to(root)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


class AlreadyReleased(ValueError):
    """A protocol was to be frozen twice."""


def freeze(version: str, root: Path = DATA) -> str:
    """Freeze a protocol by writing its hash beside it, and return the hash.

    Every example and case must come out as it says. Raises ``DataRefused`` or ``AlreadyReleased``.
    """
    released = load_protocol(version, root).released
    if released:
        raise AlreadyReleased(
            f"Protocol {version} is already released ({released[:12]}). A released protocol stays "
            "as it is; copy its folder to a new version and change that."
        )
    digest = folder_hash(version, root)
    (protocol_folders(root)[version] / RELEASE).write_text(f"{digest}\n", encoding="utf-8")
    load_protocol.cache_clear()
    return digest


@cache
def load_cycle_model(root: Path = DATA) -> CycleModel:
    """Return the numbers the forecast starts from: the newest file of ``forecasts``, checked.

    Raises ``DataRefused`` when there is none, ``DocumentRefused`` when it is wrong.
    """
    files = sorted((root / "forecasts").glob("*.toml"))
    if not files:
        raise DataRefused(
            f"No forecast can be made: {root / 'forecasts'} holds no .toml file. It holds the "
            "numbers of the forecast (docs/adr/0008-forecast.md). Restore the one that ships."
        )
    return parse_cycle_model(read_toml(files[-1]), files[-1].name)


@cache
def load_leaflet(root: Path = DATA) -> Leaflet:
    """Return what is told before anybody signs in. Raises ``DataRefused`` or ``DocumentRefused``.

    It may rest on the works of a protocol and name its numbers.
    """
    path = root / "leaflets" / "hsg.toml"
    if not path.is_file():
        raise DataRefused(
            f"Nothing can be told of the examination: {path} is missing. It holds what the pages "
            "tell before anybody signs in. Restore the one that ships."
        )
    files = {file.parts[-3]: file for file in sorted(root.glob("locale/*/leaflets/hsg.toml"))}
    protocol = load_protocol(LEAFLET_PROTOCOL, root)
    return parse_leaflet(
        read_toml(path),
        {code: read_toml(file) for code, file in files.items()},
        file_name="leaflets/hsg.toml",
        languages=read_languages(root / "locale"),
        works={name: Work(source.title, source.link) for name, source in protocol.sources.items()},
        numbers=protocol.parameters,
    )


@cache
def load_protocol(version: str, root: Path = DATA) -> Protocol:
    """Return a protocol, complete and checked.

    Raises ``DataRefused`` when a file is wrong, or when a released folder was changed.
    """
    documents = protocol_documents(version, root)
    if documents.released and documents.released != folder_hash(version, root):
        raise DataRefused(
            f"Protocol {version} is released and its folder has changed since. A released protocol "
            "is never edited, because decisions made with it must replay: put the change into a "
            "new version, and restore this folder from the repository."
        )
    return parse_protocol(documents, DERIVED)


@cache
def load_indicators(root: Path = DATA) -> tuple[Indicator, ...]:
    """Return what is counted of the service: the newest file of ``quality``, checked.

    Raises ``DataRefused`` when there is none, ``DocumentRefused`` when it is wrong.
    """
    files = sorted((root / "quality").glob("*.toml"))
    if not files:
        raise DataRefused(
            f"Nothing is counted: {root / 'quality'} holds no .toml file. It says what is counted "
            "of the service and against which standard. Restore the one that ships."
        )
    return parse_indicators(read_toml(files[-1]), files[-1].name)


@cache
def load_ranking(version: str = RANKING, root: Path = DATA) -> PriorityRules:
    """Return what counts for how much in the night's list. Raises ``DocumentRefused``."""
    path = root / "rankings" / f"{version}.toml"
    return parse_ranking(read_toml(path), path.name)


def load_population(root: Path = DATA) -> "Parametric":
    """Return the pretend women a study draws. Raises ``DataRefused`` or ``DocumentRefused``."""
    from patency.synthetic.women import Parametric, parse_fitted  # numpy, for studies only

    path = root / "synthetic" / "women.toml"
    return Parametric(parse_fitted(read_toml(path), path.name))
