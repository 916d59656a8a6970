"""The DICOM door, joined from its parts and served. Django is set up before this is read."""

import os
import signal
import ssl
from threading import Event

from patency.config.environment import NotConfigured
from patency.config.wiring import house
from patency.doors.dicom import server as door
from patency.doors.dicom.around import around

CERTIFICATE, KEY, MACHINES = (
    "PATENCY_DICOM_CERTIFICATE_FILE",
    "PATENCY_DICOM_KEY_FILE",
    "PATENCY_DICOM_MACHINES_CA_FILE",
)


def serve(host: str, port: int) -> None:
    """Serve the DICOM door until the process is told to stop."""
    told = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: told.set())
    door.serve(around(house()), host, port, tls=tls(), wait=told.wait)


def tls() -> ssl.SSLContext | None:
    """Return how associations are encrypted, or None where no certificate is named.

    With ``PATENCY_DICOM_MACHINES_CA_FILE`` only machines with a certificate of that authority are
    let in. Raises ``NotConfigured``.
    """
    certificate, key = os.environ.get(CERTIFICATE, ""), os.environ.get(KEY, "")
    if not certificate:
        return None
    found = door.Encrypted(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = ssl.TLSVersion.TLSv1_2  # PS3.15 B.12, the BCP 195 profile
    try:
        found.load_cert_chain(certificate, key or None)
        if machines := os.environ.get(MACHINES, ""):
            found.load_verify_locations(machines)
            found.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise NotConfigured(
            f"{CERTIFICATE}, {KEY} and {MACHINES} name files that cannot be used "
            f"({error.strerror or error}). They are PEM files; see docs/how-to/connect-a-c-arm.md."
        ) from error
    return found
