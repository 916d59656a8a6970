"""Prints PDFs at printers that speak IPP, each reached at its own address.

A printer that takes no PDF is refused with a sentence: we draw no raster images for it, since every
printer sold as IPP Everywhere or AirPrint for offices takes PDF.
"""

import base64
import http.client
import itertools
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from patency.gateways import ipp
from patency.gateways.not_sent import NotSent

PDF = "application/pdf"
DEFAULT_PORT = 631
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
USER = "patency"
MOST = 1_000_000  # bytes of an answer; a printer's attributes are some thousand
# RFC 8011, 5.3.7 and 5.4.11
STOPPED = 5
# Hundredths of a millimetre; shorter sheets (envelopes, cards) are none for a report.
SHORTEST_SHEET = 27_000
PENDING, HELD, PROCESSING, HELD_UP, CANCELLED, ABORTED, COMPLETED = range(3, 10)
ON_ITS_WAY = {PENDING, HELD, PROCESSING, HELD_UP}
# RFC 8011, 4.1.6 to 4.1.8 and appendix B
NOT_AUTHENTICATED = {0x0401, 0x0402, 0x0403}
GONE_JOB = {0x0406, 0x0407}
BUSY = {0x0502, 0x0507}
NOT_THIS_FORMAT = {0x040A, 0x040B}


class Trouble(StrEnum):
    """What keeps a printer from printing; the words people read are found by this name."""

    NONE = ""
    GONE = "gone"
    PAPER = "paper"
    JAM = "jam"
    COVER = "cover"
    INK = "ink"
    STOPPED = "stopped"
    REFUSES = "refuses"
    IDENTITY = "identity"
    NO_PDF = "no-pdf"


# The keywords of printer-state-reasons (RFC 8011, 5.4.12), each with what it means for us. One that
# ends in "-report" or "-warning" says that the printer still prints, but for those that wait for a
# hand whatever they are called.
WAITS_FOR_A_HAND = {"media-jam", "media-needed", "cover-open", "door-open"}
REASONS: tuple[tuple[str, Trouble], ...] = (
    ("media-jam", Trouble.JAM),
    ("media-needed", Trouble.PAPER),
    ("media-empty", Trouble.PAPER),
    ("input-tray-missing", Trouble.PAPER),
    ("cover-open", Trouble.COVER),
    ("door-open", Trouble.COVER),
    ("interlock-open", Trouble.COVER),
    ("toner-empty", Trouble.INK),
    ("marker-supply-empty", Trouble.INK),
    ("marker-waste-full", Trouble.INK),
    ("developer-empty", Trouble.INK),
    ("shutdown", Trouble.STOPPED),
    ("paused", Trouble.STOPPED),
    ("stopped-partly", Trouble.STOPPED),
    ("output-area-full", Trouble.STOPPED),
)


@dataclass(frozen=True, slots=True)
class PrinterState:
    """Whether a printer prints now, and if not, why, in a sentence for staff."""

    trouble: Trouble = Trouble.NONE
    why: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether a document given to it now comes out."""
        return self.trouble is Trouble.NONE


@dataclass(frozen=True, slots=True)
class JobState:
    """How a document stands that a printer has."""

    state: Literal["printing", "done", "failed", "unknown"]
    pages: int = 0
    """How many pages lie in the tray, as far as the printer says."""
    trouble: Trouble = Trouble.NONE
    """What holds it up, or why it failed."""


@dataclass(frozen=True, slots=True)
class IppPrinter:
    """Any printer that speaks IPP; who we are, if one asks, and whom we trust for ``ipps``."""

    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    timeout_s: float = 20.0
    look_s: float = 5.0
    """How long it is waited for where nothing is printed; a woman stands before the machine."""
    _numbers: "itertools.count[int]" = field(
        default_factory=lambda: itertools.count(1), repr=False, compare=False
    )

    def look(self, address: str) -> PrinterState:
        """Return whether a printer prints now; asks it, and changes nothing."""
        wanted = (
            "printer-state",
            "printer-state-reasons",
            "printer-is-accepting-jobs",
            "printer-input-tray",
            "document-format-supported",
        )
        try:
            answer = self._ask(address, ipp.GET_PRINTER_ATTRIBUTES, _requested(wanted))
        except NotSent as failure:
            trouble = Trouble.IDENTITY if failure.for_good else Trouble.GONE
            return PrinterState(trouble, str(failure))
        if not answer.is_good:
            return PrinterState(
                Trouble.REFUSES,
                f"The printer {address} does not say how it is (IPP status "
                f"0x{answer.status:04x}). Check its address in the site file.",
            )
        return _state(address, answer.group(ipp.PRINTER_GROUP))

    def print_pdf(self, address: str, pdf: bytes, *, title: str) -> int:
        """Return the number the printer gave a document. Raises ``NotSent``.

        ``title`` shows on the printer's panel, so it never holds a name.
        """
        answer = self._ask(
            address,
            ipp.PRINT_JOB,
            [(ipp.NAME, "job-name", title), (ipp.MIME, "document-format", PDF)],
            document=pdf,
        )
        job = answer.group(ipp.JOB_GROUP).get("job-id", (0,))[0]
        if answer.is_good and isinstance(job, int) and job:
            return job
        if answer.is_good:
            raise NotSent(
                f"The printer {address} took the page and gave it no number, so nobody can say "
                "whether it comes. Look at the printer before printing again.",
                may_have_gone=True,
            )
        raise NotSent(
            f"Nothing was printed: the printer {address} refuses the page (IPP status "
            f"0x{answer.status:04x}). {_advice(answer.status)}",
            for_good=answer.status not in BUSY,
        )

    def follow(self, address: str, job: int) -> JobState:
        """Return how a document stands; ``unknown`` when the printer cannot be asked or forgot."""
        wanted = ("job-state", "job-state-reasons", "job-impressions-completed")
        try:
            answer = self._ask(
                address,
                ipp.GET_JOB_ATTRIBUTES,
                [(ipp.INTEGER, "job-id", job), *_requested(wanted)],
            )
        except NotSent:
            return JobState("unknown", trouble=Trouble.GONE)
        if not answer.is_good:
            return JobState("unknown", trouble=Trouble.REFUSES)
        found = answer.group(ipp.JOB_GROUP)
        pages = found.get("job-impressions-completed", (0,))[0]
        printed = pages if isinstance(pages, int) else 0
        state = found.get("job-state", (0,))[0]
        if state == COMPLETED:
            return JobState("done", printed)
        if state in (CANCELLED, ABORTED):
            return JobState("failed", printed, self.look(address).trouble or Trouble.STOPPED)
        if state not in ON_ITS_WAY:
            return JobState("unknown", printed)
        trouble = self.look(address).trouble
        held_up = trouble or (Trouble.STOPPED if state == HELD_UP else Trouble.NONE)
        return JobState("printing", printed, held_up)

    def cancel(self, address: str, job: int) -> None:
        """Take a document back, if it is still there. Raises ``NotSent`` when nobody can say."""
        answer = self._ask(address, ipp.CANCEL_JOB, [(ipp.INTEGER, "job-id", job)])
        if not answer.is_good and answer.status not in GONE_JOB | {0x0404}:
            raise NotSent(
                f"The printer {address} does not take job {job} back (IPP status "
                f"0x{answer.status:04x}). Take it off at the printer's own panel."
            )

    def _ask(
        self,
        address: str,
        operation: int,
        attributes: list[tuple[int, str, ipp.Value]],
        *,
        document: bytes = b"",
    ) -> ipp.Answer:
        """Return a printer's answer. Raises ``NotSent``; may have gone once it had a document."""
        parts = urlsplit(address)
        line = self._line(parts, self.timeout_s if document else self.look_s)
        question = ipp.written(
            operation,
            next(self._numbers) & 0x7FFFFFFF,
            [
                (ipp.URI, "printer-uri", address),
                *_ordered(attributes),
            ],
        )
        try:
            try:
                line.connect()
            except OSError as error:
                raise NotSent(
                    f"Nothing was printed: the printer {address} cannot be reached "
                    f"({type(error).__name__}). Is it switched on, and is its cable or network in "
                    "order?"
                ) from error
            status, body = self._exchange(line, parts, question + document)
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(
                f"The printer {address} fell silent ({type(error).__name__}), so nobody can say "
                "whether the page comes. Look at the printer before printing again.",
                may_have_gone=bool(document),
            ) from error
        finally:
            line.close()
        if status in (401, 403, 426):
            raise NotSent(
                f"Nothing was printed: the printer {address} asks who prints (HTTP {status}). Set "
                "PATENCY_PRINTER_USER and PATENCY_PRINTER_PASSWORD_FILE, and write its address "
                "with ipps://.",
                for_good=True,
            )
        return self._understood(address, status, body, may_have_gone=bool(document))

    def _understood(
        self, address: str, status: int, body: bytes, *, may_have_gone: bool
    ) -> ipp.Answer:
        if status != 200:
            raise NotSent(
                f"Nothing was printed: what answers at {address} is no printer of ours (HTTP "
                f"{status}). Check the address in the site file.",
                may_have_gone=may_have_gone and status >= 500,
            )
        try:
            answer = ipp.read(body)
        except ipp.NotIpp as error:
            raise NotSent(
                f"What answers at {address} does not speak IPP ({error}). Check the address in the "
                "site file, and look at the printer before printing again.",
                may_have_gone=may_have_gone,
            ) from error
        if answer.status in NOT_AUTHENTICATED:
            raise NotSent(
                f"Nothing was printed: the printer {address} does not know us (IPP status "
                f"0x{answer.status:04x}). Correct PATENCY_PRINTER_USER and its password file.",
                for_good=True,
            )
        return answer

    def _exchange(
        self, line: http.client.HTTPConnection, parts: SplitResult, body: bytes
    ) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/ipp"}
        # A password goes through a safe line only.
        if self.user and (parts.scheme == "ipps" or parts.hostname in LOOPBACK):
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        line.request("POST", parts.path or "/", body, headers)
        answer = line.getresponse()
        return answer.status, answer.read(MOST)

    def _line(self, parts: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
        host, port = parts.hostname or "", parts.port or DEFAULT_PORT
        if parts.scheme == "ipps":
            trust = ssl.create_default_context(cafile=self.ca_file or None)
            return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=trust)
        return http.client.HTTPConnection(host, port, timeout=timeout_s)


def _requested(names: tuple[str, ...]) -> list[tuple[int, str, ipp.Value]]:
    first, *others = names
    return [
        (ipp.KEYWORD, "requested-attributes", first),
        *((ipp.KEYWORD, "", each) for each in others),
    ]


def _ordered(attributes: list[tuple[int, str, ipp.Value]]) -> list[tuple[int, str, ipp.Value]]:
    """Return attributes with the job's number first and our name behind it (RFC 8011, 4.1.5)."""
    job = [each for each in attributes if each[1] == "job-id"]
    rest = [each for each in attributes if each[1] != "job-id"]
    return [*job, (ipp.NAME, "requesting-user-name", USER), *rest]


def _state(address: str, found: dict[str, tuple[ipp.Value, ...]]) -> PrinterState:
    reasons = [str(each) for each in found.get("printer-state-reasons", ())]
    for keyword, trouble in REASONS:
        if _stops(keyword, reasons):
            return PrinterState(trouble, _sentence(address, trouble, reasons))
    if any(each.startswith("media-empty") for each in reasons) and _is_every_tray_empty(found):
        return PrinterState(Trouble.PAPER, _sentence(address, Trouble.PAPER, reasons))
    formats = found.get("document-format-supported", ())
    if formats and PDF not in formats:
        return PrinterState(
            Trouble.NO_PDF,
            f"The printer {address} takes no PDF (it takes {', '.join(map(str, formats))}). "
            "Choose one that does; nearly every office printer with IPP Everywhere or AirPrint.",
        )
    if found.get("printer-state", (0,))[0] == STOPPED:
        return PrinterState(Trouble.STOPPED, _sentence(address, Trouble.STOPPED, reasons))
    if found.get("printer-is-accepting-jobs", (True,))[0] is False:
        return PrinterState(Trouble.REFUSES, _sentence(address, Trouble.REFUSES, reasons))
    return PrinterState()


def _stops(keyword: str, reasons: list[str]) -> bool:
    endings = ["", "-error"]
    if keyword in WAITS_FOR_A_HAND:
        endings.append("-warning")
    return any(f"{keyword}{ending}" in reasons for ending in endings)


def _is_every_tray_empty(found: dict[str, tuple[ipp.Value, ...]]) -> bool:
    """Return whether a printer that says what lies in its trays has no sheet for a report.

    The parts of ``printer-input-tray`` are PWG 5100.13's; a level under 0 is not known.
    """
    levels = []
    for tray in found.get("printer-input-tray", ()):
        said = tray.decode("utf-8", "replace") if isinstance(tray, bytes) else str(tray)
        parts = dict(part.partition("=")[::2] for part in said.split(";"))
        length, level = parts.get("mediafeed", ""), parts.get("level", "")
        if length.isdigit() and int(length) >= SHORTEST_SHEET:
            levels.append(level)
    return bool(levels) and all(level == "0" for level in levels)


def _sentence(address: str, trouble: Trouble, reasons: list[str]) -> str:
    what = {
        Trouble.PAPER: "is out of paper. Fill it, and it goes on by itself.",
        Trouble.JAM: "has a paper jam. Open it and take the paper out.",
        Trouble.COVER: "has an open cover. Close it.",
        Trouble.INK: "is out of toner or ink. Change the cartridge.",
        Trouble.REFUSES: "takes no documents at present. Look at its panel.",
    }.get(trouble, "stands still. Look at its panel.")
    said = ", ".join(each for each in reasons if each != "none")
    return f"The printer {address} {what}" + (f" It says: {said}." if said else "")


def _advice(status: int) -> str:
    if status in NOT_THIS_FORMAT:
        return "It takes no PDF as we send it; choose a printer that does."
    if status in BUSY:
        return "It is busy; it is tried again."
    return "Look at its panel, then print again."
