"""A site: where it is, when it opens, what it charges, whom a woman can call, what it has chosen.

Everything here is the site's own data, read from ``sites/<slug>.toml``; the program knows no
price, phone number, opening day or medicine of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from patency.core.calendar.legal import LegalCalendar
from patency.core.calendar.open_days import OpenDays
from patency.core.document import DocumentRefused
from patency.core.money import Money
from patency.core.site.assist import OFF, AssistHabits
from patency.core.site.contested import Choice
from patency.core.site.kiosk import Kiosk
from patency.core.site.messaging import MessageHabits
from patency.core.site.numbers import ReleaseHabits
from patency.core.site.planning import Operator, PlanningHabits
from patency.core.site.sign_in import DEFAULT, SignInHabits

STUDY = "study"


@dataclass(frozen=True, slots=True)
class Campus:
    """One place of a site, and how to ask there; checked by the site until ``valid_until``."""

    slug: str
    name: str
    building: str
    floor: str
    room: str
    phone: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Room:
    """A room that slots are offered in."""

    slug: str
    campus: str
    service: str
    """``exam`` or ``visit``."""


@dataclass(frozen=True, slots=True)
class Opening:
    """When one service opens, as the site wrote it; ``Site.open_days`` adds the legal calendar."""

    weekdays: frozenset[int]
    """Monday is 0."""
    open_on_make_up: bool
    closures: Mapping[date, str]


@dataclass(frozen=True, slots=True)
class Price:
    """What an item costs, since when, and where that is written."""

    amount: Money
    since: date
    provenance: str
    includes: tuple[str, ...] = ()
    not_included: tuple[str, ...] = ()
    """What is paid for apart."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers at any hour of any day; a role, never a person's name."""

    role: str
    phone: str


@dataclass(frozen=True, slots=True)
class Drug:
    """One antibiotic of the site's formulary, by its common name, never a brand."""

    name: str
    dose: str
    days: int
    not_with: tuple[str, ...]
    """What must be asked and be absent before it is given."""
    provenance: str


@dataclass(frozen=True, slots=True)
class Device:
    """One X-ray machine."""

    station: str
    """Its DICOM application entity title."""
    name: str
    room: str
    modality: str = "RF"
    """What its worklist asks for; a C-arm that asks for XA sees no item of RF."""
    character_set: str = "ISO_IR 192"
    """What it can show, as DICOM names it."""
    address: str = ""
    """``host:port`` where it listens itself; empty where nothing is sent to it."""


@dataclass(frozen=True, slots=True)
class ContrastAgent:
    """One contrast agent the site keeps."""

    name: str
    medium: str
    iodine_mg_per_ml: int
    max_ml: float
    provenance: str


@dataclass(frozen=True, slots=True)
class DoseReference:
    """The dose-area product above which an examination is reviewed."""

    dap_gy_cm2: float
    provenance: str


@dataclass(frozen=True, slots=True)
class Printer:
    """Where a woman prints her report."""

    name: str
    campus: str
    place: str
    address: str
    """Where it takes documents, such as ``ipp://printer-249.example.org/ipp/print``."""


@dataclass(frozen=True, slots=True)
class Site:
    """One clinic, or one hospital's clinic on several campuses, under one protocol."""

    slug: str
    name: str
    country: str
    time_zone: str
    languages: tuple[str, ...]
    """The first is the one used until a woman chooses."""
    protocol: str
    numbers_released_at: time
    exam_minutes: int
    visit_minutes: int
    emergency_number: str
    duty: Duty
    campuses: Mapping[str, Campus]
    rooms: Mapping[str, Room]
    openings: Mapping[str, Opening]
    prices: Mapping[str, Price]
    parameters: Mapping[str, int | float | str | bool]
    """The site's own values of protocol parameters; the protocol says which it may set."""
    choices: Mapping[str, Choice]
    formulary: Mapping[str, Drug]
    devices: Mapping[str, Device]
    contrast_agents: Mapping[str, ContrastAgent]
    dose_reference: DoseReference
    printer: Printer
    messages: MessageHabits
    operators: Mapping[str, Operator] = field(default_factory=dict)
    planning: PlanningHabits | None = None
    release: ReleaseHabits | None = None
    """None where people plan, and nothing is offered by itself."""
    kiosk: Kiosk | None = None
    """None where reports are handed out at the desk only."""
    sign_in: SignInHabits = DEFAULT
    assist: AssistHabits = OFF
    """Whether the computer reads its images beforehand."""
    dicom_title: str = "PATENCY"
    """What its machines call us: our DICOM application entity title."""
    said_in: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By language: what this file says for women to read, and the same in that language."""

    def say(self, text: str, language: str) -> str:
        """Return a text of this file in a language, or as it stands where nobody said it."""
        return self.said_in.get(language, {}).get(text, text)

    def open_days(self, service: str, calendar: LegalCalendar) -> OpenDays:
        """Return the open days of ``exam``, ``visit``, ``lab`` or ``report`` (the report clock)."""
        if calendar.country != self.country:
            raise ValueError(
                f"{self.slug} is in {self.country} and cannot keep the holidays of "
                f"{calendar.country}. Give it the calendar of {self.country}."
            )
        rule = self.openings[service]
        return OpenDays(calendar, rule.weekdays, rule.open_on_make_up, rule.closures)

    def contacts_to_check(self, today: date) -> tuple[Campus, ...]:
        """Return the campuses whose contact nobody has confirmed for ``today``."""
        return tuple(one for one in self.campuses.values() if one.valid_until < today)


def check_protocol_use(site: Site, protocol_use: str) -> None:
    """Raise ``DocumentRefused`` for a site that names a protocol made for study only."""
    if protocol_use == STUDY:
        raise DocumentRefused(
            f"{site.slug}.toml: protocol: {site.protocol!r} is for study only and may not be used "
            "with women. Only trace, compare and study may load it. Name a protocol made for "
            "clinics, such as 'hsg/2026-1'."
        )
