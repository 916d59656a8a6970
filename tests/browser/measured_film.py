"""What bench/viewer.py runs in a browser: one film of large frames, played as fast as it goes."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patency.core.access import Role
from patency.gateways.filmfile import HTJ2K, run_file
from patency.service.house import House
from tests.browser.films import hand_over, told_of
from tests.make import NOW
from tests.service.after import AFTERWARDS
from tests.service.test_reporting import make_examined

SIDE, FRAMES = 1024, 120


def film() -> np.ndarray:
    """Return noisy frames of 12 bits, no two alike, as fluoroscopy gives them."""
    rng = np.random.default_rng(1)
    ground = rng.normal(2000, 60, (SIDE, SIDE))
    made = np.empty((FRAMES, SIDE, SIDE), np.uint16)
    for n in range(FRAMES):
        made[n] = np.clip(np.roll(ground, 7 * n, axis=1) + 5 * n, 0, 4095)
    return made


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", HTJ2K], ids=["plain", "htj2k"])
def test_measured(syntax: str, house: House, staff_window: Callable[..., Page], clock: Any) -> None:
    clock.at = AFTERWARDS + timedelta(hours=3)
    visit = make_examined()
    whole = run_file(
        told_of(visit), film(), number=1, syntax=syntax, WindowCenter=2000, WindowWidth=1500
    )
    hand_over(house, [whole], now=NOW)
    page = staff_window(Role.RADIOLOGIST, name="radiologist", size="desktop")
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    expect(canvas).to_have_attribute("data-shown", "0:0")
    first = canvas.evaluate("(c) => Number(c.dataset.at) - Number(c.dataset.asked)")
    canvas.evaluate("(canvas) => { canvas.dataset.pace = '1000' }")
    canvas.focus()
    begin = time.perf_counter()
    page.keyboard.press(" ")
    expect(canvas).to_have_attribute("data-shown", f"0:{FRAMES - 1}", timeout=120_000)
    took = time.perf_counter() - begin
    shown = int(canvas.get_attribute("data-frames") or 0)
    print(
        f"\n{syntax}: first frame {first:.0f} ms after it was asked for; {shown} of {FRAMES} "
        f"distinct frames in {took:.1f} s, {(shown - 1) / took:.1f} a second, first pass"
    )
