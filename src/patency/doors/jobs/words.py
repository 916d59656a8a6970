"""Reads the words of messages from ``locale/<code>/messages.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from patency.core.messages import Words

LOCALE = Path(__file__).resolve().parent.parent.parent / "locale"


@cache
def messages() -> Mapping[str, Mapping[str, Words]]:
    """Return every message by its name, then by language."""
    found: dict[str, dict[str, Words]] = {}
    for file in sorted(LOCALE.glob("*/messages.toml")):
        for name, words in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found.setdefault(name, {})[file.parent.name] = Words(words["subject"], words["text"])
    return found
