"""What she wishes of her dates, as a form asks and reads it, and what a must costs her in days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from patency.core.booking.sessions import EXAM, Strength
from patency.core.document import WEEKDAYS
from patency.core.site.model import Site
from patency.core.site.planning import SEXES
from patency.doors.web.asking import ActorRequest, is_a_woman
from patency.doors.web.languages import Words, spoken
from patency.doors.web.words import language_name
from patency.records.models.visit import Visit
from patency.records.models.waiting import Wish as WishRow
from patency.records.seen_by import Seen
from patency.service import places, waiting, waits
from patency.service.house import House
from patency.service.waiting import PARTS, Wished

# Our choice, where a site does not say how far it plans.
DAYS_LOOKED_AT = 14
MUST, RATHER = Strength.MUST.value, Strength.RATHER.value
LEGENDS: Mapping[str, tuple[Words, Words]] = {
    "weekday": (_("Days of the week"), ""),
    "part-of-day": (_("Time of day"), ""),
    "campus": (_("Where"), ""),
    "language": (_("Language of who examines you"), ""),
    "operator-sex": (
        _("Who examines you"),
        _("Known only for days whose operator is named already; others do not count as met."),
    ),
}
DAY_NAMES = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
NAMES: Mapping[str, Words] = {
    **dict(zip(WEEKDAYS, DAY_NAMES, strict=True)),
    "morning": _("Morning, before 12"),
    "afternoon": _("Afternoon, from 12"),
    "female": _("A woman"),
    "male": _("A man"),
}


@dataclass(frozen=True, slots=True)
class WishField:
    """One kind of wish on the page: its values, what is ticked, and whether she insists."""

    about: str
    legend: str
    hint: str
    options: tuple[tuple[str, str, bool], ...]
    strength: str
    cost: str = ""
    """What this must leaves of her days; empty when she does not insist."""
    without: str = ""
    """What counts while nothing is ticked here; empty when it does not matter."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How many days of this cycle have a free place, and how many as she insists."""

    days: int | None
    """None while nothing is known of her days."""
    as_wished: int
    alone: Mapping[str, int]
    """For each kind of wish she insists on, how many days it would leave by itself."""
    at_home: str = ""
    """Where alone we look because she registered there and told no wish; empty otherwise."""

    @property
    def sentence(self) -> str:
        """Return what her musts cost, as it is."""
        if self.days is None:
            return gettext(
                "How many days a must costs can be said once a period is told. Each must leaves "
                "fewer days; a rather leaves none out."
            )
        if not self.days:
            return gettext(
                "No place is free in this cycle on a day that suits, whatever is wished."
            )
        if self.as_wished == self.days:
            return ngettext(
                "Places are free in this cycle on {count} day that suits. The wishes leave it.",
                "Places are free in this cycle on {count} days that suit. The wishes leave them "
                "all.",
                self.days,
            ).format(count=self.days)
        found = ngettext(
            "Places are free in this cycle on {count} day that suits",
            "Places are free in this cycle on {count} days that suit",
            self.days,
        ).format(count=self.days)
        musts, way_out = self._musts
        if not self.as_wished:
            none = gettext("{found}; {musts} none is left.").format(found=found, musts=musts)
            return spoken().joined([none, way_out])
        left = gettext("{found}; {musts} {count} of them.")
        return left.format(found=found, musts=musts, count=self.as_wished)

    @property
    def _musts(self) -> tuple[str, str]:
        """What leaves days out, and how it would leave fewer out."""
        if not self.at_home or self.alone.get("campus") == self.days:
            return gettext("with these musts"), gettext("Turn a must into a rather.")
        if self.alone.keys() == {"campus"}:
            at = gettext("at {campus}").format(campus=self.at_home)
            return at, gettext("Tick where else would do.")
        return (
            gettext("at {campus} with these musts").format(campus=self.at_home),
            gettext("Turn a must into a rather, or tick where else would do."),
        )

    @property
    def leaves_none(self) -> bool:
        return bool(self.days) and not self.as_wished


def choices_at(site: Site) -> dict[str, tuple[str, ...]]:
    """Return what can be wished for at a site, in the order of the page; one choice is none."""
    spoken = {code for one in site.operators.values() for code in one.languages}
    found = {
        "weekday": WEEKDAYS,
        "part-of-day": PARTS,
        "campus": tuple(site.campuses),
        "language": tuple(sorted(spoken)),
        "operator-sex": SEXES if site.operators else (),
    }
    return {about: tuple(values) for about, values in found.items() if len(values) > 1}


def fields_told(site: Site, rows: Sequence[WishRow], cost: Cost, *, hers: bool) -> list[WishField]:
    """Return the fields as she told them, ``hers`` in words to her.

    Where she registered is where she comes till she says otherwise: it is said, and is not ticked,
    for what is ticked is kept as her wish.
    """
    told = {about: [row for row in rows if row.about == about] for about in LEGENDS}
    fields = []
    for about, values in choices_at(site).items():
        musts = {row.value for row in told[about] if row.strength == MUST}
        ticked = musts or {row.value for row in told[about]}
        strength = MUST if musts else RATHER
        field = _field(site, about, values, ticked, strength, cost)
        if about == "campus" and cost.at_home:
            field = replace(field, without=_at_home(cost, hers=hers))
        fields.append(field)
    return fields


def _at_home(cost: Cost, *, hers: bool) -> str:
    says = (
        gettext("You registered at {campus}; without a wish we look only there.")
        if hers
        else gettext("She registered at {campus}; without a wish we look only there.")
    ).format(campus=cost.at_home)
    if not cost.days:
        return says
    left = ngettext(
        "That leaves {left} of {count} day.", "That leaves {left} of {count} days.", cost.days
    ).format(left=cost.alone.get("campus"), count=cost.days)
    return spoken().joined([says, left])


def _field(
    site: Site,
    about: str,
    values: Sequence[str],
    ticked: set[str],
    strength: str,
    cost: Cost,
) -> WishField:
    legend, hint = LEGENDS[about]
    left = cost.alone.get(about)
    says = ""
    if cost.days:
        says = ngettext(
            "This must alone leaves {left} of {count} day.",
            "This must alone leaves {left} of {count} days.",
            cost.days,
        ).format(left=left, count=cost.days)
    return WishField(
        about,
        str(legend),
        str(hint),
        tuple((value, _name(site, about, value), value in ticked) for value in values),
        strength,
        says if left is not None and ticked else "",
    )


def _name(site: Site, about: str, value: str) -> str:
    if about == "campus":
        return site.say(site.campuses[value].name, spoken().code)
    if about == "language":
        return language_name(value)
    return str(NAMES[value])


def wishes_typed(request: ActorRequest) -> list[Wished]:
    """Return what was ticked, values of one kind as alternatives."""
    posted = request.POST
    return [
        Wished(about, value, MUST if posted.get(f"{about}-strength") == MUST else RATHER)
        for about in LEGENDS
        for value in dict.fromkeys(posted.getlist(about))
    ]


def keep(request: ActorRequest, visit: Visit) -> None:
    """Hand the wishes to the service. Raises ``waiting.WaitingRefused``."""
    waiting.record_wishes(
        request.house, visit.pk, wishes_typed(request), by=request.actor, now=request.now
    )


def page(request: ActorRequest, seen: Seen, visit: Visit) -> dict[str, object]:
    """Return what the page shows: the fields as they were told, and what the musts cost."""
    site = request.around.site
    rows = list(seen.wishes.filter(visit=visit).order_by("about", "value"))
    is_told = any(row.about == "campus" for row in rows)
    has_choice = "campus" in choices_at(site)
    home = site.campuses.get(visit.campus) if has_choice and not is_told else None
    cost = replace(
        cost_of(request.house, visit, now=request.now),
        at_home=site.say(home.name, spoken().code) if home else "",
    )
    hers = is_a_woman(request.actor)
    return {"fields": fields_told(site, rows, cost, hers=hers), "cost": cost}


def cost_of(house: House, visit: Visit, *, now: datetime) -> Cost:
    """Return what her musts leave of the days of this cycle that have a free place now."""
    wait = waits.of_visit(house, visit, now=now)
    if not wait.pairs:
        return Cost(None, 0, {})
    habits = house.site(visit.site).planning
    ahead = habits.days_ahead if habits is not None else DAYS_LOOKED_AT
    days = {pair.exam_day for pair in wait.pairs}
    ahead = min(ahead, (max(days) - house.day_at(visit.site, now)).days)
    table = places.free_hours(house, visit.site, days_ahead=ahead, now=now).table
    free = {day: {one.slug for one in table.on.get((EXAM, day), ()) if one.places} for day in days}
    musts = [wish for wish in wait.wishes if wish.strength is Strength.MUST]
    all_of_them = [table.meeting(wish) for wish in musts]
    return Cost(
        days=sum(bool(slugs) for slugs in free.values()),
        as_wished=sum(_meets(slugs, all_of_them) for slugs in free.values()),
        alone={
            wish.about.value: sum(_meets(slugs, [meeting]) for slugs in free.values())
            for wish, meeting in zip(musts, all_of_them, strict=True)
        },
    )


def _meets(slugs: set[str], musts: Sequence[frozenset[str]]) -> bool:
    return any(all(slug in meeting for meeting in musts) for slug in slugs)
