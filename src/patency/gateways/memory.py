"""Ways out that lead nowhere and keep what was sent; for tests, the demo and the self-check."""

from dataclasses import dataclass, field

from patency.gateways.not_sent import NotSent


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """One short message."""

    to: str
    text: str


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One document given to the printer."""

    pdf: bytes
    title: str
    copies: int


@dataclass(slots=True)
class MemoryMail:
    """Keeps every mail; fails with ``refuse`` while that is set."""

    sent: list[Letter] = field(default_factory=list)
    refuse: NotSent | None = None

    def send(self, *, to: str, subject: str, text: str) -> None:
        if self.refuse:
            raise self.refuse
        self.sent.append(Letter(to, subject, text))


@dataclass(slots=True)
class MemorySms:
    """Keeps every short message; fails with ``refuse`` while that is set."""

    sent: list[Text] = field(default_factory=list)
    refuse: NotSent | None = None

    def send(self, *, to: str, text: str) -> None:
        if self.refuse:
            raise self.refuse
        self.sent.append(Text(to, text))


@dataclass(slots=True)
class MemoryPrinter:
    """Keeps every document; fails with ``refuse`` while that is set."""

    printed: list[PrintJob] = field(default_factory=list)
    refuse: NotSent | None = None

    def print_pdf(self, pdf: bytes, *, title: str, copies: int) -> None:
        if self.refuse:
            raise self.refuse
        self.printed.append(PrintJob(pdf, title, copies))
