"""A protocol of two rules, written as its files are, for tests that bend one thing at a time."""

import tomllib
from collections.abc import Mapping

from patency.config.data import DATA
from patency.config.languages import read_languages
from patency.core.derived import DERIVED
from patency.core.protocol.model import Protocol
from patency.core.protocol.parse import ProtocolDocuments, parse_protocol

PROTOCOL = 'version = "hsg/small"\nuse = "clinical"\ntitle = "Small"\n'

SOURCES = """
[leaflet]
title = "A leaflet"
"""

PARAMETERS = """
[temperature_limit_c]
value = 37.5
unit = "°C"
low = 37.0
high = 38.0
meaning = "At or above this temperature she is not examined."
owner = "lead gynaecologist"
review = 2027-11-01
local = true
[[temperature_limit_c.because]]
source = "leaflet"
evidence = "L"
row = "S2.9"

[cycle_day_cap]
value = 10
unit = "days"
low = 10
high = 12
meaning = "Last day of the cycle."
owner = "lead gynaecologist"
review = 2027-11-01
[[cycle_day_cap.because]]
source = "leaflet"
evidence = "L"
"""

QUESTIONS = """
[temperature_c]
kind = "number"
unit = "°C"
low = 30
high = 45
asked_of = "staff"

[period_start]
kind = "day"
asked_of = "patient"

[exam_date]
kind = "day"
asked_of = "system"

[cough]
kind = "choice"
choices = ["none", "dry", "wet"]
asked_of = "patient"
"""

TEMPERATURE = """
id = "temperature-too-high"
stages = ["visit", "booking"]
outcome = "HOLD"
override = "clinician"
owner = "lead gynaecologist"
signed_off_by = ""
review = 2027-11-01
[when]
fact = "temperature_c"
at_least = { parameter = "temperature_limit_c" }
[[because]]
source = "leaflet"
evidence = "L"
row = "S2.9"
quote = "have a body temperature <37.5 degrees Celsius"
[[example]]
name = "just below"
given = { temperature_c = 37.4 }
then = "stays quiet"
[[example]]
name = "at the limit"
given = { temperature_c = 37.5 }
then = "HOLD"
[[example]]
name = "not measured"
given = {}
then = "cannot tell"
"""

CYCLE_DAY = """
id = "cycle-day-over-cap"
stages = ["booking"]
outcome = "BLOCK"
override = "consultant"
owner = "lead gynaecologist"
signed_off_by = ""
review = 2027-11-01
timing = true
[when]
fact = "cycle_day"
more_than = { parameter = "cycle_day_cap" }
[[because]]
source = "leaflet"
evidence = "D"
[[example]]
name = "day 10"
given = { period_start = 2025-09-01, exam_date = 2025-09-10 }
then = "stays quiet"
[[example]]
name = "day 11"
given = { period_start = 2025-09-01, exam_date = 2025-09-11 }
then = "BLOCK"
[[example]]
name = "day 11 under a later cap"
given = { period_start = 2025-09-01, exam_date = 2025-09-11 }
parameters = { cycle_day_cap = 12 }
then = "stays quiet"
[[example]]
name = "no date"
given = { period_start = 2025-09-01 }
then = "cannot tell"
"""

FILES: Mapping[str, str] = {
    "protocol.toml": PROTOCOL,
    "sources.toml": SOURCES,
    "parameters.toml": PARAMETERS,
    "questions.toml": QUESTIONS,
    "contested.toml": "",
    "rules/temperature-too-high.toml": TEMPERATURE,
    "rules/cycle-day-over-cap.toml": CYCLE_DAY,
}

WORDS = """
[rules.temperature-too-high]
say = "Your temperature is {temperature_c} °C."
why = "The exam needs it below {temperature_limit_c} °C."
do = "Rest, and measure again tomorrow."
come_back = "As soon as it is below {temperature_limit_c} °C."
staff = "Temperature {temperature_c} °C."
[rules.cycle-day-over-cap]
say = "{exam_date} is day {cycle_day} of your cycle."
why = "Later, ovulation comes close."
do = "Wait for your next period."
come_back = "When your next period starts."
staff = "Day {cycle_day}, cap {cycle_day_cap}."
[questions.temperature_c]
ask = "What is the temperature?"
[questions.period_start]
ask = "When did your last period start?"
[questions.cough]
ask = "Do you cough?"
"""


def small_protocol(
    words: str = WORDS, *, language: str | None = "en", **changed: str | None
) -> Protocol:
    """Return the small protocol; ``changed`` gives files other text, None takes a file away.

    Without a ``language`` there are no words at all.
    A file's name is written with ``__`` for ``/`` and ``_`` for ``-``, without its ending.
    """
    files = dict(FILES)
    for name, text in changed.items():
        path = name.replace("__", "/").replace("_", "-") + ".toml"
        if text is None:
            del files[path]
        else:
            files[path] = text
    return parse_protocol(
        ProtocolDocuments(
            version="hsg/small",
            files={name: tomllib.loads(text) for name, text in files.items()},
            words={language: tomllib.loads(words)} if language else {},
            word_files={language: f"locale/{language}/small.toml"} if language else {},
            languages=read_languages(DATA / "locale"),
        ),
        DERIVED,
    )
