"""The door on an encrypted line, with and without a certificate of the site's own authority."""

import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from patency.records.models.images import ImageFile
from tests.doors.dicom_peers import Clinic, door, needs_dcmtk
from tests.doors.test_dicom_storage import image
from tests.doors.test_dicom_worklist import booked

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("dicom"),
    pytest.mark.once,
    needs_dcmtk,
]


def certificate(folder: Path, name: str) -> tuple[str, str]:
    """Make a certificate that vouches for itself; return where it and its key are."""
    key, made = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-keyout", key, "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return str(made), str(key)


def test_only_a_machine_with_a_certificate_of_the_site_is_let_in_and_is_answered(tmp_path):
    visit = booked()
    ours, our_key = certificate(tmp_path, "door")
    known, known_key = certificate(tmp_path, "machine")
    other, other_key = certificate(tmp_path, "stranger")
    clinic = Clinic(tmp_path)
    settings = {
        "PATENCY_DICOM_CERTIFICATE_FILE": ours,
        "PATENCY_DICOM_KEY_FILE": our_key,
        "PATENCY_DICOM_MACHINES_CA_FILE": known,
    }
    as_known = ("+tls", known_key, known, "+cf", ours)

    with (
        door(clinic, **settings) as opened,
        closing(socket.create_connection(("127.0.0.1", opened.port))),  # says nothing, all the time
    ):
        opened.call("storescu", *as_known, str(image(visit, tmp_path)))
        found = opened.call(
            "findscu", *as_known, "-v", "-W", "-k", "PatientName", "-k", "PatientID"
        )
        opened.call("echoscu", "+tls", other_key, other, "+cf", ours, code=1)
        opened.call("echoscu", code=1)
    clinic.read_again()

    assert ImageFile.objects.get().visit == visit
    assert visit.patient.number in found
