"""The ways in, walked in a real browser: codes, second factors, passkeys, registering oneself."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.records.models.people import Patient
from tests.browser.chromium import LANGUAGES, crossed, looks_right
from tests.doors.test_web_entrance import delivered
from tests.doors.test_web_staff_sign_in import PASSWORD, code_of
from tests.make import make_patient, make_staff, make_visit

R = Role
PHONE = "138 0000 7301"
WORDS = {
    "en": {
        "send": "Send me a code",
        "go": "Go on",
        "digits": "The six digits",
        "contact": "Phone number or mail address",
        "reach": "Your phone number or mail address",
        "family": "Family name",
        "given": "Given name",
        "day": ("Day", "Month", "Year"),
        "yes": "Yes",
        "agree": "I have read this, and I agree",
        "register": "Register me",
        "done": "You are registered",
        "place": "Maternity Hospital, Imaging Interventional Clinic, West campus",
        "wrong": "lies in the future",
    },
    "zh-hans": {
        "send": "给我发验证码",
        "go": "继续",
        "digits": "六位数字",
        "contact": "手机号或邮箱",
        "reach": "您的手机号或邮箱",
        "family": "姓",
        "given": "名",
        "day": ("日", "月", "年"),
        "yes": "是",
        "agree": "我已阅读并同意",
        "register": "确认登记",
        "done": "登记成功",
        "place": "妇产医院影像介入门诊、西院区",
        "wrong": "还没有到",
    },
}


def picture(page: Page, name: str) -> None:
    """Keep a picture of a page where PATENCY_SCREENSHOTS asks for it."""
    if folder := os.environ.get("PATENCY_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/accounts-{name}.png", full_page=True)


def see(page: Page, name: str) -> None:
    looks_right(page)
    picture(page, name)


def sign_in(page: Page, name: str) -> None:
    page.goto(reverse("sign-in"))
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("language", "script"), crossed(LANGUAGES, [True, False]))
def test_she_comes_in_by_a_code(language: str, script: bool, windows: Any, house: Any) -> None:
    make_visit(patient=make_patient(phone=PHONE, language=language))
    said = WORDS[language]
    page = windows.open(language=language, script=script)
    page.goto(reverse("mine"))
    if script:
        see(page, f"code-1-{language}")
    page.get_by_label(said["contact"]).fill("13800007301")
    page.get_by_role("button", name=said["send"]).click()
    field = page.get_by_label(said["digits"])
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")
    if script:
        see(page, f"code-2-{language}")

    field.fill(delivered(house))
    page.get_by_role("button", name=said["go"]).click()

    expect(page).to_have_url(re.compile(r"/my/$"))


@pytest.mark.parametrize(("language", "script"), crossed(LANGUAGES, [True, False]))
def test_she_registers_herself(language: str, script: bool, windows: Any, house: Any) -> None:
    said = WORDS[language]
    page = windows.open(language=language, script=script)

    def go(name: str) -> None:
        if script:
            see(page, f"join-{name}-{language}")
        page.get_by_role("button", name=said["go"], exact=True).click()

    page.goto(reverse("join-place"))
    page.get_by_label(said["place"]).check()
    go("place")
    page.get_by_label(said["family"], exact=True).fill("王")
    page.get_by_label(said["given"], exact=True).fill("秀英")
    go("name")
    for label, typed in zip(said["day"], ("17", "5", "2093"), strict=True):
        page.get_by_label(label, exact=True).fill(typed)
    go("born")
    expect(page.locator(".nhsuk-error-summary")).to_contain_text(said["wrong"])
    page.get_by_label(said["day"][2], exact=True).fill("1993")
    go("born-wrong")
    page.get_by_label(said["reach"]).fill("13800007399")
    go("reach")
    page.get_by_label(said["digits"]).fill(delivered(house))
    go("code")
    page.get_by_label("简体中文" if language == "zh-hans" else "English").check()
    page.get_by_label(said["yes"], exact=True).check()
    go("write")
    agree = page.get_by_label(said["agree"])
    expect(agree).to_be_visible()  # going back before the page is there is another journey
    page.go_back()
    expect(page.get_by_label(said["yes"], exact=True)).to_be_visible()
    page.go_forward()
    agree.check()
    go("data")
    if script:
        see(page, f"join-check-{language}")
    page.get_by_role("button", name=said["register"]).click()

    expect(page.get_by_role("heading", name=said["done"])).to_be_visible()
    if script:
        see(page, f"joined-{language}")
    her = Patient.objects.get()
    assert (her.family_name, her.given_name, her.language) == ("王", "秀英", language)


def test_a_nurse_sets_up_an_app_and_signs_in_with_it(windows: Any, settings: Any) -> None:
    settings.PATENCY_SECOND_FACTOR = True
    make_staff(R.NURSE, name="nurse-one")
    page = windows.open(size="desktop")
    page.goto(reverse("sign-in"))
    see(page, "sign-in")
    sign_in(page, "nurse-one")
    expect(page.get_by_text("Set up a second factor now.")).to_be_visible()
    see(page, "second-factor-none")
    page.get_by_role("link", name="Set up An app that shows codes").click()
    see(page, "second-factor-app")
    secret = page.locator("#totp-key").inner_text()
    page.get_by_label("The six digits the app shows now").fill(code_of(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    see(page, "recovery-codes")
    page.get_by_role("link", name="I have kept them").click()
    see(page, "second-factor")
    page.get_by_role("button", name="Sign out").click()

    cache.clear()  # a code is taken once within its half minute
    sign_in(page, "nurse-one")
    see(page, "second-factor-asked")
    page.get_by_label("Code of six digits, or a recovery code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(re.compile(r"/today/$"))


def with_a_device(page: Page) -> None:
    """Let the browser have a device that keeps passkeys and asks for a finger by itself."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_nurse_adds_a_passkey_and_signs_in_with_it_alone(windows: Any, settings: Any) -> None:
    settings.PATENCY_SECOND_FACTOR = True
    make_staff(R.NURSE, name="nurse-one")
    page = windows.open(size="desktop")
    with_a_device(page)
    sign_in(page, "nurse-one")
    page.get_by_role("link", name="Add a passkey").click()
    see(page, "passkey-add")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    page.get_by_role("button", name="Sign out").click()

    page.goto(reverse("sign-in"))
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(re.compile(r"/today/$"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_a_second_factor_looks_right(
    language: str, windows: Any, settings: Any, seen: Any
) -> None:
    seen.expected = ("403", "401")  # that a sign-in was taken away is said with a refusal
    settings.PATENCY_SECOND_FACTOR = True
    member = make_staff(R.NURSE, name="nurse-one")
    member.language = language
    member.save()
    page = windows.open(language=language)
    with_a_device(page)
    page.goto(reverse("sign-in"))
    page.locator("main input:not([type=hidden])").first.fill("nurse-one")
    page.locator("main input[type=password]").fill(PASSWORD)
    page.locator("main input[type=password]").press("Enter")
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    page.goto(reverse("mfa_activate_totp"))
    secret = page.locator("#totp-key").inner_text()
    page.locator("input[name=code]").fill(code_of(secret))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url(lambda address: "/app/" not in address)
    page.goto(reverse("mfa_add_webauthn"))
    page.locator("main form button").first.click()
    expect(page).not_to_have_url(re.compile(r"/passkeys/add/$"))
    passkey = Authenticator.objects.get(type="webauthn").pk

    for name, of in (
        ("mfa_view_recovery_codes", ()),
        ("mfa_deactivate_totp", ()),
        ("mfa_list_webauthn", ()),
        ("mfa_remove_webauthn", (passkey,)),
        ("mfa_reauthenticate", ()),
        ("mfa_reauthenticate_webauthn", ()),
        ("account_inactive", ()),
    ):
        where = reverse(name, args=of)
        page.goto(where)
        assert page.url.partition("?")[0].endswith(where), f"{where} led to {page.url}"
        see(page, f"{name}-{language}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_phone_of_two_women_asks_which(language: str, windows: Any, house: Any) -> None:
    for name in ("Mother", "Daughter"):
        make_visit(patient=make_patient(phone=PHONE, given_name=name))
    page = windows.open(language=language, script=True)
    page.goto(reverse("my-sign-in"))
    page.get_by_label(WORDS[language]["contact"]).fill(PHONE)
    page.get_by_role("button", name=WORDS[language]["send"]).click()
    page.get_by_label(WORDS[language]["digits"]).fill(delivered(house))
    page.get_by_role("button", name=WORDS[language]["go"]).click()

    assert page.url.endswith(reverse("my-sign-in-which"))
    see(page, f"which-{language}")


def test_a_passkey_is_a_second_factor_too(windows: Any, settings: Any) -> None:
    settings.PATENCY_SECOND_FACTOR = True
    make_staff(R.NURSE, name="nurse-one")
    page = windows.open(size="desktop")
    with_a_device(page)
    sign_in(page, "nurse-one")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "nurse-one")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(re.compile(r"/today/$"))


def test_she_adds_a_passkey_and_needs_no_code_any_more(windows: Any, house: Any) -> None:
    make_visit(patient=make_patient(phone=PHONE))
    page = windows.open()
    with_a_device(page)
    page.goto(reverse("my-sign-in"))
    page.get_by_label("Phone number or mail address").fill(PHONE)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("The six digits").fill(delivered(house))
    page.get_by_role("button", name="Go on").click()
    page.goto(reverse("own-browsers"))
    see(page, "own-browsers")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    page.goto(reverse("my-sign-in"))
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(re.compile(r"/my/$"))


def test_a_passkey_that_is_not_there_says_so(windows: Any) -> None:
    page = windows.open()
    with_a_device(page)
    page.goto(reverse("my-sign-in"))

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_text("The passkey did not work.")).to_be_visible()


@pytest.mark.parametrize(("language", "size"), crossed(LANGUAGES, ["phone", "desktop"]))
def test_an_administrators_pages_look_right(language: str, size: str, staff_window: Any) -> None:
    page = staff_window(R.ADMINISTRATOR, name="he.ping", language=language, size=size)
    nurse = make_staff(R.NURSE, name="nurse-one", display_name="Zhao Lan")
    page.goto(reverse("staff-list"))
    see(page, f"staff-list-{size}-{language}")
    page.goto(reverse("account_reauthenticate") + "?next=" + reverse("staff-new"))
    see(page, f"prove-{size}-{language}")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main button.nhsuk-button").click()
    page.wait_for_url(re.compile("/staff/new/"))
    see(page, f"staff-new-{size}-{language}")
    page.goto(reverse("staff-one", args=[nurse.pk]))
    see(page, f"staff-one-{size}-{language}")
    page.locator("button[value=password]").click()
    see(page, f"staff-password-{size}-{language}")
    given = page.locator("#password").inner_text()
    nurse.user.refresh_from_db()
    assert nurse.user.check_password(given)
