"""Sends mail through an SMTP server."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Literal

from patency.gateways.not_sent import NotSent

CHECK = 'Check the mail server\'s settings, then run "patency check".'
# A server keeps its own copy for a while when it falls silent at this point, so we cannot know.
SILENT = (
    "The mail server {where} took the message and then fell silent, so nobody can say whether it "
    "was delivered. It is not sent again by itself; look into the server's log or reach her by "
    "another channel."
)


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """One SMTP server and the address we write from."""

    host: str
    port: int
    sender: str
    clock: Callable[[], datetime]
    """Dates the letter."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0

    def send(
        self, *, to: str, subject: str, text: str, stop: str = "", picture: bytes = b""
    ) -> None:
        """Hand one letter to the server. Raises ``NotSent``.

        ``stop`` is where she stops such letters, ``picture`` a PNG that goes with the text.
        """
        letter = self._letter(to, subject, text, stop, picture)
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(
                f"No mail was sent: the mail server {self._where} did not accept us "
                f"({_told(error)}). {CHECK}",
                for_good=isinstance(error, smtplib.SMTPAuthenticationError),
            ) from error
        try:
            self._hand_over(server, to, letter)
        finally:
            server.close()

    def try_it(self) -> None:
        """Go as far as the server's door, with our name and password, and send nothing.

        Raises ``NotSent``.
        """
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(
                f"The mail server {self._where} did not accept us ({_told(error)}). Correct "
                "PATENCY_MAIL_HOST, _PORT, _SECURITY, _USER or the password file."
            ) from error
        try:
            code, _ = server.mail(_bare(self.sender))
            server.rset()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(
                f"The mail server {self._where} broke off ({_told(error)}). Look into its log."
            ) from error
        finally:
            server.close()
        if code != 250:
            raise NotSent(
                f"The mail server {self._where} does not let us write as the configured sender "
                f"(answer {code}). Correct PATENCY_MAIL_SENDER."
            )

    def _letter(self, to: str, subject: str, text: str, stop: str, picture: bytes) -> bytes:
        letter = EmailMessage(policy=SMTP)
        try:
            letter["From"] = self.sender
            letter["To"] = to
            letter["Subject"] = subject
        except ValueError as error:
            raise NotSent(
                "No mail was sent: an address or a subject is not one line of text. Correct the "
                "address in her record, or the sender in the settings.",
                for_good=True,
            ) from error
        letter["Date"] = format_datetime(self.clock())
        letter["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].rstrip(">"))
        letter["Auto-Submitted"] = "auto-generated"
        if stop:
            letter["List-Unsubscribe"] = f"<{stop}>"
        letter.set_content(text)
        if picture:
            letter.add_attachment(picture, maintype="image", subtype="png", filename="code.png")
        return letter.as_bytes()

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            safe = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout_s, context=safe
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        try:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, to: str, letter: bytes) -> None:
        try:
            from_code, _ = server.mail(_bare(self.sender))
            to_code, _ = server.rcpt(to)
        except (OSError, UnicodeError, smtplib.SMTPException) as error:
            raise NotSent(
                f"No mail was sent: the mail server {self._where} broke off before it had the "
                f"message ({_told(error)}). {CHECK}"
            ) from error
        if from_code != 250:
            raise NotSent(
                f"No mail was sent: the mail server {self._where} does not let us write as the "
                f"configured sender (answer {from_code}). Correct the sender in the settings.",
                for_good=_is_final(from_code),
            )
        if to_code not in (250, 251):
            raise NotSent(
                f"No mail was sent: the mail server {self._where} refuses the address (answer "
                f"{to_code}). Ask her for her address, or use another channel.",
                for_good=_is_final(to_code),
            )
        try:
            code, _ = server.data(letter)
        except smtplib.SMTPDataError as error:
            code = error.smtp_code  # refused before the first line of the letter
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(SILENT.format(where=self._where), may_have_gone=True) from error
        if code != 250:
            raise NotSent(
                f"No mail was sent: the mail server {self._where} refuses the message (answer "
                f"{code}). {CHECK}",
                for_good=_is_final(code),
            )

    @property
    def _where(self) -> str:
        return f"{self.host}:{self.port}"


def _is_final(code: int) -> bool:
    """Return whether a server would give the same answer again (RFC 5321, 4.2.1)."""
    return 500 <= code < 600


def _bare(sender: str) -> str:
    """Return ``a@b`` of ``Clinic <a@b>``."""
    return sender.rpartition("<")[2].rstrip(">").strip()


def _told(error: Exception) -> str:
    """Return what went wrong without the server's own words, which may repeat an address."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__}, answer {code}" if code else type(error).__name__
