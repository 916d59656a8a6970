"""DICOMweb asked by a foreign client over a real socket, and what nobody is shown."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import requests
from dicomweb_client import DICOMwebClient
from django.conf import settings
from django.test import Client
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from patency.core.access import Role
from patency.core.matching import Told, accession_of
from patency.gateways.filmfile import HTJ2K, JLS, a_fading_film, run_file
from patency.records.models.images import FILED, QUARANTINED, ImageFile
from patency.records.models.ledger import Audit
from patency.records.models.visit import Visit
from patency.service import imaging
from patency.service.house import House
from tests.make import NOW, SITE, make_staff, make_visit

pytestmark = pytest.mark.django_db(transaction=True)
FILM = a_fading_film(6, 64, 48)
STUDY = "1.2.826.0.1.3680043.8.498.77"


def told_of(visit: Visit, **changes: str) -> Told:
    return Told(
        **{
            "number": visit.patient.number,
            "name": "EXAMPLE^ANN",
            "birth_date": "19930517",
            "accession": accession_of(visit.pk),
            "study_uid": STUDY,
            **changes,
        }
    )


def keep(house: House, visit: Visit, *contents: bytes, site: str = SITE) -> list[ImageFile]:
    by = make_staff(Role.RADIOGRAPHER, site=site, name=f"sender-{generate_uid()[-8:]}").as_actor()
    files = [(f"{n}.dcm", io.BytesIO(each)) for n, each in enumerate(contents)]
    return [each.file for each in imaging.receive(house, files, by=by, now=NOW)]


def runs_of(visit: Visit, *syntaxes: str) -> list[bytes]:
    return [
        run_file(
            told_of(visit), FILM, number=n + 1, syntax=syntax, WindowCenter=2000, WindowWidth=2000
        )
        for n, syntax in enumerate(syntaxes or ("1.2.840.10008.1.2.1",))
    ]


@pytest.fixture
def peer(house: House, live_server: Any) -> Callable[..., DICOMwebClient]:
    """Return a foreign client signed in as a member of staff."""

    def signed_in(role: Role = Role.RADIOLOGIST, site: str = SITE) -> DICOMwebClient:
        user = make_staff(role, site=site, name=f"{role.value}-{site}").user
        pages = Client()
        pages.force_login(user)
        session = requests.Session()
        key = pages.cookies[settings.SESSION_COOKIE_NAME].value
        session.cookies.set(settings.SESSION_COOKIE_NAME, key)
        token = "a" * 32
        session.cookies.set(settings.CSRF_COOKIE_NAME, token)
        session.headers["X-CSRFToken"] = token
        client = DICOMwebClient(f"{live_server.url}/site/{site}/dicomweb", session=session)
        # By itself it names the host without its port, and addresses in answers would lead nowhere.
        client.host = live_server.url.removeprefix("http://")
        return client

    return signed_in


def test_a_foreign_client_finds_studies_series_and_images(house: House, peer: Any) -> None:
    visit = make_visit()
    keep(house, visit, *runs_of(visit, "1.2.840.10008.1.2.1", JLS))
    client = peer()

    studies = client.search_for_studies(search_filters={"PatientID": visit.patient.number})
    series = client.search_for_series(STUDY)
    images = client.search_for_instances(STUDY, search_filters={"00080060": "RF"})

    assert [Dataset.from_json(each).StudyInstanceUID for each in studies] == [STUDY]
    assert Dataset.from_json(studies[0]).NumberOfStudyRelatedInstances == 2
    assert len(series) == 2
    assert {Dataset.from_json(each).NumberOfFrames for each in images} == {6}
    assert client.search_for_studies(search_filters={"PatientID": "PT00000000"}) == []
    assert client.search_for_studies(search_filters={"StudyDate": "20250901-20250930"})
    assert client.search_for_studies(search_filters={"StudyDate": "20251001-"}) == []
    assert len(client.search_for_series(STUDY, limit=1, offset=1)) == 1


def test_it_gets_whole_objects_as_they_were_sent_and_plain(house: House, peer: Any) -> None:
    visit = make_visit()
    content = runs_of(visit, JLS)[0]
    [row] = keep(house, visit, content)
    where = (STUDY, row.series_uid, row.image_uid)
    client = peer()

    as_sent = client.retrieve_instance(*where, media_types=(("application/dicom", "*"),))
    plain = client.retrieve_instance(
        *where, media_types=(("application/dicom", "1.2.840.10008.1.2.1"),)
    )
    listed = client.retrieve_study(STUDY)

    assert as_sent.file_meta.TransferSyntaxUID == JLS
    assert as_sent.PixelData == dcmread(io.BytesIO(content)).PixelData
    assert (plain.pixel_array == FILM).all()
    assert [each.SOPInstanceUID for each in listed] == [row.image_uid]


def test_metadata_name_where_the_pixels_are_and_they_are_there(house: House, peer: Any) -> None:
    visit = make_visit()
    [row] = keep(house, visit, *runs_of(visit))
    client = peer()

    [said] = client.retrieve_series_metadata(STUDY, row.series_uid)
    head = Dataset.from_json(said, bulk_data_uri_handler=lambda tag, vr, uri: None)
    [pixels] = client.retrieve_bulkdata(said["7FE00010"]["BulkDataURI"])

    assert (head.Rows, head.Columns, head.NumberOfFrames) == (64, 48, 6)
    assert head.AvailableTransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert pixels == FILM.tobytes()


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", JLS, HTJ2K])
def test_frames_are_the_same_plain_and_packed(house: House, peer: Any, syntax: str) -> None:
    import imagecodecs

    visit = make_visit()
    [row] = keep(house, visit, *runs_of(visit, syntax))
    where = (STUDY, row.series_uid, row.image_uid)
    client = peer()

    plain = client.retrieve_instance_frames(*where, frame_numbers=[2, 6])
    # The foreign client knows no HTJ2K; what it fetches is taken apart by what wrote it elsewhere.
    packed = client._session.get(
        f"{client.base_url}/studies/{STUDY}/series/{row.series_uid}/instances/{row.image_uid}"
        "/frames/5",
        headers={"Accept": f'multipart/related; type="image/jphc"; transfer-syntax={HTJ2K}'},
    )
    [frame] = client._decode_multipart_message(packed, stream=False)

    assert plain == [FILM[1].tobytes(), FILM[5].tobytes()]
    assert (imagecodecs.htj2k_decode(frame) == FILM[4]).all()


def test_a_picture_to_look_at_is_sent_for_a_frame(house: House, peer: Any) -> None:
    visit = make_visit()
    [row] = keep(house, visit, *runs_of(visit))
    where = (STUDY, row.series_uid, row.image_uid)

    made = peer().retrieve_instance_frames_rendered(
        *where, frame_numbers=[3], media_types=("image/png",), params={"viewport": "24,24"}
    )

    assert made.startswith(b"\x89PNG")


def test_a_foreign_client_sends_images_and_they_are_filed_like_all_others(
    house: House, peer: Any
) -> None:
    visit = make_visit()
    sent = [dcmread(io.BytesIO(each)) for each in runs_of(visit, "1.2.840.10008.1.2.1", JLS)]

    told = peer(Role.RADIOGRAPHER).store_instances(sent, study_instance_uid=STUDY)

    assert len(told.ReferencedSOPSequence) == 2
    assert "FailedSOPSequence" not in told
    rows = ImageFile.objects.all()
    assert {(row.state, row.visit_id) for row in rows} == {(FILED, visit.pk)}
    assert {row.arrived_by for row in rows} == {f"radiographer-{SITE}"}


def post(client: DICOMwebClient, path: str, body: bytes, kind: str = "") -> requests.Response:
    made: requests.Response = client._session.post(
        client.base_url + path,
        data=body,
        headers={
            "Content-Type": kind or 'multipart/related; type="application/dicom"; boundary=x',
            "Accept": "application/dicom+json",
        },
    )
    return made


def in_parts(*contents: bytes) -> bytes:
    head = b"--x\r\nContent-Type: application/dicom\r\n\r\n"
    return b"\r\n".join(head + each for each in contents) + b"\r\n--x--\r\n"


def test_an_odd_part_is_kept_and_waits_and_one_of_another_study_is_not_taken(
    house: House, peer: Any
) -> None:
    visit = make_visit()
    other = run_file(told_of(visit, study_uid="1.2.3"), FILM)
    client = peer(Role.RADIOGRAPHER)

    answer = post(client, f"/studies/{STUDY}", in_parts(*runs_of(visit), b"a holiday", other))

    said = answer.json()
    assert answer.status_code == 202
    assert len(said["00081199"]["Value"]) == 1
    assert said["00081198"]["Value"][0]["00081197"]["Value"] == [0xA900]
    assert "0008119A" in said
    kept = ImageFile.objects.order_by("arrived_at", "pk")
    assert sorted(row.state for row in kept) == sorted([FILED, QUARANTINED])


def test_what_is_no_multipart_or_ends_too_soon_is_told_so(house: House, peer: Any) -> None:
    visit = make_visit()
    client = peer(Role.RADIOGRAPHER)

    cut = post(client, "/studies", in_parts(*runs_of(visit))[:-2000])
    plain = post(client, "/studies", b"x", "application/dicom")

    assert (cut.status_code, plain.status_code) == (400, 400)
    assert "ends in the middle" in cut.text
    assert "multipart/related" in plain.text
    assert not ImageFile.objects.exists()


def test_a_run_longer_than_a_form_may_be_is_taken(house: House, peer: Any) -> None:
    visit = make_visit()
    large = run_file(told_of(visit), np.zeros((3, 512, 512), np.uint16))
    assert len(large) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    answer = post(peer(Role.RADIOGRAPHER), "/studies", in_parts(large))

    assert answer.status_code == 200
    assert ImageFile.objects.get().size == len(large)


def test_who_may_look_at_images_may_not_send_them(house: House, peer: Any) -> None:
    visit = make_visit()

    answer = post(peer(Role.GYNAECOLOGIST), "/studies", in_parts(*runs_of(visit)))

    assert answer.status_code == 403
    assert not ImageFile.objects.exists()


def test_sending_needs_the_token_of_a_page(house: House, peer: Any) -> None:
    client = peer(Role.RADIOGRAPHER)
    del client._session.headers["X-CSRFToken"]

    answer = post(client, "/studies", in_parts(*runs_of(make_visit())))

    assert answer.status_code == 403 or "studies" not in answer.url
    assert not ImageFile.objects.exists()


def test_what_waits_for_a_person_is_not_handed_out(house: House, peer: Any) -> None:
    visit = make_visit()
    [row] = keep(house, visit, run_file(told_of(visit, birth_date="19000101"), FILM))
    assert row.state == QUARANTINED
    client = peer()

    assert client.search_for_studies() == []
    with pytest.raises(requests.HTTPError, match="404"):
        client.retrieve_study_metadata(STUDY)


def test_another_site_sees_none_of_it_at_its_own_address_or_at_ours(
    house: House, peer: Any
) -> None:
    visit = make_visit()
    keep(house, visit, *runs_of(visit))
    theirs = peer(site="demo-leeds")

    assert theirs.search_for_studies() == []
    session = theirs._session
    ours = theirs.base_url.replace("demo-leeds", SITE)
    for path in ("/studies", f"/studies/{STUDY}/metadata"):
        assert session.get(ours + path).status_code == 404


def test_every_read_is_in_the_audit(house: House, as_staff: Any) -> None:
    visit = make_visit()
    [row] = keep(house, visit, *runs_of(visit))
    base = (
        f"/site/{SITE}/dicomweb/studies/{STUDY}/series/{row.series_uid}/instances/{row.image_uid}"
    )
    client = as_staff(Role.RADIOLOGIST, name="radiologist-nine")
    before = Audit.objects.filter(actor="radiologist-nine", action="read").count()

    for path in ("", "/metadata", "/frames/1", "/rendered", "/bulkdata/7FE00010"):
        answer = client.get(base + path)
        assert answer.status_code == 200, path
        b"".join(answer.streaming_content) if answer.streaming else answer.content
    client.get(f"/site/{SITE}/dicomweb/studies")

    rows = Audit.objects.filter(actor="radiologist-nine", action="read")
    assert rows.count() == before + 6
    assert {each.patient_id for each in rows.order_by("-pk")[:6]} == {visit.patient_id}


def test_a_single_frame_may_be_had_without_parts_and_its_length_is_told(
    house: House, as_staff: Any
) -> None:
    visit = make_visit()
    [row] = keep(house, visit, *runs_of(visit))
    base = (
        f"/site/{SITE}/dicomweb/studies/{STUDY}/series/{row.series_uid}/instances/{row.image_uid}"
    )
    client = as_staff(Role.RADIOLOGIST)

    one = client.get(f"{base}/frames/4", headers={"Accept": "application/octet-stream"})
    several = client.get(f"{base}/frames/1,2,3")

    assert one.content == FILM[3].tobytes()
    body = b"".join(several.streaming_content)
    assert int(several["Content-Length"]) == len(body)


@pytest.mark.parametrize(
    ("path", "accept", "status", "says"),
    [
        ("/frames/7", "", 404, "holds frames 1 to 6"),
        ("/frames/1", "image/gif", 406, "can be had as"),
        ("/rendered?window=wide", "", 400, "centre,width"),
        ("/rendered?viewport=0,0", "", 400, "centre,width"),
        ("/frames/1,2/rendered", "", 400, "name one frame"),
        ("/metadata", "application/dicom+xml", 406, "dicom+json"),
        ("/bulkdata/00100010", "", 404, "no long value"),
        ("/bulkdata/00290010", "", 404, "no value"),
        ("", "text/html", 406, "application/dicom"),
    ],
)
def test_what_cannot_be_sent_is_said_in_a_sentence(
    house: House, as_staff: Any, path: str, accept: str, status: int, says: str
) -> None:
    visit = make_visit()
    [row] = keep(house, visit, *runs_of(visit))
    base = (
        f"/site/{SITE}/dicomweb/studies/{STUDY}/series/{row.series_uid}/instances/{row.image_uid}"
    )

    answer = as_staff(Role.RADIOLOGIST).get(base + path, headers={"Accept": accept or "*/*"})

    assert answer.status_code == status
    assert says in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "says"), [("Colour=red", "no attribute"), ("limit=many", "whole numbers")]
)
def test_a_query_that_asks_for_nothing_there_is_is_told(
    house: House, as_staff: Any, query: str, says: str
) -> None:
    answer = as_staff(Role.RADIOLOGIST).get(f"/site/{SITE}/dicomweb/studies?{query}")

    assert answer.status_code == 400
    assert says in answer.content.decode()
