"""Reads the words of what leaves the house from ``locale/<code>/messages.toml``."""

from functools import cache
from pathlib import Path

from patency.config.toml_files import read_toml
from patency.core.messages import Words, parse_messages
from patency.core.protocol.reading import DataRefused


@cache
def load_messages(root: Path) -> dict[str, dict[str, Words]]:
    """Return every message by its name, then by language. Raises ``DataRefused``."""
    files = sorted((root / "locale").glob("*/messages.toml"))
    try:
        return parse_messages({each.parent.name: read_toml(each) for each in files})
    except ValueError as error:
        raise DataRefused(str(error)) from error
