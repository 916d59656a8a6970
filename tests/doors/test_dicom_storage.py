"""Images that dcmtk sends arrive byte for byte, safe before success, in her visit or apart."""

import hashlib
import random
import socket
import struct
import subprocess
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from patency.core.matching import Told, accession_of, study_uid_of
from patency.gateways.dicomfile import small_file
from patency.records.models.images import ImageFile
from tests.doors.dicom_peers import Clinic, door, needs_dcmtk
from tests.make import make_visit

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("dicom"),
    needs_dcmtk,
]

XA, RF = "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2"
DOSE, CAPTURE_WORD = "1.2.840.10008.5.1.4.1.1.88.67", "1.2.840.10008.5.1.4.1.1.7.3"
PACKED = (RLELossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless)


def image(visit, folder: Path, name: str = "one", *, syntax=ExplicitVRLittleEndian, sop=RF, **says):
    """Write an image of 64 × 64 points that says whose it is; the pixels are only bytes here."""
    told = Told(
        number=visit.patient.number,
        birth_date="19930517",
        accession=accession_of(visit.pk),
        study_uid=study_uid_of(visit.pk),
        image_uid=generate_uid(entropy_srcs=[name]),
    )
    made: Dataset = dcmread(BytesIO(small_file(told, patient_name="EXAMPLE^ANN")))
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = sop
    made.SeriesInstanceUID = generate_uid(entropy_srcs=["series"])
    made.Rows = made.Columns = 64
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation, made.SamplesPerPixel = 7, 0, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    points = bytes(range(256)) * 16
    made.PixelData = encapsulate([points]) if syntax.is_encapsulated else points
    made["PixelData"].VR = "OB"
    for key, value in says.items():
        setattr(made, key, value)
    made.file_meta.TransferSyntaxUID = syntax
    path = folder / f"{name}.dcm"
    order = {"implicit_vr": syntax.is_implicit_VR, "little_endian": syntax.is_little_endian}
    dcmwrite(path, made, force_encoding=True, **order)
    return path


def dataset_bytes(path: Path) -> bytes:
    """Return a file without its preamble and group 2: what travels."""
    with path.open("rb") as file:
        file.seek(132 + 8)
        (length,) = struct.unpack("<I", file.read(4))
        file.seek(132 + 12 + length)
        return file.read()


def kept(clinic: Clinic, row: ImageFile) -> Path:
    return clinic.images / row.sha256[:2] / row.sha256[2:4] / row.sha256


def halves(clinic: Clinic) -> list[Path]:
    coming = clinic.images / "arriving"
    return [path for path in coming.glob("*") if path.stat().st_size and path.stat().st_nlink == 1]


def test_a_machine_asks_whether_we_are_there_and_a_stranger_is_told_we_do_not_know_it(tmp_path):
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        opened.call("echoscu")
        stranger = opened.call("echoscu", as_="SOMEBODY", code=None)
        misdialled = opened.call("echoscu", to="OTHERPACS", code=None)

    assert "Calling AE Title Not Recognized" in stranger
    assert "Called AE Title Not Recognized" in misdialled


def test_an_image_that_agrees_is_in_her_visit_when_success_is_answered(tmp_path):
    visit = make_visit()
    clinic = Clinic(tmp_path)
    sent = image(visit, tmp_path)

    with door(clinic) as opened:
        opened.call("storescu", str(sent))
        opened.call("storescu", str(sent))
    clinic.read_again()

    (row,) = ImageFile.objects.all()
    assert (row.state, row.visit, row.disagrees) == ("filed", visit, [])
    assert (row.arrived_by, row.modality, row.sop_class) == ("dicom/WESTFLUORO1", "RF", RF)
    file = kept(clinic, row)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == row.sha256
    assert dataset_bytes(file) == dataset_bytes(sent)
    assert list((clinic.images / "arriving").iterdir()) == []


@pytest.mark.parametrize("unit", ["4096", "16384", "131072"])
def test_an_object_that_comes_in_many_units_arrives_byte_for_byte(tmp_path, unit):
    clinic = Clinic(tmp_path)
    noise = random.Random(7).randbytes(3_000_001) + b"\0"
    sent = image(make_visit(), tmp_path, PixelData=noise)

    with door(clinic) as opened:
        opened.call("storescu", "--max-pdu", unit, "--max-send-pdu", unit, str(sent))
    clinic.read_again()

    (row,) = ImageFile.objects.all()
    assert dataset_bytes(kept(clinic, row)) == dataset_bytes(sent)
    assert hashlib.sha256(kept(clinic, row).read_bytes()).hexdigest() == row.sha256


@pytest.mark.parametrize("changes", [{"PatientBirthDate": "19930518"}, {"PatientID": "X"}])
def test_an_image_that_disagrees_is_kept_and_waits_for_a_person(tmp_path, changes):
    visit = make_visit()
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        opened.call("storescu", str(image(visit, tmp_path, **changes)))
    clinic.read_again()

    (row,) = ImageFile.objects.all()
    assert (row.state, row.visit, len(row.disagrees)) == ("quarantined", None, 1)
    assert kept(clinic, row).exists()


def test_every_syntax_and_class_is_kept_as_it_was_received(tmp_path):
    visit = make_visit()
    clinic = Clinic(tmp_path)
    plain = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
    sent = {
        syntax: image(visit, tmp_path, f"in-{place}", syntax=syntax)
        for place, syntax in enumerate((*plain, *PACKED))
    }
    sent |= {sop: image(visit, tmp_path, sop, sop=sop) for sop in (XA, CAPTURE_WORD, DOSE)}
    flags = ["-xe", "-xi", "-xb", "-xr", "-xy", "-xs", "-xt", "-xv", "-xe", "-xe", "-xe"]

    with door(clinic) as opened:
        for flag, path in zip(flags, sent.values(), strict=True):
            opened.call("storescu", "-R", flag, str(path))
    clinic.read_again()

    rows = {row.image_uid: row for row in ImageFile.objects.all()}
    assert len(rows) == len(sent)
    for path in sent.values():
        says = dcmread(path, stop_before_pixels=True)
        row = rows[says.SOPInstanceUID]
        assert row.state == "filed"
        assert row.transfer_syntax == says.file_meta.TransferSyntaxUID
        assert row.sop_class == says.SOPClassUID
        assert dataset_bytes(kept(clinic, row)) == dataset_bytes(path)


def test_syntaxes_dcmtk_does_not_send_and_private_ones_are_kept_too(tmp_path):
    from pynetdicom import AE

    visit = make_visit()
    clinic = Clinic(tmp_path)
    private = "1.2.826.0.1.3680043.8.498.1.2.3"
    sent = [
        image(visit, tmp_path, "htj2k", syntax=HTJ2KLossless),
        image(visit, tmp_path, "deflated", syntax=DeflatedExplicitVRLittleEndian),
        image(visit, tmp_path, "private", sop=private),
    ]

    with door(clinic) as opened:
        for path in sent:
            says = dcmread(path)
            entity = AE(ae_title="WESTFLUORO1")
            entity.add_requested_context(says.SOPClassUID, says.file_meta.TransferSyntaxUID)
            line = entity.associate("127.0.0.1", opened.port, ae_title="PATENCY")
            assert line.is_established
            assert line.send_c_store(says).Status == 0x0000
            line.release()
    clinic.read_again()

    assert {row.state for row in ImageFile.objects.all()} == {"filed"}
    assert ImageFile.objects.count() == 3
    assert ImageFile.objects.filter(sop_class=private).exists()


def test_the_same_uid_with_other_content_is_kept_and_both_are_shown(tmp_path):
    visit = make_visit()
    clinic = Clinic(tmp_path)
    first = image(visit, tmp_path)

    with door(clinic) as opened:
        opened.call("storescu", str(first))
        other = image(visit, tmp_path, InstanceNumber="7")
        opened.call("storescu", str(other))
    clinic.read_again()

    one, two = ImageFile.objects.order_by("arrived_at", "state")
    assert {one.state, two.state} == {"filed", "quarantined"}
    assert next(row for row in (one, two) if row.state == "quarantined").disagrees == ["same-uid"]
    assert kept(clinic, one).exists() and kept(clinic, two).exists()


def test_names_in_chinese_and_arabic_are_kept_as_they_are_written(tmp_path):
    visit = make_visit()
    clinic = Clinic(tmp_path)
    sent = [
        image(
            visit,
            tmp_path,
            "zh",
            SpecificCharacterSet="GB18030",
            PatientName="Wang^XiaoHong=王^小红",
        ),
        image(visit, tmp_path, "ar", SpecificCharacterSet="ISO_IR 127", PatientName="قباني^لنزار"),
    ]

    with door(clinic) as opened:
        opened.call("storescu", *map(str, sent))
    clinic.read_again()

    names = set(ImageFile.objects.values_list("told_name", flat=True))
    assert names == {"Wang^XiaoHong=王^小红", "قباني^لنزار"}


def test_a_line_that_breaks_in_the_middle_leaves_nothing_half_and_the_door_open(tmp_path):
    visit = make_visit()
    clinic = Clinic(tmp_path)
    big = image(visit, tmp_path, "big", PixelData=bytes(50_000_000))

    with door(clinic) as opened:
        with subprocess.Popen(
            ["/usr/bin/storescu", "-aet", "WESTFLUORO1", "-aec", "PATENCY",
             "--max-send-pdu", "4096", "127.0.0.1", str(opened.port), str(big)]
        ) as sending:  # fmt: skip
            while not halves(clinic) and sending.poll() is None:
                pass
            sending.kill()
        with closing(socket.create_connection(("127.0.0.1", opened.port))) as line:
            line.sendall(b"\x01\x00\x00\x00\x00\xff\x00\x01")  # a request cut off after 8 bytes
        opened.call("storescu", str(image(visit, tmp_path)))
    clinic.read_again()

    (row,) = ImageFile.objects.all()
    assert row.size < 10_000
    assert list((clinic.images / "arriving").iterdir()) == []


def test_where_nothing_can_be_kept_no_success_is_answered(tmp_path):
    visit = make_visit()
    clinic = Clinic(tmp_path)
    blocked = tmp_path / "images"
    sent = image(visit, tmp_path)

    with door(clinic) as opened:
        digest_folders = [blocked / f"{each:02x}" for each in range(256)]
        for each in digest_folders:
            each.write_text("a file where a folder should be")
        said = opened.call("storescu", "-v", str(sent), code=None)
    clinic.read_again()

    assert "OutOfResources" in said or "a700" in said.lower()
    assert ImageFile.objects.count() == 0
