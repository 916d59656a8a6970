"""What the clinic itself still has to find out about a woman, in words to her."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from patency.core.facts import AskedOf
from patency.core.protocol.model import Protocol
from patency.doors.web.languages import Words, spoken

EXAMINED: Words = _("what a doctor or nurse asks and sees at your visit")
FOUND_OUT: Mapping[str, Words] = {
    "chaperone_wish_met": _("whether your wishes (who is with you, who examines you) can be met"),
    "interpreter_arranged": _("whether an interpreter is there for you"),
    "temperature_c": _("your temperature"),
    "medium_wanted": _("which contrast agent is asked for"),
    "pregnancy_test_today": _("a pregnancy test on the day"),
}
BEGUN_WITH: Mapping[str, Words] = {
    "leucorrhoea_": _("the result of your white belt test (leucorrhoea)"),
    "retest_": _("the result of your white belt test (leucorrhoea)"),
    "chlamydia_": _("your Chlamydia result"),
    "tsh_": _("your thyroid values"),
    "ft4_": _("your thyroid values"),
    "thyroid_": _("your thyroid values"),
    "overt_thyroid_": _("your thyroid values"),
}


def asked_of_us(facts: Iterable[str], protocol: Protocol) -> tuple[str, ...]:
    """Return the facts among those asked for that staff measure, look up or arrange."""
    types = protocol.facts.types
    return tuple(name for name in facts if name in types and types[name].asked_of is AskedOf.STAFF)


def found_out_by_us(facts: Iterable[str], protocol: Protocol) -> str:
    """Return what is asked of staff among the facts asked for, in words to her; or nothing."""
    words = dict.fromkeys(str(_words(name)) for name in asked_of_us(facts, protocol))
    return spoken().listed(tuple(words))


def _words(fact: str) -> Words:
    begun = (words for start, words in BEGUN_WITH.items() if fact.startswith(start))
    return FOUND_OUT.get(fact) or next(begun, EXAMINED)
