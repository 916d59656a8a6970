"""What is known of cycles before a woman tells anything: the numbers the forecast starts from.

They are data (``forecasts/*.toml``), each with its source, and light to read: nothing here needs
numpy, so that a program may ask for the model at its start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import hypot

from patency.core.document import Table

HOW_TO = "docs/adr/0008-forecast.md"


@dataclass(frozen=True, slots=True)
class Shape:
    """How one woman's lengths lie around her own centre."""

    df: float
    """Degrees of freedom of Student's t: the smaller, the heavier the tails."""
    skew: float
    """Her scale above the centre over the scale of a symmetric spread; 1 is symmetric. Below the
    centre the scale is divided by it."""
    skipped_share: float
    """Share of told lengths that are two cycles, because a start between them was not recorded."""
    stray_share: float
    """Share of told lengths that say nothing, from slips of the pen to pauses."""


@dataclass(frozen=True, slots=True)
class Population:
    """How women differ: each has a centre and a scale of her own, in days."""

    centre_days: float
    """The centre of women whose scale is ``scale_days``."""
    centre_per_log_scale: float
    """How many days the centre rises when the scale grows by a factor e."""
    between_days: float
    """Scale of the t between the centres of women who have one scale."""
    between_df: float
    scale_days: float
    """The median woman's own scale."""
    scale_log_sd: float
    """Standard deviation of the natural logarithm of the women's scales."""
    forgetting: float
    """What a cycle still counts when one more has followed it; 1 forgets nothing."""
    shape: Shape


def widened(fitted: Population, *, centre_days: float, scale_log_sd: float) -> Population:
    """Return a population for women of whom none was fitted.

    A clinic's own women may as a whole lie ``centre_days`` from the fitted ones, and their scales
    by ``scale_log_sd`` (a natural logarithm); both add to how far one may lie from the others.
    """
    return replace(
        fitted,
        between_days=hypot(fitted.between_days, centre_days),
        scale_log_sd=hypot(fitted.scale_log_sd, scale_log_sd),
    )


@dataclass(frozen=True, slots=True)
class Luteal:
    """Days from ovulation to the next period, given how long the cycle was."""

    centre_days: float
    """The centre in a cycle of ``at_cycle_days``."""
    at_cycle_days: float
    centre_per_cycle_day: float
    scale_days: float
    df: float
    least_days: int
    most_days: int
    early_until_day: float
    """The cycle day on which ovulation is half as likely as its distance from the next period
    says; before it, it hardly is."""
    early_spread_days: float
    """Over how many days around that one it becomes so."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A mean with its spread between women and within one woman, in days; for made-up women."""

    mean_days: float
    between_sd_days: float
    within_sd_days: float


@dataclass(frozen=True, slots=True)
class OvulatedBy:
    """The risk of having ovulated, by the day after bleeding and by her own cycles together."""

    shares: Mapping[int, float]
    """Share of cycles that have ovulated on or before each day after bleeding."""
    offset: float
    weight_of_day: float
    """Of the log odds of the share of that day, in the log odds of the risk."""
    weight_of_cycles: float
    """Of the log odds by her own cycles on that day of the cycle."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on nothing is forecast; each a choice of ours, for the clinic to review."""

    closest_starts_days: int
    """Bleeding that starts sooner after a start is bleeding between periods."""
    widest_80_days: int
    """A most likely range (80 %) longer than this helps nobody to plan."""
    absent_after_days: int
    """No period for longer than this is absent, not late."""
    late_share: float
    """She is told that she is late when so few of her cycles are longer."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the numbers are from, and who looks at them again and when."""

    title: str
    source: str
    how: str
    women: int
    cycles: int
    owner: str
    review: date


@dataclass(frozen=True, slots=True)
class CycleModel:
    """The forecast's numbers, complete and checked."""

    name: str
    origin: Origin
    cycle: Population
    """Widened for women from elsewhere, as ``bleeding`` is."""
    bleeding: Population
    luteal: Luteal
    ovulation_parts: Parts
    """The day of ovulation as a whole, for made-up women; the forecast works with ``luteal``."""
    cycle_ovulation_correlation: float
    ovulated_by: OvulatedBy
    limits: Limits

    def __hash__(self) -> int:
        """Return a hash, so that what is worked out from a model can be kept beside it."""
        return hash((self.name, self.cycle, self.bleeding, self.luteal))


def parse_cycle_model(document: Mapping[str, object], file: str) -> CycleModel:
    """Return the model of a forecasts file. Raises ``DocumentRefused`` naming all that is wrong."""
    top = Table(document, file)
    model = CycleModel(
        name=top.text("name"),
        origin=_origin(top.table("origin")),
        cycle=_population(top.table("cycle"), longest=60),
        bleeding=_population(top.table("bleeding"), longest=15),
        luteal=_luteal(top.table("luteal")),
        ovulation_parts=_parts(ovulation := top.table("ovulation")),
        cycle_ovulation_correlation=ovulation.number(
            "correlation_with_cycle", low=-1, high=1, unit="correlation"
        ),
        ovulated_by=_ovulated_by(top.table("ovulated_by")),
        limits=_limits(top.table("limits")),
    )
    ovulation.close()
    top.close()
    top.finish(see=HOW_TO)
    return model


def _origin(table: Table) -> Origin:
    found = Origin(
        title=table.text("title"),
        source=table.text("source"),
        how=table.text("how"),
        women=table.count("women", low=1, high=10_000_000, unit="women"),
        cycles=table.count("cycles", low=1, high=100_000_000, unit="cycles"),
        owner=table.text("owner"),
        review=table.day("review"),
    )
    table.close()
    return found


def _population(table: Table, *, longest: float) -> Population:
    shape, elsewhere = table.table("shape"), table.table("elsewhere")
    found = Population(
        centre_days=table.number("centre_days", low=1, high=longest, unit="days"),
        centre_per_log_scale=table.number("centre_per_log_scale", low=-10, high=10, unit="days"),
        between_days=table.number("between_days", low=0.05, high=20, unit="days"),
        between_df=table.number("between_df", low=1, high=1000, unit="degrees of freedom"),
        scale_days=table.number("scale_days", low=0.05, high=12, unit="days"),
        scale_log_sd=table.number("scale_log_sd", low=0.05, high=2, unit="log days"),
        forgetting=table.number("forgetting", low=0.5, high=1, unit="weight a cycle"),
        shape=Shape(
            df=shape.number("df", low=1, high=1000, unit="degrees of freedom"),
            skew=shape.number("skew", low=0.5, high=2, unit="ratio"),
            skipped_share=shape.number("skipped_share", low=0, high=0.3, unit="share"),
            stray_share=shape.number("stray_share", low=0.0001, high=0.3, unit="share"),
        ),
    )
    shape.close()
    found = widened(
        found,
        centre_days=elsewhere.number("centre_days", low=0, high=10, unit="days"),
        scale_log_sd=elsewhere.number("scale_log_sd", low=0, high=1, unit="log days"),
    )
    _explained(elsewhere)
    _explained(table)
    return found


def _luteal(table: Table) -> Luteal:
    found = Luteal(
        centre_days=table.number("centre_days", low=5, high=25, unit="days"),
        at_cycle_days=table.number("at_cycle_days", low=20, high=40, unit="days"),
        centre_per_cycle_day=table.number("centre_per_cycle_day", low=0, high=1, unit="days"),
        scale_days=table.number("scale_days", low=0.2, high=10, unit="days"),
        df=table.number("df", low=1, high=1000, unit="degrees of freedom"),
        least_days=table.count("least_days", low=1, high=15, unit="days"),
        most_days=table.count("most_days", low=15, high=60, unit="days"),
        early_until_day=table.number("early_until_day", low=0, high=15, unit="cycle day"),
        early_spread_days=table.number("early_spread_days", low=0.1, high=5, unit="days"),
    )
    _explained(table)
    return found


def _parts(table: Table) -> Parts:
    found = Parts(
        mean_days=table.number("mean_days", low=1, high=60, unit="days"),
        between_sd_days=table.number("between_sd_days", low=0, high=20, unit="days"),
        within_sd_days=table.number("within_sd_days", low=0, high=20, unit="days"),
    )
    table.text("source")
    return found


def _ovulated_by(table: Table) -> OvulatedBy:
    shares: dict[int, float] = {}
    for day in range(1, 15):
        if table.has(f"day_{day}"):
            shares[day] = table.number(f"day_{day}", low=0.0001, high=0.9999, unit="share")
    if not shares or list(shares) != list(range(1, max(shares) + 1)):
        table.refuse("day_1", "days must begin with 1 and follow one another. Write one a line.")
    elif list(shares.values()) != sorted(shares.values()):
        table.refuse(f"day_{max(shares)}", "shares must not fall from day to day. Correct them.")
    found = OvulatedBy(
        shares,
        offset=table.number("offset", low=-5, high=5, unit="log odds"),
        weight_of_day=table.number("weight_of_day", low=0, high=2, unit="log odds"),
        weight_of_cycles=table.number("weight_of_cycles", low=0, high=2, unit="log odds"),
    )
    _explained(table)
    return found


def _limits(table: Table) -> Limits:
    found = Limits(
        closest_starts_days=table.count("closest_starts_days", low=5, high=20, unit="days"),
        widest_80_days=table.count("widest_80_days", low=5, high=60, unit="days"),
        absent_after_days=table.count("absent_after_days", low=45, high=365, unit="days"),
        late_share=table.number("late_share", low=0.001, high=0.2, unit="share"),
    )
    _explained(table)
    return found


def _explained(table: Table) -> None:
    # Numbers never stand alone: every table says where its own are from.
    table.text("source")
    table.close()
