"""Reads a TOML file that people write by hand."""

import tomllib
from pathlib import Path
from typing import Any

from patency.core.protocol.reading import DataRefused


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as a dictionary. Raises ``DataRefused`` when it is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataRefused(
            f"{path.name}: {error}. The file must be TOML in UTF-8; mend it there."
        ) from error
