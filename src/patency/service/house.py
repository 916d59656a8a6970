"""The house as a value: everything that config joined, handed down to whoever acts in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, TypeVar
from typing import Protocol as Shape
from zoneinfo import ZoneInfo

from patency.core.booking.rank import PriorityRules
from patency.core.booking.window import Openings
from patency.core.calendar.legal import LegalCalendar
from patency.core.cycle.model import CycleModel
from patency.core.facts import did_you_mean
from patency.core.language import Language
from patency.core.leaflet import Leaflet
from patency.core.messages import Words
from patency.core.protocol.model import Protocol
from patency.core.protocol.rulebook import Rulebook
from patency.core.quality import Indicator
from patency.core.report.words import ReportWords
from patency.core.site.model import Site
from patency.gateways.arrivals import Arriving
from patency.gateways.images import KeptFile, MemoryImages, Placed
from patency.gateways.printer import JobState, PrinterState
from patency.gateways.sms import Heard
from patency.gateways.studyreader import MemoryReader, ReadStudy

if TYPE_CHECKING:
    from patency.synthetic.women import Parametric

T = TypeVar("T")


class NotKnown(ValueError):
    """A protocol, site or calendar was named that this house does not have."""


class Mail(Shape):
    """Sends one message to one address."""

    def send(
        self, *, to: str, subject: str, text: str, stop: str = "", picture: bytes = b""
    ) -> None: ...


class Sms(Shape):
    """Sends one short message to one number."""

    def send(self, *, to: str, text: str) -> None: ...

    def hear(self, body: bytes, signature: str, now: datetime) -> Heard | None: ...


class Printer(Shape):
    """Prints PDFs at the printers of the sites, by their addresses."""

    def look(self, address: str) -> PrinterState: ...

    def print_pdf(self, address: str, pdf: bytes, *, title: str) -> int: ...

    def follow(self, address: str, job: int) -> JobState: ...

    def cancel(self, address: str, job: int) -> None: ...


class ImageStore(Shape):
    """Keeps image files byte for byte, each under its digest."""

    def begin(self, now_s: float) -> None: ...

    def arriving(self) -> Arriving: ...

    def place(self, file: IO[bytes]) -> Placed: ...

    def keep(self, file: IO[bytes]) -> KeptFile: ...

    def end(self) -> None: ...

    def open(self, sha256: str) -> IO[bytes]: ...

    def forget(self, sha256: str) -> bool: ...

    def keep_beside(self, sha256: str, what: str, content: bytes) -> None: ...

    def open_beside(self, sha256: str, what: str) -> IO[bytes] | None: ...


class Reader(Shape):
    """Makes a draft reading of a study."""

    def read(self, files: Sequence[IO[bytes]], limit_s: float) -> ReadStudy: ...


@dataclass(frozen=True, slots=True)
class Gateways:
    """The ways out of the house."""

    mail: Mail
    sms: Sms
    printer: Printer
    pdf: Callable[[str, Mapping[str, object]], bytes]
    """Renders a named document, such as ``report``, from plain values."""
    images: ImageStore = field(default_factory=MemoryImages)
    reader: Reader = field(default_factory=MemoryReader)
    """Reads a study and suggests what may be seen in it."""


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
    read_leaflet: Callable[[], Leaflet]
    """What is told before anybody signs in; read and checked when it is first asked for."""
    read_indicators: Callable[[], tuple[Indicator, ...]]
    """What is counted of the service; read and checked when it is first asked for."""
    ranking: PriorityRules
    """What counts for how much in the night's list, before a site's own age rule."""
    gateways: Gateways
    words: Mapping[str, Mapping[str, Words]]
    """What leaves the house, by the message's name, then by language."""
    now: Callable[[], datetime]
    """The clock; only doors ask it, and hand the answer down."""
    report_words: Mapping[str, ReportWords]
    """What a report says, by the folder of its language."""
    languages: Mapping[str, Language]
    """How each language writes days and times, by its folder; the first stands for want of one."""
    default_protocol: str = "hsg/2026-1"
    pages: str = ""
    """Where the pages are, such as ``https://clinic.example.org``; empty where nobody said."""
    hears_answers: bool = False
    """Whether the SMS provider hands on what women answer, so that STOP is heard."""

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

    @property
    def leaflet(self) -> Leaflet:
        """What is told before anybody signs in. Raises ``DataRefused`` or ``DocumentRefused``."""
        return self.read_leaflet()

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """What is counted of the service. Raises ``DataRefused`` or ``DocumentRefused``."""
        return self.read_indicators()

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

    def local_at(self, site: str, now: datetime) -> datetime:
        """Return a moment by the site's own clock."""
        return now.astimezone(ZoneInfo(self.site(site).time_zone))

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
