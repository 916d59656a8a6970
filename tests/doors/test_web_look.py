"""What every page promises to the eye and to the browser, read from the templates and the style."""

import re
from pathlib import Path

import pytest

from patency.doors import web

WEB = Path(web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SHEETS = sorted((WEB / "style").glob("*.scss"))
STYLE = "\n".join(path.read_text(encoding="utf-8") for path in SHEETS)
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", STYLE))
PAIRS = [
    *((text, "paper") for text in ("ink", "plum", "teal", "amber", "red", "quiet")),
    *((text, "mist") for text in ("ink", "plum", "teal", "amber", "red", "quiet")),
    ("teal", "teal-mist"),
    ("amber", "amber-mist"),
    ("red", "red-mist"),
    ("ink", "red-mist"),
    ("quiet", "red-mist"),
    ("paper", "plum"),
    ("paper", "plum-dark"),
]


def light(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_pair_of_colours_can_be_read(text: str, ground: str) -> None:
    dark, bright = sorted((light(COLOURS[text]), light(COLOURS[ground])))

    assert (bright + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_runs_or_styles_anything_by_itself(template: Path) -> None:
    page = template.read_text(encoding="utf-8")

    # A script is a file of our own; the policy of every page lets nothing else run.
    page = re.sub(
        r"<script (?:type=\"module\" )?src=\"{% static '(?:patency|made)/[a-z/_-]+\.js' %}\""
        r"(?: defer)?></script>",
        "",
        page,
    )
    if template.name == "copy.html":  # a file she takes home; it has no style sheet beside it
        page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|\|safe", page)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_its_token(template: Path) -> None:
    page = template.read_text(encoding="utf-8")

    # A claim goes to the release door, which takes no token of these pages but a signed ticket.
    tokens = page.count("{% csrf_token %}") + page.count('name="ticket"')
    assert page.count('method="post"') == tokens


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_field_has_a_name_that_is_read_aloud(template: Path) -> None:
    page = template.read_text(encoding="utf-8")
    named = set(re.findall(r'<label[^>]*?\sfor="([^"]+)"', page))
    shown = re.findall(
        r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|radio)")[^>]*?\sid="([^"]+)"', page
    )

    assert set(shown) <= named


def test_nothing_is_fetched_from_elsewhere() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)

    assert not re.search(r'(?:src|href)="https?:', pages)
    assert "@import" not in STYLE
    assert "http" not in STYLE
