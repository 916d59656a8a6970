"""What was sent, as staff see it, and the pages on which she stops it, in a real browser."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.records.models.message import Message
from patency.records.models.people import ChannelConsent, Patient
from tests.browser import chromium
from tests.browser.chromium import crossed
from tests.make import NOW, SITE, make_patient

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("PATENCY_SCREENSHOTS", "")
WHY = "No message was sent: the SMS provider at sms.example refuses it (answer 400)."
WORDS = {
    "en": ("Messages", "Send again", "goes again now", "Stop mails", "Done."),
    "zh-hans": ("消息", "重新发送", "立即重新发送", "停止邮件", "已完成"),
}


def make_woman(**fields: Any) -> Patient:
    patient = make_patient(phone="+8613800000000", email="ann@example.org", **fields)
    for channel in ("sms", "email"):
        ChannelConsent.objects.create(
            patient=patient, channel=channel, given=True, at=NOW, by="nurse-one"
        )
    return patient


def make_message(patient: Patient | None, state: str, **fields: Any) -> Message:
    on_its_way = state in ("waiting", "sending", "printing")
    return Message.objects.create(
        **{
            "site": SITE,
            "patient": patient,
            "about": f"event/{uuid4()}",
            "name": "appointment-tomorrow",
            "channel": "sms",
            "state": state,
            "made_at": NOW,
            "goes_at": NOW + timedelta(hours=10) if state == "waiting" else None,
            "settled_at": None if on_its_way else NOW,
            **fields,
        }
    )


def look_at(page: Page, name: str) -> None:
    chromium.looks_right(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "language"), crossed(["desktop", "phone"], sorted(WORDS)))
def test_a_nurse_sees_what_was_sent_and_sends_one_again(
    staff_window: Callable[..., Page], language: str, size: str
) -> None:
    title, again, done, *_ = WORDS[language]
    make_message(make_woman(given_name="Ann"), "not-sent", why=WHY, tries=1)
    make_message(make_woman(given_name="Bea"), "waiting", tries=2)
    make_message(make_woman(given_name="秀英", family_name="王"), "sent", channel="email")
    make_message(make_woman(given_name="Dora"), "unknown", name="page", channel="printer")
    make_message(None, "sent", name="duty")
    page = staff_window(Role.NURSE, language=language, size=size)
    page.goto("/messages/")
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    look_at(page, f"messages-{size}-{language}")

    page.get_by_role("button", name=again).click()

    expect(page.get_by_text(done)).to_be_visible()
    assert Message.objects.filter(state="waiting").count() == 2
    page.get_by_role("link", name="Example, Bea").click()
    look_at(page, f"messages-of-one-{size}-{language}")


@pytest.mark.parametrize(("script", "language"), crossed([True, False], sorted(WORDS)))
def test_she_stops_mails_with_the_link_of_one(windows: Any, language: str, script: bool) -> None:
    *_, stop, done = WORDS[language]
    patient = make_woman(language=language)
    page = windows.open(language=language, script=script)
    page.goto(f"/channels/{make_message(patient, 'sent', channel='email').stop_key}/")
    assert "Clinic" not in page.inner_text("body")  # a link is opened where others look on
    if script:
        look_at(page, f"channels-{language}")

    page.get_by_role("button", name=stop).click()

    expect(page.get_by_role("heading", name=done)).to_be_visible()
    assert not patient.channelconsent_set.filter(channel="email").latest("pk").given
    if script:
        look_at(page, f"channels-stopped-{language}")


@pytest.mark.parametrize("language", sorted(WORDS))
def test_on_her_own_page_she_stops_and_begins_again(
    her_window: Callable[..., Page], language: str
) -> None:
    patient = make_woman()
    page = her_window(patient, language=language, script=False)
    page.goto("/my/channels/")

    page.get_by_role("button", name=WORDS[language][3]).click()
    assert not patient.channelconsent_set.filter(channel="email").latest("pk").given
    page.get_by_role("button").filter(
        has_text="给我发邮件" if language != "en" else "Send me mails"
    ).click()
    assert patient.channelconsent_set.filter(channel="email").latest("pk").given


def test_her_page_of_channels_reads_well(her_window: Callable[..., Page]) -> None:
    for language in sorted(WORDS):
        page = her_window(make_woman(), language=language)
        page.goto("/my/channels/")
        look_at(page, f"my-channels-{language}")


def test_a_link_that_is_over_says_what_to_do(windows: Any) -> None:
    page = windows.open()
    page.goto(f"/channels/{uuid4()}/")

    expect(page.get_by_role("heading", name="This link does not work any more")).to_be_visible()
    look_at(page, "channels-over")
