"""The ways out of the house, by what this process is for: real in production, kept otherwise."""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from patency.config.environment import NotConfigured, folder, mode, secret
from patency.core.language import Language
from patency.gateways.demo_outbox import FILE, OutboxMail, OutboxSms
from patency.gateways.images import FolderOfImages
from patency.gateways.mail import SmtpMail
from patency.gateways.memory import MemoryMail, MemoryPrinter, MemorySms
from patency.gateways.not_sent import NotSent
from patency.gateways.pdf import renderer
from patency.gateways.printer import IppPrinter
from patency.gateways.sms import Heard, HttpSms
from patency.gateways.studyreader import StudyReader
from patency.service.house import Gateways, Mail, Printer, Sms

ANSWERS = "PATENCY_SMS_ANSWERS_SECRET_FILE"
SECURITY = ("starttls", "tls", "none")


class NoWay:
    """A way out that nobody has set up; whoever wants to use it is told what is missing."""

    def __init__(self, what: str, variable: str) -> None:
        self.sentence = (
            f"Nothing was sent: this installation has no {what}. Set {variable} "
            "(docs/how-to/install.md), or use another channel."
        )

    def send(
        self, *, to: str, text: str, subject: str = "", stop: str = "", picture: bytes = b""
    ) -> None:
        """Raise ``NotSent``."""
        raise NotSent(self.sentence, for_good=True)

    def hear(self, body: bytes, signature: str, now: datetime) -> Heard | None:
        """Return None: nobody is set up who could hand answers on."""
        return None


def ways_out(
    env: Mapping[str, str], now: Callable[[], datetime], languages: Mapping[str, Language]
) -> Gateways:
    """Return real gateways in production; in a demo and in tests ones that keep what was sent."""
    paper = renderer(languages, env.get("PATENCY_FONTS", ""))
    if mode(env) == "test":
        return Gateways(MemoryMail(), MemorySms(), MemoryPrinter(), paper)
    images = FolderOfImages(_images(env))
    reader = StudyReader((str(Path(sys.executable).with_name("patency")),))
    if mode(env) == "demo":
        outbox = folder(env, "PATENCY_HOME", "var") / FILE
        mail, sms = OutboxMail(file=outbox, now=now), OutboxSms(file=outbox, now=now)
        return Gateways(mail, sms, MemoryPrinter(), paper, images, reader)
    return Gateways(_mail(env, now), _sms(env), _printer(env), paper, images, reader)


def _images(env: Mapping[str, str]) -> Path:
    home = folder(env, "PATENCY_HOME", "var")
    return folder(env, "PATENCY_IMAGES", str(home / "images"))


def _mail(env: Mapping[str, str], now: Callable[[], datetime]) -> Mail:
    host = env.get("PATENCY_MAIL_HOST", "")
    if not host:
        return NoWay("mail server", "PATENCY_MAIL_HOST")
    security = env.get("PATENCY_MAIL_SECURITY", "starttls")
    if security not in SECURITY:
        raise NotConfigured(
            f"PATENCY_MAIL_SECURITY is {security!r}; it may be {', '.join(SECURITY)}."
        )
    port = env.get("PATENCY_MAIL_PORT", "587")
    sender = env.get("PATENCY_MAIL_SENDER", "")
    if not port.isdigit() or not sender:
        raise NotConfigured(
            "PATENCY_MAIL_HOST is set, so PATENCY_MAIL_SENDER must name the address we write from, "
            f"and PATENCY_MAIL_PORT a number; it is {port!r}."
        )
    user = env.get("PATENCY_MAIL_USER", "")
    return SmtpMail(
        host=host,
        port=int(port),
        sender=sender,
        clock=now,
        security=cast(Literal["starttls", "tls", "none"], security),
        user=user,
        password=_secret(env, "PATENCY_MAIL_PASSWORD_FILE", "the mail password") if user else "",
    )


def _sms(env: Mapping[str, str]) -> Sms:
    url = env.get("PATENCY_SMS_URL", "")
    if not url:
        return NoWay("SMS provider", "PATENCY_SMS_URL")
    token = _secret(env, "PATENCY_SMS_TOKEN_FILE", "the token of the SMS provider")
    hears = hears_answers(env)
    answers = _secret(env, ANSWERS, "the secret that signs what women answer") if hears else ""
    try:
        return HttpSms(url, token, env.get("PATENCY_SMS_SENDER", "clinic"), answers)
    except ValueError as error:
        raise NotConfigured(f"PATENCY_SMS_URL: {error}") from error


def _printer(env: Mapping[str, str]) -> Printer:
    user = env.get("PATENCY_PRINTER_USER", "")
    name = "PATENCY_PRINTER_PASSWORD_FILE"
    return IppPrinter(
        user=user,
        password=_secret(env, name, "the printer's password") if user else "",
        ca_file=env.get("PATENCY_PRINTER_CA_FILE", ""),
    )


def hears_answers(env: Mapping[str, str]) -> bool:
    """Return whether the SMS provider hands on what women answer."""
    return bool(env.get(ANSWERS))


def _secret(env: Mapping[str, str], name: str, what_for: str) -> str:
    return secret(env, name, what_for=what_for, how="Write it into a file only we can read.")
