"""Why a day was planned or offered, or none, in words: to staff, and in other words to her.

The reasons are kept as codes and values (``core.booking.reasons``); a rule of the protocol is said
in the protocol's own words, which are those of the window's days.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patency.core.site.model import Site
from patency.doors.web.languages import Words, spoken
from patency.doors.web.words import day_words, in_words

ONE_DAY = timedelta(days=1)
AGAINST = frozenset({"full", "no-session", "rule", "not-as-wished", "given-to-others"})
WOULD_CHANGE = frozenset(
    {"one-more-place", "test-passed-by", "without-wish", "approval", "tell-bleeding-end"}
)
ABOUT: Mapping[str, tuple[Words, Words]] = {
    "day": (_("a day"), _("the day")),
    "weekday": (_("weekdays"), _("weekdays")),
    "part-of-day": (_("the part of the day"), _("the part of the day")),
    "campus": (_("a campus"), _("the campus")),
    "language": (_("a language"), _("the language")),
    "operator-sex": (_("who examines"), _("who examines you")),
}
WHOLE_DAY = "day"
"""What stands for the part of a day on which the clinic offers no times at all."""

HERS: Mapping[str, Words] = {
    "planned": _("{day}, in the {part}, {campus}: the best plan for all who wait, you included."),
    "test-on": _("The test comes before it, on {day}."),
    "test-passed": _("Your test is passed, so a date can be firm."),
    "bleeding-expected": _(
        "You have not told us yet that bleeding has stopped. We count with the "
        "number of days you usually bleed; until you tell us, the day may still change."
    ),
    "ovulation-risk": _(
        "By {day}, ovulation has come in {share} cycles; each later day adds to it."
    ),
    "earliest": _("No earlier day is open in this cycle."),
    "freed-place": _("A place on {day} has become free."),
    "full": _("{day}: all places are taken."),
    "no-session": _("{day}: the clinic offers no times."),
    "rule": _("{day}: it does not suit this cycle."),
    "not-as-wished": _("{day}, in the {part}, {campus}: a place, but not as you wished ({about})."),
    "given-to-others": _(
        "{day}: the places went to women who come first in the line, or who fit no other day."
    ),
    "window-over": _("The last day of this cycle that suited you is over."),
    "no-period": _("You have told us no period yet. The days are counted from its first day."),
    "no-end-of-bleeding": _(
        "We do not know yet when bleeding stops, or how long you usually bleed."
    ),
    "on-hold": _("Something has to be seen to first."),
    "one-more-place": _("One more place on {day}, in the {part}, {campus}."),
    "test-passed-by": _("Your test passed by {day}."),
    "without-wish": _("No wish about {about}: then there would have been a date."),
    "approval": _("A clinician's approval of {day}."),
    "tell-bleeding-end": _("The last day of bleeding, once you tell us; the date follows from it."),
    "comes-first": _("You come first in your next cycle."),
}
# To staff; what is not here is said to them as to her.
STAFF: Mapping[str, Words] = {
    "planned": _("Planned for {day}, the {part}, at {campus}: the best list for all who wait."),
    "test-on": _("The test is planned for {day}."),
    "test-passed": _("The test is passed, so the date can be firm."),
    "bleeding-expected": _(
        "The end of bleeding is expected, not told yet; the day may still change."
    ),
    "ovulation-risk": _("By {day} ovulation has come in {share} of cycles."),
    "rule": _("{day}: closed by {rules}."),
    "not-as-wished": _("{day}, the {part}, at {campus}: not as she wished ({about})."),
    "given-to-others": _(
        "{day}: given to women who come first in the line, or who fit no other day."
    ),
    "window-over": _("The last day of this cycle that suited her is over."),
    "no-period": _("No period was told yet; days are counted from its first day."),
    "no-end-of-bleeding": _("The end of bleeding is not told and cannot be expected."),
    "on-hold": _("She is on hold until what holds her clears."),
    "one-more-place": _(
        "One more place on {day} in the {part} at {campus} would have given her a date."
    ),
    "test-passed-by": _("With the test passed by {day} she could have a date."),
    "without-wish": _("Without the wish for {about} there would have been a date."),
    "approval": _("With a clinician's approval {day} would be open ({rules})."),
    "tell-bleeding-end": _("Tell the last day of bleeding; the date follows from it."),
    "comes-first": _("She comes first in the next cycle: refused {refused} times before."),
}
NO_TIMES: tuple[Words, Words] = (
    _("With times on {day} she could have a date."),
    _("Times on {day}, when there are none."),
)

Says = Callable[[date], Mapping[str, str]]
"""What the protocol says against a day in the reader's words, by rule; nothing if not known."""


@dataclass(frozen=True, slots=True)
class Told:
    """Why she has this day or none."""

    because: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    """What stood against other days, days of one reason together."""
    would_change: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.because or self.against or self.would_change)


Kept = Mapping[str, object]


def told(reasons: Iterable[object], site: Site, says: Says, *, hers: bool) -> Told:
    """Return kept reasons in words, ``hers`` in words to her; what has no code is left out."""
    coded = [one for one in reasons if isinstance(one, dict) and "code" in one]
    against = [one for one in coded if one["code"] in AGAINST]
    would_change = [one for one in coded if one["code"] in WOULD_CHANGE]
    rest = [one for one in coded if one not in against and one not in would_change]
    return Told(
        tuple(_words(one, site, hers=hers) for one in rest),
        tuple(_run_words(run, site, says, hers=hers) for run in _runs(against)),
        tuple(_would_change(would_change, site, hers=hers)),
    )


def one_more(one: object, site: Site) -> str:
    """Return where one place more would have given her a day; nothing for any other reason."""
    if not isinstance(one, dict) or one.get("code") != "one-more-place":
        return ""
    values = _values(one, site, hers=False)
    if one.get("part") == WHOLE_DAY:
        return gettext("{day}, on which there are no times").format_map(values)
    return gettext("{day}, the {part}, at {campus}").format_map(values)


def _runs(reasons: Sequence[Kept]) -> list[list[Kept]]:
    """Return neighbouring days together of which the same is said, or that one rule closes."""
    runs: list[list[Kept]] = []
    for one in reasons:
        before = runs[-1] if runs else []
        if before and _day(one) == _day(before[-1]) + ONE_DAY and _alike(before, one):
            before.append(one)
        else:
            runs.append([one])
    return runs


def _alike(run: Sequence[Kept], one: Kept) -> bool:
    first = run[0]
    if first["code"] == one["code"] == "rule":
        return bool(_shared([*run, one]))
    return {**first, "day": None} == {**one, "day": None}


def _shared(run: Sequence[Kept]) -> list[str]:
    """Return the rules that close every day of a run, in the order of the first."""
    rules = [_names(one) for one in run]
    return [name for name in rules[0] if all(name in those for those in rules)]


def _run_words(run: Sequence[Kept], site: Site, says: Says, *, hers: bool) -> str:
    first, last = _day(run[0]), _day(run[-1])
    if run[0]["code"] == "rule":
        said = _rule_words(run, says(first), hers=hers)
        if said:
            if len(run) == 1:
                return said
            until = gettext("It stays so until {day}.").format(day=day_words(last))
            return spoken().joined([said, until])
    span = day_words(first)
    if len(run) == 2:
        span = spoken().listed([span, day_words(last)])
    elif len(run) > 2:
        span = gettext("{first} to {last}").format(first=span, last=day_words(last))
    return _words(run[0], site, hers=hers, days=span)


def _rule_words(run: Sequence[Kept], said: Mapping[str, str], *, hers: bool) -> str:
    """Return why the protocol closes these days; the names of its rules are for staff, and last."""
    rules = [name for name in _shared(run) if said.get(name)]
    if not rules:
        return ""
    sentences = spoken().joined(said[name] for name in rules[: 1 if len(run) > 1 else None])
    day = day_words(_day(run[0]))
    named = sentences
    if day not in sentences:
        named = gettext("{day}: {sentence}").format(day=day, sentence=sentences)
    if hers:
        return named
    return gettext("{sentence} ({rules})").format(sentence=named, rules=", ".join(rules))


def _would_change(reasons: Sequence[Kept], site: Site, *, hers: bool) -> Iterable[str]:
    """Return what would have changed it, each once; days that need one approval together."""
    approvals = [one for one in reasons if one["code"] == "approval"]
    found = [_words(one, site, hers=hers) for one in reasons if one["code"] != "approval"]
    for rules, those in groupby(approvals, key=_names):
        days = [day_words(_day(one)) for one in those]
        one = {"day": either(days), "rules": ", ".join(rules)}
        found.append(str((HERS if hers else STAFF)["approval"]).format_map(one))
    return dict.fromkeys(found)


def _words(one: Kept, site: Site, *, hers: bool, days: str = "") -> str:
    code = str(one["code"])
    values = _values(one, site, hers=hers)
    if days:
        values["day"] = days
    if code == "one-more-place" and one.get("part") == WHOLE_DAY:
        return str(NO_TIMES[hers]).format_map(values)
    said = (None if hers else STAFF.get(code)) or HERS.get(code)
    # A code of a later version is said as it is.
    return str(said).format_map(values) if said is not None else f"{code}."


def _values(one: Kept, site: Site, *, hers: bool) -> dict[str, object]:
    values: dict[str, object] = dict(one)
    if "day" in one:
        values["day"] = day_words(_day(one))
    campus = site.campuses.get(str(one.get("campus", "")))
    if campus is not None:
        values["campus"] = site.say(campus.name, spoken().code)
    about = one.get("about")
    if isinstance(about, list) and about:
        values["about"] = spoken().listed(
            [str(ABOUT.get(each, (each, each))[hers]) for each in about]
        )
    if "part" in one:
        values["part"] = in_words(str(one["part"]))
    values["rules"] = ", ".join(_names(one))
    share = one.get("share")
    if isinstance(share, float):
        values["share"] = share_words(share) if hers else f"{100 * share:.1f} %"
    return values


def _day(one: Kept) -> date:
    return date.fromisoformat(str(one["day"]))


def _names(one: Kept) -> list[str]:
    rules = one.get("rules")
    return [str(each) for each in rules] if isinstance(rules, list) else []


def share_words(share: float) -> str:
    """Return a chance as a count of cycles: "about 3 of 100", or fewer than one."""
    count = round(100 * share)
    if not count:
        return gettext("fewer than 1 of 100")
    return gettext("about {count} of 100").format(count=count)


def either(choices: Sequence[str]) -> str:
    """Return things of which one is enough: "Monday or Tuesday"."""
    *others, last = choices
    for other in reversed(others):
        last = gettext("{one} or {other}").format(one=other, other=last)
    return last
