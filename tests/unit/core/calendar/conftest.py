import tomllib
from importlib.resources import files

import pytest

from patency.core.calendar.legal import legal_calendars
from patency.core.calendar.parse import parse_calendar


@pytest.fixture(scope="session")
def calendars():
    """The calendars as they ship, by country."""
    folder = files("patency") / "calendars"
    return legal_calendars(
        parse_calendar(tomllib.loads(file.read_text(encoding="utf-8")), file.name)
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    )
