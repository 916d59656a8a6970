"""Ways out that lead nowhere and keep what was sent; for tests, the demo and the self-check."""

from dataclasses import dataclass, field
from datetime import datetime

from patency.gateways.not_sent import NotSent
from patency.gateways.printer import JobState, PrinterState
from patency.gateways.sms import Heard, heard


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail."""

    to: str
    subject: str
    text: str
    stop: str = ""
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class Text:
    """One short message."""

    to: str
    text: str


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One document given to the printer."""

    address: str
    pdf: bytes
    title: str


@dataclass(slots=True)
class MemoryMail:
    """Keeps every mail; fails with ``refuse`` while that is set."""

    sent: list[Letter] = field(default_factory=list)
    refuse: NotSent | None = None

    def send(
        self, *, to: str, subject: str, text: str, stop: str = "", picture: bytes = b""
    ) -> None:
        if self.refuse:
            raise self.refuse
        self.sent.append(Letter(to, subject, text, stop, picture))


@dataclass(slots=True)
class MemorySms:
    """Keeps every short message; fails with ``refuse`` while that is set."""

    sent: list[Text] = field(default_factory=list)
    refuse: NotSent | None = None
    secret: str = ""

    def send(self, *, to: str, text: str) -> None:
        if self.refuse:
            raise self.refuse
        self.sent.append(Text(to, text))

    def hear(self, body: bytes, signature: str, now: datetime) -> Heard | None:
        return heard(body, signature, secret=self.secret, now=now)


@dataclass(slots=True)
class MemoryPrinter:
    """Keeps every document; fails with ``refuse``, stands as ``state``, prints as ``job`` says."""

    printed: list[PrintJob] = field(default_factory=list)
    refuse: NotSent | None = None
    state: PrinterState = field(default_factory=PrinterState)
    job: JobState = field(default_factory=lambda: JobState("done", 1))
    cancelled: list[int] = field(default_factory=list)

    def look(self, address: str) -> PrinterState:
        return self.state

    def print_pdf(self, address: str, pdf: bytes, *, title: str) -> int:
        if self.refuse:
            raise self.refuse
        self.printed.append(PrintJob(address, pdf, title))
        return len(self.printed)

    def follow(self, address: str, job: int) -> JobState:
        return self.job

    def cancel(self, address: str, job: int) -> None:
        self.cancelled.append(job)
        self.job = JobState("failed", self.job.pages, self.job.trouble)
