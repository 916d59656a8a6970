"""Every page that can be opened, as the people who may open it see it: axe finds nothing wrong.

The pages come from the resolver, so a new one is looked at without being named here. With
PATENCY_SCREENSHOTS=FOLDER (`make screenshots`) a picture of each is kept there.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser.chromium import ROOT, Seen
from tests.browser.served import Demo

NOBODY = ""
PICTURES = os.environ.get("PATENCY_SCREENSHOTS", "")
# A page with an id is tried for rows of this table, the newest first.
TABLES = {
    "patient_id": "patient", "visit_id": "visit", "booking_id": "booking", "task_id": "task",
    "decision_id": "decision", "entry_id": "diaryentry", "offer_id": "offer",
    "claim_id": "claim", "report_id": "report", "slot_id": "slot", "staff_id": "staffmember",
    "comparison_id": "comparison", "refund_id": "refund", "payment_id": "payment",
    "episode_id": "pregnancyepisode", "referral_id": "referral", "follow_up_id": "followup",
    "image_id": "imagefile", "message_id": "message", "finding_id": "criticalfinding",
}  # fmt: skip
# What else stands in an address, and one that there is.
NAMES = {"site": "demo-west", "rule_id": "temperature-too-high", "day": "2026-01-05",
         "month": "2026-01", "indicator": "dose"}  # fmt: skip
# These show very different things by how far a visit has come: more of them are looked at.
MANY = {"journey": 4, "visit": 4, "decision": 3, "my-care-card": 3}
ROWS_TRIED = 40
# Pages the demo has nothing to show for, each with the test that looks at it.
SEEN_ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        ("kiosk-code", "kiosk-birth", "kiosk-pages", "kiosk-still-there"),
        "tests/browser/test_kiosk.py",
    ),
    **dict.fromkeys(
        (
            "account_inactive",
            "mfa_authenticate",
            "mfa_login_webauthn",
            "mfa_remove_webauthn",
            "mfa_deactivate_totp",
            "mfa_view_recovery_codes",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "my-sign-in-code",
            "my-sign-in-which",
            "join-name",
            "join-born",
            "join-reach",
            "join-write",
            "join-data",
            "join-code",
            "join-check",
        ),
        "tests/browser/test_accounts.py",
    ),
    "comparison": "tests/browser/test_manager.py",
    "by-visit": "tests/doors/test_web_quality.py",  # leads on to the record
    "channels": "tests/browser/test_messages.py",
    "my-date-check": "tests/browser/test_her_journey.py",
    # Files and no pages, tried by requests.
    "my-plan-file": "tests/doors/test_web_after.py",
    "my-report-file": "tests/doors/test_web_after.py",
    # Leads on to the first question that is open; each is looked at there.
    "my-diary-write": "tests/browser/test_after.py",
    "calendar-file": "tests/doors/test_web_my_data.py",
    "report-paper": "tests/doors/test_web_report.py",
    "receipt": "tests/doors/test_web_cashier.py",
    "doses-csv": "tests/doors/test_web_doses.py",
    "quality-figures": "tests/doors/test_web_quality.py",
    "cashier-csv": "tests/doors/test_web_cashier.py",
    "referral-letter": "tests/doors/test_web_following.py",
    "report-compare": "tests/browser/test_radiologist.py",
    "image": "tests/browser/test_images.py",
    "step": "tests/browser/test_images.py",
    # Pictures of a draft reading, and the table behind its agreement, tried by requests.
    "reading-picture": "tests/doors/test_web_suggestions.py",
    "agreement-figures": "tests/doors/test_web_suggestions.py",
    # For programs: JSON, frames and files.
    **dict.fromkeys(
        (
            "dicomweb-studies",
            "dicomweb-series",
            "dicomweb-instances",
            "dicomweb-study",
            "dicomweb-study-series",
            "dicomweb-study-instances",
            "dicomweb-study-metadata",
            "dicomweb-one-series",
            "dicomweb-series-instances",
            "dicomweb-series-metadata",
            "dicomweb-instance",
            "dicomweb-instance-metadata",
            "dicomweb-rendered",
            "dicomweb-bulk",
            "dicomweb-frames",
            "dicomweb-frame-rendered",
        ),
        "tests/doors/test_dicomweb.py",
    ),
}
ANY_ID = "00000000-0000-4000-8000-000000000000"
# The people in the order in which they are tried; the first who may open a page opens it.
STAFF = ("nurse", "radiologist", "gynaecologist", "cashier", "manager", "administrator",
         "registration", "radiographer", "consultant")  # fmt: skip
WOMEN = ("zheng", "wang", "liu", "li")
# Whose page of several says most.
BEST = {"my-day": "li", "my-date": "li", "my-preparation": "li", "my-calendar": "liu"}
# Sizes and languages each page is looked at in; the pictures are taken of all four.
EYES = (("phone", "en"), ("desktop", "zh-hans"), ("phone", "zh-hans"), ("desktop", "en"))


def patterns(found: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    for each in found:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns, route)
        elif each.name:
            yield each.name, route


def named_pages() -> list[tuple[str, str]]:
    """Return every named address of the program: its name and its route."""
    skipped = ("static",)
    return [(name, route) for name, route in patterns(get_resolver().url_patterns)
            if not route.startswith(skipped)]  # fmt: skip


class Walk:
    """The people of a demo, each in a window of their own, opened when first needed."""

    def __init__(self, browser: Browser, demo: Demo, stack: ExitStack) -> None:
        self.browser, self.demo, self.stack = browser, demo, stack
        self.seen = Seen()
        self.contexts: dict[tuple[str, str, str], BrowserContext] = {}
        self.acts: dict[str, bool] = {}

    def context(self, who: str, size: str, language: str) -> BrowserContext:
        key = (who, size, language)
        if key not in self.contexts:
            cookies = [{"name": "language", "value": language, "url": self.demo.address}]
            if who:
                cookies.append({"name": self.demo.cookie, "value": self.demo.sessions[who],
                                "url": self.demo.address})  # fmt: skip
            self.contexts[key] = self.stack.enter_context(
                chromium.window(self.browser, self.seen, size=size, language=language,
                                base=self.demo.address, cookies=cookies)
            )  # fmt: skip
        return self.contexts[key]

    def may_open(self, who: str, path: str) -> bool:
        answer = self.context(who, *EYES[0]).request.get(path, max_redirects=0)
        assert answer.status < 500, f"{answer.status} at {path} for {who or 'nobody'}"
        kind = answer.headers.get("content-type", "")
        return answer.status == 200 and kind.startswith("text/html")

    def addresses(self, name: str, route: str) -> list[tuple[str, str]]:
        """Return who opens which addresses of a page, as many as are worth looking at."""
        found: list[tuple[str, str]] = []
        wanted = MANY.get(name, 1)
        for path in () if self.takes_only_posts(name, route) else paths(self.demo, route):
            who = next((one for one in self.people(name) if self.may_open(one, path)), None)
            if who is not None:
                found.append((who, path))
            if len(found) == wanted:
                break
        return found

    def takes_only_posts(self, name: str, route: str) -> bool:
        """Return whether nobody may open it with a GET, because it is no page but an act."""
        if name not in self.acts:
            path = "/" + re.sub("<[^>]+>", ANY_ID, route)
            self.acts[name] = any(
                self.context(one, *EYES[0]).request.get(path, max_redirects=0).status == 405
                for one in self.people(name)
            )
        return self.acts[name]

    def people(self, name: str) -> tuple[str, ...]:
        known = (NOBODY, *STAFF, *WOMEN, *sorted(self.demo.sessions))
        hers = (*WOMEN, NOBODY, *STAFF) if name.startswith(("my", "mine")) else known
        hers = (BEST[name], *hers) if name in BEST else hers
        return tuple(dict.fromkeys(one for one in hers if one in self.demo.sessions or not one))


def paths(demo: Demo, route: str) -> list[str]:
    """Return the addresses of a route, its ids taken from the demo's rows."""
    if "<" not in route:
        return ["/" + route]
    made = ["/" + route]
    if "<uuid:patient_id>" in route and "<uuid:visit_id>" in route:
        # Her own visits only; of most other pairs there is no page.
        pairs = demo.rows("select patient_id, id from records_visit order by rowid desc")
        made = [
            made[0]
            .replace("<uuid:patient_id>", str(UUID(str(patient))))
            .replace("<uuid:visit_id>", str(UUID(str(visit))))
            for patient, visit in pairs
        ]
    while any("<" in path for path in made):
        start, end = made[0].index("<"), made[0].index(">") + 1
        hole = made[0][start:end]
        what = hole.strip("<>").rpartition(":")[2]
        keys = [NAMES[what]] if what in NAMES else demo.ids(TABLES.get(what, ""))
        if not keys:
            return []
        made = [path.replace(hole, key, 1) for path in made for key in reversed(keys)]
    return made[:ROWS_TRIED]


@pytest.fixture(scope="module")
def walk(browser: Browser, demo: Demo) -> Iterator[Walk]:
    with ExitStack() as stack:
        yield Walk(browser, demo, stack)


def look(page: Page, path: str, language: str) -> None:
    page.goto(path)
    chromium.settled(page)
    assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} h1."
    spoken = page.locator("html").get_attribute("lang") or ""
    assert spoken[:2] == language[:2], f"{page.url} is in {spoken!r}, not in {language}."
    chromium.looks_right(page)


@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize(("name", "route"), named_pages(), ids=[n for n, _ in named_pages()])
def test_a_page_as_it_is_seen(walk: Walk, name: str, route: str) -> None:
    if name in SEEN_ELSEWHERE:
        assert (ROOT / SEEN_ELSEWHERE[name]).exists()
        return
    found = walk.addresses(name, route)
    if not found:
        assert walk.takes_only_posts(name, route), (
            f"Nobody of the demo opens {name}. Let its story leave a row that can be opened, or "
            "look at the page in a test of its own and say so in SEEN_ELSEWHERE."
        )
    walk.seen.problems.clear()
    for count, (who, path) in enumerate(found):
        for size, language in EYES if PICTURES else EYES[:2]:
            walk.demo.let_speak(who, language)
            page = walk.context(who, size, language).new_page()
            try:
                look(page, path, language)
                if size == "desktop":
                    page.set_viewport_size(chromium.SIZES["zoomed"])  # type: ignore[arg-type]
                    assert chromium.sticks_out(page) == [], f"{page.url} at 400 %"
            finally:
                if PICTURES:
                    page.set_viewport_size(chromium.SIZES[size])  # type: ignore[arg-type]
                    keep_picture(page, f"{name}-{count + 1}-{size}-{language}")
                page.close()
    assert walk.seen.unexpected() == []


def keep_picture(page: Page, name: str) -> None:
    folder = Path(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
