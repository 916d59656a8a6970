"""The cashier's day by keyboard alone: price, payment, refund, closing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.core.visit import VisitState
from patency.records.models.money import Payment, Refund
from patency.service import payment
from patency.service.house import House
from tests.browser.chromium import LANGUAGES, crossed, go_by_keyboard, looks_right, settled
from tests.make import NOW, make_visit
from tests.service import walk

WORDS = {
    "en": {
        "owing": "Outstanding",
        "pay": "Payment",
        "price": "Tell the price",
        "card": "Card",
        "received": "Payment received",
        "back": "Give the money back",
        "twice": "Paid twice, or by somebody else",
        "why": "Why, in a few words",
        "give": "Give it back",
        "closing": "Closing",
    },
    "zh-hans": {
        "owing": "未付",
        "pay": "收费",
        "price": "告知价格",
        "card": "银行卡",
        "received": "已收款",
        "back": "退款",
        "twice": "重复支付，或由他人支付",
        "why": "原因（简要）",
        "give": "退还",
        "closing": "结账",
    },
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "language"), crossed(["desktop", "phone"], LANGUAGES))
def test_she_pays_and_gets_it_back_by_keyboard_alone(
    house: House, staff_window: Callable[..., Page], language: str, size: str
) -> None:
    visit = make_visit(state=VisitState.CLEARED)
    says: dict[str, Any] = WORDS[language]
    page = staff_window(Role.CASHIER, name="cashier-one", language=language, size=size)

    page.goto(reverse("cashier"))
    looks_right(settled(page))
    expect(page.get_by_role("heading", name=says["owing"])).to_be_visible()
    page.goto(reverse("money", args=[visit.pk]))
    go_by_keyboard(page, says["price"])
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator(".big-figure")).to_contain_text("CNY 1,000.00")
    looks_right(page)
    page.locator("#id_method_0").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    go_by_keyboard(page, says["received"])
    page.keyboard.press("Enter")
    expect(page.locator(".note.success")).to_contain_text("R-20250922-")
    looks_right(page)

    go_by_keyboard(page, says["back"])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/refund/$"))
    looks_right(settled(page))
    go_by_keyboard(page, says["give"])
    page.keyboard.press("Enter")
    expect(page.locator(".nhsuk-error-summary")).to_be_visible()
    looks_right(settled(page))
    page.get_by_label(says["twice"]).focus()
    page.keyboard.press("Space")
    page.get_by_label(says["why"]).focus()
    page.keyboard.type("Twice.")
    go_by_keyboard(page, says["give"])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/money/$"))
    looks_right(settled(page))

    assert Payment.objects.get().method == "card"
    assert Refund.objects.get().ground == "paid-elsewhere"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "language"), crossed(["desktop", "phone", "zoomed"], LANGUAGES))
def test_the_closing_fits_every_window(
    house: House, staff_window: Callable[..., Page], language: str, size: str
) -> None:
    for method in payment.METHODS:
        visit = make_visit(state=VisitState.CLEARED)
        quote = payment.quote(house, visit.pk, by=walk.CASHIER, now=NOW)
        made = payment.record(house, quote.pk, method=method, by=walk.CASHIER, now=NOW)
    payment.refund(made.pk, reason="Twice.", ground="goodwill", by=walk.CASHIER, now=NOW)
    page = staff_window(Role.CASHIER, name="cashier-one", language=language, size=size)

    page.goto(reverse("cashier"))

    looks_right(settled(page))
    expect(page.locator(".drawers .big-figure")).to_have_text("CNY 3,000.00")
    with page.expect_download() as table:
        page.get_by_role("link", name="CSV").click()
    assert table.value.suggested_filename == "closing-2025-09-22.csv"
