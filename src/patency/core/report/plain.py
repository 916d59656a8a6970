"""The page of a report that is written for her: no codes, no Latin, nothing promised."""

from collections.abc import Iterator

from patency.core.findings.model import Findings, Shape, Side, Spill, Tube
from patency.core.report.model import Material, Section
from patency.core.report.pathway import AGAIN, NOT_BEFORE_A_SPECIALIST, TRY
from patency.core.report.words import ReportWords, say

NEEDS_A_TEST = frozenset({"outer-outline", "hysteroscopy", "adhesions", "look-further"})


def plain_page(
    material: Material, ways: tuple[str, ...], words: ReportWords
) -> tuple[Section, ...]:
    """Return the page in her language, from the findings and the pathway codes."""
    contact = material.contact
    parts: dict[str, Iterator[str]] = {
        "plain-done": _done(material, words),
        "plain-seen": _seen(material.findings, words),
        "plain-sure": iter([say(words, "plain-sure-text")]),
        "plain-next": _next(ways, words),
        "plain-call": iter(
            [
                say(
                    words,
                    "plain-call-text",
                    duty=contact.duty,
                    duty_phone=contact.duty_phone,
                    emergency=contact.emergency,
                )
            ]
        ),
    }
    return tuple(Section(name, say(words, name), tuple(lines)) for name, lines in parts.items())


def _done(material: Material, words: ReportWords) -> Iterator[str]:
    yield say(words, "plain-done-text")
    if material.technique.stopped_early:
        yield say(words, "plain-stopped-text")


def _seen(findings: Findings, words: ReportWords) -> Iterator[str]:
    if not findings.diagnostic:
        yield say(words, "plain-not-diagnostic")
        return
    cavity = findings.cavity
    if cavity.shape is Shape.NOT_SEEN:
        yield say(words, "plain-cavity-not-seen")
    elif cavity.shape is Shape.NORMAL and not cavity.defects:
        yield say(words, "plain-cavity-normal")
    else:
        yield say(words, "plain-cavity-other")
    for side, tube in findings.tubes():
        yield say(words, _tube(tube), side=say(words, Side(side).value.capitalize()))


def _tube(tube: Tube) -> str:
    if tube.is_hydrosalpinx:
        return "plain-wide"
    if tube.stopped_at_the_horn:
        return "plain-horn"
    match tube.spill:
        case Spill.FREE:
            return "plain-wide-open" if tube.is_dilated else "plain-patent"
        case Spill.SLOW:
            return "plain-slow"
        case Spill.LOCULATED:
            return "plain-pocket"
        case Spill.NONE:
            return "plain-stop"
        case _:
            return "plain-not-seen"


def _next(ways: tuple[str, ...], words: ReportWords) -> Iterator[str]:
    if not NOT_BEFORE_A_SPECIALIST.isdisjoint(ways):
        yield say(words, "plain-next-specialist")
    if not AGAIN.isdisjoint(ways):
        yield say(words, "plain-next-repeat")
    if not NEEDS_A_TEST.isdisjoint(ways):
        yield say(words, "plain-next-test")
    if TRY in ways:
        yield say(words, "plain-next-try")
    if "thyroid" in ways:
        yield say(words, "plain-next-thyroid")
