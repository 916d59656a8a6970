"""Image files by hand: kept byte for byte, filed where everything agrees, else left to a person."""

import hashlib
import zipfile
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.db.models.signals import post_save
from pydicom import dcmread
from pydicom.uid import generate_uid

from patency.core.access import NotPermitted, Role
from patency.core.matching import Told, accession_of, study_uid_of
from patency.gateways.dicomfile import small_file
from patency.gateways.images import MemoryImages, NotKept, Placed
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Audit, Event
from patency.records.models.machines import DoseReport
from patency.service import imaging
from patency.service.house import House
from patency.synthetic.dose_report import Beam, dose_report
from tests.make import NOW, make_actor, make_exam, make_patient, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
RADIOGRAPHER = make_actor(Role.RADIOGRAPHER, name="radiographer-one")


def told_of(visit, **changes) -> Told:
    says = {
        "number": visit.patient.number,
        "name": "EXAMPLE^ANN",
        "birth_date": "19930517",
        "accession": accession_of(visit.pk),
        **changes,
    }
    return Told(**says)


def hand_over(house: House, *files, by=RADIOGRAPHER):
    named = [(f"{place}.dcm", BytesIO(content)) for place, content in enumerate(files)]
    return imaging.receive(house, named, by=by, now=NOW)


def test_a_file_that_agrees_in_everything_is_filed_by_itself(house: House):
    visit = make_visit()

    (one,) = hand_over(house, small_file(told_of(visit)))

    assert (one.file.state, one.file.visit, one.file.disagrees) == ("filed", visit, [])
    assert Event.objects.get(kind="image-filed").payload == {"visit": str(visit.pk)}


def test_a_file_whose_bytes_are_not_safe_has_no_row(house: House):
    class Fails(MemoryImages):
        def place(self, file):
            def fails() -> None:
                raise NotKept("the disk is full")

            return Placed(super().place(file).file, fails)

    broken = replace(house, gateways=replace(house.gateways, images=Fails()))

    with pytest.raises(imaging.NotSafe):
        hand_over(broken, small_file(told_of(make_visit())))

    assert not ImageFile.objects.exists()


def test_the_study_uid_is_as_good_as_the_accession_number(house: House):
    visit = make_visit()
    told = told_of(visit, accession="", study_uid=study_uid_of(visit.pk))

    (one,) = hand_over(house, small_file(told))

    assert one.file.state == "filed"


@pytest.mark.parametrize(
    ("changes", "disagrees"),
    [
        ({"birth_date": "19930518"}, ["birth-date"]),
        ({"birth_date": ""}, ["birth-date"]),
        ({"number": "PT-AAAA-AAAA"}, ["patient-number"]),
        ({"accession": "A1"}, ["examination"]),
        ({"accession": "", "birth_date": "1993"}, ["birth-date", "examination"]),
    ],
)
def test_any_disagreement_leaves_it_to_a_person(house: House, changes, disagrees):
    visit = make_visit()

    (one,) = hand_over(house, small_file(told_of(visit, **changes)))

    assert (one.file.state, one.file.visit, one.file.disagrees) == ("quarantined", None, disagrees)
    assert imaging.beside(one.file.pk, by=RADIOGRAPHER, now=NOW)[0].visit == visit
    assert Event.objects.filter(kind="image-quarantined").count() == 1


def test_nothing_is_refused_for_being_odd_and_every_byte_is_kept(house: House):
    odd = [b"", b"not an image", b"\0" * 128 + b"DICM" + b"\xff" * 40, small_file(Told())]

    done = hand_over(house, *odd)

    assert [each.file.state for each in done] == ["quarantined"] * 4
    for content, each in zip(odd, done, strict=True):
        assert each.file.sha256 == hashlib.sha256(content).hexdigest()
        assert house.gateways.images.open(each.file.sha256).read() == content


def test_a_packed_cd_is_taken_apart_and_the_same_file_is_kept_once(house: House):
    visit = make_visit()
    image = small_file(told_of(visit))
    pack = BytesIO()
    with zipfile.ZipFile(pack, "w") as made:
        made.writestr("DICOM/IMG1", image)
        made.writestr("DICOM/AGAIN", image)
        made.writestr("README.TXT", "hello")

    done = hand_over(house, pack.getvalue())

    assert [each.is_new for each in done] == [True, False, True]
    assert ImageFile.objects.count() == 2
    assert sorted(ImageFile.objects.values_list("state", flat=True)) == ["filed", "quarantined"]


@pytest.mark.parametrize("content", [b"PK\x05\x06" + b"\0" * 18, None])
def test_an_empty_pack_and_no_file_are_told_what_to_choose(house: House, content):
    with pytest.raises(imaging.NothingHandedOver, match="Choose DICOM files"):
        hand_over(house, *([] if content is None else [content]))


def test_a_person_files_it_with_a_reason_and_what_disagreed_stays_written_down(house: House):
    visit = make_visit()
    (one,) = hand_over(house, small_file(told_of(visit, birth_date="19930518")))

    with pytest.raises(imaging.ReasonMissing, match="birth-date"):
        imaging.file_by_hand(one.file.pk, visit.pk, " ", by=RADIOGRAPHER, now=NOW)
    filed = imaging.file_by_hand(
        one.file.pk, visit.pk, "The day was typed wrongly.", by=RADIOGRAPHER, now=NOW
    )

    assert (filed.visit, filed.disagrees, filed.filed_by) == (
        visit,
        ["birth-date"],
        "radiographer-one",
    )
    assert Audit.objects.get(action="image-filed-by-hand").patient_id == visit.patient_id
    with pytest.raises(imaging.AlreadyFiled, match="radiographer-one"):
        imaging.file_by_hand(one.file.pk, visit.pk, "again", by=RADIOGRAPHER, now=NOW)


def test_a_file_in_the_wrong_place_is_taken_away_with_a_reason(house: House):
    visit = make_visit()
    (one,) = hand_over(house, small_file(told_of(visit)))

    with pytest.raises(imaging.ReasonMissing):
        imaging.set_apart(one.file.pk, "", by=RADIOGRAPHER, now=NOW)
    apart = imaging.set_apart(one.file.pk, "Another woman's.", by=RADIOGRAPHER, now=NOW)

    assert (apart.state, apart.visit, apart.patient) == ("quarantined", None, None)
    assert Audit.objects.get(action="image-set-apart").patient_id == visit.patient_id


def test_a_woman_of_another_site_is_not_beside_a_file(house: House):
    elsewhere = make_visit(patient=make_patient(site="demo-leeds"))

    (one,) = hand_over(house, small_file(told_of(elsewhere)))

    assert (one.file.state, one.file.disagrees) == ("quarantined", ["no-such-visit"])
    assert imaging.beside(one.file.pk, by=RADIOGRAPHER, now=NOW) == ()


def test_who_has_nothing_to_do_with_images_hands_none_over(house: House):
    with pytest.raises(NotPermitted):
        hand_over(house, b"x", by=walk.CASHIER)


def dose_file(visit, dap: float) -> bytes:
    """Return what a machine reports of an examination of so many Gy·cm²."""
    header = dcmread(BytesIO(small_file(told_of(visit, study_uid=study_uid_of(visit.pk)))))
    header.DeviceUID = header.SeriesInstanceUID = generate_uid()
    beam = Beam(generate_uid(), NOW, True, dap, 2.0, 60, 7.5)
    written = BytesIO()
    dose_report(header, generate_uid(), [beam]).save_as(written, enforce_file_format=True)
    return written.getvalue()


def test_a_dose_report_goes_into_the_record_and_above_the_reference_it_is_said(house: House):
    low, high = make_exam(make_visit()), make_exam(make_visit(), fluoro_seconds=5)
    limit = house.site(low.site).dose_reference.dap_gy_cm2

    hand_over(house, dose_file(low.visit, 0.5), dose_file(high.visit, limit + 1))

    low.refresh_from_db(), high.refresh_from_db()
    assert (low.dap_gy_cm2, low.fluoro_seconds) == (Decimal("0.5"), 8)
    assert (float(high.dap_gy_cm2), high.fluoro_seconds) == (pytest.approx(limit + 1), 5)
    assert [each.is_above for each in DoseReport.objects.order_by("dap_gy_cm2")] == [False, True]
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"dose-read", "dose-above-reference", "dose-from-the-machine"} <= kinds


def test_a_dose_report_that_cannot_be_read_is_kept_with_its_faults(house: House):
    visit = make_visit()
    whole = dcmread(BytesIO(dose_file(visit, 0.5)))
    whole.ContentSequence = []
    written = BytesIO()
    whole.save_as(written)

    (one,) = hand_over(house, written.getvalue())

    assert one.file.state == "filed"
    assert set(DoseReport.objects.get().faults) == {"no-total", "no-events"}


@pytest.mark.django_db(transaction=True)
def test_a_row_waits_for_the_disk_before_anybody_is_told(house: House):
    sqlite = connection.vendor == "sqlite"
    asks = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"
    found = []

    def asked(**_said):
        with connection.cursor() as cursor:
            found.append(cursor.execute(asks).fetchone())

    post_save.connect(asked, sender=ImageFile)
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL" if sqlite else "SET synchronous_commit=off")
        hand_over(house, b"holiday.jpg")
    finally:
        post_save.disconnect(asked, sender=ImageFile)
        if not sqlite:
            with connection.cursor() as cursor:
                cursor.execute("RESET synchronous_commit")

    assert found in ([(2,)], [("on",)])
