"""Who examines at a site, and how it fills its days: chosen by the site, dated, with its ground."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

from patency.core.document import Table

SEXES = ("female", "male")
SERVICES = ("exam", "visit")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who examines or tests women; a short name of the site's own, not a full one."""

    slug: str
    sex: str
    """``female`` or ``male``: a woman may wish for one."""
    languages: tuple[str, ...]
    """What this person speaks with her, such as ``zh-hans``."""
    services: tuple[str, ...]
    """``exam``, ``visit`` or both."""
    campuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanningHabits:
    """How a site plans its nights and offers its free places."""

    plan_at: time
    """When, by the site's clock, the days of all waiting women are worked out anew."""
    days_ahead: int
    """How many days after today are planned."""
    offer_minutes: int
    """How long a place that was offered is kept for her."""
    auto_confirm: bool
    """Whether a place is firm without her word, where her wishes and the protocol allow it."""
    overbook_alpha: float
    """The chance, 0 to 0.5, the site accepts that more women come on a day than it has places
    for; 0 opens no standby place."""
    show_chance: float
    """The share of women who come to a firm date, 0.5 to 1."""
    chosen_on: date
    chosen_by: str
    """A role, never a person's name."""
    review: date
    provenance: str


def read_operators(top: Table, campuses: Collection[str]) -> dict[str, Operator]:
    """Return the site's operators by their short names; a site may name none."""
    operators: dict[str, Operator] = {}
    for one in top.tables("operator", may_be_empty=True):
        operator = Operator(
            slug=one.slug("slug"),
            sex=one.choice("sex", SEXES),
            languages=one.words("languages"),
            services=one.words("services", SERVICES),
            campuses=one.words("campuses", campuses),
        )
        one.close()
        if operator.slug in operators:
            one.refuse("slug", f"{operator.slug!r} comes twice. Give each its own name.")
        operators[operator.slug] = operator
    return operators


def read_planning(top: Table) -> PlanningHabits | None:
    """Return how the site plans, or None: without ``[planning]`` people plan, and nothing offers
    itself."""
    if not top.has("planning"):
        return None
    one = top.table("planning")
    habits = PlanningHabits(
        plan_at=one.clock("plan_at"),
        days_ahead=one.count("days_ahead", low=1, high=60, unit="days"),
        offer_minutes=one.count("offer_minutes", low=5, high=2880, unit="minutes"),
        auto_confirm=one.yes_no("auto_confirm"),
        overbook_alpha=one.number("overbook_alpha", low=0, high=0.5, unit="chance"),
        show_chance=one.number("show_chance", low=0.5, high=1, unit="share"),
        chosen_on=one.day("chosen_on"),
        chosen_by=one.text("chosen_by", what="a role such as clinic manager"),
        review=one.day("review"),
        provenance=one.text("provenance"),
    )
    one.close()
    return habits
