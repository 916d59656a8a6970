"""The browser the tests use: this machine's Chromium, and how a page is looked at in it."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
SIZES = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 900},
    "kiosk": {"width": 1080, "height": 1440},
    # A desktop of 1280 pixels at 400 %: WCAG 2.2, 1.4.10 Reflow.
    "zoomed": {"width": 320, "height": 256},
}
LANGUAGES = ("en", "zh-hans")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENT_MS = 30_000
"""How long a page is waited for: on a busy machine a browser takes seconds for what takes none."""
expect.set_options(timeout=PATIENT_MS / 2)
# WCAG 2.2 A and AA, and what axe-core's makers hold for good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def program() -> str | None:
    """Return the path of a Chromium, or None; PATENCY_BROWSER names another one."""
    named = os.environ.get("PATENCY_BROWSER")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Return a running browser that looks for nothing outside."""
    return playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)


def crossed(*ways: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return every size, language and so on at least once, each beside another of the rest.

    Every combination where PATENCY_EYES=all; a journey takes long, and each pair shows little that
    two others have not shown.
    """
    if os.environ.get("PATENCY_EYES") == "all":
        return list(product(*ways))
    most = max(len(way) for way in ways)
    return [tuple(way[n % len(way)] for way in ways) for n in range(most)]


@dataclass
class Seen:
    """What went wrong in a browser while its pages were used."""

    problems: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of messages that a test provokes on purpose."""

    def watch(self, page: Page) -> None:
        """Write down what a page complains of from now on."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on(
            "response",
            lambda answer: (
                self.problems.append(f"{answer.status} {answer.url}")
                if answer.status >= 500
                else None
            ),
        )

    def _said(self, message: ConsoleMessage) -> None:
        # The browser reports every status from 400 on as an error; those a test looks at itself.
        # htmx reports a request that a newer one took the place of, or that a leaving page dropped.
        dropped = message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
        if (
            message.type == "error"
            and "Failed to load resource" not in message.text
            and not dropped
        ):
            self.problems.append(f"console: {message.text}")

    def unexpected(self) -> list[str]:
        """Return the problems no test asked for."""
        return [each for each in self.problems if not any(part in each for part in self.expected)]


@contextmanager
def window(
    browser: Browser,
    seen: Seen,
    *,
    size: str = "phone",
    language: str = "en",
    script: bool = True,
    base: str = "",
    cookies: list[dict[str, Any]] | None = None,
) -> Iterator[BrowserContext]:
    """Return a browser window of its own: a size, a language, with or without JavaScript."""
    context = browser.new_context(
        viewport=SIZES[size],  # type: ignore[arg-type]
        locale="zh-CN" if language.startswith("zh") else "en-GB",
        java_script_enabled=script,
        base_url=base or None,
        has_touch=size in ("phone", "kiosk"),
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(PATIENT_MS)
    if cookies:
        context.add_cookies(cookies)  # type: ignore[arg-type]
    context.on("page", seen.watch)
    try:
        yield context
    finally:
        context.close()


def axe_findings(page: Page) -> list[str]:
    """Return what axe-core finds wrong on a page: the rule, what it says, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async (tags) => (await axe.run(document, {runOnly: {type: 'tag', values: tags},"
        " resultTypes: ['violations']})).violations"
        ".map(v => [v.id, v.help, v.nodes.map(n => n.html.slice(0, 160))])",
        RULES,
    )
    return [
        f"{rule}: {said}: {json.dumps(where, ensure_ascii=False)}" for rule, said, where in found
    ]


def sticks_out(page: Page) -> list[str]:
    """Return what makes a page wider than its window; nothing may, but what scrolls by itself."""
    found: list[str] = page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth
          if (document.documentElement.scrollWidth <= wide + 1) return []
          const scrolls = (e) => e && e !== document.body &&
            (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX) ||
             scrolls(e.parentElement))
          return [...document.body.querySelectorAll('*')]
            .filter(e => e.getBoundingClientRect().right > wide + 1 && !scrolls(e.parentElement))
            .slice(0, 5).map(e => e.outerHTML.slice(0, 160))
        }"""
    )
    return found


def looks_right(page: Page) -> None:
    """Fail with what axe-core finds, or with what sticks out of the window."""
    wrong = axe_findings(page) + [f"sticks out: {each}" for each in sticks_out(page)]
    assert wrong == [], f"{page.url}\n" + "\n".join(wrong)


# What the Tab key goes to, in its order; of radios in a group only one.
STOPS = """
  const stops = () => {
    const all = [...document.querySelectorAll(
      'a[href],area[href],button,input,select,textarea,summary,iframe,[tabindex]')]
      .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}))
    const group = (e) => all.filter(
      o => o.type === 'radio' && o.name === e.name && o.form === e.form)
    return all.filter(e => e.type !== 'radio' || e === document.activeElement ||
      e === (group(e).find(o => o === document.activeElement || o.checked) || group(e)[0]))
  }
  const named = (e) => {
    const label = e.labels && e.labels.length ? e.labels[0].textContent : ''
    return (e.getAttribute('aria-label') || label || e.textContent || e.value || '').trim()
  }
"""


def go_by_keyboard(page: Page, name: str, *, most: int = 150, exact: bool = False) -> None:
    """Move the focus with the Tab key to what is called ``name``, and see that it shows.

    A part of the name is enough, unless it must be ``exact``. How often the key is pressed is
    reckoned first; where the focus then is counts alone.
    """
    goal = page.evaluate_handle(
        f"""([name, exact]) => {{ {STOPS}
          const found = stops(), here = found.indexOf(document.activeElement)
          const fits = (e) => exact ? named(e) === name : named(e).includes(name)
          return found.slice(here + 1).find(fits) || found.find(fits) || null
        }}""",
        [name, exact],
    )
    pressed = 0
    while pressed < most:
        away = page.evaluate(
            f"""(goal) => {{ {STOPS}
              const found = stops(), here = document.activeElement
              if (here !== goal) return found.indexOf(goal) - found.indexOf(here)
              const style = getComputedStyle(here)
              return style.outlineStyle !== 'none' || style.boxShadow !== 'none' ? 'shows' : 'hides'
            }}""",
            goal,
        )
        if pressed and isinstance(away, str):
            assert away == "shows", f"The focus on {name!r} cannot be seen at {page.url}."
            return
        if not isinstance(away, int):
            away = 1
        for _ in range(min(max(abs(away), 1), most - pressed)):
            page.keyboard.press("Shift+Tab" if away < 0 else "Tab")
            pressed += 1
    raise AssertionError(f"{most} presses of Tab did not reach {name!r} at {page.url}.")


def settled(page: Page) -> Page:
    """Return the page once its scripts have run."""
    page.wait_for_load_state("load")
    return page
