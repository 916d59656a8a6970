"""Images by hand on the pages: handed over, both sides shown, filed with a reason."""

import re
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from patency.core.access import Role
from patency.core.matching import Told, accession_of
from patency.gateways.dicomfile import small_file
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Event
from patency.records.models.machines import PerformedStep
from tests.make import NOW, SITE, make_exam, make_patient, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_staff):
    return as_staff(Role.RADIOGRAPHER, name="radiographer-one")


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def told_of(visit, **changes):
    return Told(
        **{
            "number": visit.patient.number,
            "name": "EXAMPLE^ANN",
            "birth_date": "19930517",
            "accession": accession_of(visit.pk),
            **changes,
        }
    )


def hand_over(client, *contents):
    files = [SimpleUploadedFile(f"{n}.dcm", content) for n, content in enumerate(contents)]
    return client.post(reverse("images"), {"handed_over": files}, follow=True)


def test_files_that_fit_are_filed_and_the_others_wait_and_one_is_told_how_many(house, client):
    fits = small_file(told_of(make_visit()))

    answer = hand_over(client, fits, b"holiday.jpg", fits)

    page = text_of(answer)
    assert "1 file is filed with its visit." in page
    assert "1 file is kept and waits below for a person." in page
    assert "1 file was here already" in page
    assert "It is no DICOM file." in page


def test_nothing_chosen_is_told_what_to_choose(house, client):
    answer = client.post(reverse("images"), {})

    assert answer.status_code == 409
    assert "Choose DICOM files" in text_of(answer)


def test_both_sides_stand_beside_one_another_with_what_differs(house, client):
    visit = make_visit()
    hand_over(client, small_file(told_of(visit, birth_date="19930518")))
    image = ImageFile.objects.get()

    page = text_of(client.get(reverse("image", args=[image.pk])))

    assert "Date of birth 19930518 19930517 differs" in page
    assert f"Patient number {visit.patient.number} {visit.patient.number} agrees" in page


def test_a_person_files_it_with_a_reason_only(house, client):
    visit = make_visit()
    hand_over(client, small_file(told_of(visit, birth_date="19930518")))
    where = reverse("image", args=[ImageFile.objects.get().pk])

    silent = client.post(where, {"visit": str(visit.pk), "why": ""})
    done = client.post(where, {"visit": str(visit.pk), "why": "Typed wrongly."}, follow=True)

    assert silent.status_code == 409
    assert "Not everything agrees." in text_of(silent)
    assert "The file is filed with her visit." in text_of(done)
    assert ImageFile.objects.get().why == "Typed wrongly."


def test_another_woman_is_found_by_her_number_and_no_other_sites(house, client):
    hers = make_visit()
    elsewhere = make_visit(patient=make_patient(site="demo-leeds"))
    hand_over(client, b"a film without a header")
    where = reverse("image", args=[ImageFile.objects.get().pk])

    found = text_of(client.get(where, {"number": hers.patient.number.lower()}))
    foreign = text_of(client.get(where, {"number": elsewhere.patient.number}))
    odd = text_of(client.get(where, {"number": "PT-0000-000X"}))
    filed = client.post(
        f"{where}?number={hers.patient.number}", {"visit": str(hers.pk), "why": "From her CD."}
    )

    assert "File it with this visit" in found
    assert "Nobody here has this number." in foreign
    assert "This is no patient number." in odd
    assert filed.status_code == 302
    assert ImageFile.objects.get().visit == hers


@pytest.mark.parametrize("visit", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_visit_that_was_not_shown_is_not_filed_with(house, client, visit):
    hand_over(client, b"a film")
    where = reverse("image", args=[ImageFile.objects.get().pk])

    answer = client.post(where, {"visit": visit, "why": "x"})

    assert answer.status_code == 400
    assert ImageFile.objects.get().state == "quarantined"


def test_a_file_is_taken_away_again_with_a_reason(house, client):
    hand_over(client, small_file(told_of(make_visit())))
    where = reverse("image", args=[ImageFile.objects.get().pk])

    silent = client.post(where, {"what": "set-apart", "why": ""})
    done = client.post(where, {"what": "set-apart", "why": "Not hers."}, follow=True)

    assert silent.status_code == 409
    assert "waits again for a person" in text_of(done)


def test_a_file_named_like_markup_runs_nothing(house, client):
    name = "<img src=x onerror=alert(1)>.dcm"

    client.post(reverse("images"), {"handed_over": [SimpleUploadedFile(name, b"x")]})
    page = client.get(reverse("images")).content.decode()

    assert "<img src=x" not in page
    assert BytesIO(b"x").read() == house.gateways.images.open(ImageFile.objects.get().sha256).read()


def test_a_step_of_a_machine_that_fits_no_visit_is_seen_with_what_disagrees(client):
    PerformedStep.objects.create(
        site=SITE, uid="1.2", station="WESTFLUORO1", begun_at=NOW, told_name="ODD^ONE",
        disagrees=["birth-date"],
    )  # fmt: skip

    page = text_of(client.get(reverse("images")))

    assert "Performed by a machine, for no visit we know" in page
    assert "ODD^ONE" in page and "the date of birth differs" in page


def a_step(visit, **changes):
    told = told_of(visit, **changes)
    return PerformedStep.objects.create(
        site=SITE, uid="1.2", station="WESTFLUORO1", begun_at=NOW, ended_at=NOW, state="COMPLETED",
        told_number=told.number, told_name=told.name, told_birth_date=told.birth_date,
        told_accession=told.accession, disagrees=["birth-date"], dap_gy_cm2="1.25",
    )  # fmt: skip


def test_a_step_stands_beside_her_visit_with_what_differs(house, client):
    visit = make_visit()
    step = a_step(visit, birth_date="19930518")

    assert reverse("step", args=[step.pk]) in client.get(reverse("images")).content.decode()
    page = text_of(client.get(reverse("step", args=[step.pk])))

    assert "Date of birth 19930518 19930517 differs" in page
    assert "WESTFLUORO1" in page and "1.25 Gy·cm²" in page


def test_a_person_files_a_step_with_a_reason_only_and_its_dose_comes_along(house, client):
    exam = make_exam(make_visit())
    where = reverse("step", args=[a_step(exam.visit, birth_date="19930518").pk])

    bare = client.post(where, {"visit": str(exam.visit_id)})
    done = client.post(where, {"visit": str(exam.visit_id), "why": "Typed wrongly."}, follow=True)

    assert (bare.status_code, done.status_code) == (409, 200)
    step = PerformedStep.objects.get()
    assert (step.visit_id, step.patient_id) == (exam.visit_id, exam.visit.patient_id)
    assert (step.filed_by, step.why) == ("radiographer-one", "Typed wrongly.")
    assert step.disagrees == ["birth-date"]
    exam.refresh_from_db()
    assert exam.dap_gy_cm2 == Decimal("1.25")
    assert Event.objects.filter(kind="step-filed-by-hand").count() == 1
    assert "Typed wrongly." in text_of(client.get(reverse("images")))


def test_a_step_is_filed_once_and_only_with_a_visit_that_was_shown(house, client):
    visit, other = make_visit(), make_visit()
    where = reverse("step", args=[a_step(visit).pk])

    assert client.post(where, {"visit": str(uuid4())}).status_code == 400
    client.post(where, {"visit": str(visit.pk)})
    again = client.post(f"{where}?number={other.patient.number}",
                        {"visit": str(other.pk), "why": "no"})  # fmt: skip

    assert again.status_code == 409
    assert "filed it already" in text_of(again)
    assert PerformedStep.objects.get().visit_id == visit.pk
