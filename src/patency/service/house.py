"""The house as a value: everything that config joined, handed down to whoever acts in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar
from typing import Protocol as Shape
from zoneinfo import ZoneInfo

from patency.core.booking.rank import PriorityRules
from patency.core.booking.window import Openings
from patency.core.calendar.legal import LegalCalendar
from patency.core.cycle.model import CycleModel
from patency.core.facts import did_you_mean
from patency.core.language import Language
from patency.core.protocol.model import Protocol
from patency.core.protocol.rulebook import Rulebook
from patency.core.site.model import Site

if TYPE_CHECKING:
    from patency.synthetic.women import Parametric

T = TypeVar("T")


class NotKnown(ValueError):
    """A protocol, site or calendar was named that this house does not have."""


class Mail(Shape):
    """Sends one message to one address."""

    def send(self, *, to: str, subject: str, text: str) -> None: ...


class Sms(Shape):
    """Sends one short message to one number."""

    def send(self, *, to: str, text: str) -> None: ...


class Printer(Shape):
    """Prints one PDF, so many copies."""

    def print_pdf(self, pdf: bytes, *, title: str, copies: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Gateways:
    """The ways out of the house."""

    mail: Mail
    sms: Sms
    printer: Printer
    pdf: Callable[[str, Mapping[str, object]], bytes]
    """Renders a named document, such as ``report``, from plain values."""


@dataclass(frozen=True, slots=True)
class House:
    """Protocols, sites, calendars and gateways, built once at start and never changed."""

    protocols: Mapping[str, Callable[[], Protocol]]
    """By version; a protocol is read and checked when it is first asked for."""
    rulebooks: Callable[[str, str], Rulebook]
    """The rulebook of a protocol version at a site (slug); an empty slug is no site."""
    sites: Mapping[str, Site]
    calendars: Mapping[str, LegalCalendar]
    """By country code."""
    read_cycle_model: Callable[[], CycleModel]
    """The numbers of the forecast; read and checked when it is first asked for."""
    read_population: "Callable[[], Parametric]"
    """The pretend women of a study; read and checked when they are first asked for."""
    ranking: PriorityRules
    """What counts for how much in the night's list, before a site's own age rule."""
    gateways: Gateways
    now: Callable[[], datetime]
    """The clock; only doors ask it, and hand the answer down."""
    languages: Mapping[str, Language]
    """How each language writes days and times, by its folder; the first stands for want of one."""
    default_protocol: str = "hsg/2026-1"

    def site(self, slug: str) -> Site:
        """Return a site. Raises ``NotKnown`` naming the sites there are."""
        return _named(self.sites, slug, "site")

    def protocol(self, version: str) -> Protocol:
        """Return a protocol, checked. Raises ``NotKnown`` or ``DataRefused``."""
        return _named(self.protocols, version, "protocol")()

    @property
    def cycle_model(self) -> CycleModel:
        """The numbers the forecast starts from. Raises ``DataRefused`` or ``DocumentRefused``."""
        return self.read_cycle_model()

    @property
    def population(self) -> "Parametric":
        """The pretend women a study draws. Raises ``DataRefused`` or ``DocumentRefused``."""
        return self.read_population()

    def rulebook_at(self, site: str) -> Rulebook:
        """Return the rulebook a site works by: its protocol with its own values."""
        return self.rulebooks(self.site(site).protocol, site)

    def ranking_at(self, site: str) -> PriorityRules:
        """Return what counts for how much in the night's list of a site."""
        age_from = self.site(site).choices["age_priority"].value
        return replace(self.ranking, age_from=int(age_from))

    def calendar_of(self, site: str) -> LegalCalendar:
        """Return the legal calendar of a site's country."""
        return _named(self.calendars, self.site(site).country, "calendar")

    def openings_at(self, site: str) -> Openings:
        """Return why a site does not examine, or does not see and test, on a day."""
        calendar = self.calendar_of(site)
        exam, clinic, laboratory = (
            self.site(site).open_days(service, calendar) for service in ("exam", "visit", "lab")
        )
        return Openings(
            exam=exam.closed_because,
            visit=lambda day: clinic.closed_because(day) or laboratory.closed_because(day),
        )

    def day_at(self, site: str, now: datetime) -> date:
        """Return the site's own calendar day at a moment."""
        return now.astimezone(ZoneInfo(self.site(site).time_zone)).date()


def _named(shelf: Mapping[str, T], name: str, what: str) -> T:
    if name not in shelf:
        raise NotKnown(
            f"There is no {what} {name!r}; there are {', '.join(sorted(shelf)) or 'none'}."
            f"{did_you_mean(name, shelf)}"
        )
    return shelf[name]
