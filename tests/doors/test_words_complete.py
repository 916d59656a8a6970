"""Every word of the pages in every language: none missing, none left over, none outside a message.

``tools/words.py`` prints the same, entry by entry.
"""

from pathlib import Path

import pytest

from patency.config.catalogue import WordsRefused, united
from tools import words

TEMPLATES = words.PACKAGE / "doors" / "web" / "templates"
# Names, keys and units that are the same in every language.
ALLOWED = (
    *("Patency", "SHA-256", "Alt", "Tab", "B", "C", "F", "R", "L", "I", "K", "M", "S"),
    *("mL", "mmHg", "SpO₂", "kg", "min", "s", "Gy·cm²", "IU/L"),
)
EVERYTHING, PUT_TOGETHER = words.said_in(words.SOURCES)
LANGUAGES = words.languages()


def listed(lines):
    return "\n" + "\n".join(lines)


def test_a_message_of_the_sources_is_one_text_with_named_places():
    assert not PUT_TOGETHER, listed(PUT_TOGETHER)
    assert len(EVERYTHING) > 20


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_word_of_the_pages_is_there(code):
    missing = words.missing(EVERYTHING, words.entries_of(code))

    assert not missing, listed(f"{each.places[0]}: {each.key.msgid!r}" for each in missing)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_is_left_over(code):
    stale = words.stale(EVERYTHING, words.entries_of(code))

    assert not stale, listed(f"{each.place}: {each.key.msgid!r}" for each in stale)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_entry_has_its_words_once_and_all_the_places_of_its_message(code):
    wrong = words.wrong_entries(EVERYTHING, words.entries_of(code))

    assert not wrong, listed(wrong)


def templates():
    return {
        str(path.relative_to(TEMPLATES)): path.read_text(encoding="utf-8")
        for path in sorted(TEMPLATES.rglob("*.html"))
    }


def test_no_template_says_anything_outside_a_message():
    bare = {
        name: found
        for name, text in templates().items()
        if (found := words.bare_text(text, ALLOWED))
    }

    said = [f"{name}:{line}: {text}" for name, found in bare.items() for line, text in found]
    assert not said, listed(said)


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<p title="Hello">{{ name }}</p>', ["Hello"]),
        ("<p>{% if a < b %}Hello{% endif %}</p>", ["Hello"]),
        ('<img alt="">{% translate "Hello" %}', []),
        ('<p aria-label="{% translate "Hello" %}">–</p>', []),
        ("{% blocktranslate trimmed %}Hello {{ name }}{% endblocktranslate %}", []),
        ("{% comment %}Hello{% endcomment %}{# Hello #}", []),
        ('<a href="/x" class="Hello">{{ a|default:"Hello" }}</a>', []),
        ("<p>Patency 3 &nbsp; ×</p>", []),
        ("{% block main_class %}column{% endblock %}", []),
    ],
)
def test_text_outside_a_message_is_found(template, found):
    assert [text for _, text in words.bare_text(template, ALLOWED)] == found


def test_messages_are_found_in_templates_and_in_python():
    wrong = []
    template = (
        '{% load i18n %}{% translate "One" %}{% translate "May" context "month" %}'
        "{% blocktranslate trimmed count n=many %}\n  {{ n }} day\n  {% plural %}\n  {{ n }} days\n"
        "{% endblocktranslate %}"
    )
    python = 'a = gettext("One" " and two")\nb = ngettext("%(n)d x", "%(n)d xs", n)\n'

    keys = {(s.key.context, s.key.msgid, s.plural) for s in words.of_template(template, "t", wrong)}
    calls = {(s.key.msgid, s.plural) for s in words.of_python(python, "p", wrong)}

    assert keys == {(None, "One", None), ("month", "May", None), (None, "%(n)s day", "%(n)s days")}
    assert calls == {("One and two", None), ("%(n)d x", "%(n)d xs")}
    assert not wrong


def test_a_message_put_together_is_refused():
    wrong = []

    assert not list(words.of_python('gettext(f"One {two}")', "p", wrong))
    assert "p:1" in wrong[0]


HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def po(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_a_message_with_two_translations_is_refused_with_both_places(tmp_path):
    files = [
        po(tmp_path, "one.po", 'msgid "Today"\nmsgstr "今天"\n'),
        po(tmp_path, "two.po", 'msgid "Today"\nmsgstr "今日"\n'),
    ]

    with pytest.raises(WordsRefused) as refused:
        united(files, "zh-hans")

    assert all(part in str(refused.value) for part in ("'Today'", "one.po", "two.po", "今日"))


def test_a_file_that_is_no_po_file_is_refused_with_its_name(tmp_path):
    file = tmp_path / "odd.po"
    file.write_text('msgid "Today"\nmsgstr "今天"\nand so on\n', encoding="utf-8")

    with pytest.raises(WordsRefused, match=r"odd\.po"):
        united([file], "zh-hans")
