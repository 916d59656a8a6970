"""What is stored, as dcmtk finds, moves and gets it, and as Orthanc has it sworn to."""

import json
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import JPEGLosslessSV1

from patency.core.matching import accession_of, study_uid_of
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Audit
from tests.doors.dicom_peers import Clinic, Door, door, free_port, needs_dcmtk
from tests.doors.test_dicom_storage import dataset_bytes, image
from tests.make import make_patient, make_visit

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("dicom"),
    needs_dcmtk,
]
ORTHANC = Path("/usr/sbin/Orthanc")
needs_orthanc = pytest.mark.skipif(
    not ORTHANC.exists(), reason="needs the foreign peer Orthanc (apt-get install orthanc)"
)


def sites_with(folder: Path, port: int) -> str:
    """Write the site with a machine that listens; return where."""
    sites = folder / "sites"
    sites.mkdir()
    text = Path("src/patency/sites/demo-west.toml").read_text(encoding="utf-8")
    text += (
        '\n[[device]]\nstation = "LISTENS1"\nname = "C-arm that listens"\n'
        f'room = "west-xray-1"\naddress = "127.0.0.1:{port}"\n'
    )
    (sites / "demo-west.toml").write_text(text, encoding="utf-8")
    return str(sites)


def ask(opened: Door, out: Path, level: str, *keys: str, as_: str = "WESTFLUORO1"):
    out.mkdir(exist_ok=True)
    for old in out.glob("*"):
        old.unlink()
    flags = [part for key in (f"QueryRetrieveLevel={level}", *keys) for part in ("-k", key)]
    opened.call("findscu", "-S", "-X", "-od", str(out), *flags, as_=as_)
    return [dcmread(path, force=True) for path in sorted(out.glob("rsp*.dcm"))]


def stored(opened: Door, folder: Path, visit, *names: str, **says) -> list[Path]:
    sent = [image(visit, folder, name, StudyDate="20250924", **says) for name in names]
    opened.call("storescu", *map(str, sent))
    return sent


def test_studies_series_and_images_are_found_at_ones_own_site_and_audited(tmp_path):
    visit = make_visit()
    other = make_visit(patient=make_patient(family_name="Other", number="PT-OTHER"))
    clinic, out = Clinic(tmp_path), tmp_path / "out"

    with door(clinic) as opened:
        stored(opened, tmp_path, visit, "one", "two", InstanceNumber="4")
        stored(opened, tmp_path, other, "three")
        opened.call("storescu", str(image(visit, tmp_path, "odd", PatientID="NOBODY")))
        wanted = ("NumberOfStudyRelatedInstances", "ModalitiesInStudy", "PatientID", "StudyDate")
        (study,) = ask(opened, out, "STUDY", f"StudyInstanceUID={study_uid_of(visit.pk)}", *wanted)
        days = "StudyDate=20250920-20250930"
        of_day = ask(opened, out, "STUDY", "StudyInstanceUID", days)
        by_name = ask(opened, out, "STUDY", "StudyInstanceUID", "PatientName=exam*")
        by_number = ask(opened, out, "STUDY", f"AccessionNumber={accession_of(other.pk)}")
        none = ask(opened, out, "STUDY", "StudyInstanceUID", "ModalitiesInStudy=CT")
        of_hers = f"StudyInstanceUID={study_uid_of(visit.pk)}"
        wanted = ("SeriesInstanceUID", "Modality=RF", "NumberOfSeriesRelatedInstances")
        series = ask(opened, out, "SERIES", of_hers, *wanted)
        images = ask(opened, out, "IMAGE", f"StudyInstanceUID={study_uid_of(visit.pk)}",
                     "SOPInstanceUID", "InstanceNumber", "Rows")  # fmt: skip
        elsewhere = ask(opened, out, "STUDY", "StudyInstanceUID", as_="LEEDSFLUORO1")
    clinic.read_again()

    assert (study.NumberOfStudyRelatedInstances, study.ModalitiesInStudy) == (2, "RF")
    assert (study.PatientID, study.StudyDate) == (visit.patient.number, "20250924")
    assert (len(of_day), len(by_name), len(by_number), none, elsewhere) == (2, 2, 1, [], [])
    assert [one.NumberOfSeriesRelatedInstances for one in series] == [2]
    assert {(one.InstanceNumber, one.Rows) for one in images} == {(4, 64)}
    assert Audit.objects.filter(patient=visit.patient, why="query of a machine").exists()


def test_images_are_got_and_moved_with_the_bytes_they_came_with(tmp_path):
    visit = make_visit()
    port = free_port()
    clinic, got, moved = Clinic(tmp_path), tmp_path / "got", tmp_path / "moved"
    got.mkdir(), moved.mkdir()
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study_uid_of(visit.pk)}")

    with door(clinic, PATENCY_SITES=sites_with(tmp_path, port)) as opened:
        sent = stored(opened, tmp_path, visit, "one", "two")
        opened.call("getscu", "-S", "+B", "-od", str(got), *keys)
        opened.call("movescu", "-S", "+B", "-od", str(moved), "--port", str(port), "-aem",
                    "LISTENS1", *keys, as_="LISTENS1", cwd=moved)  # fmt: skip
        nowhere = opened.call("movescu", "-v", "-S", "-aem", "UNKNOWN", *keys, code=None)

    wanted = {dataset_bytes(path) for path in sent}
    for folder in (got, moved):
        assert {dataset_bytes(path) for path in folder.iterdir()} == wanted, folder
    assert "MoveDestinationUnknown" in nowhere or "a801" in nowhere.lower(), nowhere


def test_who_cannot_read_a_packed_image_gets_it_unpacked(tmp_path):
    visit = make_visit()
    clinic, got = Clinic(tmp_path), tmp_path / "got"
    got.mkdir()
    plain = image(visit, tmp_path, "one")
    packed = tmp_path / "packed.dcm"
    subprocess.run(["/usr/bin/dcmcjpeg", "+e1", str(plain), str(packed)], check=True)

    with door(clinic) as opened:
        opened.call("storescu", "-R", "-xs", str(packed))
        opened.call("getscu", "-S", "-od", str(got), "-k", "QueryRetrieveLevel=STUDY",
                    "-k", f"StudyInstanceUID={study_uid_of(visit.pk)}")  # fmt: skip
    clinic.read_again()

    (row,), (file,) = ImageFile.objects.all(), got.iterdir()
    assert row.transfer_syntax == JPEGLosslessSV1
    assert dcmread(file).PixelData == dcmread(plain).PixelData


@contextmanager
def orthanc(folder: Path, port: int, of_us: int):
    """Serve an Orthanc that knows us as ``us`` and calls itself LISTENS1."""
    http = free_port()
    settings = {
        "Name": "peer",
        "StorageDirectory": str(folder / "orthanc"),
        "IndexDirectory": str(folder / "orthanc"),
        "HttpPort": http,
        "DicomPort": port,
        "DicomAet": "LISTENS1",
        "AuthenticationEnabled": False,
        "DicomModalities": {"us": ["PATENCY", "127.0.0.1", of_us]},
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("w") as log:
        process = subprocess.Popen([ORTHANC, str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        ends = time.monotonic() + 60
        while True:
            try:
                rest(http, "GET", "/system")
                break
            except OSError:
                assert time.monotonic() < ends, (folder / "orthanc.log").read_text()
                time.sleep(0.1)
        yield http
    finally:
        process.terminate()
        process.wait(20)


def rest(port: int, method: str, path: str, body: object = None):
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, method=method)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


@needs_orthanc
def test_orthanc_stores_finds_fetches_and_has_it_sworn_to(tmp_path):
    visit = make_visit()
    port = free_port()
    clinic = Clinic(tmp_path)
    path = image(visit, tmp_path, "one", StudyDate="20250924")
    says = dcmread(path)

    with (
        door(clinic, PATENCY_SITES=sites_with(tmp_path, port)) as opened,
        orthanc(tmp_path, port, opened.port) as http,
    ):
        sent = rest(http, "POST", "/instances", path.read_bytes())
        done = rest(http, "POST", "/modalities/us/store",
                    {"Resources": [sent["ID"]], "StorageCommitment": True})  # fmt: skip
        sworn = committed(http, done["StorageCommitmentTransactionUID"])
        lie = rest(http, "POST", "/modalities/us/storage-commitment", {
            "DicomInstances": [{"SOPClassUID": says.SOPClassUID, "SOPInstanceUID": "1.2.3"}]
        })  # fmt: skip
        refused = committed(http, lie["ID"])
        rest(http, "DELETE", f"/instances/{sent['ID']}")
        found = rest(http, "POST", "/modalities/us/query",
                     {"Level": "Study", "Query": {"PatientID": visit.patient.number}})  # fmt: skip
        rest(http, "POST", f"/queries/{found['ID']}/retrieve", b"LISTENS1")
        back = rest(http, "GET", "/instances")

    assert sworn["Status"] == "Success"
    assert [one["SOPInstanceUID"] for one in sworn["Success"]] == [says.SOPInstanceUID]
    assert refused["Status"] == "Failure"
    assert refused["Failures"][0]["FailureReason"] == 0x0112, refused
    assert len(back) == 1


def committed(http: int, uid: str) -> dict:
    ends = time.monotonic() + 30
    while (report := rest(http, "GET", f"/storage-commitment/{uid}"))["Status"] == "Pending":
        assert time.monotonic() < ends, report
        time.sleep(0.1)
    return report
