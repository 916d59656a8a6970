"""Why a day was proposed or not, and what would have changed it: codes and values, and their words.

What is stored are codes, days and numbers, so that a page in any language can say them; here are
the sentences in English. A reason holds nothing about a woman that its day does not say.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

Reason = Mapping[str, object]


def reason(code: str, **values: object) -> dict[str, object]:
    """Return a reason as it is stored: its code, days as ISO dates. Raises ``KeyError``."""
    SENTENCES[code]
    kept = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
    return {"code": code, **kept}


def sentence(one: Reason) -> str:
    """Return a stored reason in words; a code from a later version is said as it is."""
    code = str(one["code"])
    said = SENTENCES.get(code)
    if said is None:
        return f"{code}."
    return said({name: _plain(value) for name, value in one.items()})


def sentences(reasons: Iterable[Reason]) -> list[str]:
    """Return stored reasons in words, in their order."""
    return [sentence(one) for one in reasons if "code" in one]


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{100 * value:.1f} %"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return f"{day:%A} {day.day} {day:%B %Y}"


Said = Callable[[Mapping[str, str]], str]


def _say(text: str) -> Said:
    return lambda values: text.format_map(values)


SENTENCES: Mapping[str, Said] = {
    # why this day
    "planned": _say("Planned for {day}, the {part}, at {campus}: the best list for all who wait."),
    "test-on": _say("The test is planned for {day}."),
    "test-passed": _say("The test is passed, so the date can be firm."),
    "bleeding-expected": _say(
        "The end of bleeding is expected, not told yet; the day may still change."
    ),
    "ovulation-risk": _say("By {day} ovulation has come in {share} of cycles."),
    "earliest": _say("No earlier day is open in this cycle."),
    "freed-place": _say("A place on {day} has become free."),
    # what stood against another day
    "full": _say("{day}: all places are taken."),
    "no-session": _say("{day}: the clinic offers no times."),
    "rule": _say("{day}: closed by {rules}."),
    "not-as-wished": _say("{day}, the {part}, at {campus}: not as she wished ({about})."),
    "given-to-others": _say(
        "{day}: given to women who come first in the line, or who fit no other day."
    ),
    "window-over": _say("The last day of this cycle that suited her is over."),
    "no-period": _say("No period was told yet; days are counted from its first day."),
    "no-end-of-bleeding": _say("The end of bleeding is not told and cannot be expected."),
    "on-hold": _say("She is on hold until what holds her clears."),
    # what would have changed it
    "one-more-place": _say(
        "One more place on {day} in the {part} at {campus} would have given her a date."
    ),
    "test-passed-by": _say("With the test passed by {day} she could have a date."),
    "without-wish": _say("Without the wish for {about} there would have been a date."),
    "approval": _say("With a clinician's approval {day} would be open ({rules})."),
    "tell-bleeding-end": _say("Tell the last day of bleeding; the date follows from it."),
    "comes-first": _say("She comes first in the next cycle: refused {refused} times before."),
}
