"""The draft reading beside the report: seen on a phone and a desktop, judged, never prefilled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.records.models.report import FindingsDraft
from patency.records.models.suggested import Judgement
from patency.service.house import House
from tests.browser.chromium import go_by_keyboard, looks_right, settled
from tests.service.readings import LATER, a_reading, found
from tests.service.test_reporting import make_examined

WORDS = {
    "en": {"accept": "Accept Tube at the left of the picture", "done": "Accepted"},
    "zh-hans": {"accept": "采纳 图像左边的输卵管", "done": "已采纳"},
}


def a_picture() -> bytes:
    made = BytesIO()
    Image.new("L", (64, 48), 128).save(made, "PNG")
    return made.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh-hans")])
def test_a_suggestion_is_seen_with_its_evidence_and_accepted_by_keyboard(
    house: House, clock: Any, staff_window: Callable[..., Page], size: str, language: str
) -> None:
    clock.at = LATER + timedelta(minutes=5)
    visit = make_examined()
    draft = found(sides_known=False)
    a_reading(house, visit, replace(draft, files=dict.fromkeys(draft.files, a_picture())))
    page = staff_window(Role.RADIOLOGIST, name="radiologist-one", size=size, language=language)

    page.goto(reverse("report-editor", args=[visit.pk]))
    looks_right(settled(page))
    expect(page.locator("[name=right_filled_to]:checked")).to_have_count(0)
    page.locator("#suggestion-right details").first.locator("summary").click()
    expect(page.locator("#suggestion-right img")).to_be_visible()
    looks_right(settled(page))
    page.locator("label[for=at-the-left-right]").click()
    go_by_keyboard(page, WORDS[language]["accept"])
    page.keyboard.press("Enter")

    expect(page.locator("#suggestion-right .mark.done")).to_have_text(WORDS[language]["done"])
    expect(page.locator("[name=right_filled_to][value=fimbria]")).to_be_checked()
    expect(page.locator("[name=left_filled_to]:checked")).to_have_count(0)
    looks_right(settled(page))
    assert (Judgement.objects.get().outcome, Judgement.objects.get().hers) == ("accepted", "right")


# Answers are held back in the browser: the clinic's computer has saved, the page does not know yet.
SLOW_ANSWERS = """
const send = XMLHttpRequest.prototype.send
XMLHttpRequest.prototype.send = function (...sent) {
  const heard = this.onload
  this.onload = (event) => setTimeout(() => heard.call(this, event), 1500)
  return send.apply(this, sent)
}
"""


@pytest.mark.django_db(transaction=True)
def test_a_suggestion_accepted_while_a_save_is_on_its_way_stands_in_the_report(
    house: House, clock: Any, staff_window: Callable[..., Page]
) -> None:
    clock.at = LATER + timedelta(minutes=5)
    visit = make_examined()
    draft = found(sides_known=False)
    a_reading(house, visit, replace(draft, files=dict.fromkeys(draft.files, a_picture())))
    page = staff_window(Role.RADIOLOGIST, name="radiologist-one", size="desktop", language="en")
    page.add_init_script(SLOW_ANSWERS)
    page.goto(reverse("report-editor", args=[visit.pk]))

    with page.expect_request("**/typed/"):
        page.locator("label[for=at-the-left-right]").click()
    page.get_by_role("button", name=WORDS["en"]["accept"]).click()

    expect(page.locator("#suggestion-right .mark.done")).to_have_text(WORDS["en"]["done"])
    expect(page.locator("[name=right_filled_to][value=fimbria]")).to_be_checked()
    assert not FindingsDraft.objects.filter(beside=True).exists()
