"""Frames a reader chooses are key images of the report, by one name everywhere."""

from datetime import timedelta

import pytest
from pydicom import dcmread

from patency.core.access import NotPermitted, Role
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Event
from patency.records.models.report import KeyImage
from patency.records.models.visit import Visit
from patency.service import key_images, reporting, signed_report
from patency.service.chosen import chosen_of
from patency.service.house import House
from tests.make import make_actor, make_visit
from tests.service.after import AFTERWARDS, BOTH_OPEN, JOB, RADIOLOGIST
from tests.service.readings import an_image
from tests.service.test_reporting import draft, find, make_examined, sign

pytestmark = pytest.mark.django_db


def examined(house: House) -> tuple[Visit, ImageFile]:
    visit = make_examined()
    an_image(house, visit)
    return visit, ImageFile.objects.get(visit=visit)


def choose(visit: Visit, image: ImageFile, frame: int = 12, by=RADIOLOGIST, now=AFTERWARDS):
    return key_images.choose_key_image(visit.pk, image.pk, run=3, frame=frame, by=by, now=now)


def test_a_frame_is_chosen_once_and_named_in_the_report_and_its_dicom_form(house: House):
    visit, image = examined(house)
    find(house, visit, BOTH_OPEN)
    one = choose(visit, image)

    assert choose(visit, image) == one
    report = sign(house, draft(house, visit))

    (technique,) = [each for each in report.sections["sections"] if each["id"] == "technique"]
    assert "Key images chosen from the film: run 3, frame 12." in technique["text"]
    assert "序列3，第12帧" in str(report.sections["in"]["zh"])
    row = signed_report.file_signed(house, report.pk, by=JOB, now=AFTERWARDS)
    with house.gateways.images.open(row.sha256) as file:
        made = dcmread(file)
    assert "'Run 3, frame 12'" in str(made)
    assert "(0008,1160) Referenced Frame Number             IS: '12'" in str(made)
    assert Event.objects.filter(kind="key-image-chosen").count() == 1


def test_one_that_was_removed_is_no_longer_named_and_may_be_chosen_again(house: House):
    visit, image = examined(house)
    one, other = choose(visit, image), choose(visit, image, frame=2)

    key_images.remove_key_image(one.pk, by=RADIOLOGIST, now=AFTERWARDS)
    key_images.remove_key_image(one.pk, by=RADIOLOGIST, now=AFTERWARDS + timedelta(hours=1))

    assert chosen_of(visit) == [other]
    assert KeyImage.objects.get(pk=one.pk).removed_at == AFTERWARDS
    assert choose(visit, image) != one


def test_a_draft_from_before_a_frame_was_chosen_is_not_signed(house: House):
    visit, image = examined(house)
    find(house, visit, BOTH_OPEN)
    report = draft(house, visit)
    choose(visit, image)

    with pytest.raises(reporting.NothingToSign):
        sign(house, report)


def test_what_was_signed_keeps_the_key_images_it_was_signed_with(house: House):
    visit, image = examined(house)
    one = choose(visit, image, now=AFTERWARDS - timedelta(minutes=1))
    key_images.remove_key_image(one.pk, by=RADIOLOGIST, now=AFTERWARDS + timedelta(hours=1))

    assert chosen_of(visit) == []
    assert chosen_of(visit, by=AFTERWARDS) == [one]


def test_only_who_reports_chooses_and_only_of_an_examination(house: House):
    visit, image = examined(house)

    with pytest.raises(NotPermitted):
        choose(visit, image, by=make_actor(Role.RADIOGRAPHER, name="radiographer-one"))
    with pytest.raises(key_images.NotOfThisVisit):
        choose(make_visit(), image)


def test_a_report_names_so_many_and_no_more(house: House):
    visit, image = examined(house)
    for frame in range(1, key_images.MOST + 1):
        choose(visit, image, frame=frame)

    with pytest.raises(key_images.TooManyKeyImages):
        choose(visit, image, frame=99)


def test_none_is_chosen_when_the_visit_is_over(house: House):
    visit, image = examined(house)
    Visit.objects.filter(pk=visit.pk).update(state="closed", closed_at=AFTERWARDS)

    with pytest.raises(key_images.NoReportToWrite):
        choose(visit, image)
