"""Images that fit no visit: handed over, looked at from both sides, filed by hand with a reason."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.core.matching import Told, accession_of
from patency.gateways.dicomfile import small_file
from patency.records.models.images import ImageFile
from patency.records.models.machines import PerformedStep
from patency.service.house import House
from tests.browser.chromium import go_by_keyboard, looks_right, settled
from tests.make import make_visit

WORDS = {
    "en": {"hand": "Hand over", "look": "Look at both sides", "file": "File it with this visit"},
    "zh-hans": {"hand": "交入", "look": "对照两边", "file": "归入这次就诊"},
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh-hans")])
def test_a_file_that_does_not_agree_is_filed_by_a_person(
    house: House, staff_window: Callable[..., Page], size: str, language: str
) -> None:
    visit = make_visit()
    told = Told(
        number=visit.patient.number,
        name="EXAMPLE^ANN",
        birth_date="19930518",
        accession=accession_of(visit.pk),
    )
    says = WORDS[language]
    page = staff_window(Role.RADIOGRAPHER, name="radiographer-one", size=size, language=language)

    page.goto(reverse("images"))
    looks_right(settled(page))
    film = {"name": "IMG1", "mimeType": "application/dicom", "buffer": small_file(told)}
    page.locator("input[type=file]").set_input_files([film])
    go_by_keyboard(page, says["hand"])
    page.keyboard.press("Enter")
    expect(page.locator(".note.warning")).to_be_visible()
    looks_right(settled(page))
    go_by_keyboard(page, says["look"])
    page.keyboard.press("Enter")
    expect(page.locator(".both-sides .mark.danger")).to_have_count(1)
    looks_right(settled(page))
    page.locator("textarea").focus()
    page.keyboard.type("The day was typed wrongly.")
    go_by_keyboard(page, says["file"])
    page.keyboard.press("Enter")
    expect(page.locator(".note.success")).to_be_visible()

    image = ImageFile.objects.get()
    assert (image.visit_id, image.disagrees) == (visit.pk, ["birth-date"])
    page.goto(reverse("image", args=[image.pk]))
    looks_right(settled(page))


@pytest.mark.django_db(transaction=True)
def test_a_step_that_does_not_agree_is_filed_by_a_person(
    house: House, staff_window: Callable[..., Page]
) -> None:
    visit = make_visit()
    step = PerformedStep.objects.create(
        site=visit.site,
        uid="1.2",
        station="WESTFLUORO1",
        begun_at=visit.opened_at,
        told_number=visit.patient.number,
        told_name="EXAMPLE^ANN",
        told_birth_date="19930518",
        told_accession=accession_of(visit.pk),
        disagrees=["birth-date"],
    )
    page = staff_window(Role.RADIOGRAPHER, name="radiographer-one", size="phone", language="en")

    page.goto(reverse("images"))
    go_by_keyboard(page, "Look at both sides")
    page.keyboard.press("Enter")
    expect(page.locator(".both-sides .mark.danger")).to_have_count(1)
    looks_right(settled(page))
    page.locator("textarea").focus()
    page.keyboard.type("The day was typed wrongly.")
    go_by_keyboard(page, "It is of this visit")
    page.keyboard.press("Enter")
    expect(page.locator(".note.success")).to_be_visible()

    step.refresh_from_db()
    assert (step.visit_id, step.disagrees) == (visit.pk, ["birth-date"])
    page.goto(reverse("step", args=[step.pk]))
    looks_right(settled(page))
